//! `cargo xtask bench stalls`: the program of `conformance/bench/stalls` on both runtimes in turn, with different things alive, on one
//! processor and on two: how long a busy goroutine stands still while the heap is collected; and beside it, as the floor, a loop in C in
//! the same run, for what the machine itself shows.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use super::Beside;
use super::child::{self, Bounds};
use super::lines::Report;
use super::stats;
use crate::conformance::case::Case;
use crate::measure::{self, Pair};
use crate::{paths::Paths, progress};

/// Arguments of `bench stalls`.
#[derive(clap::Args)]
pub struct Args {
    /// Only the settings whose name contains one of these: heap, large, goroutines, map, pointers
    only: Vec<String>,
    /// How often the program is run on each runtime
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// For how many seconds each of the program's two parts runs
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    /// Only on so many processors
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=2))]
    procs: Option<u32>,
    /// Leave out the setting that keeps 4 GB alive
    #[arg(long)]
    no_large: bool,
    #[command(flatten)]
    bounds: Bounds,
    #[command(flatten)]
    beside: Beside,
}

/// What may live, and how many MiB the process takes at most.
const SETTINGS: [(&str, u64); 5] = [("heap", 1500), (LARGE, 7000), ("goroutines", 1500), ("map", 2000), ("pointers", 2500)];

/// The setting that takes more memory than many a machine has.
const LARGE: &str = "large";

/// What is measured in nanoseconds, what the floor's name of it is, and what it is.
const ROWS: [(&str, Option<&str>, &str); 12] = [
    ("making_p50", Some("floor_p50"), "gap, p50"),
    ("making_p99", Some("floor_p99"), "gap, p99"),
    ("making_p999", Some("floor_p999"), "gap, p99.9"),
    ("making_max", Some("floor_max"), "gap, longest"),
    ("spinning_p50", Some("floor_p50"), "gap without allocations, p50"),
    ("spinning_p99", Some("floor_p99"), "gap without allocations, p99"),
    ("spinning_p999", Some("floor_p999"), "gap without allocations, p99.9"),
    ("spinning_max", Some("floor_max"), "gap without allocations, longest"),
    ("wakeup_p50", None, "wake-up late, p50"),
    ("wakeup_p99", None, "wake-up late, p99"),
    ("wakeup_p999", None, "wake-up late, p99.9"),
    ("longest_stop", None, "longest stop of the world"),
];

/// The runs of the floor, of the first runtime and of the second.
type Runs = [Vec<Report>; 3];

/// Runs the settings wanted and prints a table for each.
pub fn run(paths: &Paths, args: &Args) -> Result<()> {
    let settings = wanted(args)?;
    enough_memory(&settings, &std::fs::read_to_string("/proc/meminfo").context("reading /proc/meminfo")?)?;
    let dir = paths.root.join("conformance/bench/stalls");
    let scratch = paths.target.join("conformance/measured/stalls");
    let floor = compile(&dir.join("floor.c"), &scratch)?;
    let pair = args.beside.pair(paths)?;
    let programs = build(paths, &pair, &dir.join("stalls.go"))?;
    println!("{} runs of each, in turn; medians, in microseconds.\n", args.rounds);
    let procs: Vec<u32> = args.procs.map_or_else(|| vec![1, 2], |p| vec![p]);
    let mut without = Vec::new();
    let bar = progress::bar(settings.len() * procs.len() * args.rounds as usize * 3, "stalls");
    for (setting, _) in settings {
        for &procs in &procs {
            bar.set_message(format!("{setting}, {procs}"));
            let mut runs = Runs::default();
            for round in 0..args.rounds {
                let seconds = args.seconds.to_string();
                let mut command = Command::new(&floor);
                command.args([&procs.to_string(), &seconds]);
                runs[0].push(Report::parse(&child::run(command, &scratch, args.bounds)?.stdout)?);
                bar.inc(1);
                for which in super::turns(round) {
                    let (case, exe) = &programs[which];
                    let mut command = Command::new(exe);
                    command.args([setting, &seconds]).env_remove("GOGC").env_remove("GOMEMLIMIT");
                    command.envs(&case.env).env("GOMAXPROCS", procs.to_string());
                    runs[1 + which].push(Report::parse(&child::run(command, &scratch, args.bounds)?.stdout)?);
                    bar.inc(1);
                }
            }
            bar.suspend(|| println!("{}", table(setting, procs, &runs, pair.names)));
            if !has_collected(&runs) {
                without.push(format!("{setting} on {procs}"));
            }
        }
    }
    bar.finish_and_clear();
    println!(
        "A gap is the largest between two moments of a millisecond at which a goroutine ran that is always busy. Wake-ups: of a goroutine that\n\
         sleeps for a millisecond, while collections follow each other. What other programs take of the processors is in all of it: a\n\
         real-time policy keeps them away (chrt -f 5 cargo xtask bench stalls)."
    );
    ensure!(
        without.is_empty(),
        "nothing was collected in a run while gaps were noted ({}): these gaps are not about collecting; give it more than {} seconds (--seconds)",
        without.join(", "),
        args.seconds
    );
    Ok(())
}

/// Whether a collection ended in each run of both runtimes while gaps were noted: at a steady rate, a large heap is not collected in a second.
fn has_collected(runs: &Runs) -> bool {
    runs[1..].iter().flatten().all(|r| r.facts.get("collections").is_some_and(|n| *n > 0.0))
}

/// The settings that were asked for.
fn wanted(args: &Args) -> Result<Vec<(&'static str, u64)>> {
    let is_named = |name: &str| args.only.is_empty() || args.only.iter().any(|o| name.contains(o.as_str()));
    let mut settings: Vec<_> = SETTINGS.into_iter().filter(|(name, _)| is_named(name)).collect();
    ensure!(
        !settings.is_empty(),
        "no setting is called {}; there are {}",
        args.only.join(" or "),
        SETTINGS.map(|(name, _)| name).join(", ")
    );
    if args.no_large && settings.iter().any(|(name, _)| *name == LARGE) {
        println!("{LARGE} is left out (--no-large): nothing here is about a heap of 4 GB.\n");
        settings.retain(|(name, _)| *name != LARGE);
        ensure!(!settings.is_empty(), "then nothing is left");
    }
    Ok(settings)
}

/// Refuses what would make the machine swap.
fn enough_memory(settings: &[(&str, u64)], meminfo: &str) -> Result<()> {
    let line = meminfo.lines().find_map(|l| l.strip_prefix("MemAvailable:"));
    let available = line.and_then(|l| l.split_whitespace().next()).and_then(|n| n.parse::<u64>().ok());
    let available = available.context("/proc/meminfo has no MemAvailable")? >> 10;
    for &(name, needed) in settings {
        let hint = if name == LARGE { "; --no-large leaves it out" } else { "" };
        ensure!(available >= needed, "{name} takes {needed} MiB of memory, and {available} are available{hint}");
    }
    Ok(())
}

/// Compiles the floor.
fn compile(source: &Path, scratch: &Path) -> Result<PathBuf> {
    std::fs::create_dir_all(scratch)?;
    let exe = scratch.join("floor");
    let run = Command::new("cc").args(["-O2", "-pthread", "-o"]).arg(&exe).arg(source).output();
    let output = match run {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            bail!(
                "there is no C compiler (cc): the floor, without which stalls say nothing, is a C program; install gcc or clang"
            )
        }
        other => other.context("starting cc")?,
    };
    ensure!(output.status.success(), "cc: {}", String::from_utf8_lossy(&output.stderr));
    Ok(exe)
}

/// Builds the program for both.
fn build(paths: &Paths, pair: &Pair, file: &Path) -> Result<Vec<(Case, PathBuf)>> {
    let corpus = paths.root.join("conformance");
    pair.both().iter().map(|golang| measure::build(paths, golang, &corpus, file)).collect()
}

/// A line for each figure.
fn table(setting: &str, procs: u32, runs: &Runs, [first, second]: [&str; 2]) -> String {
    let title = format!("{setting}, {procs} processor{}", if procs == 1 { "" } else { "s" });
    let mut table = format!("{title:<34}{:>12}{first:>12}{second:>12}\n", "floor");
    let middle = |runs: &[Report], name: &str| {
        let values: Vec<f64> = runs.iter().filter_map(|r| r.facts.get(name).copied()).collect();
        (!values.is_empty()).then(|| stats::median(&values))
    };
    let cell = |value: Option<f64>, digits: usize| value.map_or_else(|| "-".into(), |v| format!("{v:.digits$}"));
    for (name, floor, what) in ROWS {
        let floor = floor.and_then(|f| middle(&runs[0], f));
        let [go, goxide] = [1, 2].map(|which| middle(&runs[which], name));
        if go.is_some() || goxide.is_some() {
            let [floor, go, goxide] = [floor, go, goxide].map(|ns| cell(ns.map(|ns| ns / 1e3), 1));
            table += &format!("{what:<34}{floor:>12}{go:>12}{goxide:>12}\n");
        }
    }
    for (name, what) in [("collections", "collections"), ("made", "allocated, MB/s")] {
        let [go, goxide] = [1, 2].map(|which| cell(middle(&runs[which], name), 0));
        table += &format!("{what:<34}{:>12}{go:>12}{goxide:>12}\n", "");
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_for_each_figure() {
        let parse = |text| Report::parse(text).expect("good lines");
        let runs = [
            vec![parse("floor_p99 1000 ns"), parse("floor_p99 3000 ns")],
            vec![parse("making_p99 9000 ns\ncollections 4 count")],
            vec![parse("making_p99 4000 ns\ncollections 5 count")],
        ];
        let table = table("heap", 1, &runs, ["go", "goxide"]);
        let rows: Vec<Vec<&str>> = table.lines().map(|l| l.split_whitespace().collect()).collect();
        assert_eq!(rows[0], ["heap,", "1", "processor", "floor", "go", "goxide"]);
        assert_eq!(rows[1], ["gap,", "p99", "2.0", "9.0", "4.0"]);
        assert_eq!(rows[2], ["collections", "4", "5"]);
        assert_eq!(rows[3], ["allocated,", "MB/s", "-", "-"]);
    }

    #[test]
    fn gaps_without_a_collection_are_no_result() {
        let parse = |text| Report::parse(text).expect("good lines");
        let runs = |go, goxide| {
            [vec![parse("floor_p99 1000 ns")], vec![parse(go)], vec![parse("collections 3 count"), parse(goxide)]]
        };
        assert!(has_collected(&runs("collections 4 count", "collections 1 count")));
        assert!(!has_collected(&runs("collections 0 count", "collections 1 count")));
        assert!(!has_collected(&runs("collections 4 count", "collections 0 count")));
        assert!(!has_collected(&runs("collections 4 count", "making_p99 9000 ns")));
    }

    #[test]
    fn little_memory_is_refused() {
        let meminfo = "MemTotal: 99999999 kB\nMemAvailable:    3072000 kB\n";
        assert!(enough_memory(&[("heap", 1500)], meminfo).is_ok());
        let error = enough_memory(&SETTINGS, meminfo).expect_err("too much").to_string();
        assert!(error.contains("large takes 7000 MiB of memory, and 3000 are available; --no-large"), "{error}");
        assert!(enough_memory(&[], "").is_err());
    }

    #[test]
    fn without_a_compiler_or_with_errors() {
        let scratch = std::env::temp_dir().join(format!("goxide-stalls-{}", std::process::id()));
        let source = scratch.join("floor.c");
        std::fs::create_dir_all(&scratch).expect("a directory");
        std::fs::write(&source, "no C").expect("a file");
        let error = compile(&source, &scratch).expect_err("no C").to_string();
        std::fs::remove_dir_all(&scratch).expect("it was made");
        assert!(error.contains("cc"), "{error}");
    }
}
