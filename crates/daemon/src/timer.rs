//! One deadline, to the microsecond: a timerfd, because the runtime's own timers are a millisecond or two late.

use std::io;
use std::os::fd::{AsFd as _, AsRawFd, RawFd};
use std::time::{Duration, Instant};

use nix::sys::time::TimeSpec;
use nix::sys::timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags};
use nix::time::clock_gettime;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// Wakes at one deadline at a time.
#[derive(Debug)]
pub(crate) struct Timer {
    fd: AsyncFd<Fd>,
    clock: Clock,
    set: Option<Instant>,
}

impl Timer {
    /// A timer that is not set.
    #[allow(
        deprecated,
        reason = "its successor is unsafe, and the descriptor is owned for life"
    )]
    pub(crate) fn new() -> io::Result<Self> {
        let flags = TimerFlags::TFD_NONBLOCK | TimerFlags::TFD_CLOEXEC;
        let fd = TimerFd::new(ClockId::CLOCK_MONOTONIC, flags)?;
        let fd = AsyncFd::with_interest(Fd(fd), Interest::READABLE)?;
        Ok(Self {
            fd,
            clock: Clock::new()?,
            set: None,
        })
    }

    /// Changes the deadline; costs a system call only where it differs from the one before.
    pub(crate) fn set(&mut self, deadline: Option<Instant>) -> io::Result<()> {
        if deadline == self.set {
            return Ok(());
        }
        match deadline {
            Some(at) => self.fd.get_ref().0.set(
                Expiration::OneShot(self.clock.timespec(at)),
                TimerSetTimeFlags::TFD_TIMER_ABSTIME,
            )?,
            None => self.fd.get_ref().0.unset()?,
        }
        self.set = deadline;
        Ok(())
    }

    /// Waits for the deadline. Cancel safe.
    pub(crate) async fn expired(&self) -> io::Result<()> {
        self.fd.readable().await?.clear_ready();
        match self.fd.get_ref().0.wait() {
            // Set anew since it fired: early and spurious wake-ups are harmless.
            Ok(()) | Err(nix::errno::Errno::EAGAIN) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// `nix` gives the timer a borrowed descriptor only, the runtime wants its number.
#[derive(Debug)]
struct Fd(TimerFd);

impl AsRawFd for Fd {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_fd().as_raw_fd()
    }
}

/// Instants as the kernel counts them: one moment, known on both scales.
#[derive(Debug, Clone, Copy)]
struct Clock {
    instant: Instant,
    monotonic: Duration,
}

impl Clock {
    fn new() -> io::Result<Self> {
        // The kernel's reading is taken second: what lies between the two makes a wake-up later, never
        // earlier, and it is well below a microsecond.
        let instant = Instant::now();
        let monotonic = clock_gettime(nix::time::ClockId::CLOCK_MONOTONIC)?.into();
        Ok(Self { instant, monotonic })
    }

    fn timespec(self, at: Instant) -> TimeSpec {
        let since = match at.checked_duration_since(self.instant) {
            Some(after) => self.monotonic + after,
            None => self.monotonic.saturating_sub(self.instant - at),
        };
        // Zero would disarm the timer.
        TimeSpec::from_duration(since.max(Duration::from_nanos(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock() -> Clock {
        Clock {
            instant: Instant::now(),
            monotonic: Duration::from_secs(100),
        }
    }

    #[test]
    fn converts_both_ways_from_the_base() {
        let clock = clock();
        let later = clock.timespec(clock.instant + Duration::from_millis(1_500));
        assert_eq!(Duration::from(later), Duration::from_millis(101_500));
        let earlier = clock.timespec(clock.instant - Duration::from_millis(500));
        assert_eq!(Duration::from(earlier), Duration::from_millis(99_500));
    }

    #[test]
    fn never_disarms_by_being_zero() {
        let clock = Clock {
            monotonic: Duration::ZERO,
            ..clock()
        };
        assert_eq!(
            Duration::from(clock.timespec(clock.instant)),
            Duration::from_nanos(1)
        );
    }

    #[tokio::test(flavor = "current_thread")]
    async fn fires_at_its_deadline_and_not_before() {
        let mut timer = Timer::new().unwrap();
        let at = Instant::now() + Duration::from_millis(5);
        timer.set(Some(at)).unwrap();
        timer.expired().await.unwrap();
        assert!(Instant::now() >= at);
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_deadline_in_the_past_fires_at_once() {
        let mut timer = Timer::new().unwrap();
        timer.set(Some(Instant::now())).unwrap();
        timer.expired().await.unwrap();
    }
}
