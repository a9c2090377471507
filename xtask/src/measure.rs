//! Measuring programs side by side: builds of one Go file by both installations, runs
//! interleaved so that a busy machine disturbs both alike, and the start of a process.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::arch::Arch;
use crate::cmd::goroot::{self, Made};
use crate::conformance::build::Builder;
use crate::conformance::case::Case;
use crate::golang::Golang;
use crate::paths::Paths;

/// Both installations for this machine.
pub struct Pair {
    /// Official Go 1.21.13, or what else Goxide is measured beside.
    pub official: Golang,
    /// Goxide.
    pub goxide: Golang,
    /// How tables name them.
    pub names: [&'static str; 2],
}

/// The names of the usual pair.
pub const NAMES: [&str; 2] = ["go1.21.13", "goxide"];

impl Pair {
    /// Brings Goxide up to date and finds both.
    pub fn new(paths: &Paths) -> Result<(Self, Made)> {
        let arch = Arch::host();
        let made = goroot::ensure(paths, &paths.goroot(), &[arch], true)?;
        let official = Golang::official(paths, &made, arch)?;
        let goxide = Golang::goxide(paths, &made, arch)?;
        Ok((Self { official, goxide, names: NAMES }, made))
    }

    /// Another installation of Goxide in the first place, such as an earlier commit's.
    pub fn beside(paths: &Paths, goroot: &Path) -> Result<Self> {
        let (pair, made) = Self::new(paths)?;
        let official = Golang::beside(paths, &made, Arch::host(), goroot)?;
        Ok(Self { official, names: ["beside", NAMES[1]], ..pair })
    }

    /// The official toolchain, whatever else is measured.
    pub fn compiler(paths: &Paths) -> Result<Golang> {
        Golang::official(paths, &goroot::official_only(paths)?, Arch::host())
    }

    /// Official first, then Goxide.
    pub fn both(&self) -> [&Golang; 2] {
        [&self.official, &self.goxide]
    }
}

/// Builds a program of ours; `corpus` is the directory its name is relative to.
pub fn build(paths: &Paths, golang: &Golang, corpus: &Path, file: &Path) -> Result<(Case, PathBuf)> {
    let case = Case::read(corpus, file)?;
    let built = Builder::new(paths, "measured", golang).build(&case)?;
    match built {
        Ok(exe) => Ok((case, exe)),
        Err(error) => bail!("{} does not build with {}:\n{}", case.name, golang.label, error.0),
    }
}

/// Runs a program to its end and returns its standard output.
pub fn output(case: &Case, exe: &Path) -> Result<String> {
    let output = Command::new(exe).args(&case.args).envs(&case.env).stdin(Stdio::null()).output()?;
    ensure!(
        output.status.success(),
        "{} ended with {}:\n{}",
        exe.display(),
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).context("the output is not text")
}

/// Times of one program's executions.
#[derive(Default)]
pub struct Times(Vec<Duration>);

impl Times {
    /// The shortest.
    pub fn min(&self) -> Duration {
        self.0.iter().copied().min().unwrap_or_default()
    }

    /// The average.
    pub fn mean(&self) -> Duration {
        self.0.iter().sum::<Duration>() / u32::try_from(self.0.len().max(1)).unwrap_or(u32::MAX)
    }

    /// The one in the middle.
    pub fn median(&self) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort();
        sorted.get(sorted.len() / 2).copied().unwrap_or_default()
    }
}

/// Executes each program `rounds` times, in turn, from spawn (posix_spawn) to exit.
pub fn starts(programs: &[PathBuf], rounds: usize, tick: impl Fn()) -> Result<Vec<Times>> {
    let mut times: Vec<Times> = programs.iter().map(|_| Times::default()).collect();
    for round in 0..rounds {
        for turn in 0..programs.len() {
            // The order alternates, so that neither always profits from a warm cache.
            let at = (round + turn) % programs.len();
            let mut command = Command::new(&programs[at]);
            command.env_clear().stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            let start = Instant::now();
            let status = command.status().with_context(|| programs[at].display().to_string())?;
            let took = start.elapsed();
            ensure!(status.success(), "{} ended with {status}", programs[at].display());
            times[at].0.push(took);
        }
        tick();
    }
    Ok(times)
}
