//! `cargo xtask bench talk`: the talk's benchmarks as `go test -bench . -benchmem` runs them, on
//! both runtimes in turn; and how often a program that only allocates is collected.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::Beside;
use super::child::{self, Bounds};
use super::lines::{Benchmem, Report};
use super::series::{Run, Series};
use super::stats;
use crate::golang::Golang;
use crate::measure::{self, Pair};
use crate::{paths::Paths, progress};

/// Arguments of `bench talk`.
#[derive(clap::Args)]
pub struct Args {
    /// How often everything is run on each runtime
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// How long `go test` runs each benchmark
    #[arg(long, default_value = "1s")]
    benchtime: String,
    /// How many structs of 64 bytes are allocated to count collections
    #[arg(long, default_value_t = 100_000_000)]
    allocations: u64,
    #[command(flatten)]
    bounds: Bounds,
    #[command(flatten)]
    beside: Beside,
}

/// Each benchmark with the bytes and allocations that an operation costs.
const EXPECTED: [(&str, u64, u64); 6] = [
    ("Make1024", 8192, 1),
    ("Make1025", 9472, 1),
    ("MakeMi", 8_388_608, 1),
    ("MakeMi1", 8_396_800, 1),
    ("ByReference", 64, 1),
    ("ByValue", 0, 0),
];
/// What the measuring harness itself may add per operation of the large slices, of which there are few.
const HARNESS: u64 = 11;

/// One benchmark on one runtime: the best time, and the most bytes and allocations of all runs.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Cell {
    ns: f64,
    bytes: u64,
    allocs: u64,
}

impl Cell {
    fn add(&mut self, run: &Benchmem) {
        self.ns = self.ns.min(run.ns);
        self.bytes = self.bytes.max(run.bytes);
        self.allocs = self.allocs.max(run.allocs);
    }

    fn is_as_expected(&self, bytes: u64, allocs: u64) -> bool {
        let harness = if bytes > 1 << 20 { HARNESS } else { 0 };
        (bytes..=bytes + harness).contains(&self.bytes) && self.allocs == allocs
    }
}

/// The cells of each benchmark: official first.
type Cells = BTreeMap<String, [Option<Cell>; 2]>;

/// Prints both tables; fails when an allocation costs something else than expected, or a program fails.
pub fn run(paths: &Paths, args: &Args) -> Result<()> {
    let pair = args.beside.pair(paths)?;
    let outcomes = [("go test", benchmarks(paths, &pair, args)), ("collections", collections(paths, &pair, args))];
    let mut failed = false;
    for (name, outcome) in outcomes {
        if let Err(error) = outcome {
            failed = true;
            println!("{name}: {error:#}\n");
        }
    }
    if failed { Err(crate::Reported.into()) } else { Ok(()) }
}

fn benchmarks(paths: &Paths, pair: &Pair, args: &Args) -> Result<()> {
    let dir = paths.root.join("conformance/bench/talk");
    let bar = progress::bar(args.rounds as usize * 2, "go test -bench . -benchmem");
    let mut cells = Cells::new();
    for round in 0..args.rounds {
        for which in super::turns(round) {
            for run in go_test(pair.both()[which], &dir, &args.benchtime)? {
                let cell = &mut cells.entry(run.name.clone()).or_default()[which];
                cell.get_or_insert(Cell { ns: f64::INFINITY, bytes: 0, allocs: 0 }).add(&run);
            }
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    println!("go test -bench . -benchmem: best time, most bytes and allocations per operation of {} runs\n", args.rounds);
    let (table, wrong) = table(&cells, pair.names)?;
    println!("{table}");
    println!("ratio: Go's time over Goxide's; above 1 Goxide is faster.");
    println!("Up to {HARNESS} bytes more on the large slices are the harness's own.\n");
    ensure!(wrong.is_empty(), "{} cost something else than expected with goxide", wrong.join(", "));
    Ok(())
}

/// One `go test`.
fn go_test(golang: &Golang, dir: &Path, benchtime: &str) -> Result<Vec<Benchmem>> {
    let mut go = golang.go(["test", "-run", "^$", "-bench", ".", "-benchmem", "-count", "1", "-benchtime", benchtime]);
    go.current_dir(dir).env_remove("GOGC").env_remove("GOMEMLIMIT");
    let output = go.output().context("running go test")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let first = |text: &str| text.lines().take(30).flat_map(|l| [l, "\n"]).map(String::from).collect::<String>();
    ensure!(
        output.status.success(),
        "go test failed with {} ({}):\n{}{}",
        golang.label,
        output.status,
        first(&text),
        first(&String::from_utf8_lossy(&output.stderr))
    );
    Benchmem::parse(&text)
}

/// The table, and the benchmarks that cost something else with Goxide.
fn table(cells: &Cells, [first, second]: [&str; 2]) -> Result<(String, Vec<&'static str>)> {
    let mut table = format!(
        "{:<14}{:>10}{:>7}{:>13}{:>10}{:>7}{:>13}{:>10}{:>7}{:>8}\n{:<14}{:>10}{:>7}{:>13}{:>10}{:>7}{:>13}{:>10}{:>7}{:>8}\n",
        "",
        "expected",
        "",
        first,
        "",
        "",
        second,
        "",
        "",
        "",
        "",
        "B",
        "allocs",
        "ns",
        "B",
        "allocs",
        "ns",
        "B",
        "allocs",
        "ratio"
    );
    let mut wrong = Vec::new();
    for (name, bytes, allocs) in EXPECTED {
        let Some([Some(go), Some(goxide)]) = cells.get(name) else {
            anyhow::bail!("Benchmark{name} did not run on both; is it in conformance/bench/talk/talk_test.go?");
        };
        table += &format!("{name:<14}{bytes:>10}{allocs:>7}");
        for cell in [go, goxide] {
            table += &format!("{:>13.2}{:>10}{:>7}", cell.ns, cell.bytes, cell.allocs);
        }
        table += &format!("{:>8}\n", stats::ratio(go.ns, goxide.ns));
        if !goxide.is_as_expected(bytes, allocs) {
            wrong.push(name);
        }
    }
    Ok((table, wrong))
}

/// Collections and pauses under two values of GOGC.
fn collections(paths: &Paths, pair: &Pair, args: &Args) -> Result<()> {
    let corpus = paths.root.join("conformance");
    let file = corpus.join("bench/talk/collections/collections.go");
    let mut built = Vec::new();
    for golang in pair.both() {
        built.push(measure::build(paths, golang, &corpus, &file)?.1);
    }
    let scratch = paths.target.join("conformance/measured/run");
    let mut all = [Series::new("GOGC=100"), Series::new("GOGC=10000")];
    let bar = progress::bar(all.len() * args.rounds as usize * 2, "collections");
    for round in 0..args.rounds {
        for series in &mut all {
            for which in super::turns(round) {
                let gogc = series.name.trim_start_matches("GOGC=").to_string();
                let mut command = Command::new(&built[which]);
                command.arg(args.allocations.to_string()).env("GOGC", gogc).env_remove("GOMEMLIMIT");
                let ended = child::run(command, &scratch, args.bounds)?;
                let report = Report::parse(&ended.stdout)?;
                series.add(which, Run { report, cpu: ended.cpu, peak: ended.peak })?;
                bar.inc(1);
            }
        }
    }
    bar.finish_and_clear();
    println!("{} structs of 64 bytes by reference: medians of {} runs\n", args.allocations, args.rounds);
    println!("{:<14}{:<18}{:>14}{:>14}{:>9}", "", "", pair.names[0], pair.names[1], "ratio");
    for series in &all {
        let mut label = series.name.as_str();
        for (name, fact, scale) in [("collections", "collections", 1.0), ("PauseTotalNs, ms", "pause_total", 1e6)] {
            let [go, goxide] = series.fact(fact).with_context(|| format!("the program did not print {fact}"))?;
            let (go, goxide, ratio) = (go / scale, goxide / scale, stats::ratio(goxide, go));
            let digits = if scale > 1.0 { 2 } else { 0 };
            println!("{label:<14}{name:<18}{go:>14.digits$}{goxide:>14.digits$}{ratio:>9}");
            label = "";
        }
        for row in series.throughput()? {
            let [go, goxide] = row.best;
            println!("{:<14}{:<18}{go:>14.2}{goxide:>14.2}{:>9}", "", "ns/op (best)", stats::ratio(goxide, go));
        }
    }
    println!("\nratio: Goxide's over Go's; below 1 it is less.\n");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::NAMES;

    #[test]
    fn expectations() {
        let cell = |bytes, allocs| Cell { ns: 1.0, bytes, allocs };
        assert!(cell(8192, 1).is_as_expected(8192, 1));
        assert!(!cell(8193, 1).is_as_expected(8192, 1));
        assert!(cell(8_396_811, 1).is_as_expected(8_396_800, 1));
        assert!(!cell(8_396_812, 1).is_as_expected(8_396_800, 1));
        assert!(!cell(8192, 2).is_as_expected(8192, 1));
    }

    #[test]
    fn cells_keep_the_best_time_and_the_most_bytes() {
        let mut cell = Cell { ns: f64::INFINITY, bytes: 0, allocs: 0 };
        for (ns, bytes) in [(3.0, 10), (2.0, 9)] {
            cell.add(&Benchmem { name: "x".into(), ns, bytes, allocs: 1 });
        }
        assert_eq!(cell, Cell { ns: 2.0, bytes: 10, allocs: 1 });
    }

    #[test]
    fn the_table_names_what_is_wrong() {
        let mut cells: Cells = EXPECTED
            .map(|(name, bytes, allocs)| (name.to_string(), [Some(Cell { ns: 2.0, bytes, allocs }); 2]))
            .into_iter()
            .collect();
        assert_eq!(table(&cells, NAMES).expect("complete").1, Vec::<&str>::new());
        cells.insert("ByValue".into(), [Some(Cell { ns: 2.0, bytes: 64, allocs: 1 }); 2]);
        assert_eq!(table(&cells, NAMES).expect("complete").1, ["ByValue"]);
        cells.remove("MakeMi");
        assert!(table(&cells, NAMES).is_err());
    }
}
