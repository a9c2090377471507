//! What an empty program costs before anything is timed: the size of its file, and the system calls that it makes, by name and in order. And
//! that a program which greets with package fmt makes no thread.
//! `cargo xtask ci` holds both to what is written here; `figures` measures how long a start takes.
//!
//! A change that makes a program smaller or quieter changes these figures with it, so that the next one cannot lose that unseen.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::arch::Arch;
use crate::cmd::goroot;
use crate::conformance::run::emulation;
use crate::golang::{Golang, finish};
use crate::paths::Paths;

/// The largest file, linked with `-s -w`, on either architecture.
const BYTES: u64 = 289 << 10;

/// A program without a symbol table: what the kernel is asked until it ends.
const CALLS: &[(&str, usize)] = &[
    ("execve", 1),
    ("sched_getaffinity", 1),
    ("sigaltstack", 1),
    ("rt_sigaction", 9),
    ("rt_sigprocmask", 1),
    ("mmap", 1),
    ("exit_group", 1),
];

/// What a program that prints a line by package fmt asks the kernel: the above, what packages os and syscall ask as they begin, and the line.
const HELLO_CALLS: usize = 20;

/// An empty program, stripped, is as small and as quiet as it is said to be.
pub fn check(paths: &Paths) -> Result<()> {
    let made = goroot::ensure(paths, &paths.goroot(), &Arch::ALL, true)?;
    let (empty, hello) = (paths.root.join("conformance/figures/empty.go"), paths.root.join("conformance/figures/hello.go"));
    let dir = paths.target.join("conformance/start");
    std::fs::create_dir_all(&dir)?;
    for arch in Arch::ALL {
        let build = |name: &str, source: &Path| -> Result<PathBuf> {
            let exe = dir.join(format!("{name}-{arch}"));
            let mut go = Golang::goxide(paths, &made, arch)?.go(["build", "-ldflags=-s -w", "-o"]);
            go.arg(&exe).arg(source);
            finish(go, "go build").map_err(|e| anyhow::anyhow!(e.0))?;
            Ok(exe)
        };
        let exe = build("empty", &empty)?;
        let bytes = std::fs::metadata(&exe)?.len();
        let made = calls(arch, &exe)?;
        println!("{arch}: {bytes} bytes (at most {BYTES}), {} system calls", made.len());
        ensure!(bytes <= BYTES, "{arch}: an empty program has {bytes} bytes, and {BYTES} are the limit");
        let expected: Vec<&str> = CALLS.iter().flat_map(|&(name, n)| std::iter::repeat_n(name, n)).collect();
        ensure!(made == expected, "{arch}: an empty program makes the calls {made:?} instead of {expected:?}");
        let made = calls(arch, &build("hello", &hello)?)?;
        println!("{arch}: {} system calls to say hello (at most {HELLO_CALLS})", made.len());
        ensure!(
            made.len() <= HELLO_CALLS,
            "{arch}: a program that prints a line makes {} system calls: {made:?}",
            made.len()
        );
        let threads = made.iter().filter(|name| name.starts_with("clone")).count();
        ensure!(threads == 0, "{arch}: a program that prints a line makes {threads} threads: {made:?}");
    }
    Ok(())
}

/// The names of the system calls of a program that ends well, with the one that executes it. Two are left out where they stand for what the
/// machine lacks: `arch_prctl`, which sets the thread register of processors without an instruction for it, and in the emulator, which
/// has no vDSO, `clock_gettime`.
fn calls(arch: Arch, exe: &Path) -> Result<Vec<String>> {
    let emulated = arch != Arch::host();
    let log = exe.with_extension("calls");
    let mut command = if emulated {
        let mut qemu = Command::new("env");
        qemu.args(emulation(arch)?).arg("-strace").arg("-D").arg(&log);
        qemu
    } else {
        let mut strace = Command::new("strace");
        strace.args(["-f", "-qq", "-o"]).arg(&log);
        strace
    };
    let ran = command.arg(exe).stdin(Stdio::null()).output();
    let ran = ran.context("the system calls of an empty program are counted with strace: apt-get install strace")?;
    let said = String::from_utf8_lossy(&ran.stderr);
    ensure!(ran.status.success(), "{arch}: an empty program ended with {} under strace:\n{said}", ran.status);
    let log = std::fs::read_to_string(&log).with_context(|| format!("reading {}", log.display()))?;
    let mut names: Vec<String> = log.lines().filter_map(name).map(String::from).collect();
    names.retain(|name| name != "arch_prctl" && !(emulated && name == "clock_gettime"));
    if emulated {
        names.insert(0, "execve".into());
    }
    ensure!(names.len() > 1, "{arch}: strace has listed no calls:\n{said}");
    Ok(names)
}

/// `7670 gettid() = 7670`, as strace and the emulator write it, as `gettid`.
fn name(line: &str) -> Option<&str> {
    let call = line.trim_start().trim_start_matches(|c: char| c.is_ascii_digit()).trim_start();
    let (name, _) = call.split_once('(')?;
    (!name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn names_of_calls() {
        assert_eq!(name("7670  rt_sigaction(SIGQUIT, {sa_handler=0x23b6b0}, NULL, 8) = 0"), Some("rt_sigaction"));
        assert_eq!(name("7654 sched_getaffinity(0,128,365080610576,0,0,0) = 32"), Some("sched_getaffinity"));
        assert_eq!(name("execve(\"/x\", [\"/x\"], 0x7ff /* 35 vars */) = 0"), Some("execve"));
        assert_eq!(name("7670  +++ exited with 0 +++"), None);
        assert_eq!(name("7670  --- SIGURG {si_signo=SIGURG} ---"), None);
    }
}
