//! Actions in words.

use std::time::Duration;

use vrrp::{
    Action, GroupId, InstanceId, NotifyState, Packet, Report, RouterConfig, ScriptId, Snapshot,
    State, Subject, advert,
};

pub(crate) fn time(time: Duration) -> String {
    let text = format!("{}.{:06}", time.as_secs(), time.subsec_micros());
    let short = text.trim_end_matches('0');
    if short.ends_with('.') {
        format!("{short}0")
    } else {
        short.to_owned()
    }
}

pub(crate) fn action(config: &RouterConfig, action: Action) -> String {
    let names = Names(config);
    match action {
        Action::Send {
            instance, packet, ..
        } => send(names.instance(instance), &packet),
        Action::AddVips { instance } => format!("add-vips {}", names.instance(instance)),
        Action::RemoveVips { instance } => format!("remove-vips {}", names.instance(instance)),
        Action::Announce { instance, repeat } => {
            format!("announce {} {repeat}", names.instance(instance))
        }
        Action::Notify {
            subject,
            state,
            priority,
        } => {
            format!(
                "notify {} {} {priority}",
                names.subject(subject),
                notify_state(state)
            )
        }
        Action::RunScript { script } => format!("run {}", names.script(script)),
        Action::Report(report) => names.report(&report),
        Action::Reloaded { kept } => {
            let kept: Vec<_> = kept
                .iter()
                .map(|(old, new)| format!(" {}={}", old.0, new.0))
                .collect();
            format!("reloaded{}", kept.concat())
        }
    }
}

fn send(name: &str, packet: &Packet) -> String {
    let sent = advert::decode(packet).unwrap();
    let mut text = format!("send {name} priority {}", sent.priority);
    if !sent.destination.is_multicast() {
        text += &format!(" to {}", sent.destination);
    }
    text
}

pub(crate) fn view(snapshot: &Snapshot, name: &str) -> Vec<String> {
    let groups = snapshot.groups.iter().filter(|group| group.name == name);
    let groups = groups.map(|group| format!("group {}", state(group.state)));
    let scripts = snapshot.scripts.iter().filter(|script| script.name == name);
    let scripts = scripts.map(|script| format!("{script:?}"));
    let instances = snapshot
        .instances
        .iter()
        .filter(|instance| instance.name == name);
    let instances = instances.flat_map(|view| {
        let counters = format!("{:?}", view.counters);
        let counters = counters
            .trim_start_matches("Counters { ")
            .trim_end_matches(" }");
        let counted = counters
            .split(", ")
            .filter(|counter| !counter.ends_with(": 0"));
        let mut lines = vec![format!(
            "{} {} of {} from {} master {} at {}",
            state(view.state),
            view.effective_priority,
            view.base_priority,
            view.source
                .map_or(String::from("nowhere"), |source| source.to_string()),
            view.master
                .map_or(String::from("unknown"), |(ip, p)| format!(
                    "{ip} priority {p}"
                )),
            time(view.master_interval),
        )];
        lines.extend(counted.map(str::to_owned));
        lines
    });
    groups.chain(scripts).chain(instances).collect()
}

fn state(state: State) -> &'static str {
    match state {
        State::Init => "INIT",
        State::Backup => "BACKUP",
        State::Master => "MASTER",
        State::Fault => "FAULT",
    }
}

fn notify_state(state: NotifyState) -> &'static str {
    match state {
        NotifyState::Master => "MASTER",
        NotifyState::Backup => "BACKUP",
        NotifyState::Fault => "FAULT",
        NotifyState::Stop => "STOP",
        NotifyState::Deleted => "DELETED",
        NotifyState::MasterRxLowerPri => "MASTER_RX_LOWER_PRI",
    }
}

struct Names<'a>(&'a RouterConfig);

impl Names<'_> {
    /// Before `Reloaded` actions have old ids, for which there may be no name any more.
    fn instance(&self, id: InstanceId) -> &str {
        self.0
            .instances
            .get(usize::from(id.0))
            .map_or("(gone)", |instance| &instance.name)
    }

    fn group(&self, id: GroupId) -> &str {
        self.0
            .groups
            .get(usize::from(id.0))
            .map_or("(gone)", |group| &group.name)
    }

    fn script(&self, id: ScriptId) -> &str {
        self.0
            .scripts
            .get(usize::from(id.0))
            .map_or("(gone)", |script| &script.name)
    }

    fn subject(&self, subject: Subject) -> &str {
        match subject {
            Subject::Instance(id) => self.instance(id),
            Subject::Group(id) => self.group(id),
        }
    }

    /// State changes in words, anything else as it is, with names for ids.
    fn report(&self, report: &Report) -> String {
        if let Report::Entered { instance, from, to } = report {
            return format!(
                "report {} {} -> {}",
                self.instance(*instance),
                state(*from),
                state(*to)
            );
        }
        if let Report::GroupEntered { group, from, to } = report {
            return format!(
                "report {} {} -> {}",
                self.group(*group),
                state(*from),
                state(*to)
            );
        }
        self.with_names(&format!("report {report:?}"))
    }

    fn with_names(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (id, instance) in self.0.instances.iter().enumerate() {
            text = text.replace(&format!("InstanceId({id})"), &instance.name);
        }
        for (id, script) in self.0.scripts.iter().enumerate() {
            text = text.replace(&format!("ScriptId({id})"), &script.name);
        }
        for (id, interface) in self.0.interfaces.iter().enumerate() {
            text = text.replace(&format!("InterfaceId({id})"), interface);
        }
        text
    }
}
