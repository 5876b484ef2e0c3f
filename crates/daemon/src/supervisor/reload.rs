//! A reload is a transaction: loaded, offered to the role, in force when the role says so. Whatever fails on
//! the way leaves everything as it was.

use std::collections::VecDeque;
use std::future::pending;
use std::sync::Arc;

use tokio::task::JoinHandle;

use crate::loader::Request;
use crate::loader::{LoadError, Loader, Report};
use crate::program::Program;

/// Configurations that a message of the role may be about: the one in force, the one before (deleted instances
/// are named by it), the one on its way.
const REMEMBERED: usize = 3;

/// The configurations of one role process, by its generations: 0 at its start, one more with each reload.
#[derive(Debug)]
pub(crate) struct Generations {
    known: VecDeque<(u32, Arc<Report>)>,
}

impl Generations {
    /// A role starts with this.
    pub(crate) fn start(report: Arc<Report>) -> Self {
        Self {
            known: VecDeque::from([(0, report)]),
        }
    }

    /// The role is offered this.
    pub(crate) fn offer(&mut self, report: Arc<Report>) {
        let generation = self
            .known
            .back()
            .map_or(0, |(generation, _)| generation + 1);
        self.known.push_back((generation, report));
        if self.known.len() > REMEMBERED {
            self.known.pop_front();
        }
    }

    /// The role has refused what it was offered last.
    pub(crate) fn withdraw(&mut self) {
        self.known.pop_back();
    }

    /// What a message is about.
    pub(crate) fn of(&self, generation: u32) -> Option<&Arc<Report>> {
        self.known
            .iter()
            .find(|(known, _)| *known == generation)
            .map(|(_, report)| report)
    }
}

/// How far a reload is.
#[derive(Debug, Default)]
pub(crate) enum Stage {
    /// There is none.
    #[default]
    Idle,
    /// A process reads the file.
    Loading(JoinHandle<Result<Report, LoadError>>),
    /// The role has it.
    Offered(Arc<Report>),
}

/// The reload under way, and whether another one is wished for.
#[derive(Debug, Default)]
pub(crate) struct Reload {
    stage: Stage,
    again: bool,
}

impl Reload {
    /// Somebody wishes one. `false`: one is under way, this one comes after it.
    pub(crate) fn wish(&mut self) -> bool {
        // Not `again = !idle`: rustc 1.95 to 1.97 at opt-level 2 and 3 stores `false` for it in both cases, and the
        // reload that was promised never comes. The executable is tested for it, in release builds too.
        match self.stage {
            Stage::Idle => true,
            Stage::Loading(_) | Stage::Offered(_) => {
                self.again = true;
                false
            }
        }
    }

    /// Begins: the file is read.
    pub(crate) fn load(&mut self, program: &Program, request: &Request) -> Result<(), LoadError> {
        let loader = Loader::start(program, request)?;
        self.stage = Stage::Loading(tokio::spawn(loader.finished()));
        Ok(())
    }

    /// What was read. Cancel safe.
    pub(crate) async fn loaded(&mut self) -> Result<Report, LoadError> {
        let Stage::Loading(task) = &mut self.stage else {
            return pending().await;
        };
        let result = task
            .await
            .unwrap_or_else(|error| Err(std::io::Error::other(error).into()));
        self.stage = Stage::Idle;
        result
    }

    /// The role was given it.
    pub(crate) fn offered(&mut self, report: Arc<Report>) {
        self.stage = Stage::Offered(report);
    }

    /// The role has taken it, or is gone: what was offered.
    pub(crate) fn take_offer(&mut self) -> Option<Arc<Report>> {
        match std::mem::take(&mut self.stage) {
            Stage::Offered(report) => Some(report),
            other @ (Stage::Idle | Stage::Loading(_)) => {
                self.stage = other;
                None
            }
        }
    }

    /// Whether another one is due, once.
    pub(crate) fn take_wish(&mut self) -> bool {
        std::mem::take(&mut self.again)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(code: u8) -> Arc<Report> {
        Arc::new(Report {
            start_exit_code: code,
            ..crate::testing::report(conf::Config::default())
        })
    }

    #[test]
    fn generations_count_and_the_oldest_goes() {
        let mut generations = Generations::start(report(10));
        let code = |generations: &Generations, generation| {
            generations
                .of(generation)
                .map(|report| report.start_exit_code)
        };
        for number in 11..=13 {
            generations.offer(report(number));
        }
        assert_eq!(code(&generations, 0), None);
        assert_eq!(code(&generations, 1), Some(11));
        assert_eq!(code(&generations, 3), Some(13));
        assert_eq!(code(&generations, 4), None);
        generations.withdraw();
        generations.offer(report(20));
        assert_eq!(code(&generations, 3), Some(20));
    }

    #[test]
    fn a_wish_during_a_reload_is_kept_once() {
        let mut reload = Reload::default();
        assert!(reload.wish());
        reload.offered(report(1));
        assert!(!reload.wish());
        assert!(!reload.wish());
        assert_eq!(reload.take_offer(), Some(report(1)));
        assert_eq!(reload.take_offer(), None);
        assert!(reload.take_wish());
        assert!(!reload.take_wish());
        assert!(reload.wish());
    }
}
