//! Running one program under test: its own process group, a time limit, a bound on
//! what it may write, and its output in files so that no pipe can stall it.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{self as sys, Pid, Resource, Rlimit, Signal};

/// How much a program may write before it is stopped.
const OUTPUT_LIMIT: u64 = 64 << 20;
/// How long a program that ran out of time has to print its goroutines.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// With this status.
    Code(i32),
    /// Killed by this signal.
    Signal(i32),
    /// It was stopped after this many seconds.
    Timeout(u64),
}

impl std::fmt::Display for Exit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Code(code) => write!(f, "{code}"),
            Self::Signal(signal) => write!(f, "signal {signal}"),
            Self::Timeout(seconds) => write!(f, "timeout after {seconds} s"),
        }
    }
}

/// What a program left behind.
pub struct Ran {
    /// How it ended.
    pub exit: Exit,
    /// Its standard output; its standard error too when they were merged.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

/// Whether standard error goes its own way.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Streams {
    /// Two outputs.
    Apart,
    /// One output, as Go's own test driver reads it.
    Merged,
}

/// `SIG_DFL`.
const DEFAULT_ACTION: usize = 0;

// SAFETY: this is signal(2) as the C library has it, which std is linked with.
unsafe extern "C" {
    fn signal(number: i32, handler: usize) -> usize;
}

/// Runs `command` to its end or to its time limit. `scratch` is a directory of its own.
pub fn run(mut command: Command, scratch: &Path, limit: Duration, streams: Streams) -> io::Result<Ran> {
    let (out, err) = (scratch.join("stdout"), scratch.join("stderr"));
    let stdout = File::create(&out)?;
    let stderr = match streams {
        Streams::Apart => File::create(&err)?,
        Streams::Merged => stdout.try_clone()?,
    };
    command.stdin(Stdio::null()).stdout(stdout).stderr(stderr).process_group(0);
    // SAFETY: the calls are plain system calls on constants; none allocates or takes a lock.
    unsafe {
        command.pre_exec(|| {
            sys::set_parent_process_death_signal(Some(Signal::KILL))?;
            let limit = Rlimit { current: Some(OUTPUT_LIMIT), maximum: Some(OUTPUT_LIMIT) };
            sys::setrlimit(Resource::Fsize, limit)?;
            // What runs in the background, or under nohup, ignores these, and so would its children.
            for ignored in [Signal::HUP, Signal::INT, Signal::QUIT] {
                signal(ignored.as_raw(), DEFAULT_ACTION);
            }
            Ok(())
        });
    }
    let mut child = command.spawn()?;
    let exit = wait(&mut child, limit)?;
    let stderr = if streams == Streams::Apart { read(&err)? } else { String::new() };
    Ok(Ran { exit, stdout: read(&out)?, stderr })
}

/// How many times as long as alone a program may take at the most, since others want to run.
const MOST_CROWDED: f64 = 10.0;

/// How many processors' worth of programs wants to run for each processor there is; 1 if the machine is not busy.
fn crowd() -> f64 {
    let load =
        fs::read_to_string("/proc/loadavg").ok().and_then(|s| s.split(' ').next()?.parse::<f64>().ok()).unwrap_or(0.0);
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    (load / processors as f64).clamp(1.0, MOST_CROWDED)
}

/// Waits for a program that has `limit` where it has a processor to itself.
fn wait(child: &mut Child, limit: Duration) -> io::Result<Exit> {
    let begin = Instant::now();
    let mut deadline = begin + limit;
    loop {
        if let Some(exit) = wait_until(child, deadline)? {
            return Ok(exit);
        }
        deadline = begin + limit.mul_f64(crowd());
        if Instant::now() >= deadline {
            break;
        }
    }
    let group = Pid::from_child(child);
    // A Go program answers SIGQUIT with the stacks of its goroutines.
    let _ = sys::kill_process_group(group, Signal::QUIT);
    let answered = wait_until(child, Instant::now() + LAST_WORDS)?.is_some();
    let _ = sys::kill_process_group(group, Signal::KILL);
    if !answered {
        child.wait()?;
    }
    Ok(Exit::Timeout(limit.as_secs()))
}

fn wait_until(child: &mut Child, deadline: Instant) -> io::Result<Option<Exit>> {
    let mut pause = Duration::from_micros(300);
    loop {
        if let Some(status) = child.try_wait()? {
            let code = status.code().map(Exit::Code);
            return Ok(Some(code.unwrap_or_else(|| Exit::Signal(status.signal().unwrap_or(0)))));
        }
        if Instant::now() >= deadline {
            return Ok(None);
        }
        std::thread::sleep(pause);
        pause = (pause * 3 / 2).min(Duration::from_millis(20));
    }
}

fn read(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    // Larger diffs do not help.
    File::open(path)?.take(8 << 20).read_to_end(&mut bytes)?;
    fs::remove_file(path)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
