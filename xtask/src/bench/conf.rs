//! `cargo xtask bench conf`: how long `-t` takes on large files, and how much memory.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use integration::{Host, Lab, Program};

use super::table::{Table, Unit, percentile};
use crate::machine::{self, IPROUTE, ORIGINAL, TIME};
use crate::program::{self, Which};
use crate::stop;

/// What the bench takes.
#[derive(clap::Args)]
pub(super) struct Options {
    /// Real servers of the large file of virtual servers; a second file has a tenth
    #[arg(long, default_value_t = 50_000)]
    servers: u32,
    /// Instances of the large file of instances; a second file has a tenth
    #[arg(long, default_value_t = 2_000)]
    instances: u32,
    /// Runs of each program on each file
    #[arg(long, default_value_t = 7)]
    rounds: u32,
    /// The program in the column of ours: `ours` or a path
    #[arg(long, default_value = "ours", value_name = "PROGRAM")]
    with: Which,
}

/// Real servers of one virtual server.
const SERVERS_EACH: u32 = 50;
/// The sizes: a tenth, and all.
const TENTHS: [u32; 2] = [1, 10];

/// One run of `-t`.
struct Run {
    milliseconds: f64,
    megabytes: f64,
}

/// Runs it and prints its table.
pub(super) fn run(options: &Options) -> Result<()> {
    machine::require_root("the benches make network namespaces")?;
    machine::provide(&[&IPROUTE, &ORIGINAL, &TIME])?;
    let programs = [program::provide(&options.with)?, Program::Original];
    stop::watch()?;
    integration::clean("bench")?;
    let lab = Lab::with_hosts("bench", &["director"])?;

    let mut table = Table::default();
    for tenths in TENTHS {
        let count = (options.servers * tenths / 10).max(1);
        let what = format!("{count} real servers");
        measure(
            &mut table,
            &lab,
            &programs,
            &what,
            &servers(count),
            options.rounds,
        )?;
    }
    for tenths in TENTHS {
        let count = (options.instances * tenths / 10).max(1);
        let what = format!("{count} instances");
        measure(
            &mut table,
            &lab,
            &programs,
            &what,
            &instances(count),
            options.rounds,
        )?;
    }
    println!("\n{table}");
    Ok(())
}

/// Runs both on a file, one after the other, and adds what they took.
fn measure(
    table: &mut Table,
    lab: &Lab,
    programs: &[Program; 2],
    what: &str,
    text: &str,
    rounds: u32,
) -> Result<()> {
    let lines = u32::try_from(text.lines().count()).context("a count of lines")?;
    println!("{what}, {lines} lines: {rounds} runs of each, alternating");
    let file = lab.folder().join("large.conf");
    fs::write(&file, text).with_context(|| format!("write {}", file.display()))?;
    let mut runs = [Vec::new(), Vec::new()];
    for _ in 0..rounds {
        for (program, runs) in programs.iter().zip(&mut runs) {
            stop::check()?;
            runs.push(one(lab.host("director"), &program.path(), &file)?);
        }
    }
    let times = runs
        .each_ref()
        .map(|runs| runs.iter().map(|run| run.milliseconds).collect::<Vec<_>>());
    let best = times.each_ref().map(|times| percentile(times, 0.0));
    let median = times.each_ref().map(|times| percentile(times, 0.5));
    let memory = runs
        .each_ref()
        .map(|runs| runs.iter().map(|run| run.megabytes).fold(0.0, f64::max));
    let a_line = best.map(|time| time * 1000.0 / f64::from(lines));
    table.row(format!("{what}: smallest time"), Unit::Milliseconds, best);
    table.row(format!("{what}: median time"), Unit::Milliseconds, median);
    table.row(format!("{what}: time per line"), Unit::Microseconds, a_line);
    table.row(format!("{what}: peak memory"), Unit::Megabytes, memory);
    Ok(())
}

/// One `-t`. `time` starts it, as the peak of a process begins with that of the one it was started by.
fn one(host: &Host, program: &Path, file: &Path) -> Result<Run> {
    let result = PathBuf::from(format!("{}.kilobytes", file.display()));
    let timer = machine::find(TIME.program).context("there is no time")?;
    let mut command = Command::new(timer);
    command
        .args(["--quiet", "--format=%M", "--output"])
        .arg(&result);
    command.arg(program).arg("-t").arg("-f").arg(file);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let status = host.spawn(&mut command)?.wait()?;
    let milliseconds = start.elapsed().as_secs_f64() * 1000.0;
    ensure!(status.success(), "{} -t: {status}", program.display());
    let kilobytes = fs::read_to_string(&result).with_context(|| format!("{}", result.display()))?;
    let kilobytes: f64 = kilobytes.trim().parse().context("what time has measured")?;
    Ok(Run {
        milliseconds,
        megabytes: kilobytes / 1024.0,
    })
}

/// Virtual servers with some real servers each, and a check of each of these.
fn servers(count: u32) -> String {
    let mut text = String::from("global_defs {\n    router_id bench\n}\n");
    for server in 0..count {
        let [_, high, middle, low] = server.to_be_bytes();
        if server % SERVERS_EACH == 0 {
            let [_, _, third, fourth] = (server / SERVERS_EACH).to_be_bytes();
            let _ = write!(
                text,
                "\nvirtual_server 10.0.{third}.{fourth} 80 {{\n    delay_loop 6\n    lb_algo wlc\n    \
                 lb_kind DR\n    protocol TCP\n"
            );
        }
        let _ = write!(
            text,
            "    real_server 10.{}.{middle}.{low} 80 {{\n        weight 1\n        TCP_CHECK {{\n            \
             connect_timeout 3\n            connect_port 80\n        }}\n    }}\n",
            100 + high
        );
        if server % SERVERS_EACH == SERVERS_EACH - 1 || server == count - 1 {
            text.push_str("}\n");
        }
    }
    text
}

/// Unicast instances with one address each.
fn instances(count: u32) -> String {
    let mut text = String::new();
    for instance in 0..count {
        let [_, _, third, fourth] = instance.to_be_bytes();
        let _ = write!(
            text,
            "vrrp_instance VI_{instance} {{\n    state BACKUP\n    interface eth0\n    virtual_router_id {}\n    \
             priority 100\n    advert_int 1\n    unicast_src_ip 10.10.0.1\n    unicast_peer {{\n        \
             10.9.{third}.{fourth}\n    }}\n    virtual_ipaddress {{\n        \
             10.8.{third}.{fourth}/32 dev eth0\n    }}\n}}\n\n",
            instance % 255 + 1
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_have_what_they_are_said_to_have() {
        let text = servers(101);
        let count = |word: &str| text.matches(word).count();
        assert_eq!((count("real_server "), count("virtual_server ")), (101, 3));
        assert_eq!(count("{"), count("}"));
        let text = instances(300);
        assert_eq!(text.matches("vrrp_instance ").count(), 300);
    }
}
