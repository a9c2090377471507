//! `cargo xtask servers`: clusters of servers that this project did not write, built from Debian's Go sources with both runtimes. What
//! is written at one member is read at another, also after a member was killed and started again; and no request of a load is lost.
//!
//! The clients are curl and ab (Debian's apache2-utils), the same for both.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};

use crate::cmd::packages;
use crate::golang::Golang;
use crate::measure::Pair;
use crate::paths::Paths;

/// Arguments of `servers`.
#[derive(clap::Args)]
pub struct Args {
    /// Only clusters whose name contains one of these
    filter: Vec<String>,
    /// Where their sources are: the GOPATH in which Debian's golang-*-dev packages lie
    #[arg(long, value_name = "DIR", default_value = "/usr/share/gocode")]
    gopath: PathBuf,
}

/// A kind of server, and how it is spoken to.
struct Kind {
    name: &'static str,
    package: &'static str,
    /// Debian's packages of its sources, and of files that it reads.
    debian: &'static str,
    members: usize,
    /// The arguments of a member that keeps its files in a directory.
    args: fn(&Path, usize, &[Ports]) -> Vec<String>,
    /// Answers with success when a member is ready.
    ready: &'static str,
    /// Path and body of a request that writes TAG.
    write: (&'static str, &'static str),
    /// Path of a request whose answer shows the tag that was written; a body makes it a POST.
    read: (&'static str, Option<&'static str>),
    /// How many requests the load makes, and of which kind.
    load: (u32, Load),
}

#[derive(Clone, Copy)]
enum Load {
    Reads,
    Writes,
}

/// Where a member listens, on the loopback interface.
struct Ports {
    clients: u16,
    members: u16,
}

const KINDS: [Kind; 2] = [
    Kind {
        name: "alertmanager",
        package: "github.com/prometheus/alertmanager/cmd/alertmanager",
        debian: "golang-github-prometheus-alertmanager-dev prometheus-alertmanager",
        members: 2,
        args: |dir, member, all| {
            let config = dir.join("alertmanager.yml");
            let _ = fs::write(&config, "route:\n  receiver: none\nreceivers:\n- name: none\n");
            let own = &all[member];
            let mut args = vec![
                format!("--config.file={}", config.display()),
                format!("--storage.path={}", dir.display()),
                format!("--web.listen-address=127.0.0.1:{}", own.clients),
                "--web.get-concurrency=1000".into(),
                format!("--cluster.listen-address=127.0.0.1:{}", own.members),
                "--cluster.settle-timeout=1s".into(),
            ];
            let others = all.iter().filter(|ports| ports.members != own.members);
            args.extend(others.map(|ports| format!("--cluster.peer=127.0.0.1:{}", ports.members)));
            args
        },
        ready: "/-/ready",
        write: (
            "/api/v2/silences",
            r#"{"matchers":[{"name":"a","value":"b","isRegex":false}],"startsAt":"2020-01-01T00:00:00Z","endsAt":"2099-01-01T00:00:00Z","createdBy":"c","comment":"TAG"}"#,
        ),
        read: ("/api/v2/silences", None),
        load: (20_000, Load::Reads),
    },
    Kind {
        name: "etcd",
        package: "go.etcd.io/etcd",
        debian: "golang-etcd-server-dev",
        members: 3,
        args: |dir, member, all| {
            let url = |port| format!("http://127.0.0.1:{port}");
            let cluster: Vec<String> =
                all.iter().enumerate().map(|(i, ports)| format!("m{i}={}", url(ports.members))).collect();
            vec![
                format!("--name=m{member}"),
                format!("--data-dir={}", dir.display()),
                format!("--listen-client-urls={}", url(all[member].clients)),
                format!("--advertise-client-urls={}", url(all[member].clients)),
                format!("--listen-peer-urls={}", url(all[member].members)),
                format!("--initial-advertise-peer-urls={}", url(all[member].members)),
                format!("--initial-cluster={}", cluster.join(",")),
            ]
        },
        ready: "/health",
        write: ("/v3/kv/put", r#"{"key":"a2V5","value":"TAG"}"#),
        read: ("/v3/kv/range", Some(r#"{"key":"a2V5"}"#)),
        load: (4_000, Load::Writes),
    },
];

/// What is written first, and what after a member was killed: base64, so that etcd takes them as they are.
const TAGS: [&str; 2] = ["Zmlyc3Q=", "c2Vjb25k"];
/// Connections of the load.
const CONNECTIONS: &str = "100";
/// How long a cluster may take to become ready, or to bring what was written to all its members.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs every cluster on both runtimes and prints what they took; fails when one of Goxide's does not do as it should.
pub fn run(paths: &Paths, args: &Args) -> Result<()> {
    let chosen = |kind: &&Kind| args.filter.is_empty() || args.filter.iter().any(|f| kind.name.contains(f.as_str()));
    let kinds: Vec<&Kind> = KINDS.iter().filter(chosen).collect();
    ensure!(!kinds.is_empty(), "no cluster has such a name");
    let listed: Vec<(String, String)> = kinds.iter().map(|kind| (kind.package.into(), kind.debian.into())).collect();
    let wanted: Vec<&str> = kinds.iter().map(|kind| kind.package).collect();
    let gopath = packages::own_copy(paths, &args.gopath, &wanted, &listed)?;
    let (pair, _) = Pair::new(paths)?;
    println!(
        "{:<14}{:<10}{:>9}{:>7}{:>11}{:>11}{:>13}",
        "cluster", "runtime", "requests", "lost", "requests/s", "CPU s", "resident KiB"
    );
    for kind in kinds {
        for golang in pair.both() {
            let dir = paths.target.join("servers").join(format!("{}-{}", kind.name, golang.label));
            let _ = fs::remove_dir_all(&dir);
            fs::create_dir_all(&dir)?;
            let exe = build(golang, &gopath, kind, &dir)?;
            let seen = try_out(kind, &exe, &dir).with_context(|| format!("{} with {}", kind.name, golang.label))?;
            println!(
                "{:<14}{:<10}{:>9}{:>7}{:>11.0}{:>11.2}{:>13}",
                kind.name, golang.label, seen.complete, seen.lost, seen.rate, seen.cpu, seen.resident
            );
            ensure!(seen.lost == 0, "{} with {} lost requests", kind.name, golang.label);
        }
    }
    Ok(())
}

fn build(golang: &Golang, gopath: &Path, kind: &Kind, dir: &Path) -> Result<PathBuf> {
    let exe = dir.join("exe");
    let mut go = golang.go(["build", "-o"]);
    go.arg(&exe).arg(kind.package).env("GO111MODULE", "off").env("GOPATH", gopath).env("CGO_ENABLED", "0");
    ensure!(go.status().context("starting go build")?.success(), "{} does not build with {}", kind.name, golang.label);
    Ok(exe)
}

/// What a load showed.
struct Seen {
    complete: u32,
    lost: u32,
    /// Requests per second.
    rate: f64,
    /// Seconds of processor time, of all members since their start.
    cpu: f64,
    /// KiB of all members.
    resident: u64,
}

fn try_out(kind: &Kind, exe: &Path, dir: &Path) -> Result<Seen> {
    let all = ports(kind.members)?;
    let last = kind.members - 1;
    let mut members = (0..kind.members).map(|i| Member::start(kind, exe, dir, i, &all)).collect::<Result<Vec<_>>>()?;
    for ports in &all {
        until("a member is not ready", || request(ports, kind.ready, None).is_some())?;
    }
    write(kind, &all[0], TAGS[0])?;
    until("what was written does not reach the last member", || shows(kind, &all[last], TAGS[0]))?;
    let (complete, lost, rate) = load(kind, &all[last], dir)?;
    let cpu = members.iter().map(Member::cpu).sum::<Result<f64>>()?;
    let resident = members.iter().map(Member::resident).sum::<Result<u64>>()?;

    drop(members.remove(0));
    until("without a member nothing can be written", || write(kind, &all[last], TAGS[1]).is_ok())?;
    members.insert(0, Member::start(kind, exe, dir, 0, &all)?);
    until("the member that was killed does not catch up", || shows(kind, &all[0], TAGS[1]))?;
    for member in members {
        member.end()?;
    }
    Ok(Seen { complete, lost, rate, cpu, resident })
}

/// Ports that were free a moment ago.
fn ports(members: usize) -> Result<Vec<Ports>> {
    let sockets = (0..2 * members).map(|_| TcpListener::bind(("127.0.0.1", 0))).collect::<std::io::Result<Vec<_>>>()?;
    let port = |socket: &TcpListener| socket.local_addr().map(|address| address.port());
    sockets.chunks(2).map(|two| Ok(Ports { clients: port(&two[0])?, members: port(&two[1])? })).collect()
}

/// Waits until something is so.
fn until(otherwise: &str, mut is_so: impl FnMut() -> bool) -> Result<()> {
    let end = Instant::now() + PATIENCE;
    while !is_so() {
        ensure!(Instant::now() < end, "{otherwise}");
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}

/// What a member answers, if it answers with success.
fn request(ports: &Ports, path: &str, body: Option<&str>) -> Option<String> {
    let mut curl = Command::new("curl");
    curl.args(["-sf", "-m", "20", "-H", "Content-Type: application/json"]);
    curl.args(body.iter().flat_map(|body| ["-d", body]));
    let output = curl.arg(format!("http://127.0.0.1:{}{path}", ports.clients)).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

fn write(kind: &Kind, at: &Ports, tag: &str) -> Result<()> {
    let (path, body) = kind.write;
    request(at, path, Some(&body.replace("TAG", tag))).with_context(|| format!("{path} does not take {tag}"))?;
    Ok(())
}

fn shows(kind: &Kind, at: &Ports, tag: &str) -> bool {
    let (path, body) = kind.read;
    request(at, path, body).is_some_and(|answer| answer.contains(tag))
}

/// Many requests over kept connections: how many were answered, how many were not or not with success, and how many a second.
fn load(kind: &Kind, at: &Ports, dir: &Path) -> Result<(u32, u32, f64)> {
    let (requests, of) = kind.load;
    let mut ab = Command::new("ab");
    // -l: the length of an answer may vary.
    ab.args(["-q", "-k", "-l", "-c", CONNECTIONS, "-n"]).arg(requests.to_string());
    let path = match of {
        Load::Reads => kind.read.0,
        Load::Writes => {
            let body = dir.join("body");
            fs::write(&body, kind.write.1.replace("TAG", TAGS[0]))?;
            ab.args(["-T", "application/json", "-p"]).arg(body);
            kind.write.0
        }
    };
    let output = ab.arg(format!("http://127.0.0.1:{}{path}", at.clients)).output();
    let output = output.context("starting ab, which Debian's apache2-utils has")?;
    let (text, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    ensure!(output.status.success(), "ab ended with {}: {errors}", output.status);
    let (complete, lost, rate) = report(&text)?;
    Ok((complete, lost + requests.saturating_sub(complete), rate))
}

/// The numbers in what ab prints.
fn report(text: &str) -> Result<(u32, u32, f64)> {
    let number =
        |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.split_whitespace().next()?.parse::<f64>().ok());
    let needed = |name: &str| number(name).with_context(|| format!("ab does not say {name:?}"));
    let lost = needed("Failed requests:")? + number("Non-2xx responses:").unwrap_or(0.0);
    Ok((needed("Complete requests:")? as u32, lost as u32, needed("Requests per second:")?))
}

/// A process of a cluster. It is killed when this is dropped.
struct Member {
    process: Child,
    log: PathBuf,
}

impl Drop for Member {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Member {
    fn start(kind: &Kind, exe: &Path, dir: &Path, member: usize, all: &[Ports]) -> Result<Self> {
        let own = dir.join(format!("m{member}"));
        fs::create_dir_all(&own)?;
        let log = dir.join(format!("m{member}.log"));
        let file = fs::File::options().create(true).append(true).open(&log)?;
        let mut command = Command::new(exe);
        command.args((kind.args)(&own, member, all)).stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
        Ok(Self { process: command.spawn().context("starting a member")?, log })
    }

    /// Seconds of processor time.
    fn cpu(&self) -> Result<f64> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.process.id()))?;
        let fields = stat.rsplit_once(')').context("stat names the program")?.1;
        let ticks: Vec<u64> = fields.split_whitespace().skip(11).take(2).map(str::parse).collect::<Result<_, _>>()?;
        Ok(ticks.iter().sum::<u64>() as f64 / rustix::param::clock_ticks_per_second() as f64)
    }

    /// KiB of memory.
    fn resident(&self) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next());
        line.context("status has VmRSS")?.parse().context("VmRSS is a number")
    }

    /// Asks it to end, which it does in good time, and looks whether it ever failed as Go programs do.
    fn end(mut self) -> Result<()> {
        kill_process(Pid::from_child(&self.process), Signal::TERM)?;
        let end = Instant::now() + PATIENCE;
        while self.process.try_wait()?.is_none() {
            ensure!(Instant::now() < end, "a member does not end when it is asked to");
            std::thread::sleep(Duration::from_millis(50));
        }
        let log = fs::read(&self.log)?;
        for line in String::from_utf8_lossy(&log).lines() {
            if line.starts_with("panic:") || line.starts_with("fatal error:") || line.starts_with("goxide:") {
                bail!("{line} ({})", self.log.display());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ab_prints() {
        let text = "Complete requests:      100\nFailed requests:        2\nNon-2xx responses:      3\n\
                    Requests per second:    12.50 [#/sec] (mean)\n";
        assert_eq!(report(text).expect("all is there"), (100, 5, 12.5));
        assert!(report("Complete requests: 100\n").is_err());
    }
}
