//! Wanted addresses per owner, and their reconciliation with the kernel.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::IpAddr;

use nix::errno::Errno;

use crate::error::{Act, Error, Failure, Reason};
use crate::links::{Change, LinkAddress, Links};
use crate::message::{self, Confirm};
use crate::plan::{Installed, Key, Step, plan};
use crate::requests::{BatchError, Refusal, Requests};
use crate::spec::Address;

/// Requests per send: more saves no time, and the answers must fit the socket's buffer.
const BATCH: usize = 50;

/// Who wants addresses: an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Owner(pub u32);

/// What a reconciliation did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Addresses put on links.
    pub added: usize,
    /// Addresses taken off links.
    pub removed: usize,
    /// What did not succeed. It is tried again by the next reconciliation.
    pub failed: Vec<Failure>,
    /// There is more to do ([`Manager::reconcile_some`] only).
    pub more: bool,
}

/// The manager of virtual addresses.
pub struct Manager {
    requests: Requests,
    wanted: BTreeMap<Owner, Vec<Address>>,
    /// Who wants what, by address and interface; made when it is needed.
    owners: Option<BTreeMap<(IpAddr, String), Owner>>,
    /// What we put there, or found there and took over.
    installed: BTreeMap<Key, Installed>,
    order: u64,
    /// Of those, what may be gone: a removal may have taken it along, or an answer was lost.
    doubtful: BTreeSet<Key>,
    /// IPv6 removals of ours whose events are still to come: the kernel does not tell whose they were.
    expected: BTreeMap<(u32, IpAddr, u8), u32>,
    /// Links that are down: what disappears from them was not removed by anybody.
    down: BTreeSet<u32>,
    pending: VecDeque<Step>,
    stale: bool,
}

impl Manager {
    /// Opens the request socket.
    pub fn open() -> Result<Self, Error> {
        Ok(Self {
            requests: Requests::open()?,
            wanted: BTreeMap::new(),
            owners: None,
            installed: BTreeMap::new(),
            order: 0,
            doubtful: BTreeSet::new(),
            expected: BTreeMap::new(),
            down: BTreeSet::new(),
            pending: VecDeque::new(),
            stale: true,
        })
    }

    /// Replaces the set of addresses that an owner wants. Nothing is done until the next reconciliation.
    pub fn want(&mut self, owner: Owner, addresses: Vec<Address>) {
        self.wanted.insert(owner, addresses);
        self.owners = None;
        self.stale = true;
    }

    /// The owner wants nothing any more. Nothing is done until the next reconciliation.
    pub fn release(&mut self, owner: Owner) {
        self.wanted.remove(&owner);
        self.owners = None;
        self.stale = true;
    }

    /// Makes the kernel's addresses what is wanted.
    pub fn reconcile(&mut self, links: &Links) -> Outcome {
        let mut outcome = self.reconcile_some(links, BATCH);
        while outcome.more {
            let Outcome {
                added,
                removed,
                failed,
                more,
            } = self.reconcile_some(links, BATCH);
            outcome.added += added;
            outcome.removed += removed;
            outcome.failed.extend(failed);
            outcome.more = more;
        }
        outcome
    }

    /// Makes at most `limit` changes (in one send up to 50), for a caller that has other things to look after
    /// in between. What could not be done is not tried again before everything else is.
    pub fn reconcile_some(&mut self, links: &Links, limit: usize) -> Outcome {
        let mut outcome = Outcome::default();
        if self.stale || self.pending.is_empty() {
            self.doubtful
                .extend(self.pending.drain(..).filter_map(owed));
            self.pending = self.plan(links, &mut outcome).into();
            self.stale = false;
        }
        let mut left = limit.max(1).min(self.pending.len());
        while left > 0 {
            let batch: Vec<_> = self.pending.drain(..left.min(BATCH)).collect();
            left -= batch.len();
            self.perform(batch, links, &mut outcome);
        }
        outcome.more = !self.pending.is_empty();
        outcome
    }

    fn plan(&self, links: &Links, outcome: &mut Outcome) -> Vec<Step> {
        let mut resolved = Vec::new();
        for address in self.wanted.values().flatten() {
            match links.by_name(&address.interface) {
                Some(link) => resolved.push((link.index, address)),
                None => {
                    let (act, address, reason) = (Act::Add, address.clone(), Reason::NoDevice);
                    outcome.failed.push(Failure {
                        act,
                        address,
                        reason,
                    });
                }
            }
        }
        plan(resolved, &self.installed, &self.doubtful)
    }

    /// Looks at a change of the monitor. Every change has to be handed in. Gives the owner if another program
    /// took away a tracked address of ours; the next reconciliation puts it back if it is still wanted then.
    pub fn removed_by_others(&mut self, change: &Change) -> Option<Owner> {
        match change {
            Change::LinkUp { index, .. } => {
                self.stale = true;
                self.down.remove(index);
                None
            }
            Change::LinkDown { index, .. } => {
                self.down.insert(*index);
                None
            }
            Change::LinkNew { index, .. } => {
                self.stale = true;
                self.down.insert(*index);
                None
            }
            // The addresses had events of their own; if it is a name that has gone, they are still there.
            Change::LinkGone { index, .. } => {
                self.stale = true;
                self.down.remove(index);
                self.expected.retain(|(of, _, _), _| of != index);
                None
            }
            Change::AddressAdded { .. } => None,
            Change::AddressRemoved {
                index,
                address,
                prefix,
                port,
            } => self.on_removed((*index, *address, *prefix), *port),
            // The table may never have heard of an address that came and went unseen: it tells of no loss then.
            Change::Resynced => {
                self.stale = true;
                self.expected.clear();
                self.doubtful.extend(self.installed.keys());
                None
            }
        }
    }

    fn on_removed(
        &mut self,
        (index, address, prefix): (u32, IpAddr, u8),
        port: u32,
    ) -> Option<Owner> {
        if port == self.requests.port() || self.was_expected((index, address, prefix)) {
            return None;
        }
        let key = self.key_of_installed((index, address, prefix))?;
        let gone = self.installed.remove(&key)?;
        self.stale = true;
        if self.down.contains(&index) || !gone.address.track {
            return None;
        }
        self.owner_of(&gone.address)
    }

    /// Events do not name the peer.
    fn key_of_installed(&self, (index, address, prefix): (u32, IpAddr, u8)) -> Option<Key> {
        let first = Key {
            index,
            address,
            prefix,
            peer: None,
        };
        let (key, _) = self.installed.range(first..).next()?;
        ((key.index, key.address, key.prefix) == (index, address, prefix)).then_some(*key)
    }

    fn owner_of(&mut self, address: &Address) -> Option<Owner> {
        let wanted = &self.wanted;
        let owners = self.owners.get_or_insert_with(|| {
            // The first owner counts, as in the plan.
            let all = wanted
                .iter()
                .rev()
                .flat_map(|(owner, list)| list.iter().map(move |a| (owner, a)));
            all.map(|(owner, a)| ((a.address, a.interface.clone()), *owner))
                .collect()
        });
        owners
            .get(&(address.address, address.interface.clone()))
            .copied()
    }

    fn was_expected(&mut self, removal: (u32, IpAddr, u8)) -> bool {
        let Some(count) = self.expected.get_mut(&removal) else {
            return false;
        };
        *count -= 1;
        if *count == 0 {
            self.expected.remove(&removal);
        }
        true
    }

    /// At start: of the addresses of the configuration, those that are in the kernel were left over by a crash.
    /// What an owner wants already is taken over as it is, the rest is removed. Nobody else's are touched.
    pub fn adopt_or_clean(&mut self, leftovers: &[Address], links: &Links) -> Outcome {
        let mut outcome = Outcome::default();
        let wanted: BTreeSet<Key> = self
            .wanted
            .values()
            .flatten()
            .filter_map(|a| key_of(a, links))
            .collect();
        let mut found = BTreeSet::new();
        let mut removals = Vec::new();
        for address in leftovers {
            let Some(key) = key_of(address, links) else {
                continue;
            };
            let Some(there) = on_link(&key, links).filter(|_| found.insert(key)) else {
                continue;
            };
            if wanted.contains(&key) && is_equal(there, address) {
                self.take_in(key, address.clone());
                self.doubtful.insert(key);
            } else {
                removals.push(Step::Remove(key.index, address.clone()));
            }
        }
        removals.reverse();
        for batch in removals.chunks(BATCH) {
            self.perform(batch.to_vec(), links, &mut outcome);
        }
        self.stale = true;
        outcome
    }

    fn take_in(&mut self, key: Key, address: Address) {
        self.order += 1;
        self.installed.insert(
            key,
            Installed {
                address,
                order: self.order,
            },
        );
    }

    /// Sends one batch and notes what became of it.
    fn perform(&mut self, batch: Vec<Step>, links: &Links, outcome: &mut Outcome) {
        let Ok(count) = u32::try_from(batch.len()) else {
            return;
        };
        let first = self.requests.reserve(count);
        let last = first + count - 1;
        let mut bytes = Vec::with_capacity(batch.len() * 128);
        for (sequence, step) in (first..).zip(&batch) {
            let confirm = if sequence == last {
                Confirm::Success
            } else {
                Confirm::FailureOnly
            };
            let (act, index, address) = step.parts();
            message::push_request(act, index, address, sequence, confirm, &mut bytes);
        }
        let (refused, broken) = match self.requests.batch(&bytes, last) {
            Ok(refused) => (refused, None),
            Err(BatchError { refused, error }) => (refused, Some(error.to_string())),
        };
        for (sequence, step) in (first..).zip(batch) {
            let result = match (refused.get(&sequence), &broken) {
                (Some(refusal), _) => Err(Answer::Refused(refusal)),
                (None, Some(why)) => Err(Answer::None(why)),
                (None, None) => Ok(()),
            };
            self.note(step, result, links, outcome);
        }
    }

    fn note(
        &mut self,
        step: Step,
        result: Result<(), Answer<'_>>,
        links: &Links,
        outcome: &mut Outcome,
    ) {
        let (act, index, address) = step.parts();
        let key = Key::new(index, address);
        let unsure = matches!(result, Err(Answer::None(_)));
        let failed = match (act, result) {
            (Act::Add, Ok(())) => {
                outcome.added += 1;
                self.take_in(key, address.clone());
                None
            }
            (Act::Add, Err(Answer::Refused(r))) if r.errno == Errno::EEXIST => {
                self.keep(key, address);
                let restored = matches!(step, Step::Restore(..));
                let there = on_link(&key, links).filter(|_| !restored);
                there
                    .filter(|there| !is_equal(there, address))
                    .map(|_| Reason::Different)
            }
            (Act::Remove, Ok(())) => {
                outcome.removed += 1;
                self.on_own_removal(key);
                None
            }
            (Act::Remove, Err(Answer::Refused(r))) if is_absence(r.errno) => {
                self.installed.remove(&key);
                None
            }
            (Act::Add, Err(Answer::Refused(r))) => {
                self.installed.remove(&key);
                Some(Answer::Refused(r).into())
            }
            (Act::Remove, Err(answer)) | (Act::Add, Err(answer)) => {
                self.keep(key, address);
                Some(answer.into())
            }
        };
        self.doubtful.remove(&key);
        if unsure {
            self.doubtful.insert(key);
        }
        let failure = |reason| Failure {
            act,
            address: address.clone(),
            reason,
        };
        outcome.failed.extend(failed.map(failure));
    }

    /// It is there, or may be: it will have to be removed one day.
    fn keep(&mut self, key: Key, address: &Address) {
        if !self.installed.contains_key(&key) {
            self.take_in(key, address.clone());
        }
    }

    fn on_own_removal(&mut self, key: Key) {
        self.installed.remove(&key);
        if key.address.is_ipv6() {
            let removal = (key.index, key.address, key.prefix);
            *self.expected.entry(removal).or_default() += 1;
        }
    }
}

/// What the kernel said to a request that did not succeed.
enum Answer<'a> {
    Refused(&'a Refusal),
    None(&'a str),
}

impl From<Answer<'_>> for Reason {
    fn from(answer: Answer<'_>) -> Self {
        match answer {
            Answer::Refused(Refusal { errno, text }) => Self::Kernel {
                errno: *errno,
                text: text.clone(),
            },
            Answer::None(why) => Self::NoAnswer(why.to_owned()),
        }
    }
}

impl Step {
    fn parts(&self) -> (Act, u32, &Address) {
        match self {
            Self::Remove(index, address) => (Act::Remove, *index, address),
            Self::Restore(index, address) | Self::Add(index, address) => {
                (Act::Add, *index, address)
            }
        }
    }
}

/// What a step that was planned but not made leaves in doubt.
fn owed(step: Step) -> Option<Key> {
    match step {
        Step::Restore(index, address) => Some(Key::new(index, &address)),
        Step::Remove(..) | Step::Add(..) => None,
    }
}

/// The address or its link is not there.
fn is_absence(errno: Errno) -> bool {
    matches!(errno, Errno::EADDRNOTAVAIL | Errno::ENODEV | Errno::ENXIO)
}

fn key_of(address: &Address, links: &Links) -> Option<Key> {
    Some(Key::new(links.by_name(&address.interface)?.index, address))
}

fn on_link<'a>(key: &Key, links: &'a Links) -> Option<&'a LinkAddress> {
    links
        .by_index(key.index)?
        .address(key.address, key.prefix, key.peer)
}

/// Whether an address in the kernel is as wanted, in what users notice.
fn is_equal(there: &LinkAddress, wanted: &Address) -> bool {
    if wanted.address.is_ipv6() {
        return true;
    }
    let label = wanted.label.as_ref().unwrap_or(&wanted.interface);
    (there.scope, there.broadcast) == (wanted.scope, wanted.broadcast)
        && there.label.as_ref() == Some(label)
}
