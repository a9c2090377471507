//! `cargo xtask soak`: a server on Goxide under the load of clients on official Go, over connections that are kept. No request may
//! be lost; clients that are killed and started again at random may leave nothing behind in the server; and a server
//! without anything to do makes no system call.
//!
//! The programs are `conformance/soak/server.go` and `client.go`.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail, ensure};

use crate::golang::Golang;
use crate::measure::Pair;
use crate::paths::Paths;

/// Arguments of `soak`.
#[derive(clap::Args)]
pub struct Args {
    /// Connections that are open at the same time
    #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u32).range(4..))]
    connections: u32,
    /// How long each part takes
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
    /// Over TLS
    #[arg(long)]
    tls: bool,
    /// The server on official Go, for comparison
    #[arg(long)]
    official: bool,
}

/// Numbers by name, as both programs print them.
type Numbers = BTreeMap<String, u64>;

fn numbers(text: &str) -> Result<Numbers> {
    let line = |l: &str| {
        let (name, value) = l.split_once(' ').with_context(|| format!("this is no `name number`: {l}"))?;
        Ok((name.to_string(), value.parse().with_context(|| format!("this is no `name number`: {l}"))?))
    };
    text.lines().map(line).collect()
}

/// Clients at a time while they are killed and started again.
const CLIENTS: u32 = 4;
/// What resident memory may grow by while clients come and go, in KiB, besides a tenth of it.
const SLACK_KIB: u64 = 16 << 10;

/// Runs all three parts, one after the other, and says what was seen; fails where it is not as it should be.
pub fn run(paths: &Paths, args: &Args) -> Result<()> {
    let (pair, _) = Pair::new(paths)?;
    let dir = paths.target.join("soak");
    std::fs::create_dir_all(&dir)?;
    let on = if args.official { &pair.official } else { &pair.goxide };
    let server = build(paths, on, "server", &dir)?;
    let client = build(paths, &pair.official, "client", &dir)?;
    let mut soak = Soak { server: Server::start(&server, args.tls)?, client, seconds: args.seconds };

    // What is made once, for the first connections, is no leak.
    soak.load(args.connections, 1)?;
    let before = soak.settled(None)?;
    let kept = soak.load(args.connections, args.seconds)?;
    println!(
        "{} connections for {} s: {} requests, {} lost; p50 {} us, p99 {} us, slowest {} us",
        args.connections, args.seconds, kept["requests"], kept["lost"], kept["p50"], kept["p99"], kept["max"]
    );
    let after = soak.settled(Some(&before))?;
    let (killed, requests) = soak.churn(args.connections)?;
    let last = soak.settled(Some(&before))?;
    println!(
        "{killed} clients of {} connections killed and started again in {} s",
        args.connections / CLIENTS,
        args.seconds
    );
    for name in ["goroutines", "fds", "resident"] {
        println!(
            "  {name:<12} before {:>8}  after the load {:>8}  after the kills {:>8}",
            before[name], after[name], last[name]
        );
    }
    let calls = soak.idle()?;
    match &calls {
        Some(calls) => {
            println!("{} system calls in {} s without anything to do", calls.len(), args.seconds);
            calls.iter().take(10).for_each(|call| println!("  {call}"));
        }
        None => println!("system calls of an idle server were not counted: strace is not installed"),
    }
    ensure!(kept["requests"] > 0 && requests > 0, "no request was answered");
    ensure!(kept["lost"] == 0, "requests were lost");
    for name in ["goroutines", "fds"] {
        ensure!(last[name] <= before[name], "{name} are left behind: {} before, {} after", before[name], last[name]);
    }
    let most = after["resident"] + after["resident"] / 10 + SLACK_KIB;
    ensure!(last["resident"] <= most, "memory is left behind: {} KiB, then {} KiB", after["resident"], last["resident"]);
    ensure!(calls.is_none_or(|calls| calls.is_empty()) || args.official, "an idle server makes system calls");
    Ok(())
}

fn build(paths: &Paths, golang: &Golang, name: &str, dir: &Path) -> Result<PathBuf> {
    let out = dir.join(name);
    let source = paths.root.join("conformance/soak").join(name).with_extension("go");
    let status = golang.go(["build", "-o"]).arg(&out).arg(source).status().context("starting go build")?;
    ensure!(status.success(), "{name}.go does not build with {}", golang.label);
    Ok(out)
}

/// A process that is killed when this is dropped. It may have ended by itself.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The server.
struct Server {
    process: Killed,
    url: String,
}

impl Server {
    fn start(exe: &Path, tls: bool) -> Result<Self> {
        let mut command = Command::new(exe);
        command.args(tls.then_some("tls")).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = Killed(command.spawn().context("starting the server")?);
        let mut address = String::new();
        let stdout = process.0.stdout.take().context("the server has a standard output")?;
        BufReader::new(stdout).read_line(&mut address)?;
        ensure!(!address.is_empty(), "the server ended at once");
        let scheme = if tls { "https" } else { "http" };
        Ok(Self { process, url: format!("{scheme}://{}", address.trim()) })
    }
}

struct Soak {
    server: Server,
    client: PathBuf,
    seconds: u32,
}

impl Soak {
    fn client(&self, connections: u32, seconds: u32) -> Command {
        let mut command = Command::new(&self.client);
        command.arg(&self.server.url).arg(connections.to_string()).arg(seconds.to_string());
        command
    }

    /// A client's load until it ends, and what it says of it.
    fn load(&mut self, connections: u32, seconds: u32) -> Result<Numbers> {
        let output = self.client(connections, seconds).stderr(Stdio::inherit()).output().context("starting a client")?;
        self.is_alive()?;
        ensure!(output.status.success(), "a client ended with {}", output.status);
        numbers(&String::from_utf8_lossy(&output.stdout))
    }

    fn is_alive(&mut self) -> Result<()> {
        match self.server.process.0.try_wait()? {
            Some(status) => bail!("the server ended with {status}"),
            None => Ok(()),
        }
    }

    /// What the server holds when the clients' connections are closed: no more than before, or what it is after ten seconds.
    fn settled(&mut self, before: Option<&Numbers>) -> Result<Numbers> {
        let end = Instant::now() + Duration::from_secs(10);
        let mut last = None;
        loop {
            std::thread::sleep(Duration::from_millis(500));
            let now = self.load(1, 0)?;
            let is_as_before = match before {
                Some(before) => ["goroutines", "fds"].iter().all(|name| now[*name] <= before[*name]),
                None => last.as_ref().is_some_and(|last: &Numbers| last["fds"] == now["fds"]),
            };
            if is_as_before || Instant::now() > end {
                return Ok(now);
            }
            last = Some(now);
        }
    }

    /// Clients that are killed after a random time and started again. How many were, and how many requests the last of them made.
    fn churn(&mut self, connections: u32) -> Result<(u32, u64)> {
        let end = Instant::now() + Duration::from_secs(self.seconds.into());
        let mut random = u64::from(std::process::id()) | 1;
        let mut clients = Vec::new();
        let mut killed = 0;
        while Instant::now() < end {
            while clients.len() < CLIENTS as usize {
                let client = self.client(connections / CLIENTS, self.seconds).stdout(Stdio::null()).spawn();
                clients.push(Killed(client.context("starting a client")?));
            }
            // xorshift
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            std::thread::sleep(Duration::from_millis(50 + random % 400));
            drop(clients.swap_remove((random >> 32) as usize % clients.len()));
            killed += 1;
        }
        drop(clients);
        let after = self.load(connections, 1)?;
        ensure!(after["lost"] == 0, "{} requests were lost after clients had been killed", after["lost"]);
        Ok((killed, after["requests"]))
    }

    /// System calls that the server makes while nobody wants anything of it; none if strace is not there to count them.
    fn idle(&mut self) -> Result<Option<Vec<String>>> {
        // What the last request left to do: timers of connections, memory that goes back.
        std::thread::sleep(Duration::from_secs(15));
        let (pid, seconds) = (self.server.process.0.id().to_string(), u64::from(self.seconds) + ATTACHING);
        let mut command = Command::new("timeout");
        command.arg(seconds.to_string()).args(["strace", "-f", "-qq", "-ttt", "-p", &pid]);
        let begin = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs_f64();
        let Ok(output) = command.stdin(Stdio::null()).stdout(Stdio::null()).output() else { return Ok(None) };
        if output.status.code() == Some(127) {
            return Ok(None);
        }
        self.is_alive()?;
        let text = String::from_utf8_lossy(&output.stderr);
        ensure!(!text.contains("attach:"), "strace may not look at the server: {text}");
        Ok(Some(calls_after(begin + ATTACHING as f64, &text)))
    }
}

/// Seconds that strace has to attach itself. That interrupts what a thread waits in, which is no doing of the server's.
const ATTACHING: u64 = 2;

/// The lines of strace's that are later than `begin`, but for its own last words.
fn calls_after(begin: f64, text: &str) -> Vec<String> {
    let time = |line: &str| line.split_whitespace().find_map(|w| w.parse().ok().filter(|t: &f64| *t > 1e9));
    let is_call = |line: &&str| time(line).is_some_and(|t| t > begin) && !line.contains("<detached");
    text.lines().filter(is_call).map(str::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_programs_print() {
        let read = numbers("goroutines 4\nfds 9\n").expect("good lines");
        assert_eq!((read["goroutines"], read["fds"]), (4, 9));
        assert!(numbers("fds\n").is_err() && numbers("fds x\n").is_err());
    }

    #[test]
    fn calls_of_an_idle_server() {
        let text = "strace: Process 7 attached with 2 threads\n[pid 7] 1700000000.5 futex(0x1, FUTEX_WAIT <unfinished ...>\n\
                    1700000003.25 epoll_pwait(3, [], 128, -1) = 0\n[pid 7] 1700000009.0 <... futex resumed> <detached ...>\n";
        assert_eq!(calls_after(1700000002.0, text), ["1700000003.25 epoll_pwait(3, [], 128, -1) = 0"]);
        assert_eq!(calls_after(1700000004.0, text), [""; 0]);
    }
}
