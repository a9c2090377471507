//! `cargo xtask bench`: the Go programs of `conformance/bench` on both runtimes in
//! turn, as ratios; and where the crates' own benchmarks are. `bench memory`,
//! `bench concurrency`, `bench stalls`, `bench talk` and `bench programs` are in `crate::bench`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::bench::{Beside, concurrency, memory, stalls, stats, talk, whole};
use crate::measure::{self, Pair};
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

/// The best time of each benchmark, by runtime: official first.
type Best = BTreeMap<String, [f64; 2]>;

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

    println!("{:<30}{:>14}{:>14}{:>10}", "ns per operation (best)", pair.names[0], pair.names[1], "ratio");
    let bar = progress::bar(files.len() * args.rounds as usize * 2, "benchmarks");
    let (mut failed, mut ratios) = (0, Vec::new());
    for file in &files {
        match both(paths, &pair, &corpus, file, args.rounds, &|| bar.inc(1)) {
            Ok(best) => {
                ratios.extend(best.values().map(|[first, second]| second / first));
                bar.suspend(|| print(&best));
            }
            Err(error) => {
                failed += 1;
                bar.suspend(|| println!("{}: {error:#}", paths.show(file)));
            }
        }
    }
    bar.finish_and_clear();

    if let Some(mean) = stats::geometric_mean(&ratios) {
        println!("{:<58}{mean:>10.2}", "geometric mean");
    }
    println!("\nratio: the second's time over the first's; below 1 it is faster. The crates beside their Rust peers:");
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

/// Runs one program on both, in turn.
fn both(paths: &Paths, pair: &Pair, corpus: &Path, file: &Path, rounds: u32, tick: &dyn Fn()) -> Result<Best> {
    let mut built = Vec::new();
    for golang in pair.both() {
        built.push(measure::build(paths, golang, corpus, file)?);
    }
    let mut best = Best::new();
    for _ in 0..rounds {
        for (which, (case, exe)) in built.iter().enumerate() {
            for line in measure::output(case, exe)?.lines() {
                let (name, value) = line.split_once(' ').with_context(|| format!("no measurement: {line}"))?;
                let value: f64 = value.trim().parse().with_context(|| format!("no measurement: {line}"))?;
                let entry = best.entry(name.to_string()).or_insert([f64::INFINITY; 2]);
                entry[which] = entry[which].min(value);
            }
            tick();
        }
    }
    Ok(best)
}

fn print(best: &Best) {
    for (name, [official, goxide]) in best {
        println!("{name:<30}{official:>14.2}{goxide:>14.2}{:>10.2}", goxide / official);
    }
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
