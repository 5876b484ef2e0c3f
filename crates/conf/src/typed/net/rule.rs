//! `virtual_rules` and `static_rules`: a rule is a line.

use std::collections::BTreeMap;
use std::path::Path;

use vrrp::Family;

use super::line::{Dropped, Line, Target};
use super::names::NameKind;
use super::route::route_type;
use super::statics::Kind;
use crate::config::{FirewallMark, OUR_PROTOCOL, Range, Rule, RuleAction};
use crate::diagnostic::{Code, Diagnostic, Status};
use crate::tree::Statement;
use crate::typed::Builder;
use crate::typed::read::Wrong;
use crate::value::{self, c_unsigned};
use crate::word::Word;

/// The first preference that is given to a rule without one; the others follow downwards.
const FIRST_PREFERENCE: u32 = 16384;

/// Protocols that need no `/etc/protocols`.
const PROTOCOLS: [(&str, u8); 9] = [
    ("icmp", 1),
    ("tcp", 6),
    ("udp", 17),
    ("gre", 47),
    ("esp", 50),
    ("ah", 51),
    ("ipv6-icmp", 58),
    ("vrrp", 112),
    ("sctp", 132),
];

/// A rule, as far as its line was read.
struct RuleDraft {
    /// Whether it is static, and may follow a group.
    kind: Kind,
    family: Option<Family>,
    preference: Option<u32>,
    action: Option<RuleAction>,
    from: Option<Target>,
    to: Option<Target>,
    /// The protocol, if one is given.
    protocol: Option<(u8, Word)>,
    /// The option that only a rule with a table can have.
    of_table: Option<Word>,
    /// The rest; its action, family and preference are not known yet.
    rule: Rule,
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
                self.rule_family(draft, family, word, log)?;
            }
            None if draft.family.is_some() => {
                self.better_here(word, "takes this for two families, and leaves the rule out");
            }
            None => {}
        }
        Ok(target)
    }

    fn rule_family(
        &mut self,
        draft: &mut RuleDraft,
        family: Family,
        word: &Word,
        log: &str,
    ) -> Result<(), Dropped> {
        if *draft.family.get_or_insert(family) == family {
            return Ok(());
        }
        let (found, other) = match family {
            Family::V4 => ("IPv4", "IPv6"),
            Family::V6 => ("IPv6", "IPv4"),
        };
        let text = word.text();
        self.leave_line_out(
            Code::FamilyMismatch,
            word,
            format!(
                "{text} is for {found}, but what stands before it makes this an {other} rule; the line is left out"
            ),
            log,
        )
    }

    /// Numbers that a packet is known by, and the preference.
    fn rule_numbers(
        &mut self,
        option: &Word,
        line: &mut Line<'_>,
        draft: &mut RuleDraft,
    ) -> Result<bool, Dropped> {
        let rule = &mut draft.rule;
        match &*option.bytes {
            b"preference" | b"order" | b"priority" => {
                draft.preference = Some(self.rule_preference(option, line)?);
            }
            b"tos" | b"dsfield" => {
                let word = self.option_word(line)?;
                let log = format!("TOS value {} is invalid", word.text());
                rule.tos = self.named_byte_option(word, NameKind::DsField, log)?;
            }
            b"fwmark" => rule.mark = Some(self.mark_option(line)?),
            b"tunnel-id" => {
                let word = self.option_word(line)?;
                // The original names the option where the value belongs.
                let log = "Invalid tunnel-id tunnel-id specified".to_owned();
                rule.tunnel_id = self.wide_number_option(word, "tunnel-id", log)?;
            }
            b"uidrange" => {
                let log = |_: &str| "Invalid uidrange uidrange specified".to_owned();
                rule.users = Some(self.range_option(line, "uidrange", u32::MAX, log)?);
            }
            b"sport" => {
                let log = |found: &str| format!("invalid sport range {found}");
                rule.source_ports = Some(self.port_range(line, "sport", log)?);
            }
            b"dport" => {
                let log = |found: &str| format!("invalid dport range {found}");
                rule.destination_ports = Some(self.port_range(line, "dport", log)?);
            }
            b"ipproto" => rule.ip_protocol = self.ip_protocol_option(line)?.or(rule.ip_protocol),
            b"protocol" => {
                let word = self.option_word(line)?;
                let log = format!("Invalid protocol {}", word.text());
                let number = self.unsigned(word, 0..=255, &Wrong::new("protocol", "ignored", log));
                let number = number.and_then(|number| u8::try_from(number).ok());
                draft.protocol = number
                    .map(|number| (number, word.clone()))
                    .or(draft.protocol.take());
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn rule_preference(&mut self, option: &Word, line: &mut Line<'_>) -> Result<u32, Dropped> {
        let word = self.option_word(line)?;
        let number = c_unsigned(&word.text()).and_then(|number| u32::try_from(number).ok());
        if let Some(number) = number {
            return Ok(number);
        }
        let name = option.text();
        let log = format!("Invalid rule preference {name} specified");
        let wrong = Wrong::new(&name, "the line is left out", log);
        self.unsigned(word, 0..=u32::MAX, &wrong).ok_or(Dropped)
    }

    /// `MARK[/MASK]`.
    fn mark_option(&mut self, line: &mut Line<'_>) -> Result<FirewallMark, Dropped> {
        let word = self.option_word(line)?;
        let found = word.text();
        let number = |text: &str| u32::try_from(c_unsigned(text)?).ok();
        let mark = match found.split_once('/') {
            Some((mark, mask)) => number(mark)
                .zip(number(mask))
                .map(|(mark, mask)| FirewallMark {
                    mark,
                    mask: Some(mask),
                }),
            None => number(&found).map(|mark| FirewallMark { mark, mask: None }),
        };
        match mark {
            Some(mark) => Ok(mark),
            None => self.leave_line_out(
                Code::InvalidNumber,
                word,
                format!("fwmark must be MARK or MARK/MASK, each 0..=4294967295, found {found}; the line is left out"),
                format!("Invalid rule fwmark {found} specified"),
            ),
        }
    }

    /// `FIRST-LAST`.
    fn range_option(
        &mut self,
        line: &mut Line<'_>,
        what: &str,
        most: u32,
        log: impl Fn(&str) -> String,
    ) -> Result<Range<u32>, Dropped> {
        let word = self.option_word(line)?;
        let found = word.text();
        let number = |text: &str| {
            let range = 0..=i64::from(most);
            let number = value::integer(text.as_bytes(), &range).ok()?;
            u32::try_from(number).ok()
        };
        let ends = match found.split_once('-') {
            Some((first, last)) => number(first).zip(number(last)),
            None => number(&found).map(|number| (number, number)),
        };
        match ends {
            Some((first, last)) if first <= last => {
                if !found.contains('-') {
                    self.better_here(word, "does not take one number for a range, and ignores it");
                }
                Ok(Range { first, last })
            }
            Some(_) | None => self.leave_line_out(
                Code::InvalidNumber,
                word,
                format!("{what} must be FIRST-LAST, each 0..={most}, found {found}; the line is left out"),
                log(&found),
            ),
        }
    }

    // The original takes a rule without the ports it does not understand, which fits every packet.
    fn port_range(
        &mut self,
        line: &mut Line<'_>,
        what: &str,
        log: impl Fn(&str) -> String,
    ) -> Result<Range<u16>, Dropped> {
        let Range { first, last } = self.range_option(line, what, 65535, log)?;
        let port = |number| u16::try_from(number).map_err(|_| Dropped);
        Ok(Range {
            first: port(first)?,
            last: port(last)?,
        })
    }

    // keepalived: inet_proto_a2n
    fn ip_protocol_option(&mut self, line: &mut Line<'_>) -> Result<Option<u8>, Dropped> {
        let word = self.option_word(line)?;
        let found = word.text();
        let number = found.parse().ok().filter(|number| *number < 128);
        let number =
            number.or_else(|| protocol_of(&found, self.host.text(Path::new("/etc/protocols"))));
        if number.is_none() {
            return self.leave_line_out(
                Code::UnknownName,
                word,
                format!("there is no IP protocol {found}; the line is left out"),
                format!("Invalid ipproto {found}"),
            );
        }
        Ok(number)
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
                self.rule_family(draft, Family::V4, option, "realms is only valid for IPv4")?;
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
        let option = if option.is("type") {
            self.option_word(line)?
        } else {
            option
        };
        let text = option.text();
        let (action, log) = match text.as_str() {
            "table" | "lookup" => (
                self.rule_table(line)?,
                "Cannot specify more than one of table/nop/goto/blackhole/prohibit/unreachable for rule",
            ),
            "l3mdev" => (
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

/// The number of an IP protocol by its name or an alias of it.
fn protocol_of(name: &str, file: Option<String>) -> Option<u8> {
    let known = || {
        PROTOCOLS
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, number)| *number)
    };
    let of_line = |line: &str| {
        let line = line.split('#').next().unwrap_or_default();
        let mut words = line.split_ascii_whitespace();
        let (first, number) = (words.next()?, words.next()?);
        let is_it = first == name || words.any(|alias| alias == name);
        is_it.then(|| number.parse().ok())?
    };
    let named = file.and_then(|file| file.lines().find_map(of_line));
    named.or_else(known)
}
