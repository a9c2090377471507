//! `cargo xtask bench`: the Go programs of `conformance/bench` on both runtimes in
//! turn, as ratios; and where the crates' own benchmarks are. `bench memory`,
//! `bench concurrency`, `bench stalls`, `bench talk` and `bench programs` are in `crate::bench`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::arch::Arch;
use crate::bench::{Beside, concurrency, memory, stalls, stats, talk, whole};
use crate::golang::Golang;
use crate::measure;
use crate::{paths::Paths, progress};

/// Arguments of `bench`.
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    #[command(subcommand)]
    what: Option<What>,
    /// Only the files whose name contains this: alloc, calls, chan, gc, maps, netpoll, panics, parallel, sched
    area: Option<String>,
    /// How often each program is run
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    #[command(flatten)]
    beside: Beside,
    /// A third column: official Go of another release, such as 1.27's, by the directory that has its bin/go
    #[arg(long, value_name = "DIR")]
    against: Option<PathBuf>,
}

/// Other benchmarks than the files of `conformance/bench`.
#[derive(clap::Subcommand)]
enum What {
    /// The collector and the allocator: throughput, peak memory, pauses
    Memory(memory::Args),
    /// Goroutines that meet, system calls that block, the network, and what is held while waiting
    Concurrency(concurrency::Args),
    /// How long a busy goroutine stands still while the heap is collected, beside a loop in C
    Stalls(stalls::Args),
    /// The talk's benchmarks under `go test`, and how often the collector runs
    Talk(talk::Args),
    /// Whole programs that this project did not write: processor time, time and memory
    Programs(whole::Args),
}

/// The times of each benchmark in nanoseconds, of each column one a round.
type Times = BTreeMap<String, Vec<Vec<f64>>>;

/// Runs the programs and prints the ratios.
pub fn run(paths: &Paths, args: &Args) -> Result<()> {
    match &args.what {
        Some(What::Memory(args)) => return memory::run(paths, args),
        Some(What::Concurrency(args)) => return concurrency::run(paths, args),
        Some(What::Stalls(args)) => return stalls::run(paths, args),
        Some(What::Talk(args)) => return talk::run(paths, args),
        Some(What::Programs(args)) => return whole::run(paths, args),
        None => {}
    }
    let corpus = paths.root.join("conformance");
    let files = files(&corpus.join("bench"), args.area.as_deref())?;
    let pair = args.beside.pair(paths)?;
    let other = args.against.as_deref().map(|goroot| Golang::release(paths, Arch::host(), goroot)).transpose()?;
    let mut names = pair.names.map(String::from).to_vec();
    names.extend(other.iter().map(|(_, version)| version.clone()));
    let columns: Vec<&Golang> = pair.both().into_iter().chain(other.as_ref().map(|(golang, _)| golang)).collect();

    println!("{}", head(&names));
    let bar = progress::bar(files.len() * args.rounds as usize * columns.len(), "benchmarks");
    let (mut failed, mut ratios) = (0, Vec::new());
    for file in &files {
        match times(paths, &columns, &corpus, file, args.rounds, &|| bar.inc(1)) {
            Ok(times) => bar.suspend(|| {
                for (name, times) in &times {
                    let row = Row::of(times);
                    println!("{}", row.line(name));
                    ratios.push(row);
                }
            }),
            Err(error) => {
                failed += 1;
                bar.suspend(|| println!("{}: {error:#}", paths.show(file)));
            }
        }
    }
    bar.finish_and_clear();

    if let Some(line) = means(&ratios) {
        println!("{line}");
    }
    println!(
        "\nratio: a column's time over the first's, of the best rounds and of the median ones; below 1 it is faster. The crates \
         beside their Rust peers:"
    );
    for (package, bench) in criterion(&paths.root) {
        println!("  cargo bench -p {package} --bench {bench}");
    }
    ensure!(failed == 0, "{failed} of {} programs did not run", files.len());
    Ok(())
}

fn files(dir: &Path, area: Option<&str>) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(dir).with_context(|| format!("reading {}", dir.display()))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|e| e.path()).collect();
    files.retain(|f| f.extension().is_some_and(|e| e == "go"));
    files.retain(|f| area.is_none_or(|a| f.file_stem().is_some_and(|s| s.to_string_lossy().contains(a))));
    files.sort();
    ensure!(!files.is_empty(), "no benchmark is called {}", area.unwrap_or("anything"));
    Ok(files)
}

/// Runs one program with each, in turn.
fn times(paths: &Paths, columns: &[&Golang], corpus: &Path, file: &Path, rounds: u32, tick: &dyn Fn()) -> Result<Times> {
    let built = columns.iter().map(|golang| measure::build(paths, golang, corpus, file)).collect::<Result<Vec<_>>>()?;
    let mut times = Times::new();
    for round in 0..rounds as usize {
        for turn in 0..built.len() {
            // The order alternates, so that no column always profits.
            let which = (round + turn) % built.len();
            let (case, exe) = &built[which];
            for line in measure::output(case, exe)?.lines() {
                let (name, value) = line.split_once(' ').with_context(|| format!("no measurement: {line}"))?;
                let value: f64 = value.trim().parse().with_context(|| format!("no measurement: {line}"))?;
                times.entry(name.to_string()).or_insert_with(|| vec![Vec::new(); built.len()])[which].push(value);
            }
            tick();
        }
    }
    for (name, columns) in &times {
        ensure!(columns.iter().all(|c| c.len() == rounds as usize), "{name} was not measured in every run");
    }
    Ok(times)
}

/// A benchmark's line.
struct Row {
    /// The best time of each column, in nanoseconds.
    best: Vec<f64>,
    /// Of each column but the first, its time over the first's: of the best rounds, and of the median ones.
    ratios: Vec<[f64; 2]>,
}

impl Row {
    /// From the times of each column.
    fn of(times: &[Vec<f64>]) -> Self {
        let best: Vec<f64> = times.iter().map(|t| stats::least(t)).collect();
        let median: Vec<f64> = times.iter().map(|t| stats::median(t)).collect();
        let ratios = (1..times.len()).map(|at| [best[at] / best[0], median[at] / median[0]]).collect();
        Self { best, ratios }
    }

    fn line(&self, name: &str) -> String {
        let times = self.best.iter().map(|best| format!("{best:>14.2}"));
        let ratios = self.ratios.iter().map(|[best, median]| format!("{best:>10.2}{median:>8.2}"));
        format!("{name:<30}{}", times.chain(ratios).collect::<String>())
    }
}

/// The line above the rows.
fn head(names: &[String]) -> String {
    let times = names.iter().map(|name| format!("{name:>14}"));
    let ratios = names.iter().skip(1).map(|_| format!("{:>10}{:>8}", "ratio", "median"));
    format!("{:<30}{}", "ns per operation (best)", times.chain(ratios).collect::<String>())
}

/// The line below them: geometric means of the ratios.
fn means(rows: &[Row]) -> Option<String> {
    let first = rows.first()?;
    let mut line = format!("{:<width$}", "geometric mean", width = 30 + 14 * first.best.len());
    for at in 0..first.ratios.len() {
        let [best, median] =
            [0, 1].map(|which| stats::geometric_mean(&rows.iter().map(|r| r.ratios[at][which]).collect::<Vec<_>>()));
        line += &format!("{:>10.2}{:>8.2}", best?, median?);
    }
    Some(line)
}

/// The crates' own benchmarks: package and bench name.
fn criterion(root: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in
        walkdir::WalkDir::new(root.join("crates")).min_depth(3).max_depth(3).sort_by_file_name().into_iter().flatten()
    {
        let path = entry.path();
        let parts: Vec<_> = path.strip_prefix(root.join("crates")).into_iter().flatten().collect();
        if let [krate, dir, _] = parts[..]
            && dir == "benches"
            && path.extension().is_some_and(|e| e == "rs")
        {
            let bench = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            found.push((format!("goxide-{}", krate.to_string_lossy()), bench));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_three_columns() {
        let row = Row::of(&[vec![4.0, 2.0, 8.0], vec![1.0, 3.0, 2.0], vec![4.0, 4.0, 4.0]]);
        assert_eq!(row.best, [2.0, 1.0, 4.0]);
        assert_eq!(row.ratios, [[0.5, 0.5], [2.0, 1.0]]);
        let names = ["a", "b", "c"].map(String::from);
        assert_eq!(row.line("x").len(), head(&names).len());
        let means = means(&[row]).expect("one row");
        assert_eq!(means.len(), head(&names).len());
        assert!(means.ends_with("0.50    0.50      2.00    1.00"), "{means}");
        assert!(super::means(&[]).is_none());
    }
}
