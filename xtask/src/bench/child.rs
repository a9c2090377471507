//! Running a program to its end with what the kernel counted of it, within bounds of time
//! and memory: a runtime that does not collect must not take the machine down.

use std::fs::{self, File};
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

/// How far a program may go.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct Bounds {
    /// Stop a program that runs longer than this many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    limit: u64,
    /// Stop a program that has more resident memory than this many MiB
    #[arg(long, value_name = "MIB", default_value_t = 8192)]
    memory_limit: u64,
}

/// What a program left behind.
pub struct Ended {
    /// Its standard output.
    pub stdout: String,
    /// Seconds of processor time, of the user and of the system.
    pub cpu: f64,
    /// The most memory that was resident at a time, in KiB. What this process had itself
    /// before the program took its place counts too, so it is an upper bound.
    pub peak: f64,
}

/// Runs a program; that it fails or breaks a bound is an error. `scratch` is a directory to write in.
pub fn run(mut command: Command, scratch: &Path, bounds: Bounds) -> Result<Ended> {
    fs::create_dir_all(scratch)?;
    let (out, err) = (scratch.join("stdout"), scratch.join("stderr"));
    command.stdin(Stdio::null()).stdout(File::create(&out)?).stderr(File::create(&err)?);
    let name = command.get_program().to_string_lossy().into_owned();
    let mut child = command.spawn().with_context(|| format!("starting {name}"))?;
    let (status, usage) = wait(&mut child, bounds).with_context(|| format!("running {name}"))?;
    let said = || {
        let text = String::from_utf8_lossy(&fs::read(&err).unwrap_or_default()).into_owned();
        // The cause comes first; the goroutines after it can be thousands.
        text.lines().take(20).flat_map(|l| [l, "\n"]).collect::<String>()
    };
    ensure!(status.success(), "{name} ended with {status}:\n{}", said());
    let stdout = fs::read(&out).map(|b| String::from_utf8_lossy(&b).into_owned())?;
    Ok(Ended { stdout, cpu: usage.user.seconds() + usage.system.seconds(), peak: usage.max_resident as f64 })
}

/// Waits for the end, looking at the bounds from time to time.
fn wait(child: &mut Child, bounds: Bounds) -> Result<(ExitStatus, Usage)> {
    let start = Instant::now();
    loop {
        if let Some(ended) = try_wait(child.id())? {
            return Ok(ended);
        }
        let resident = resident(child.id()) >> 10;
        let is_late = start.elapsed() > Duration::from_secs(bounds.limit);
        if is_late || resident > bounds.memory_limit {
            child.kill()?;
            child.wait()?;
            if is_late {
                bail!("it ran longer than {} s and was stopped; --limit allows more", bounds.limit);
            }
            bail!("it had {resident} MiB of memory and was stopped; --memory-limit allows more");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Resident memory of a process in KiB; 0 of one that has ended.
fn resident(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    kib(&status, "VmRSS:").unwrap_or(0)
}

/// The number in a line of `/proc/PID/status`.
fn kib(status: &str, field: &str) -> Option<u64> {
    let line = status.lines().find_map(|l| l.strip_prefix(field))?;
    line.split_whitespace().next()?.parse().ok()
}

/// `struct timeval` of 64-bit Linux.
#[repr(C)]
#[derive(Clone, Copy, Default)]
struct Time {
    seconds: i64,
    micros: i64,
}

impl Time {
    fn seconds(self) -> f64 {
        self.seconds as f64 + self.micros as f64 / 1e6
    }
}

/// `struct rusage` of 64-bit Linux.
#[repr(C)]
#[derive(Clone, Copy, Default)]
struct Usage {
    user: Time,
    system: Time,
    max_resident: i64,
    rest: [i64; 13],
}

// SAFETY: this is wait4(2) as the C library has it, which std is linked with.
unsafe extern "C" {
    fn wait4(pid: i32, status: *mut i32, options: i32, usage: *mut Usage) -> i32;
}

/// `WNOHANG`.
const NO_HANG: i32 = 1;

/// How a child ended and what it used, when it has ended.
fn try_wait(pid: u32) -> Result<Option<(ExitStatus, Usage)>> {
    let pid = i32::try_from(pid).context("process numbers are small")?;
    let (mut status, mut usage) = (0, Usage::default());
    loop {
        // SAFETY: both pointers are to locals of the types that the call fills in.
        let waited = unsafe { wait4(pid, &mut status, NO_HANG, &mut usage) };
        match waited {
            0 => return Ok(None),
            p if p == pid => return Ok(Some((ExitStatus::from_raw(status), usage))),
            _ => {
                let error = io::Error::last_os_error();
                ensure!(error.kind() == io::ErrorKind::Interrupted, "waiting for process {pid}: {error}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, bounds: Bounds, name: &str) -> Result<Ended> {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        let scratch = std::env::temp_dir().join(format!("goxide-bench-{name}-{}", std::process::id()));
        let ran = run(command, &scratch, bounds);
        fs::remove_dir_all(&scratch).expect("it was made");
        ran
    }

    const AMPLE: Bounds = Bounds { limit: 60, memory_limit: 8192 };

    #[test]
    fn what_a_child_used() {
        let busy = "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; echo done";
        let ended = shell(busy, AMPLE, "used").expect("it succeeds");
        assert_eq!(ended.stdout, "done\n");
        assert!(ended.cpu > 0.0 && ended.cpu < 60.0, "{}", ended.cpu);
        assert!(ended.peak > 100.0, "{}", ended.peak);
    }

    #[test]
    fn failures_say_why() {
        let error = shell("echo the cause >&2; exit 3", AMPLE, "fails").map(|e| e.stdout).expect_err("it fails");
        let text = format!("{error:#}");
        assert!(text.contains("the cause") && text.contains('3'), "{text}");
    }

    #[test]
    fn bounds_hold() {
        let error = shell("exec sleep 60", Bounds { limit: 0, ..AMPLE }, "late").map(|e| e.stdout).expect_err("stopped");
        assert!(format!("{error:#}").contains("--limit"), "{error:#}");
        let error = shell("exec sleep 60", Bounds { memory_limit: 0, ..AMPLE }, "large");
        // A sleeping process has a megabyte at least.
        assert!(format!("{:#}", error.map(|e| e.stdout).expect_err("stopped")).contains("--memory-limit"));
    }

    #[test]
    fn fields_of_proc() {
        assert_eq!(kib("Name:\tx\nVmHWM:\t  12 kB\nVmRSS:\t    8 kB\n", "VmRSS:"), Some(8));
        assert_eq!(kib("Name:\tx\n", "VmRSS:"), None);
    }
}
