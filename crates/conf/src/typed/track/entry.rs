//! `track_interface`, `track_script`, `track_file`, `track_process`, `track_bfd`, of instances and groups.

use vrrp::Weight;

use crate::diagnostic::{Code, Diagnostic, Place, Status};
use crate::tree::Statement;
use crate::typed::Builder;
use crate::typed::listed::Listed;
use crate::typed::read::Wrong;
use crate::word::Word;

/// Something tracked.
#[derive(Debug, Clone)]
pub(in crate::typed) struct TrackedDraft {
    pub(in crate::typed) name: String,
    pub(super) place: Place,
    pub(in crate::typed) weight: Weight,
}

/// What an instance or group tracks.
#[derive(Default)]
pub(in crate::typed) struct Tracks {
    pub(in crate::typed) interfaces: Listed<String, TrackedDraft>,
    pub(in crate::typed) scripts: Listed<String, TrackedDraft>,
    pub(in crate::typed) files: Listed<String, TrackedDraft>,
    pub(in crate::typed) processes: Listed<String, TrackedDraft>,
    pub(in crate::typed) bfds: Listed<String, TrackedDraft>,
}

impl Tracks {
    fn of(&mut self, what: What) -> &mut Listed<String, TrackedDraft> {
        match what {
            What::Interface => &mut self.interfaces,
            What::Script => &mut self.scripts,
            What::File => &mut self.files,
            What::Process => &mut self.processes,
            What::Bfd => &mut self.bfds,
        }
    }
}

/// The rules and the wording differ a little.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Interface,
    Script,
    File,
    Process,
    Bfd,
}

impl What {
    fn of(keyword: &str) -> Option<Self> {
        Some(match keyword {
            "track_interface" => Self::Interface,
            "track_script" => Self::Script,
            "track_file" => Self::File,
            "track_process" => Self::Process,
            "track_bfd" => Self::Bfd,
            _ => return None,
        })
    }

    fn keyword(self) -> &'static str {
        match self {
            Self::Interface => "track_interface",
            Self::Script => "track_script",
            Self::File => "track_file",
            Self::Process => "track_process",
            Self::Bfd => "track_bfd",
        }
    }

    /// The block that defines it.
    fn block(self) -> &'static str {
        match self {
            Self::Interface => "interface",
            Self::Script => "vrrp_script",
            Self::File => "track_file",
            Self::Process => "vrrp_track_process",
            Self::Bfd => "bfd_instance",
        }
    }

    /// In the original's sentences.
    fn words(self) -> &'static str {
        match self {
            Self::Interface => "track_interface",
            Self::Script => "track script",
            Self::File => "track file",
            Self::Process => "track process",
            Self::Bfd => "track bfd",
        }
    }

    fn largest_weight(self) -> i64 {
        match self {
            // 254 was allowed once, and becomes 253.
            Self::Interface | Self::Script | Self::File | Self::Process => 254,
            Self::Bfd => 253,
        }
    }

    fn bad_option(self, name: &str, option: &str) -> String {
        let words = self.words();
        match self {
            Self::Interface | Self::Bfd => {
                format!("unknown {words} {name} option {option} - ignoring")
            }
            Self::Script | Self::File | Self::Process => {
                format!("unknown {words} option {option} - ignoring")
            }
        }
    }

    fn bad_weight(self, name: &str, value: &str) -> String {
        match self {
            Self::Interface => format!(
                "weight {value} for {name} must be between [-253..253] inclusive. Ignoring..."
            ),
            Self::Script => format!(
                "track script {name}: weight must be between [-253..253] inclusive, ignoring..."
            ),
            Self::File | Self::Process => format!(
                "weight for {} {name} must be in [-254..254] inclusive. Ignoring...",
                self.words()
            ),
            Self::Bfd => {
                format!("weight for track bfd {name} must be in [-253..253] inclusive. Ignoring...")
            }
        }
    }

    fn bad_weight_option(self, name: &str, option: &str) -> String {
        let what = match self {
            Self::Interface => "track_interace",
            Self::Script => "track_script",
            Self::File => "track file",
            Self::Process => "track_process",
            Self::Bfd => "track bfd",
        };
        format!("unknown {what} {name} weight option {option} - ignoring")
    }

    /// Whether the whole entry goes with a wrong word behind its weight.
    fn needs_known_option(self) -> bool {
        match self {
            Self::File | Self::Bfd => true,
            Self::Interface | Self::Script | Self::Process => false,
        }
    }
}

impl Builder<'_> {
    /// One of the five blocks.
    pub(in crate::typed) fn tracks(&mut self, owner: &str, block: &Statement, tracks: &mut Tracks) {
        let Some(what) = What::of(&block.head().text()) else {
            return self.not_built(block);
        };
        for entry in &block.block {
            let word = entry.head();
            let name = word.text();
            let Some(default) = self.known_tracker(owner, what, word) else {
                continue;
            };
            if self.is_tracked_already(owner, what, word, tracks) {
                continue;
            }
            let Some(weight) = self.entry_weight(owner, entry, what, default) else {
                continue;
            };
            let tracked = TrackedDraft {
                name: name.clone(),
                place: word.place.clone(),
                weight,
            };
            tracks.of(what).push(name, tracked);
        }
    }

    /// Marks it as used. Its own weight; `None` after a diagnostic.
    fn known_tracker(&mut self, owner: &str, what: What, word: &Word) -> Option<Weight> {
        let name = word.text();
        let known = match what {
            What::Interface => {
                let known =
                    self.interface(&name).is_some() || self.global.config.dynamic_interfaces;
                if !known {
                    self.unknown_tracked_interface(owner, word);
                    return None;
                }
                return Some(Weight::default());
            }
            What::Script => self.scripts.find_mut(&name).map(|script| {
                script.used = true;
                script.weight
            }),
            What::File => self.trackers.files.find_mut(&name).map(|file| {
                file.used = true;
                file.weight
            }),
            What::Process => self.trackers.processes.find_mut(&name).map(|process| {
                process.used = true;
                process.weight
            }),
            What::Bfd => {
                let bfd = self.trackers.bfds.find_mut(&name);
                bfd.filter(|bfd| bfd.is_for_vrrp()).map(|bfd| {
                    bfd.used = true;
                    bfd.weight
                })
            }
        };
        if known.is_none() {
            self.unknown_tracker(owner, what, word);
        }
        known
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

    /// They must be written above what tracks them.
    fn unknown_tracker(&mut self, owner: &str, what: What, word: &Word) {
        let (name, block) = (word.text(), what.block());
        let was_left_out = match what {
            What::Script => self.left_out_scripts.contains(&name),
            What::Interface | What::File | What::Process | What::Bfd => {
                self.trackers.left_out.contains(&name)
            }
        };
        let of_checkers = what == What::Bfd && self.trackers.bfds.find(&name).is_some();
        let hint = if was_left_out {
            format!("{block} {name} was left out, as said further up")
        } else if of_checkers {
            format!("bfd_instance {name} is for checkers only; add `vrrp` to it")
        } else {
            let near = match what {
                What::Script => self.near(&name, &self.scripts),
                What::File => self.near(&name, &self.trackers.files),
                What::Process => self.near(&name, &self.trackers.processes),
                What::Bfd => self.near(&name, &self.trackers.bfds),
                What::Interface => None,
            };
            near.unwrap_or_else(|| format!("define `{block} {name} {{ … }}` above what tracks it"))
        };
        let log = format!("({owner}) {} {name} not found, ignoring...", what.words());
        self.push(
            Diagnostic::error(
                Code::UnknownName,
                format!("there is no {block} {name} above; not tracked"),
            )
            .at(&word.place)
            .hint(hint)
            .log(log)
            .status(Status::General),
        );
        if let Some(index) = self.diagnostics.last_index() {
            self.awaited.entry((block, name)).or_default().push(index);
        }
    }

    /// A block below those that track it: each of them is told where it is, which is better than a hint.
    pub(in crate::typed) fn awaited_is_here(
        &mut self,
        key: &(&'static str, String),
        place: &Place,
    ) {
        for index in self.awaited.remove(key).into_iter().flatten() {
            if let Some(diagnostic) = self.diagnostics.get_mut(index) {
                let message = "it must be above what tracks it: move this block up";
                let told = diagnostic.clone().related(&place.span, message);
                *diagnostic = Diagnostic { hint: None, ..told };
            }
        }
    }

    fn is_tracked_already(
        &mut self,
        owner: &str,
        what: What,
        word: &Word,
        tracks: &mut Tracks,
    ) -> bool {
        let name = word.text();
        let Some(first) = tracks.of(what).find(&name) else {
            return false;
        };
        let sentence = format!("{name} is tracked already; ignored");
        self.push(
            Diagnostic::warning(Code::Duplicate, sentence)
                .at(&word.place)
                .related(&first.place.span, "the first one")
                .log(format!(
                    "({owner}) duplicate {} {name} - ignoring",
                    what.keyword()
                ))
                .status(Status::General),
        );
        true
    }

    /// `NAME [weight N [reverse|noreverse]]`. `None`: not understood, so it is not tracked.
    // keepalived: alloc_track_if, alloc_track_script, vrrp_alloc_track_file, alloc_track_process, alloc_track_bfd
    fn entry_weight(
        &mut self,
        owner: &str,
        entry: &Statement,
        what: What,
        default: Weight,
    ) -> Option<Weight> {
        let name = entry.head().text();
        let Some(option) = entry.words.get(1) else {
            return Some(default);
        };
        if !option.is("weight") {
            let log = what.bad_option(&name, &option.text());
            self.not_tracked(option, "weight", format!("({owner}) {log}"));
            return None;
        }
        let Some(value) = entry.words.get(2) else {
            let log = format!(
                "({owner}) weight without value specified for {} {name} - ignoring",
                what.words()
            );
            self.not_tracked(option, "weight N", log);
            return None;
        };
        let mut weight = Weight {
            value: self.tracked_weight(owner, &name, what, value, default),
            ..default
        };
        if let Some(option) = entry.words.get(3) {
            match (option.text().as_str(), what) {
                ("reverse", _) => weight.reverse = true,
                ("noreverse", What::Script | What::File | What::Process | What::Bfd) => {
                    weight.reverse = false;
                }
                (other, _) => {
                    let log = format!("({owner}) {}", what.bad_weight_option(&name, other));
                    if what.needs_known_option() {
                        self.not_tracked(option, "reverse or noreverse", log);
                        return None;
                    }
                    self.unknown_option(option, "reverse or noreverse", log);
                }
            }
        }
        Some(weight)
    }

    fn tracked_weight(
        &mut self,
        owner: &str,
        name: &str,
        what: What,
        word: &Word,
        default: Weight,
    ) -> i16 {
        let largest = what.largest_weight();
        let log = format!("({owner}) {}", what.bad_weight(name, &word.text()));
        let wrong = Wrong::new("weight", "ignored", log);
        let Some(value) = self.integer(word, -largest..=largest, &wrong) else {
            return default.value;
        };
        match what {
            What::Interface | What::Script => self.limit_weight(owner, name, word, value),
            What::File | What::Process | What::Bfd => i16::try_from(value).unwrap_or(0),
        }
    }

    /// 254 is the original's word for a fault.
    fn limit_weight(&mut self, owner: &str, name: &str, word: &Word, value: i64) -> i16 {
        if value.abs() == 254 {
            let used = value.clamp(-253, 253);
            self.push(
                Diagnostic::warning(
                    Code::OutOfRange,
                    format!("weight must be -253..=253, found {value}; using {used}"),
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

    fn not_tracked(&mut self, word: &Word, expected: &str, log: String) {
        let sentence = format!(
            "`{}` is not understood here; this line is left out",
            word.text()
        );
        self.push(
            Diagnostic::warning(Code::InvalidValue, sentence)
                .at(&word.place)
                .expected(expected)
                .log(log)
                .status(Status::General),
        );
    }
}
