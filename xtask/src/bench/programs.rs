//! The programs of a directory of `conformance/bench` that print `name value unit`, and their runs on both runtimes in turn.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::child::{self, Bounds};
use super::lines::Report;
use super::series::{Run, Series};
use crate::conformance::case::{Action, Case};
use crate::measure::{self, Pair};
use crate::paths::Paths;

/// How a program is run.
pub struct Runs<'a> {
    /// So often on each runtime.
    pub rounds: u32,
    /// With this argument.
    pub argument: Option<&'a str>,
    /// Within these bounds.
    pub bounds: Bounds,
}

/// A program's name.
pub fn name(program: &Path) -> String {
    program.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// The files of the programs in a directory of the corpus whose name contains one of `only`, or of all. A file without an action line is
/// a part of others.
pub fn find(paths: &Paths, dir: &str, only: &[String]) -> Result<Vec<PathBuf>> {
    let corpus = paths.root.join("conformance");
    let dir = corpus.join(dir);
    let entries = std::fs::read_dir(&dir).with_context(|| format!("reading {}", dir.display()))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|e| e.path()).collect();
    files.retain(|f| f.extension().is_some_and(|e| e == "go"));
    files.sort();
    let mut programs = Vec::new();
    for file in files {
        if Case::read(&corpus, &file)?.action == Action::Run {
            programs.push(file);
        }
    }
    let names = programs.iter().map(|p| name(p)).collect::<Vec<_>>().join(", ");
    programs.retain(|f| is_wanted(only, &name(f)));
    ensure!(!programs.is_empty(), "no program is called {}; there are {names}", only.join(" or "));
    Ok(programs)
}

fn is_wanted(only: &[String], program: &str) -> bool {
    only.is_empty() || only.iter().any(|o| program.contains(o.as_str()))
}

/// Runs one program on both, in turn.
pub fn series(paths: &Paths, pair: &Pair, file: &Path, runs: &Runs<'_>, tick: &dyn Fn()) -> Result<Series> {
    let corpus = paths.root.join("conformance");
    let mut built = Vec::new();
    for golang in pair.both() {
        built.push(measure::build(paths, golang, &corpus, file)?);
    }
    let scratch = paths.target.join("conformance/measured/run");
    let mut series = Series::new(&name(file));
    for round in 0..runs.rounds {
        for which in super::turns(round) {
            let (case, exe) = &built[which];
            let mut command = Command::new(exe);
            command.args(&case.args).args(runs.argument);
            command.env_remove("GOGC").env_remove("GOMEMLIMIT").envs(&case.env);
            let ended = child::run(command, &scratch, runs.bounds)?;
            let report = Report::parse(&ended.stdout)?;
            let peak = report.facts.get("peak_rss").copied().unwrap_or(ended.peak);
            series.add(which, Run { report, cpu: ended.cpu, peak })?;
            tick();
        }
    }
    Ok(series)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_by_a_part_of_their_name() {
        assert!(is_wanted(&[], "json"));
        assert!(is_wanted(&["x".into(), "gb".into()], "hundred_gb") && !is_wanted(&["gb".into()], "json"));
    }
}
