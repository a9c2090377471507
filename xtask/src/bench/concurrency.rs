//! `cargo xtask bench concurrency`: the programs of `conformance/bench/concurrency` on both runtimes in turn: goroutines that meet,
//! system calls that block, the network; and what a goroutine or a connection holds while it waits.

use anyhow::{Result, ensure};

use super::Beside;
use super::child::Bounds;
use super::programs::{self, Runs, name};
use super::series::Series;
use super::stats;
use crate::{paths::Paths, progress};

/// Arguments of `bench concurrency`.
#[derive(clap::Args)]
pub struct Args {
    /// Only the programs whose name contains one of these: goroutines, http, late, many, pipes, tcp
    only: Vec<String>,
    /// How often each program is run on each runtime
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    #[command(flatten)]
    bounds: Bounds,
    #[command(flatten)]
    beside: Beside,
}

/// What is printed besides times and throughputs, with its unit. Less is better.
const FACTS: [(&str, &str); 7] = [
    ("http_p99", "ns"),
    ("timer_late_p50", "ns"),
    ("timer_late_p99", "ns"),
    ("timer_late_8m_p50", "ns"),
    ("timer_late_8m_p99", "ns"),
    ("idle_connection", "bytes"),
    ("parked_goroutine", "bytes"),
];

/// Runs the programs wanted and prints the table.
pub fn run(paths: &Paths, args: &Args) -> Result<()> {
    let programs = programs::find(paths, "bench/concurrency", &args.only)?;
    let pair = args.beside.pair(paths)?;
    let bar = progress::bar(programs.len() * args.rounds as usize * 2, "concurrency benchmarks");
    let (mut all, mut failed) = (Vec::new(), 0);
    let runs = Runs { rounds: args.rounds, argument: None, bounds: args.bounds };
    for program in &programs {
        bar.set_message(name(program));
        match programs::series(paths, &pair, program, &runs, &|| bar.inc(1)) {
            Ok(series) => all.push(series),
            Err(error) => {
                failed += 1;
                bar.suspend(|| println!("{}: {error:#}\n", name(program)));
            }
        }
    }
    bar.finish_and_clear();
    if !all.is_empty() {
        println!("{} runs of each, in turn. Ratios: above 1 Goxide is better.\n", args.rounds);
        print!("{}", table(&all, pair.names)?);
    }
    ensure!(failed == 0, "{failed} of {} programs did not run as they should", programs.len());
    Ok(())
}

/// A line for each time, throughput, latency and size, and the mean of the first two.
fn table(all: &[Series], [first, second]: [&str; 2]) -> Result<String> {
    let mut table = format!("{:<22}{:>7}{first:>14}{second:>14}{:>9}{:>11}\n", "best", "", "ratio", "of medians");
    let mut means = [Vec::new(), Vec::new()];
    for row in all.iter().map(Series::throughput).collect::<Result<Vec<_>>>()?.into_iter().flatten() {
        let ([go, goxide], [best, middle]) = (row.best, row.ratios);
        table += &format!("{:<22}{:>7}{go:>14.2}{goxide:>14.2}{best:>9.2}{middle:>11.2}\n", row.name, row.per.unit());
        means[0].push(best);
        means[1].push(middle);
    }
    if let [Some(best), Some(middle)] = means.map(|m| stats::geometric_mean(&m)) {
        table += &format!("{:<57}{best:>9.2}{middle:>11.2}\n\n", "geometric mean");
    }
    for (fact, unit) in FACTS {
        if let Some([go, goxide]) = all.iter().find_map(|series| series.fact(fact)) {
            let ratio = stats::ratio(go, goxide);
            table += &format!("{fact:<22}{unit:>7}{go:>14.0}{goxide:>14.0}{:>9}{ratio:>11}\n", "");
        }
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::lines::Report;
    use crate::bench::series::Run;

    #[test]
    fn a_line_for_each_figure() {
        let mut series = Series::new("x");
        let texts = ["a 8 ns/op\nb 50 ops/s\nhttp_p99 300 ns", "a 4 ns/op\nb 25 ops/s\nhttp_p99 100 ns"];
        for (which, text) in texts.iter().enumerate() {
            let report = Report::parse(text).expect("good lines");
            series.add(which, Run { report, cpu: 1.0, peak: 1.0 }).expect("the same lines");
        }
        let table = table(&[series], ["go", "goxide"]).expect("it ran");
        let rows: Vec<Vec<&str>> = table.lines().map(|l| l.split_whitespace().collect()).collect();
        assert_eq!(rows[1], ["a", "ns/op", "8.00", "4.00", "2.00", "2.00"]);
        assert_eq!(rows[2], ["b", "ops/s", "50.00", "25.00", "0.50", "0.50"]);
        assert_eq!(rows[3], ["geometric", "mean", "1.00", "1.00"]);
        assert_eq!(rows[5], ["http_p99", "ns", "300", "100", "3.00"]);
    }
}
