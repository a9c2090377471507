//! A case of the corpus: a Go program with its header, as Go's own test suite writes
//! it, and the additions of ours. Finding and reading cases; not building or running.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use super::constraint;
use crate::arch::Arch;

/// What the first line of a case asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// `run`, `buildrun`: one file.
    Run,
    /// `rundir`: the packages in `<name>.dir`, the last of which is main.
    RunDir,
    /// `runindir`, `buildrundir`: a module in `<name>.dir`, assembly included.
    RunInDir,
    /// `runoutput`: the program prints the program.
    RunOutput,
    /// Not a case that is run, and why.
    Not(&'static str),
}

/// A program and what its header says.
#[derive(Debug)]
pub struct Case {
    /// `<subsystem>/<name>`.
    pub name: String,
    /// The file with the header.
    pub file: PathBuf,
    /// What to do with it.
    pub action: Action,
    /// Flags for the go command, from the action line.
    pub flags: Vec<String>,
    /// Further files of the same package, from the action line.
    pub files: Vec<PathBuf>,
    /// Arguments for the program, from the action line.
    pub args: Vec<String>,
    /// `// exit: N`.
    pub exit: i32,
    /// `// env: K=V ...`.
    pub env: BTreeMap<String, String>,
    /// `// stress`: also under GOGC=1.
    pub stress: bool,
    /// `// symbols`: linked with the symbol table and what debuggers read, which other programs go without.
    pub symbols: bool,
    /// `// stderr`: compare standard error even when the program succeeds.
    pub stderr: bool,
    /// `// gomaxprocs: 1,2,4`.
    pub gomaxprocs: Vec<u32>,
    /// `// timeout: N` seconds, or the action's `-t N`.
    pub timeout: Duration,
    /// `// refused: TEXT`: it must not build, and that is in the message.
    pub refused: Option<String>,
    /// `// needs: TOOL`: a program that the case runs, without which it is skipped.
    pub needs: Option<String>,
    /// A build constraint that excludes the case, by architecture.
    constraints: Vec<String>,
}

/// The time a case has when its header gives none.
const TIMEOUT: Duration = Duration::from_secs(10);

impl Case {
    /// Reads a file; `root` is the directory that names are relative to.
    pub fn read(root: &Path, file: &Path) -> Result<Self> {
        let source = fs::read(file).with_context(|| format!("reading {}", file.display()))?;
        let source = String::from_utf8_lossy(&source);
        let name = file.strip_prefix(root).unwrap_or(file).with_extension("");
        Self::parse(&name.to_string_lossy(), file, &source).with_context(|| format!("the header of {}", file.display()))
    }

    /// Reads a header.
    fn parse(name: &str, file: &Path, source: &str) -> Result<Self> {
        let mut case = Self {
            name: name.to_string(),
            file: file.to_path_buf(),
            action: Action::Not("no action line"),
            flags: Vec::new(),
            files: Vec::new(),
            args: Vec::new(),
            exit: 0,
            env: BTreeMap::new(),
            stress: false,
            symbols: false,
            stderr: false,
            gomaxprocs: vec![1, 2, 4],
            timeout: TIMEOUT,
            refused: None,
            needs: None,
            constraints: Vec::new(),
        };
        let header = source.lines().take_while(|l| !l.starts_with("package "));
        // Directives stand in the first block of comments, as in Go's suite.
        let mut in_block = true;
        let mut has_action = false;
        for line in header {
            if constraint::is_constraint(line) {
                case.constraints.push(line.trim().to_string());
                continue;
            }
            let Some(text) = line.strip_prefix("//").map(str::trim) else {
                in_block &= !has_action;
                continue;
            };
            if !in_block || text.is_empty() {
                continue;
            }
            if has_action {
                case.directive(text)?;
            } else {
                case.action_line(text)?;
                has_action = true;
            }
        }
        Ok(case)
    }

    fn action_line(&mut self, line: &str) -> Result<()> {
        let mut words = split_quoted(line)?.into_iter();
        self.action = match words.next().as_deref() {
            Some("run" | "buildrun") => Action::Run,
            Some("rundir") => Action::RunDir,
            Some("runindir" | "buildrundir") => Action::RunInDir,
            Some("runoutput") => Action::RunOutput,
            Some("skip") => Action::Not("skip"),
            Some("errorcheckandrundir") => Action::Not("an action of another kind"),
            _ => Action::Not("nothing to run"),
        };
        let mut words = words.peekable();
        while let Some(flag) = words.next_if(|w| w.starts_with('-')) {
            match flag.as_str() {
                "-0" | "-1" | "-s" => {}
                "-t" => {
                    let seconds = words.next().context("-t wants seconds")?;
                    self.timeout = Duration::from_secs(seconds.parse().context("-t wants seconds")?);
                }
                "-goexperiment" => {
                    let names = words.next().context("-goexperiment wants names")?;
                    self.env.insert("GOEXPERIMENT".into(), names);
                }
                _ => self.flags.push(flag),
            }
        }
        // As for `go run`, files come before arguments.
        while let Some(file) = words.next_if(|w| w.ends_with(".go")) {
            self.files.push(self.file.with_file_name(file.trim_start_matches("./")));
        }
        self.args = words.collect();
        Ok(())
    }

    fn directive(&mut self, line: &str) -> Result<()> {
        let (key, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.trim();
        match key {
            "exit" => self.exit = value.parse().context("exit: wants a number")?,
            "timeout" => {
                self.timeout = Duration::from_secs(value.parse().context("timeout: wants seconds")?);
            }
            "refused" => {
                ensure!(!value.is_empty(), "refused: wants a part of the message");
                self.refused = Some(value.into());
            }
            "needs" => {
                ensure!(!value.is_empty(), "needs: wants the name of a program");
                self.needs = Some(value.into());
            }
            "stress" => self.stress = true,
            "symbols" => self.symbols = true,
            "stderr" => self.stderr = true,
            "gomaxprocs" => {
                let numbers = value.split(',').map(|n| n.trim().parse());
                self.gomaxprocs = numbers.collect::<Result<_, _>>().context("gomaxprocs: wants numbers")?;
            }
            "env" => {
                for pair in split_quoted(value)? {
                    let (name, value) = pair.split_once('=').context("env: wants K=V")?;
                    self.env.insert(name.into(), value.into());
                }
            }
            // Prose after the directives is welcome; a directive misspelt is not.
            _ if key.contains(' ') || value.is_empty() || key.starts_with(char::is_uppercase) => {}
            _ => bail!("no directive is called {key:?}"),
        }
        Ok(())
    }

    /// Why the case is not run on this architecture, if it is not.
    pub fn skipped(&self, arch: Arch) -> Option<String> {
        if let Action::Not(why) = self.action {
            return Some(why.to_string());
        }
        let excluded = self.constraints.iter().find(|line| !constraint::holds(line, arch));
        excluded.map(|line| line.trim_start_matches("//").to_string())
    }

    /// The program that the case needs, if it is not on the path.
    pub fn missing_tool(&self) -> Option<&str> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        self.needs.as_deref().filter(|tool| !std::env::split_paths(&path).any(|dir| dir.join(tool).is_file()))
    }

    /// The files of a case that is one package.
    pub fn package(&self) -> Vec<PathBuf> {
        std::iter::once(&self.file).chain(&self.files).cloned().collect()
    }

    /// The directory beside the file that multi-file actions use.
    pub fn dir(&self) -> PathBuf {
        self.file.with_extension("dir")
    }

    /// Everything the built program depends on but the toolchain.
    pub fn sources(&self) -> Result<Vec<PathBuf>> {
        let mut files = self.package();
        if matches!(self.action, Action::RunDir | Action::RunInDir) {
            for entry in walkdir::WalkDir::new(self.dir()).sort_by_file_name() {
                let entry = entry?;
                if entry.file_type().is_file() {
                    files.push(entry.into_path());
                }
            }
        }
        Ok(files)
    }
}

/// Directories of a corpus that hold something else.
const NO_CASES: [&str; 5] = ["bench", "figures", "snapshots", "soak", "testdata"];

/// Every case below a directory, sorted by name. Test programs' own directories
/// (`*.dir`) are no cases.
pub fn find(root: &Path) -> Result<Vec<Case>> {
    let is_wanted = |entry: &walkdir::DirEntry| {
        let name = entry.file_name().to_string_lossy();
        let excluded = name.ends_with(".dir") || NO_CASES.contains(&&*name);
        !(entry.file_type().is_dir() && excluded)
    };
    let mut cases = Vec::new();
    let walk = walkdir::WalkDir::new(root).sort_by_file_name().into_iter();
    for entry in walk.filter_entry(is_wanted) {
        let entry = entry.with_context(|| format!("reading {}", root.display()))?;
        if entry.path().extension().is_some_and(|e| e == "go") {
            cases.push(Case::read(root, entry.path())?);
        }
    }
    ensure!(!cases.is_empty(), "{} holds no Go programs", root.display());
    Ok(cases)
}

/// Splits a line into words as Go's test driver does: quotes group, a backslash escapes.
fn split_quoted(line: &str) -> Result<Vec<String>> {
    let (mut words, mut word, mut quote, mut escaped, mut started) = (Vec::new(), String::new(), None, false, false);
    for c in line.chars() {
        match c {
            _ if escaped => {
                word.push(c);
                escaped = false;
            }
            '\\' => escaped = true,
            _ if quote == Some(c) => quote = None,
            _ if quote.is_some() => word.push(c),
            '"' | '\'' => {
                quote = Some(c);
                started = true;
            }
            c if c.is_whitespace() => {
                if started || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                started = false;
            }
            c => word.push(c),
        }
    }
    ensure!(quote.is_none(), "a quote is not closed");
    if started || !word.is_empty() {
        words.push(word);
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(source: &str) -> Case {
        Case::parse("chan/x", Path::new("chan/x.go"), source).expect("a good header")
    }

    #[test]
    fn defaults_stand_when_the_header_says_run_only() {
        let case = parse("// run\n\npackage main\n");
        assert_eq!(case.action, Action::Run);
        assert_eq!((case.exit, case.stress, case.stderr), (0, false, false));
        assert_eq!(case.gomaxprocs, [1, 2, 4]);
        assert_eq!(case.skipped(Arch::Arm64), None);
    }

    #[test]
    fn directives_follow_the_action() {
        let case = parse(
            "// run -gcflags=-l ./more.go 'a b' c\n// exit: 2\n// env: A=1 B='x y'\n// stress\n// gomaxprocs: 4\n// timeout: 30\n\n// exit: 9\n\npackage main\n",
        );
        assert_eq!(case.flags, ["-gcflags=-l"]);
        assert_eq!(case.args, ["a b", "c"]);
        assert_eq!(case.package(), [Path::new("chan/x.go"), Path::new("chan/more.go")]);
        assert_eq!(case.exit, 2, "a comment after the first block is no directive");
        assert_eq!(case.env["B"], "x y");
        assert!(case.stress);
        assert_eq!(case.gomaxprocs, [4]);
        assert_eq!(case.timeout, Duration::from_secs(30));
    }

    #[test]
    fn constraints_are_honoured_wherever_they_stand() {
        let case = parse("// +build amd64\n// run\n\n//go:build amd64\n\npackage main\n");
        assert_eq!(case.action, Action::Run);
        assert_eq!(case.skipped(Arch::Amd64), None);
        assert!(case.skipped(Arch::Arm64).is_some());
    }

    #[test]
    fn a_program_that_must_not_build_says_with_which_message() {
        let case = parse("// run\n// refused: nosplit stack over\n\npackage main\n");
        assert_eq!(case.refused.as_deref(), Some("nosplit stack over"));
        assert!(Case::parse("x", Path::new("x.go"), "// run\n// refused:\n\npackage main\n").is_err());
    }

    #[test]
    fn a_case_without_the_tool_that_it_needs_is_missing_it() {
        assert_eq!(parse("// run\n// needs: no-such-tool\n\npackage main\n").missing_tool(), Some("no-such-tool"));
        assert_eq!(parse("// run\n// needs: sh\n\npackage main\n").missing_tool(), None);
        assert_eq!(parse("// run\n\npackage main\n").missing_tool(), None);
    }

    #[test]
    fn a_misspelt_directive_is_an_error() {
        let source = "// run\n// gomaxproc: 4\n\npackage main\n";
        assert!(Case::parse("x", Path::new("x.go"), source).is_err());
    }

    #[test]
    fn what_is_not_run_says_why() {
        assert_eq!(parse("// errorcheck\n\npackage main\n").action, Action::Not("nothing to run"));
        assert_eq!(parse("package main\n").action, Action::Not("no action line"));
    }
}
