//! `cargo xtask demo`: two directors share two addresses; one loses its power, the other takes over; it comes back.

mod client;
mod http;
mod machines;
mod summary;
mod view;

use std::fs;
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use integration::{Capture, Lab, Record, Stamp, now};

pub(crate) use http::serve;

use crate::machine::{self, IPROUTE};
use crate::program::{self, Which};
use crate::stop;
use client::{Client, LIMIT, STEP};
use machines::Machine;
use summary::Story;
use view::{View, Who};

/// What `cargo xtask demo` takes.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The program of both directors: `ours`, `original`, or a path
    #[arg(long, default_value = "ours", value_name = "PROGRAM")]
    with: Which,
    /// Another program for director 2
    #[arg(long, value_name = "PROGRAM")]
    peer: Option<Which>,
}

/// A virtual router of the demo's configuration.
#[derive(Debug, Clone, Copy)]
struct Vip {
    name: &'static str,
    vrid: u8,
    address: Ipv4Addr,
}

/// As `conf/dual-master` has them: director 1 is the first one's master, director 2 the second one's.
const VIPS: [Vip; 2] = [
    Vip {
        name: "VI_1",
        vrid: 51,
        address: Ipv4Addr::new(10, 10, 0, 101),
    },
    Vip {
        name: "VI_2",
        vrid: 52,
        address: Ipv4Addr::new(10, 10, 0, 102),
    },
];

/// Longer than any election with adverts each second, on a machine with other things to do.
const ELECTION: Duration = Duration::from_secs(20);
/// How often the demo looks at who holds what.
const LOOK: Duration = Duration::from_millis(20);

/// Runs the demo.
pub(crate) fn run(options: &Options) -> Result<()> {
    machine::require_root("the demo makes network namespaces")?;
    machine::provide(&[&IPROUTE])?;
    let first = program::provide(&options.with)?;
    let second = options
        .peer
        .as_ref()
        .map_or_else(|| Ok(first.clone()), program::provide)?;
    let peer = options.peer.as_ref().unwrap_or(&options.with);

    stop::watch()?;
    integration::clean("demo")?;
    let lab = Lab::new("demo")?;
    introduce(&lab, &options.with, peer);
    let machines = [
        Machine::new(
            lab.director(1),
            first,
            fs::read_to_string("conf/dual-master/director1.conf")?,
        ),
        Machine::new(
            lab.director(2),
            second,
            fs::read_to_string("conf/dual-master/director2.conf")?,
        ),
    ];
    let capture = Capture::start(&lab)?;
    let mut demo = Demo {
        lab: &lab,
        machines,
        capture,
        client: None,
        view: View::new(),
        second: Second::new(),
    };
    let story = demo.play()?;
    let client = demo.client.take().context("the client has been running")?;
    let samples = client.finish();
    story.print(&samples, &demo.capture);
    drop(demo);
    drop(lab);
    println!("\nDirectors, client and network are removed.");
    Ok(())
}

fn introduce(lab: &Lab, first: &Which, second: &Which) {
    println!("Two directors on a LAN, two addresses, and a client that fetches from both.\n");
    for (which, host, file) in [(first, 1, "director1.conf"), (second, 2, "director2.conf")] {
        let host = lab.director(host);
        let (name, address) = (host.name(), host.ipv4());
        println!(
            "  {name}  {address:<12} keepalived: {which}, conf/dual-master/{file}; web server"
        );
    }
    let client = lab.client();
    println!(
        "  {:<9}  {:<12} a request each {} ms to both addresses",
        "client",
        client.ipv4(),
        STEP.as_millis()
    );
    for vip in VIPS {
        println!(
            "  {:<9}  {:<12} virtual router {}",
            vip.name, vip.address, vip.vrid
        );
    }
}

struct Demo<'lab> {
    lab: &'lab Lab,
    machines: [Machine<'lab>; 2],
    capture: Capture,
    client: Option<Client>,
    view: View,
    second: Second,
}

/// What the status line of the running second is about.
struct Second {
    begun: Instant,
    since: Stamp,
    requests: [usize; VIPS.len()],
    answers: [usize; VIPS.len()],
}

impl Second {
    fn new() -> Self {
        Self {
            begun: Instant::now(),
            since: now(),
            requests: [0; 2],
            answers: [0; 2],
        }
    }
}

impl Demo<'_> {
    fn play(&mut self) -> Result<Story> {
        self.view.headline("Both directors start");
        self.start(0)?;
        self.start(1)?;
        self.until("each director to be master of its address", |demo| {
            demo.shared_out()
        })?;
        let addresses = VIPS.map(|vip| vip.address);
        self.client = Some(Client::start(self.lab.client(), &addresses)?);
        self.watch(Duration::from_secs(4))?;

        self.view.headline("Director 1 loses its power");
        let cut = (Instant::now(), now());
        self.cut(0)?;
        self.until("director2 to take VI_1 over", |demo| {
            demo.machines[1].holds == [true, true]
        })?;
        let moved = Instant::now();
        self.watch(Duration::from_secs(3))?;

        self.view.headline("Director 1 comes back");
        let back = (Instant::now(), now());
        self.lab.plug(self.machines[0].host)?;
        self.start(0)?;
        self.until("director1 to take VI_1 again", |demo| demo.shared_out())?;
        let returned = Instant::now();
        self.watch(Duration::from_secs(3))?;
        // The last requests may still be waiting for their answers.
        self.watch(LIMIT)?;
        Ok(Story {
            cut,
            moved,
            back,
            returned,
        })
    }

    fn shared_out(&self) -> bool {
        self.machines[0].holds == [true, false] && self.machines[1].holds == [false, true]
    }

    fn start(&mut self, index: usize) -> Result<()> {
        let machine = &mut self.machines[index];
        machine.start()?;
        self.view.line(
            Who::Host(machine.host.name()),
            "power on: web server and keepalived run",
        );
        Ok(())
    }

    /// Pulls the plug: nothing gets out any more, and everything dies without a word.
    fn cut(&mut self, index: usize) -> Result<()> {
        let machine = &mut self.machines[index];
        self.lab.unplug(machine.host)?;
        machine.die()?;
        self.view.line(
            Who::Host(machine.host.name()),
            "power off: link gone, all processes killed (-9)",
        );
        Ok(())
    }

    fn until(&mut self, what: &str, reached: impl Fn(&Self) -> bool) -> Result<()> {
        let limit = Instant::now() + ELECTION;
        while !reached(self) {
            if Instant::now() > limit {
                bail!("waited {} s in vain for {what}", ELECTION.as_secs());
            }
            self.look()?;
        }
        Ok(())
    }

    fn watch(&mut self, time: Duration) -> Result<()> {
        let end = Instant::now() + time;
        while Instant::now() < end {
            self.look()?;
        }
        Ok(())
    }

    /// Shows what is new, then waits for a moment.
    fn look(&mut self) -> Result<()> {
        for machine in &mut self.machines {
            machine.look(&self.view)?;
        }
        for sample in self.client.iter_mut().flat_map(Client::news) {
            let Some(index) = VIPS.iter().position(|vip| vip.address == sample.vip) else {
                continue;
            };
            self.second.requests[index] += 1;
            self.second.answers[index] += usize::from(sample.answer.is_some());
        }
        if self.second.begun.elapsed() >= Duration::from_secs(1) {
            self.status();
            self.second = Second::new();
        }
        stop::sleep(LOOK)
    }

    /// The second that has passed: who sent adverts, and what the client got.
    fn status(&self) {
        let parts: Vec<String> = (0..VIPS.len()).map(|index| self.status_of(index)).collect();
        self.view.line(Who::Demo, parts.join(" │ "));
    }

    fn status_of(&self, index: usize) -> String {
        let (vip, since) = (VIPS[index], self.second.since);
        let wanted = |record: &Record| record.time >= since && record.advert_of(vip.vrid).is_some();
        let mut senders: Vec<String> = Vec::new();
        for record in self.capture.select(wanted) {
            let Some(advert) = record.advert() else {
                continue;
            };
            senders.push(format!("{} ({})", record.host, advert.priority));
        }
        senders.dedup();
        let senders = if senders.is_empty() {
            "silent".to_owned()
        } else {
            senders.join(" → ")
        };
        let (answers, requests) = (self.second.answers[index], self.second.requests[index]);
        let client = match requests {
            0 => String::new(),
            _ => format!("client got {answers}/{requests}"),
        };
        format!("{} {senders:<15} {client:<16}", vip.name)
    }
}
