//! Running a built case under each of its variants, and what it did.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use super::case::Case;
use super::normalise::{Rules, Stream};
use super::snapshot::Behaviour;
use crate::arch::Arch;
use crate::golang::Golang;
use crate::process::{self, Exit, Ran, Streams};

/// How much slower an emulated program may be.
const EMULATION: u32 = 6;

/// One way to run a case.
#[derive(Clone, Debug)]
pub struct Variant {
    /// `GOMAXPROCS`.
    pub gomaxprocs: u32,
    /// Under `GOGC=1`.
    pub stress: bool,
}

impl std::fmt::Display for Variant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "GOMAXPROCS={}", self.gomaxprocs)?;
        if self.stress { f.write_str(" GOGC=1") } else { Ok(()) }
    }
}

/// Every way a case is run.
pub fn variants(case: &Case) -> Vec<Variant> {
    let levels: &[bool] = if case.stress { &[false, true] } else { &[false] };
    let mut variants = Vec::new();
    for &stress in levels {
        variants.extend(case.gomaxprocs.iter().map(|&gomaxprocs| Variant { gomaxprocs, stress }));
    }
    variants
}

/// The command that runs a program, through the emulator where it has to be.
pub fn command(arch: Arch, exe: &Path) -> Result<Command> {
    if arch == Arch::host() {
        return Ok(Command::new(exe));
    }
    let mut command = Command::new("env");
    command.args(emulation(arch)?).arg(exe);
    Ok(command)
}

/// What `env` is given before a program that the emulator runs. Before version 8.1, qemu takes memory from glib's slices in the child of a fork, and so
/// waits for ever for a lock that another thread held (qemu-project/qemu#285): the child never gets to its exec, whatever runtime forked.
/// `G_SLICE=always-malloc` makes that memory malloc's, whose locks a fork resets. The program does not see the variable.
pub fn emulation(arch: Arch) -> Result<[OsString; 4]> {
    let emulator = emulator(arch)?;
    Ok(["G_SLICE=always-malloc".into(), emulator.into(), "-U".into(), "G_SLICE".into()])
}

/// Finds qemu's user-mode emulator, or says how to get it.
fn emulator(arch: Arch) -> Result<PathBuf> {
    let name = match arch {
        Arch::Amd64 => "qemu-x86_64",
        Arch::Arm64 => "qemu-aarch64",
    };
    let path = std::env::var_os("PATH").unwrap_or_default();
    let places = std::env::split_paths(&path).flat_map(|d| [d.join(format!("{name}-static")), d.join(name)]);
    places
        .into_iter()
        .find(|p| p.is_file())
        .with_context(|| format!("{arch} programs need {name}, which is not on the PATH: apt-get install qemu-user-static"))
}

/// The time a case has on an architecture.
pub fn limit(case: &Case, arch: Arch) -> Duration {
    if arch == Arch::host() { case.timeout } else { case.timeout * EMULATION }
}

/// Runs programs of one installation.
pub struct Runner<'a> {
    /// Which.
    pub golang: &'a Golang,
    /// The rules that make two faithful runs equal.
    pub rules: &'a Rules,
    /// Where runs have their temporary directories.
    pub scratch: PathBuf,
    /// What all programs have in their environment, unless they set it themselves.
    pub env: Vec<(String, String)>,
}

impl Runner<'_> {
    /// Runs a case once and normalises what it did.
    pub fn behaviour(&self, case: &Case, exe: &Path, variant: &Variant) -> Result<Behaviour> {
        let scratch = self.scratch_for(case)?;
        let mut command = self.prepare(case, exe, &scratch)?;
        command.env("GOMAXPROCS", variant.gomaxprocs.to_string()).current_dir(&scratch);
        if variant.stress {
            command.env("GOGC", "1");
        }
        let limit = limit(case, self.golang.arch);
        let ran = process::run(command, &scratch, limit, Streams::Apart)?;
        let dir = case.file.parent().unwrap_or(&scratch);
        let places = [(self.golang.goroot.as_path(), "$GOROOT"), (&*scratch, "$TMP"), (dir, "$DIR")];
        let clean = |stream, text: &str| self.rules.apply(stream, text, &places);
        let with_stderr = case.stderr || ran.exit != Exit::Code(0);
        let behaviour = Behaviour {
            exit: ran.exit.to_string(),
            stdout: clean(Stream::Stdout, &ran.stdout),
            stderr: with_stderr.then(|| clean(Stream::Stderr, &ran.stderr)),
        };
        fs::remove_dir_all(&scratch)?;
        Ok(behaviour)
    }

    /// Runs a case as Go's own test driver does: in the suite's directory, both
    /// outputs in one.
    pub fn as_go_does(&self, case: &Case, exe: &Path) -> Result<Ran> {
        let scratch = self.scratch_for(case)?;
        let mut command = self.prepare(case, exe, &scratch)?;
        command.current_dir(case.file.parent().unwrap_or(&scratch));
        let limit = limit(case, self.golang.arch).max(Duration::from_secs(30));
        let ran = process::run(command, &scratch, limit, Streams::Merged)?;
        fs::remove_dir_all(&scratch)?;
        Ok(ran)
    }

    fn scratch_for(&self, case: &Case) -> Result<PathBuf> {
        let name = format!("{}-{}-{}", self.golang.label, self.golang.arch, case.name.replace('/', "__"));
        let scratch = self.scratch.join(name);
        if scratch.exists() {
            fs::remove_dir_all(&scratch)?;
        }
        fs::create_dir_all(&scratch)?;
        Ok(scratch)
    }

    /// The command with a small, known environment.
    fn prepare(&self, case: &Case, exe: &Path, scratch: &Path) -> Result<Command> {
        let mut command = command(self.golang.arch, exe)?;
        let path = std::env::var_os("PATH").unwrap_or_default();
        let with_go = std::iter::once(self.golang.goroot.join("bin")).chain(std::env::split_paths(&path));
        command.args(&case.args).env_clear();
        command.env("PATH", std::env::join_paths(with_go)?).env("TMPDIR", scratch).env("HOME", scratch);
        command.env("GOOS", "linux").env("GOARCH", self.golang.arch.go_name()).env("LANG", "C");
        command.env("GOENV", "off").env("GOFLAGS", "").env("GOTOOLCHAIN", "local").env("CGO_ENABLED", "0");
        if let Some(cache) = std::env::var_os("GOCACHE") {
            command.env("GOCACHE", cache);
        } else if let Some(home) = std::env::var_os("HOME") {
            command.env("GOCACHE", Path::new(&home).join(".cache/go-build"));
        }
        command.envs(&case.env);
        for (key, value) in &self.env {
            match case.env.get(key) {
                None => command.env(key, value),
                Some(own) if key == "GODEBUG" => command.env(key, format!("{value},{own}")),
                Some(_) => &mut command,
            };
        }
        Ok(command)
    }
}
