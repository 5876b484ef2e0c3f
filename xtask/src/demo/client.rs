//! A client that fetches from every VIP at a steady rate, whether the answers come or not.
//!
//! Requests begin on a fixed grid, each on its own worker, so a request that waits for its time-out does not keep
//! the next from being made: what is lost is counted, and the gap is known to within one step of the grid.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use integration::Host;

use super::http::PORT;

/// A request begins this often at each VIP.
pub(crate) const STEP: Duration = Duration::from_millis(20);
/// A request that is not answered by then is lost.
pub(crate) const LIMIT: Duration = Duration::from_millis(500);
/// Enough that a worker is free again when its turn comes, time-out included.
const WORKERS: u32 = 30;

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    /// Which VIP was asked.
    pub(crate) vip: Ipv4Addr,
    /// When the request began.
    pub(crate) begun: Instant,
    /// Who answered; `None`: it was lost.
    pub(crate) answer: Option<String>,
}

/// A running client.
pub(crate) struct Client {
    running: Arc<AtomicBool>,
    workers: Vec<JoinHandle<()>>,
    samples: Receiver<Sample>,
    seen: Vec<Sample>,
}

impl Client {
    /// Starts to fetch, from inside the host.
    pub(crate) fn start(host: &Host, vips: &[Ipv4Addr]) -> Result<Self> {
        let (sender, samples) = channel();
        let running = Arc::new(AtomicBool::new(true));
        let begin = Instant::now();
        // Threads that are started inside the namespace stay in it.
        let workers = host.run(|| {
            let turns = vips
                .iter()
                .flat_map(|vip| (0..WORKERS).map(move |turn| (*vip, turn)));
            turns
                .map(|(vip, turn)| {
                    let (running, sender) = (Arc::clone(&running), sender.clone());
                    thread::spawn(move || work(vip, begin + STEP * turn, &running, &sender))
                })
                .collect()
        })?;
        Ok(Self {
            running,
            workers,
            samples,
            seen: Vec::new(),
        })
    }

    /// The requests that have ended since the last call.
    pub(crate) fn news(&mut self) -> Vec<Sample> {
        let news: Vec<Sample> = self.samples.try_iter().collect();
        self.seen.extend_from_slice(&news);
        news
    }

    /// Stops, and gives all requests, in the order in which they began.
    pub(crate) fn finish(mut self) -> Vec<Sample> {
        self.stop();
        self.news();
        let mut all = std::mem::take(&mut self.seen);
        all.sort_by_key(|sample| sample.begun);
        all
    }

    fn stop(&mut self) {
        self.running.store(false, Ordering::Relaxed);
        for worker in self.workers.drain(..) {
            drop(worker.join());
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.stop();
    }
}

fn work(vip: Ipv4Addr, first: Instant, running: &AtomicBool, sender: &Sender<Sample>) {
    let mut next = first;
    while running.load(Ordering::Relaxed) {
        thread::sleep(next.saturating_duration_since(Instant::now()));
        let begun = Instant::now();
        let answer = fetch(SocketAddr::from((vip, PORT)), LIMIT).ok();
        if sender.send(Sample { vip, begun, answer }).is_err() {
            return;
        }
        next += STEP * WORKERS;
    }
}

/// One request; the answer's body.
pub(crate) fn fetch(address: SocketAddr, limit: Duration) -> Result<String> {
    const REQUEST: &[u8] =
        b"GET / HTTP/1.1\r\nHost: demo\r\nUser-Agent: xtask\r\nConnection: close\r\n\r\n";
    let end = Instant::now() + limit;
    let left = || {
        end.saturating_duration_since(Instant::now())
            .max(Duration::from_millis(1))
    };
    let mut stream = TcpStream::connect_timeout(&address, left())?;
    stream.set_write_timeout(Some(left()))?;
    stream.write_all(REQUEST)?;
    stream.set_read_timeout(Some(left()))?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").context("half an answer")?;
    if !head.starts_with("HTTP/1.1 200 ") {
        bail!("answered {}", head.lines().next().unwrap_or_default());
    }
    Ok(body.trim_end().to_owned())
}

/// Requests that were lost in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outage {
    /// How many.
    pub(crate) lost: usize,
    /// From the begin of the last answered request before to the begin of the first one after.
    pub(crate) gap: Duration,
    /// Begin of the first lost request.
    pub(crate) begun: Instant,
}

/// What a client got from one VIP.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Answers by whom.
    pub(crate) answered: BTreeMap<String, usize>,
    /// Lost requests.
    pub(crate) outages: Vec<Outage>,
}

impl Tally {
    /// Counts the requests to one VIP; they are in the order of their begins.
    pub(crate) fn of(vip: Ipv4Addr, samples: &[Sample]) -> Self {
        let mut tally = Self::default();
        let mut last_good = None;
        let mut outage: Option<Outage> = None;
        for sample in samples.iter().filter(|sample| sample.vip == vip) {
            let since = |from: Option<Instant>| sample.begun - from.unwrap_or(sample.begun);
            if let Some(who) = &sample.answer {
                *tally.answered.entry(who.clone()).or_default() += 1;
                if let Some(over) = outage.take() {
                    tally.outages.push(Outage {
                        gap: since(last_good),
                        ..over
                    });
                }
                last_good = Some(sample.begun);
            } else {
                let now = outage.get_or_insert(Outage {
                    lost: 0,
                    gap: Duration::ZERO,
                    begun: sample.begun,
                });
                now.lost += 1;
                now.gap = since(last_good);
            }
        }
        tally.outages.extend(outage);
        tally
    }

    /// All that were lost.
    pub(crate) fn lost(&self) -> usize {
        self.outages.iter().map(|outage| outage.lost).sum()
    }

    /// All requests.
    pub(crate) fn requests(&self) -> usize {
        self.lost() + self.answered.values().sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VIP: Ipv4Addr = Ipv4Addr::new(10, 10, 0, 101);

    /// A sample for each letter, 10 ms apart: `-` is lost, others answer.
    fn samples(letters: &str) -> Vec<Sample> {
        let begin = Instant::now();
        let at = |number: u32| begin + Duration::from_millis(10) * number;
        let answer = |letter: char| (letter != '-').then(|| letter.to_string());
        (0..)
            .zip(letters.chars())
            .map(|(number, letter)| Sample {
                vip: VIP,
                begun: at(number),
                answer: answer(letter),
            })
            .collect()
    }

    #[test]
    fn counts_lost_requests_and_the_gap() {
        let tally = Tally::of(VIP, &samples("aa---bb-b"));
        let found: Vec<_> = tally
            .outages
            .iter()
            .map(|outage| (outage.lost, outage.gap.as_millis()))
            .collect();
        assert_eq!(found, [(3, 40), (1, 20)]);
        assert_eq!(
            tally.answered,
            BTreeMap::from([("a".to_owned(), 2), ("b".to_owned(), 3)])
        );
        assert_eq!((tally.lost(), tally.requests()), (4, 9));
    }

    #[test]
    fn an_outage_may_last_to_the_end() {
        let tally = Tally::of(VIP, &samples("a--"));
        assert_eq!(
            (tally.outages[0].lost, tally.outages[0].gap.as_millis()),
            (2, 20)
        );
    }

    #[test]
    fn other_addresses_do_not_count() {
        let other = Ipv4Addr::new(10, 10, 0, 102);
        assert_eq!(Tally::of(other, &samples("a--")).requests(), 0);
    }
}
