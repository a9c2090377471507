//! Runs a Go program so that it leaves what the explorer's page can show: the runtime's own lines on standard error, which are told from the
//! program's, and an execution trace from its first package-level variable to its exit.
//!
//! The trace is switched on by a file that the go command adds to the program's main package for this build (`-overlay`); so nothing is in
//! programs that were not built for it, and none of the program's own files changes.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde_json::json;

use crate::sieve::Sieve;

/// What is added to the main package: the first of its files, so that its variable is the first that is set.
const ADDED: &str = "00_goxide_explore.go";
const SOURCE: &str = r#"package main

import (
	"os"
	"runtime/trace"
	_ "unsafe"
)

//go:linkname goxideExploreAtExit runtime.addExitHook
func goxideExploreAtExit(f func(), afterFailure bool)

type goxideExploreFile struct {
	file *os.File
	room int
}

// Write ends the trace when it is as long as a page can show.
func (f *goxideExploreFile) Write(b []byte) (int, error) {
	if f.room > 0 && f.room <= len(b) {
		go trace.Stop()
	}
	f.room -= len(b)
	return f.file.Write(b)
}

var _ = func() bool {
	const variable = "GOXIDE_EXPLORE_TRACE"
	file, err := os.Create(os.Getenv(variable))
	os.Unsetenv(variable)
	if err == nil {
		err = trace.Start(&goxideExploreFile{file, 64 << 20})
	}
	if err != nil {
		println("no execution trace is taken:", err.Error())
		return false
	}
	goxideExploreAtExit(trace.Stop, true)
	return true
}()
"#;
const VARIABLE: &str = "GOXIDE_EXPLORE_TRACE";

/// Flags of `go run` that take no value.
const SWITCHES: [&str; 12] =
    ["a", "n", "race", "msan", "asan", "cover", "v", "work", "x", "linkshared", "modcacherw", "trimpath"];

/// What is to be run, and how.
#[derive(Debug)]
pub struct Ask<'a> {
    /// Goxide's `go`.
    pub go: &'a Path,
    /// Where.
    pub directory: &'a Path,
    /// `go run prog.go ...`, or a program that is there already and its arguments.
    pub command: &'a [OsString],
    /// Milliseconds between two lines of the scheduler.
    pub every: u32,
    /// Whether a trace is taken.
    pub trace: bool,
}

/// What a program left.
#[derive(Debug)]
pub struct Recorded {
    /// The runtime's lines.
    pub lines: PathBuf,
    /// The trace, if one was taken.
    pub trace: Option<PathBuf>,
    /// How the program ended.
    pub status: ExitStatus,
}

/// Runs it, and puts what it leaves into the directory `into`.
pub fn record(ask: &Ask<'_>, into: &Path) -> Result<Recorded> {
    fs::create_dir_all(into).with_context(|| format!("making {}", into.display()))?;
    let (lines, trace) = (into.join("recording.txt"), into.join("recording.trace"));
    for old in [&lines, &trace] {
        let gone = fs::remove_file(old);
        ensure!(gone.is_ok() || !old.exists(), "{} is from another run and cannot be removed", old.display());
    }
    let mut program = match ask.command {
        [go, run, args @ ..] if is_go(go) && run == "run" => {
            let run = GoRun::parse(args)?;
            let built = run.build(ask, into)?;
            let mut program = Command::new(built);
            program.args(&run.args);
            program
        }
        [program, args @ ..] => {
            let mut program = Command::new(program);
            program.args(args);
            program
        }
        [] => bail!("what is to be run? cargo xtask explore -- go run prog.go"),
    };
    program.current_dir(ask.directory).env(VARIABLE, &trace).stderr(Stdio::piped());
    let before = std::env::var("GODEBUG").map_or(String::new(), |set| set + ",");
    program.env("GODEBUG", format!("{before}boottrace=1,gctrace=1,schedtrace={}", ask.every));
    let name = program.get_program().to_string_lossy().into_owned();
    let mut child = program.spawn().with_context(|| format!("running {name}"))?;
    let mut from = child.stderr.take().context("the program's standard error")?;
    let mut sieve = Sieve::new(fs::File::create(&lines)?, std::io::stderr());
    let mut buffer = [0; 8192];
    loop {
        match from.read(&mut buffer)? {
            0 => break,
            n => sieve.write_all(&buffer[..n])?,
        }
    }
    sieve.close()?;
    let status = child.wait()?;
    let trace = fs::metadata(&trace).is_ok_and(|file| file.len() > 0).then_some(trace);
    Ok(Recorded { lines, trace, status })
}

/// Whether a command is the go command's name: it is Goxide's that is meant then.
pub fn is_go(command: &OsStr) -> bool {
    command == "go"
}

/// The arguments of `go run`, taken apart.
#[derive(PartialEq, Eq, Debug)]
struct GoRun {
    flags: Vec<OsString>,
    /// Files, or one package.
    what: Vec<OsString>,
    /// The program's own.
    args: Vec<OsString>,
}

impl GoRun {
    fn parse(args: &[OsString]) -> Result<GoRun> {
        let mut flags = Vec::new();
        let mut rest = args.iter();
        let mut what = Vec::new();
        while let Some(arg) = rest.next() {
            let text = arg.to_string_lossy();
            let Some(name) = text.strip_prefix("--").or_else(|| text.strip_prefix('-')) else {
                what.push(arg.clone());
                break;
            };
            let (name, is_whole) = name.split_once('=').map_or((name, false), |(name, _)| (name, true));
            if ["C", "exec", "overlay", "o"].contains(&name) {
                bail!("go run -{name} cannot be recorded: leave it out, and run this where the program is to run");
            }
            flags.push(arg.clone());
            if !is_whole && !SWITCHES.contains(&name) {
                flags.push(rest.next().with_context(|| format!("the flag -{name} lacks its value"))?.clone());
            }
        }
        let is_file = |arg: &OsString| Path::new(arg).extension() == Some(OsStr::new("go"));
        let mut args: Vec<OsString> = rest.cloned().collect();
        if what.first().is_some_and(is_file) {
            let more = args.iter().take_while(|arg| is_file(arg)).count();
            what.extend(args.drain(..more));
        }
        ensure!(!what.is_empty(), "go run: which program? name its files or its package");
        Ok(GoRun { flags, what, args })
    }

    /// Builds the program, with what takes the trace if one is wanted.
    fn build(&self, ask: &Ask<'_>, into: &Path) -> Result<PathBuf> {
        let built = into.join("program");
        let go = |verb: &str| {
            let mut go = Command::new(ask.go);
            go.arg(verb).args(&self.flags).current_dir(ask.directory).env_remove("GOROOT");
            go
        };
        let mut build = go("build");
        build.arg("-o").arg(&built);
        let mut what = self.what.clone();
        if ask.trace {
            let first = Path::new(&self.what[0]);
            let is_files = first.extension() == Some(OsStr::new("go"));
            let home = if is_files {
                ask.directory.join(first.parent().unwrap_or(Path::new("")))
            } else {
                let asked = go("list").args(["-f", "{{.Dir}}"]).arg(first).stderr(Stdio::inherit()).output();
                let asked = asked.with_context(|| format!("running {}", ask.go.display()))?;
                ensure!(asked.status.success(), "the go command does not find {}", first.display());
                PathBuf::from(String::from_utf8_lossy(&asked.stdout).trim())
            };
            let (source, overlay) = (into.join("added.go.txt"), into.join("overlay.json"));
            fs::write(&source, SOURCE)?;
            let place = home.join(ADDED);
            fs::write(&overlay, json!({ "Replace": { place.to_string_lossy(): source } }).to_string())?;
            build.arg("-overlay").arg(&overlay);
            if is_files {
                // Named as the others are: the go command takes no mixture.
                what.insert(0, first.with_file_name(ADDED).into());
            }
        }
        let status = build.args(&what).status().with_context(|| format!("running {}", ask.go.display()))?;
        ensure!(status.success(), "the program does not build");
        Ok(built)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<GoRun> {
        GoRun::parse(&text.split(' ').map(OsString::from).collect::<Vec<_>>())
    }

    fn words(of: &[OsString]) -> String {
        of.join(OsStr::new(" ")).to_string_lossy().into_owned()
    }

    #[test]
    fn flags_program_and_arguments_are_told_apart() {
        for (text, flags, what, args) in [
            ("x.go", "", "x.go", ""),
            ("a/x.go a/y.go z x.go", "", "a/x.go a/y.go", "z x.go"),
            ("-race . -v", "-race", ".", "-v"),
            ("-tags a,b -ldflags=-s --trimpath ./cmd/x y.go", "-tags a,b -ldflags=-s --trimpath", "./cmd/x", "y.go"),
        ] {
            let run = parse(text).expect(text);
            assert_eq!((words(&run.flags), words(&run.what), words(&run.args)), (flags.into(), what.into(), args.into()));
        }
        for text in ["-race", "-tags", "-exec e x.go", "-C=d x.go", "-overlay o x.go"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
