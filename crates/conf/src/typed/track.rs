//! `track_interface` and `track_script`, of instances and groups.

use vrrp::Weight;

use super::Builder;
use super::listed::Listed;
use super::read::Wrong;
use crate::diagnostic::{Code, Diagnostic, Place, Status};
use crate::tree::Statement;
use crate::word::Word;

/// A tracked interface or script.
#[derive(Debug, Clone)]
pub(super) struct Tracked {
    pub(super) name: String,
    pub(super) place: Place,
    pub(super) weight: Weight,
}

/// The wording differs a little between the two.
#[derive(Clone, Copy)]
struct Wording {
    what: &'static str,
    what_of_option: &'static str,
}

impl Builder<'_> {
    // keepalived: alloc_track_if
    pub(super) fn track_interfaces(
        &mut self,
        owner: &str,
        block: &Statement,
        list: &mut Listed<String, Tracked>,
    ) {
        let wording = Wording {
            what: "track_interface",
            what_of_option: "track_interace",
        };
        for entry in &block.block {
            let word = entry.head();
            let name = word.text();
            if self.interface(&name).is_none() && !self.global.config.dynamic_interfaces {
                self.unknown_tracked_interface(owner, word);
                continue;
            }
            if self.is_duplicate(owner, list, word, wording) {
                continue;
            }
            let weight = self.entry_weight(owner, entry, wording, Weight::default());
            let tracked = Tracked {
                name: name.clone(),
                place: word.place.clone(),
                weight,
            };
            list.push(name, tracked);
        }
    }

    fn unknown_tracked_interface(&mut self, owner: &str, word: &Word) {
        let name = word.text();
        self.missing_interface = true;
        self.push(
            Diagnostic::error(
                Code::UnknownInterface,
                format!("there is no interface {name} to track"),
            )
            .at(&word.place)
            .log(format!("({owner}) tracked interface {name} doesn't exist"))
            .status(Status::General),
        );
    }

    /// Scripts must be written above what tracks them.
    // keepalived: alloc_track_script
    pub(super) fn track_scripts(
        &mut self,
        owner: &str,
        block: &Statement,
        list: &mut Listed<String, Tracked>,
    ) {
        let wording = Wording {
            what: "track script",
            what_of_option: "track_script",
        };
        for entry in &block.block {
            let word = entry.head();
            let name = word.text();
            let Some(script) = self.scripts.find_mut(&name) else {
                self.unknown_script(owner, word);
                continue;
            };
            script.used = true;
            let default = script.weight;
            if self.is_duplicate(
                owner,
                list,
                word,
                Wording {
                    what: "track_script",
                    ..wording
                },
            ) {
                continue;
            }
            let weight = self.entry_weight(owner, entry, wording, default);
            let tracked = Tracked {
                name: name.clone(),
                place: word.place.clone(),
                weight,
            };
            list.push(name, tracked);
        }
    }

    fn unknown_script(&mut self, owner: &str, word: &Word) {
        let name = word.text();
        let hint = if self.left_out_scripts.contains(&name) {
            format!("vrrp_script {name} was left out, as said further up")
        } else {
            let define = || format!("define `vrrp_script {name} {{ … }}` above what tracks it");
            self.near(&name, &self.scripts).unwrap_or_else(define)
        };
        self.push(
            Diagnostic::error(
                Code::UnknownName,
                format!("there is no vrrp_script {name} above; not tracked"),
            )
            .at(&word.place)
            .hint(hint)
            .log(format!(
                "({owner}) track script {name} not found, ignoring..."
            ))
            .status(Status::General),
        );
        if let Some(index) = self.diagnostics.last_index() {
            self.awaited_scripts.entry(name).or_default().push(index);
        }
    }

    /// A script below those that track it: each of them is told where it is, which is better than a hint.
    pub(super) fn awaited_script_is_here(&mut self, name: &Word) {
        let Some(asked) = self.awaited_scripts.remove(&name.text()) else {
            return;
        };
        for index in asked {
            if let Some(diagnostic) = self.diagnostics.get_mut(index) {
                let message = "it must be above what tracks it: move this block up";
                let told = diagnostic.clone().related(&name.place.span, message);
                *diagnostic = Diagnostic { hint: None, ..told };
            }
        }
    }

    fn is_duplicate(
        &mut self,
        owner: &str,
        list: &Listed<String, Tracked>,
        word: &Word,
        wording: Wording,
    ) -> bool {
        let name = word.text();
        let Some(first) = list.find(&name) else {
            return false;
        };
        self.push(
            Diagnostic::warning(
                Code::Duplicate,
                format!("{name} is tracked already; ignored"),
            )
            .at(&word.place)
            .related(&first.place.span, "the first one")
            .log(format!(
                "({owner}) duplicate {} {name} - ignoring",
                wording.what
            ))
            .status(Status::General),
        );
        true
    }

    /// `NAME [weight N [reverse|noreverse]]`.
    fn entry_weight(
        &mut self,
        owner: &str,
        entry: &Statement,
        wording: Wording,
        default: Weight,
    ) -> Weight {
        let name = entry.head().text();
        let Wording {
            what,
            what_of_option,
        } = wording;
        let Some(option) = entry.words.get(1) else {
            return default;
        };
        if !option.is("weight") {
            let of = if what == "track_interface" {
                format!("{what} {name}")
            } else {
                what.to_owned()
            };
            self.entry_mistake(
                option,
                "weight",
                format!("({owner}) unknown {of} option {} - ignoring", option.text()),
            );
            return default;
        }
        let Some(value) = entry.words.get(2) else {
            self.entry_mistake(
                option,
                "weight N",
                format!("({owner}) weight without value specified for {what} {name} - ignoring"),
            );
            return default;
        };
        let range = "must be between [-253..253] inclusive";
        let log = if what == "track_interface" {
            format!(
                "({owner}) weight {} for {name} {range}. Ignoring...",
                value.text()
            )
        } else {
            format!("({owner}) track script {name}: weight {range}, ignoring...")
        };
        let Some(number) = self.integer(value, -254..=254, &Wrong::new("weight", "ignored", log))
        else {
            return default;
        };
        let number = self.limit_weight(owner, &name, value, number);
        let mut weight = Weight {
            value: number,
            reverse: default.reverse,
        };
        if let Some(option) = entry.words.get(3) {
            match option.text().as_str() {
                "reverse" => weight.reverse = true,
                "noreverse" => weight.reverse = false,
                other => self.entry_mistake(
                    option,
                    "reverse or noreverse",
                    format!(
                        "({owner}) unknown {what_of_option} {name} weight option {other} - ignoring"
                    ),
                ),
            }
        }
        weight
    }

    /// 254 is the original's word for a fault.
    fn limit_weight(&mut self, owner: &str, name: &str, word: &Word, value: i64) -> i16 {
        if value.abs() == 254 {
            self.push(
                Diagnostic::warning(
                    Code::OutOfRange,
                    format!("weight must be -253..=253, found {value}; using 253"),
                )
                .at(&word.place)
                .expected("-253..=253")
                .log(format!(
                    "({owner}) weight for {name} cannot be +/-254. Setting to +/-253"
                ))
                .status(Status::General),
            );
        }
        i16::try_from(value.clamp(-253, 253)).unwrap_or(0)
    }

    fn entry_mistake(&mut self, word: &Word, expected: &str, log: String) {
        let sentence = format!("`{}` is not understood here; ignored", word.text());
        self.push(
            Diagnostic::warning(Code::InvalidValue, sentence)
                .at(&word.place)
                .expected(expected)
                .log(log)
                .status(Status::General),
        );
    }
}
