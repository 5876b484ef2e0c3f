//! Settings that all nodes must have alike to hear each other, and some that they had better.

use std::time::Duration;

use ::vrrp::{Authentication, Transport, Version};

use super::lints::{
    ACCEPTS_OTHER_CHECKSUM, ANOTHER_DOWN_TIMER, ANOTHER_INTERVAL, AUTHENTICATION, INTERVAL,
    NOTIFY_DIFFERS, TRANSPORT, VERSION, VMAC,
};
use super::{Lint, Member, View, listed, related};
use crate::config::{Hmac, HmacMode, Notify, Secret};
use crate::diagnostic::Diagnostic;

/// A value, and the members that have it.
type Shares<T> = Vec<(T, Vec<Member>)>;

impl View<'_, '_> {
    /// Everything but addresses and unicast.
    pub(super) fn agreement(&self, found: &mut Vec<Diagnostic>) {
        if let Some(shares) = self.alike(|m| self.core(m).version) {
            // What else differs may do so because of that.
            return found.push(self.differs(
                &VERSION,
                "version",
                &shares,
                version_in_words,
                self.deaf(),
            ));
        }
        self.intervals(found);
        self.authentication(found);
        self.transports(found);
        let plain = |m| self.settings(m).v3_checksum_as_v2;
        if let Some(shares) = self.alike(plain) {
            let show = |on: &bool| if *on { "there" } else { "not there" }.to_owned();
            let then = "the checksum of one is wrong for the other, whose adverts are dropped";
            found.push(self.differs(
                &ACCEPTS_OTHER_CHECKSUM,
                "v3_checksum_as_v2",
                &shares,
                show,
                then,
            ));
        }
        let vmac = |m| self.settings(m).vmac.is_some();
        if let Some(shares) = self.alike(vmac) {
            let show = |on: &bool| if *on { "there" } else { "not there" }.to_owned();
            let then = "the MAC address of the virtual addresses changes when the master does, and hosts have to learn it";
            found.push(self.differs(&VMAC, "use_vmac", &shares, show, then));
        }
        let down = |m| self.core(m).down_timer_adverts;
        if let Some(shares) = self.alike(down) {
            let then = "each waits another time before it takes over";
            found.push(self.differs(
                &ANOTHER_DOWN_TIMER,
                "down_timer_adverts",
                &shares,
                u8::to_string,
                then,
            ));
        }
        self.notifies(found);
    }

    /// What happens when routers drop each other's adverts.
    fn deaf(&self) -> &'static str {
        match self.router.members.len() {
            2 => "each drops the adverts of the other, and both become master",
            _ => "those that differ drop each other's adverts, and each becomes master",
        }
    }

    /// The members by what they have, in the order of the nodes; `None`: all have the same.
    fn alike<T: PartialEq>(&self, value: impl Fn(Member) -> T) -> Option<Shares<T>> {
        let mut shares: Shares<T> = Vec::new();
        for member in &self.router.members {
            let value = value(*member);
            match shares.iter_mut().find(|(known, _)| *known == value) {
                Some((_, members)) => members.push(*member),
                None => shares.push((value, vec![*member])),
            }
        }
        (shares.len() > 1).then_some(shares)
    }

    /// `VI_1: advert_int is 1 s on lb1, but 2 s on lb2: …`.
    fn differs<T>(
        &self,
        lint: &'static Lint,
        keyword: &str,
        shares: &Shares<T>,
        show: impl Fn(&T) -> String,
        then: &str,
    ) -> Diagnostic {
        let said = |(value, members): &(T, Vec<Member>)| {
            let nodes: Vec<&str> = members.iter().map(|m| self.node(*m)).collect();
            let default = match self.is_written(members[0], keyword) {
                true => "",
                false => " (not written)",
            };
            format!("{}{default} on {}", show(value), listed(&nodes))
        };
        let all: Vec<String> = shares.iter().map(said).collect();
        let message = format!(
            "{}: {keyword} is {}: {then}",
            self.name(),
            all.join(", but ")
        );
        let first = shares[0].1[0];
        let mut diagnostic = lint.told(self.place(first, keyword), message);
        for share in &shares[1..] {
            diagnostic = related(diagnostic, self.place(share.1[0], keyword), said(share));
        }
        diagnostic
    }

    fn intervals(&self, found: &mut Vec<Diagnostic>) {
        let Some(shares) = self.alike(|m| self.core(m).advert_interval) else {
            return;
        };
        let is_v2 = |m: &Member| self.core(*m).version == Version::V2;
        let (lint, then) = match self.router.members.iter().any(is_v2) {
            true => (&INTERVAL, self.deaf()),
            false => (
                &ANOTHER_INTERVAL,
                "version 3 takes the interval from whoever is master, so how fast a failure is noticed depends on who that is",
            ),
        };
        found.push(self.differs(lint, "advert_int", &shares, seconds, then));
    }

    /// Says that passwords differ, never what they are.
    fn authentication(&self, found: &mut Vec<Diagnostic>) {
        let kind = |m: Member| match (&self.core(m).authentication, &self.settings(m).ah_password) {
            (_, Some(_)) => "AH",
            (Authentication::Pass(_), None) => "PASS",
            (Authentication::None, None) => "none",
        };
        if let Some(shares) = self.alike(kind) {
            let show = |kind: &&str| (*kind).to_owned();
            found.push(self.differs(
                &AUTHENTICATION,
                "authentication",
                &shares,
                show,
                self.deaf(),
            ));
        } else if let Some(shares) = self.alike(|m| self.password(m)) {
            found.push(self.other_passwords(&shares));
        }
        for one in &self.router.members {
            for other in self.router.members.iter().filter(|other| *other != one) {
                found.extend(self.unknown_key(*one, *other));
            }
        }
    }

    fn password(&self, member: Member) -> Vec<u8> {
        match (
            &self.settings(member).ah_password,
            &self.core(member).authentication,
        ) {
            (Some(Secret(password)), _) => password.clone(),
            (None, Authentication::Pass(password)) => password.to_vec(),
            (None, Authentication::None) => Vec::new(),
        }
    }

    fn other_passwords(&self, shares: &Shares<Vec<u8>>) -> Diagnostic {
        let place = |member: Member| {
            let paper = &self.cluster.node(member).paper;
            let block = paper.written(member.at, "authentication");
            let word = block.and_then(|block| block.find("auth_pass"));
            word.map_or_else(
                || self.place(member, "authentication"),
                |word| Some(word.head().place()),
            )
        };
        let nodes = |members: &[Member]| {
            let nodes: Vec<&str> = members.iter().map(|m| self.node(*m)).collect();
            listed(&nodes)
        };
        let all: Vec<String> = shares.iter().map(|(_, members)| nodes(members)).collect();
        let name = self.name();
        let message = format!(
            "{name}: auth_pass on {} is not the one on {}: {}",
            all[0],
            all[1..].join(", nor on "),
            self.deaf()
        );
        let mut diagnostic = AUTHENTICATION.told(place(shares[0].1[0]), message);
        for (_, members) in &shares[1..] {
            diagnostic = related(
                diagnostic,
                place(members[0]),
                format!("another one on {}", nodes(members)),
            );
        }
        diagnostic.hint("the first 8 characters count; give all routers the same")
    }

    /// `auth_hmac`: what one sends, the other must know.
    fn unknown_key(&self, from: Member, to: Member) -> Option<Diagnostic> {
        let (sends, knows) = (&self.settings(from).hmac, self.settings(to).hmac.as_ref()?);
        let (name, here, there) = (self.name(), self.node(from), self.node(to));
        let key = sends.as_ref().and_then(active_key);
        let message = match key {
            None if knows.mode == HmacMode::Enforce => {
                format!(
                    "{name}: {there} drops adverts without auth_hmac, and {here} sends none with it: both become master"
                )
            }
            None => return None,
            Some(key) => match knows.keys.iter().find(|known| known.id == key.0) {
                Some(known) if known.secret == *key.1 => return None,
                Some(_) => format!(
                    "{name}: key {} of auth_hmac on {here} is not the one on {there}, which drops the adverts: both become master",
                    key.0
                ),
                None => format!(
                    "{name}: {here} signs with key {} of auth_hmac, which {there} does not have and so drops the adverts: both become master",
                    key.0
                ),
            },
        };
        let diagnostic = AUTHENTICATION.told(self.place(from, "auth_hmac"), message);
        Some(related(
            diagnostic,
            self.place(to, "auth_hmac"),
            format!("what {there} knows"),
        ))
    }

    fn transports(&self, found: &mut Vec<Diagnostic>) {
        let kind = |m: Member| match &self.core(m).transport {
            Transport::Multicast { group } => Some(*group),
            Transport::Unicast { .. } => None,
        };
        let Some(shares) = self.alike(kind) else {
            return;
        };
        let is_mixed = shares.iter().any(|(group, _)| group.is_none());
        let keyword = if is_mixed {
            "unicast_peer"
        } else {
            "mcast_dst_ip"
        };
        let said = |(group, members): &(Option<std::net::IpAddr>, Vec<Member>)| {
            let nodes: Vec<&str> = members.iter().map(|m| self.node(*m)).collect();
            let nodes = listed(&nodes);
            match (group, is_mixed) {
                (None, _) => format!("{nodes} uses unicast"),
                (Some(_), true) => format!("{nodes} uses multicast"),
                (Some(group), false) => format!("{nodes} sends to {group}"),
            }
        };
        let all: Vec<String> = shares.iter().map(said).collect();
        let then = "they do not hear each other, and each becomes master";
        let message = format!("{}: {}: {then}", self.name(), all.join(", but "));
        let mut diagnostic = TRANSPORT.told(self.place(shares[0].1[0], keyword), message);
        for share in &shares[1..] {
            diagnostic = related(diagnostic, self.place(share.1[0], keyword), said(share));
        }
        found.push(diagnostic);
    }

    /// What is run at a change of state need not be the same, but mostly is meant to be.
    fn notifies(&self, found: &mut Vec<Diagnostic>) {
        let set = |m: Member| notify_keywords(&self.settings(m).notify);
        let Some(shares) = self.alike(set) else {
            return;
        };
        let said = |(keywords, members): &(Vec<&str>, Vec<Member>)| {
            let what = match keywords.is_empty() {
                true => "no notify script".to_owned(),
                false => listed(keywords),
            };
            format!("{what} on {}", self.node(members[0]))
        };
        let all: Vec<String> = shares.iter().map(said).collect();
        let message = format!("{} has {}", self.name(), all.join(", but "));
        let place = |share: &(Vec<&str>, Vec<Member>)| {
            let keyword = share.0.first().copied().unwrap_or("notify");
            self.place(share.1[0], keyword)
        };
        let mut diagnostic = NOTIFY_DIFFERS.told(place(&shares[0]), message);
        for share in &shares[1..] {
            diagnostic = related(diagnostic, place(share), said(share));
        }
        found.push(diagnostic);
    }
}

fn active_key(hmac: &Hmac) -> Option<(u8, &Secret)> {
    let sends = match hmac.mode {
        HmacMode::Enforce | HmacMode::Permissive => true,
        HmacMode::ReceiveOnly => false,
    };
    let key = hmac.keys.iter().find(|key| key.id == hmac.active_key)?;
    sends.then_some((key.id, &key.secret))
}

fn notify_keywords(notify: &Notify) -> Vec<&'static str> {
    let all = [
        ("notify", notify.any.is_some()),
        ("notify_master", notify.master.is_some()),
        ("notify_backup", notify.backup.is_some()),
        ("notify_fault", notify.fault.is_some()),
        ("notify_stop", notify.stop.is_some()),
        ("notify_deleted", notify.notify_deleted),
        (
            "notify_master_rx_lower_pri",
            notify.master_rx_lower_pri.is_some(),
        ),
    ];
    let there = all.into_iter().filter(|(_, there)| *there);
    there.map(|(keyword, _)| keyword).collect()
}

fn version_in_words(version: &Version) -> String {
    match version {
        Version::V2 => "2".to_owned(),
        Version::V3 => "3".to_owned(),
    }
}

/// `1 s`, `0.25 s`.
pub(super) fn seconds(time: &Duration) -> String {
    format!("{} s", time.as_secs_f64())
}
