//! From statements to the typed configuration, in the order of the file, then what only the end can tell.

mod bfd;
mod command;
mod finish;
mod global;
mod listed;
mod lvs;
mod net;
mod read;
mod setting;
mod stray;
mod track;
mod vrrp;

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Place, Span, Status};
use crate::host::{Host, InterfaceFacts, UserFacts};
use crate::mend;
use crate::tree::Statement;

use global::GlobalDraft;
use listed::Listed;
use lvs::{ServerGroupDraft, SslDraft, VirtualServerDraft};
use net::Statics;
use track::{ScriptDraft, Trackers};
use vrrp::{GroupDraft, InstanceDraft, Links};

/// The block that defines something to be tracked, under its present name, and its name.
fn tracker(statement: &Statement) -> Option<((&'static str, String), &Place)> {
    let block = match statement.keyword?.keyword {
        "vrrp_script" => "vrrp_script",
        "track_file" | "vrrp_track_file" => "track_file",
        "vrrp_track_process" => "vrrp_track_process",
        "bfd_instance" => "bfd_instance",
        _ => return None,
    };
    let name = statement.arguments().first()?;
    Some(((block, name.text()), &name.place))
}

/// Everything that was read so far.
pub(crate) struct Builder<'a> {
    host: &'a dyn Host,
    /// Interfaces asked for so far.
    interfaces: BTreeMap<String, Option<InterfaceFacts>>,
    /// Users asked for so far: the answer may come over the network.
    users: BTreeMap<String, Option<UserFacts>>,
    pub(crate) diagnostics: &'a mut Diagnostics,
    global: GlobalDraft,
    /// What is being read concerns all processes; the original's parent reports that.
    in_global: bool,
    /// Each by itself: a draft is large, and a list that grows copies what it holds.
    instances: Listed<String, Box<InstanceDraft>>,
    groups: Listed<String, GroupDraft>,
    scripts: Listed<String, ScriptDraft>,
    statics: Statics,
    server_groups: Listed<String, ServerGroupDraft>,
    virtual_servers: Vec<VirtualServerDraft>,
    ssl: Option<SslDraft>,
    trackers: Trackers,
    /// Those that were not there when they were asked for, by block and name, and which diagnostics say so.
    awaited: BTreeMap<(&'static str, String), Vec<usize>>,
    /// Scripts that were read but cannot be used; why is said.
    left_out_scripts: BTreeSet<String>,
    /// Where the scripts are written that something names, as long as the list of those that run.
    script_places: Vec<Place>,
    /// What is said about interfaces.
    links: Links,
    /// Names of virtual interfaces, and which instance has them.
    link_names: BTreeMap<String, (String, Place)>,
    /// `lvs_sync_daemon_interface` of the first instance that has one.
    sync_interface: Option<(String, Place)>,
    /// Keywords of features that are not built, told once each, and which diagnostic does, if it was kept.
    noted: BTreeMap<(&'static str, &'static str), Option<usize>>,
    not_built: Vec<String>,
    /// An interface that is named is not there, and may not come later.
    missing_interface: bool,
    /// A script runs as root without `enable_script_security`.
    violation: Option<command::Violation>,
    /// The same for scripts of virtual servers.
    check_violation: Option<command::Violation>,
    /// Whether checks that name no user have none; asked at the first of them.
    checks_lack_user: Option<bool>,
}

impl<'a> Builder<'a> {
    pub(crate) fn new(host: &'a dyn Host, diagnostics: &'a mut Diagnostics) -> Self {
        Self {
            host,
            interfaces: BTreeMap::new(),
            diagnostics,
            global: GlobalDraft::default(),
            in_global: false,
            users: BTreeMap::new(),
            instances: Listed::default(),
            groups: Listed::default(),
            scripts: Listed::default(),
            statics: Statics::default(),
            server_groups: Listed::default(),
            virtual_servers: Vec::new(),
            ssl: None,
            trackers: Trackers::default(),
            awaited: BTreeMap::new(),
            left_out_scripts: BTreeSet::new(),
            script_places: Vec::new(),
            links: Links::default(),
            link_names: BTreeMap::new(),
            sync_interface: None,
            noted: BTreeMap::new(),
            not_built: Vec::new(),
            missing_interface: false,
            violation: None,
            check_violation: None,
            checks_lack_user: None,
        }
    }
}

impl Builder<'_> {
    fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(if self.in_global {
            diagnostic.in_parent()
        } else {
            diagnostic
        });
    }

    /// Takes in what only follows from what was found at a place.
    fn push_following(&mut self, cause: Option<&Span>, diagnostic: Diagnostic) {
        self.diagnostics.push_following(cause, diagnostic);
    }

    /// Where a block of that name was left out, because its keyword is none.
    fn left_out_with(&self, name: &str) -> Option<Span> {
        let room = self.diagnostics.has_room();
        let found = room.then(|| self.diagnostics.left_out_with(name))??;
        found.span.clone()
    }

    fn interface(&mut self, name: &str) -> Option<InterfaceFacts> {
        if let Some(facts) = self.interfaces.get(name) {
            return *facts;
        }
        let facts = self.host.interface(name);
        self.interfaces.insert(name.to_owned(), facts);
        facts
    }

    fn user_facts(&mut self, name: &str) -> Option<UserFacts> {
        if let Some(facts) = self.users.get(name) {
            return *facts;
        }
        let facts = self.host.user(name);
        self.users.insert(name.to_owned(), facts);
        facts
    }

    /// Which known name a wrong one looks like, while there is room to say so.
    fn near<T>(&self, name: &str, known: &Listed<String, T>) -> Option<String> {
        let names = known.keys().map(|known| known.as_str().into());
        let near = self
            .diagnostics
            .has_room()
            .then(|| crate::schema::nearest(name, names))??;
        Some(format!("did you mean `{near}`?"))
    }

    /// Takes in a statement of the outermost level.
    pub(crate) fn root(&mut self, statement: &Statement) {
        let Some(keyword) = statement.keyword else {
            return;
        };
        if let Some((key, place)) = tracker(statement) {
            self.awaited_is_here(&key, place);
        }
        match keyword.keyword {
            "global_defs" => self.global_defs(statement),
            "vrrp_instance" => self.vrrp_instance(statement),
            "vrrp_sync_group" => self.vrrp_sync_group(statement),
            "vrrp_script" => self.vrrp_script(statement),
            "vrrp_track_process" => self.vrrp_track_process(statement),
            "track_file" | "vrrp_track_file" => self.track_file(statement),
            "bfd_instance" => self.bfd_instance(statement),
            "garp_group" => self.garp_group(statement),
            "linkbeat_interfaces" => self.linkbeat_interfaces(statement),
            "interface_up_down_delays" => self.interface_up_down_delays(statement),
            "virtual_server" => self.virtual_server(statement),
            "virtual_server_group" => self.virtual_server_group(statement),
            "SSL" => self.ssl(statement),
            "static_ipaddress" | "static_routes" | "static_rules" | "track_group" => {
                self.static_block(statement);
            }
            word if self.plain_root_keyword(word, statement) => {}
            _ => self.not_built(statement),
        }
    }

    /// A keyword whose feature is not there: said once, never counted.
    fn not_built(&mut self, statement: &Statement) {
        self.note_not_built(statement);
        self.deprecated_inside(statement);
    }

    /// The same for a block whose statements are read.
    fn note_not_built(&mut self, statement: &Statement) {
        let Some(keyword) = statement.keyword else {
            return;
        };
        let name = keyword.keyword;
        let key = (keyword.block, name);
        if let Some(index) = self.noted.get(&key).copied() {
            let note = index.and_then(|index| self.diagnostics.get_mut(index));
            if let Some(note) = note {
                note.places = note.places.saturating_add(1);
            }
        } else {
            let sentence = match keyword.missing_feature {
                Some(feature) => {
                    format!("{name} is not supported yet ({feature}); it has no effect")
                }
                None => format!("{name} has no effect"),
            };
            let head = statement.head();
            let note = Diagnostic::note(Code::NotSupported, sentence).at(&head.place);
            self.push(Diagnostic {
                feature: keyword.missing_feature,
                ..note
            });
            self.noted.insert(key, self.diagnostics.last_index());
            if keyword.form.has_braces() {
                self.not_built.push(name.to_owned());
            }
        }
    }

    /// Deprecated words count, whether or not their feature is there.
    fn deprecated_inside(&mut self, statement: &Statement) {
        let name = statement.keyword.map_or("", |keyword| keyword.keyword);
        if let Some(instead) = deprecated(name) {
            self.deprecated(statement, instead);
        }
        for inner in &statement.block {
            self.deprecated_inside(inner);
        }
    }

    fn deprecated(&mut self, statement: &Statement, instead: &str) {
        let name = statement.head().text();
        let synonym = mend::synonym(statement, instead);
        self.push(
            Diagnostic::warning(
                Code::Deprecated,
                format!("{name} is deprecated; use {instead}"),
            )
            .at(&statement.head().place)
            .maybe_fix(&statement.head().place, synonym)
            .log(format!("{name} is deprecated - please use '{instead}'"))
            .status(Status::Deprecated),
        );
    }
}

/// Keywords of features that are not built, which the original calls deprecated, and what to use.
fn deprecated(keyword: &str) -> Option<&'static str> {
    match keyword {
        "nb_get_retry" => Some("retry"),
        _ => None,
    }
}
