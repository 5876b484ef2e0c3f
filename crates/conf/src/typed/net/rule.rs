//! `virtual_rules` and `static_rules`: a rule is a line.

use std::collections::BTreeMap;

use vrrp::Family;

use super::line::{Dropped, Line, Target};
use super::names::NameKind;
use super::route_address::route_type;
use super::statics::Kind;
use crate::config::{OUR_PROTOCOL, Rule, RuleAction};
use crate::diagnostic::{Code, Diagnostic, Status};
use crate::tree::Statement;
use crate::typed::Builder;
use crate::word::Word;

/// The first preference that is given to a rule without one; the others follow downwards.
const FIRST_PREFERENCE: u32 = 16384;

/// A rule, as far as its line was read.
pub(super) struct RuleDraft {
    /// Whether it is static, and may follow a group.
    kind: Kind,
    family: Option<Family>,
    pub(super) preference: Option<u32>,
    action: Option<RuleAction>,
    from: Option<Target>,
    to: Option<Target>,
    /// The protocol, if one is given.
    pub(super) protocol: Option<(u8, Word)>,
    /// The option that only a rule with a table can have.
    of_table: Option<Word>,
    /// The rest; its action, family and preference are not known yet.
    pub(super) rule: Rule,
}

impl RuleDraft {
    fn new(kind: Kind) -> Self {
        Self {
            kind,
            family: None,
            preference: None,
            action: None,
            from: None,
            to: None,
            protocol: None,
            of_table: None,
            rule: Rule {
                family: Family::V4,
                preference: 0,
                action: RuleAction::Nop,
                invert: false,
                from: None,
                to: None,
                tos: 0,
                mark: None,
                input: None,
                output: None,
                tunnel_id: 0,
                users: None,
                ip_protocol: None,
                source_ports: None,
                destination_ports: None,
                realms: None,
                suppress_prefix_length: None,
                suppress_group: None,
                protocol: OUR_PROTOCOL,
                track: true,
                track_group: None,
            },
        }
    }
}

/// Which preferences were given to rules without one.
#[derive(Default)]
pub(in crate::typed) struct Preferences {
    given: BTreeMap<Family, u32>,
}

impl Preferences {
    fn next(&mut self, family: Family) -> u32 {
        let given = self.given.entry(family).or_insert(0);
        let preference = FIRST_PREFERENCE.saturating_sub(*given);
        *given += 1;
        preference
    }
}

impl Builder<'_> {
    /// The rules of a block.
    pub(in crate::typed) fn rules(&mut self, block: &Statement, kind: Kind) -> Vec<Rule> {
        let entries = block.block.iter();
        entries
            .filter_map(|entry| self.rule_line(entry, kind).ok())
            .collect()
    }

    // keepalived: alloc_rule
    fn rule_line(&mut self, entry: &Statement, kind: Kind) -> Result<Rule, Dropped> {
        let mut line = Line::new(entry);
        let mut draft = RuleDraft::new(kind);
        while let Some(word) = line.next() {
            if draft.kind == Kind::Static && word.is("track_group") {
                let group = &mut draft.rule.track_group;
                let known = group.is_some();
                self.track_group(&mut line, group)?;
                // The original reads no further, and says no more.
                if known {
                    break;
                }
            } else if !self.rule_selector(word, &mut line, &mut draft)?
                && !self.rule_numbers(word, &mut line, &mut draft)?
                && !self.rule_table_option(word, &mut line, &mut draft)?
            {
                self.rule_action(word, &mut line, &mut draft)?;
            }
        }
        self.complete_rule(&line, draft)
    }

    /// Addresses, interfaces, and flags.
    fn rule_selector(
        &mut self,
        option: &Word,
        line: &mut Line<'_>,
        draft: &mut RuleDraft,
    ) -> Result<bool, Dropped> {
        match &*option.bytes {
            b"inet" | b"inet6" => self.line_family(&mut draft.family, option, "rule")?,
            b"from" => draft.from = Some(self.rule_address(option, line, draft)?),
            b"to" => draft.to = Some(self.rule_address(option, line, draft)?),
            b"not" => draft.rule.invert = true,
            b"dev" | b"iif" => draft.rule.input = Some(self.line_interface(line, "rule")?),
            b"oif" => draft.rule.output = Some(self.line_interface(line, "rule")?),
            b"no_track" => draft.rule.track = false,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn rule_address(
        &mut self,
        option: &Word,
        line: &mut Line<'_>,
        draft: &mut RuleDraft,
    ) -> Result<Target, Dropped> {
        let (name, word) = (option.text(), self.option_word(line)?);
        let log = format!("Invalid rule {name} address {}", word.text());
        let target = self.target_option(word, &name, log)?;
        match target.family() {
            Some(family) => {
                let log = "rule specification has mixed IPv4 and IPv6";
                self.one_family(&mut draft.family, "rule", family, word, log)?;
            }
            None if draft.family.is_some() => {
                self.better_here(word, "takes this for two families, and leaves the rule out");
            }
            None => {}
        }
        Ok(target)
    }

    /// Options of rules with a table.
    fn rule_table_option(
        &mut self,
        option: &Word,
        line: &mut Line<'_>,
        draft: &mut RuleDraft,
    ) -> Result<bool, Dropped> {
        let rule = &mut draft.rule;
        match &*option.bytes {
            b"realms" => {
                let word = self.option_word(line)?;
                let log = format!("invalid realms {} for rule", word.text());
                rule.realms = Some(self.realms_option(word, log)?);
                self.one_family(
                    &mut draft.family,
                    "rule",
                    Family::V4,
                    option,
                    "realms is only valid for IPv4",
                )?;
            }
            b"suppress_prefixlength" | b"sup_pl" => {
                let name = option.text();
                let log = |_: &str| format!("Invalid suppress_prefixlength {name} specified");
                rule.suppress_prefix_length =
                    Some(self.number_option(line, 0x7fff_ffff, &name, log)?);
            }
            b"suppress_ifgroup" | b"sup_group" => {
                let word = self.option_word(line)?;
                let log = format!("suppress_group {} is invalid", word.text());
                rule.suppress_group = Some(self.named_option(word, NameKind::Group, log)?);
            }
            _ => return Ok(false),
        }
        draft.of_table = Some(option.clone());
        Ok(true)
    }

    /// What the rule does; there is exactly one.
    fn rule_action(
        &mut self,
        option: &Word,
        line: &mut Line<'_>,
        draft: &mut RuleDraft,
    ) -> Result<(), Dropped> {
        let is_typed = option.is("type");
        let option = if is_typed {
            self.option_word(line)?
        } else {
            option
        };
        let text = option.text();
        let (action, log) = match text.as_str() {
            "table" | "lookup" if !is_typed => (
                self.rule_table(line)?,
                "Cannot specify more than one of table/nop/goto/blackhole/prohibit/unreachable for rule",
            ),
            "l3mdev" if !is_typed => (
                RuleAction::L3mdev,
                "Cannot specify l3mdev with other action",
            ),
            other => (
                self.other_action(other, option, line)?,
                "Cannot specify more than one of table/nop/goto/blackhole/prohibit/unreachable/l3mdev for rule",
            ),
        };
        if draft.action.replace(action).is_some() {
            return self.leave_line_out(
                Code::Conflict,
                option,
                format!("{text} is a second action, and a rule has one; the line is left out"),
                log,
            );
        }
        Ok(())
    }

    fn rule_table(&mut self, line: &mut Line<'_>) -> Result<RuleAction, Dropped> {
        let word = self.option_word(line)?;
        let log = format!("Routing table {} not found for rule", word.text());
        match self.named_option(word, NameKind::Table, log)? {
            0 => {
                let sentence = "a rule cannot have table 0; the line is left out";
                self.leave_line_out(Code::OutOfRange, word, sentence, "Table 0 is not valid")
            }
            table => Ok(RuleAction::Table(table)),
        }
    }

    fn other_action(
        &mut self,
        text: &str,
        option: &Word,
        line: &mut Line<'_>,
    ) -> Result<RuleAction, Dropped> {
        match text {
            "goto" => {
                let log = |_: &str| "Invalid target goto specified".to_owned();
                let target = self.number_option(line, u32::MAX, "goto", log)?;
                return Ok(RuleAction::Goto(target));
            }
            "nop" => return Ok(RuleAction::Nop),
            _ => {}
        }
        let (sentence, log) = match route_type(text) {
            Some(6) => return Ok(RuleAction::Blackhole),
            Some(7) => return Ok(RuleAction::Unreachable),
            Some(8) => return Ok(RuleAction::Prohibit),
            Some(_) => (
                format!("{text} is no action of a rule; the line is left out"),
                format!("Invalid rule action {text}"),
            ),
            None => (
                format!("a rule has no option {text}; the line is left out"),
                format!("Unknown rule option {text}"),
            ),
        };
        let near = self.near_option("virtual_rules (line)", text);
        self.push(
            Diagnostic::error(Code::InvalidValue, sentence)
                .at(&option.place)
                .maybe_hint(near)
                .log(log)
                .status(Status::General),
        );
        Err(Dropped)
    }

    fn complete_rule(&mut self, line: &Line<'_>, draft: RuleDraft) -> Result<Rule, Dropped> {
        let head = line.head();
        let action = self.checked_action(head, &draft)?;
        let mut rule = draft.rule;
        rule.action = action;
        if let Some((protocol, word)) = draft.protocol {
            rule.protocol = protocol;
            if rule.track && protocol != OUR_PROTOCOL {
                rule.protocol = OUR_PROTOCOL;
                self.not_our_protocol(&word, "Rule");
            }
        }
        if rule.track_group.is_some() && rule.input.is_none() {
            rule.track_group = None;
            let log = "Static rule cannot have track_group if dev/iif not specified";
            self.useless_track_group(head, "iif", log);
        }
        self.settle_track_group(head, rule.track, &mut rule.track_group);
        rule.family = draft.family.unwrap_or(Family::V4);
        rule.from = draft.from.map(|from| from.of(rule.family));
        rule.to = draft.to.map(|to| to.of(rule.family));
        rule.preference = match draft.preference {
            Some(preference) => preference,
            None => self.given_preference(head, rule.family),
        };
        Ok(rule)
    }

    /// The action, if there is one and what else is given goes with it.
    fn checked_action(&mut self, head: &Word, draft: &RuleDraft) -> Result<RuleAction, Dropped> {
        let Some(action) = draft.action else {
            return self.leave_line_out(
                Code::MissingSetting,
                head,
                "a rule must say what it does, as table N; the line is left out",
                "No action specified for rule - ignoring",
            );
        };
        if let RuleAction::Goto(target) = action {
            self.check_goto(head, target, draft.preference)?;
        }
        let looks_up = matches!(action, RuleAction::Table(_) | RuleAction::L3mdev);
        match &draft.of_table {
            Some(option) if !looks_up => {
                let name = option.text();
                self.leave_line_out(
                    Code::Conflict,
                    option,
                    format!("{name} is for rules with a table; the line is left out"),
                    "suppressor/realm specified for non table action - skipping",
                )
            }
            Some(_) | None => Ok(action),
        }
    }

    fn check_goto(
        &mut self,
        head: &Word,
        target: u32,
        preference: Option<u32>,
    ) -> Result<(), Dropped> {
        match preference {
            Some(preference) if preference < target => Ok(()),
            Some(preference) => self.leave_line_out(
                Code::Conflict,
                head,
                format!("goto must lead to a preference above {preference}, found {target}; the line is left out"),
                format!("Invalid rule - preference {preference} >= goto target {target}"),
            ),
            None => self.leave_line_out(
                Code::MissingSetting,
                head,
                "a rule with goto must have a preference; the line is left out",
                format!("Invalid rule - goto target {target} specified without preference"),
            ),
        }
    }

    fn given_preference(&mut self, head: &Word, family: Family) -> u32 {
        let preference = self.statics.preferences.next(family);
        self.push(
            Diagnostic::warning(
                Code::MissingSetting,
                format!("the rule has no preference; using {preference}"),
            )
            .at(&head.place)
            .hint("give it `preference N`: rules are asked in that order, and without it that is the reverse of the file's")
            .log(format!("Rule has no preference specified - setting to {preference}. This is probably not what you want."))
            .status(Status::General),
        );
        preference
    }
}
