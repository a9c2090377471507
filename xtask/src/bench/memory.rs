//! `cargo xtask bench memory`: the programs of `conformance/bench/memory` on both runtimes in
//! turn; their throughput, peak memory, pauses and processor time side by side.

use anyhow::{Result, ensure};

use super::Beside;
use super::child::Bounds;
use super::programs::{self, Runs, name};
use super::series::{Both, Series};
use super::stats;
use crate::{paths::Paths, progress};

/// Arguments of `bench memory`.
#[derive(clap::Args)]
pub struct Args {
    /// Only the programs whose name contains one of these, such as small_allocs
    only: Vec<String>,
    /// How often each program is run on each runtime
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Let hundred_gb allocate all its 100 GB; otherwise it is 10
    #[arg(long)]
    full: bool,
    /// Do this share of the work, such as 0.1; the figures are then not those of the whole
    #[arg(long, default_value_t = 1.0)]
    scale: f64,
    #[command(flatten)]
    bounds: Bounds,
    #[command(flatten)]
    beside: Beside,
}

/// The program whose argument is gigabytes.
const GIGABYTES: &str = "hundred_gb";

impl Args {
    /// The argument of a program.
    fn argument(&self, program: &str) -> f64 {
        match program == GIGABYTES {
            true if self.full => 100.0 * self.scale,
            true => 10.0 * self.scale,
            false => self.scale,
        }
    }
}

/// Runs the programs wanted and prints the tables; fails when one of them did not do what it should.
pub fn run(paths: &Paths, args: &Args) -> Result<()> {
    ensure!(args.scale > 0.0, "--scale wants a number above 0");
    let programs = programs::find(paths, "bench/memory", &args.only)?;
    let pair = args.beside.pair(paths)?;
    let bar = progress::bar(programs.len() * args.rounds as usize * 2, "memory benchmarks");
    let (mut all, mut failed) = (Vec::new(), 0);
    for program in &programs {
        bar.set_message(name(program));
        let turns = bar.position();
        let argument = args.argument(&name(program)).to_string();
        let run = Runs { rounds: args.rounds, argument: Some(&argument), bounds: args.bounds };
        match programs::series(paths, &pair, program, &run, &|| bar.inc(1)) {
            Ok(series) => all.push(series),
            Err(error) => {
                failed += 1;
                bar.suspend(|| println!("{}: {error:#}\n", name(program)));
            }
        }
        bar.set_position(turns + u64::from(args.rounds) * 2);
    }
    bar.finish_and_clear();
    if !all.is_empty() {
        println!("{} runs of each, in turn. Ratios of throughput: above 1 Goxide is faster;", args.rounds);
        println!("all others: below 1 Goxide takes less.\n");
        print!("{}", throughput(&all, pair.names)?);
        print!("{}", resources(&all, pair.names));
        print!("{}", pauses(&all, pair.names));
    }
    ensure!(failed == 0, "{failed} of {} programs did not run as they should", programs.len());
    Ok(())
}

/// The table of throughputs. A program counts once in the mean, however many lines it prints.
fn throughput(all: &[Series], [first, second]: [&str; 2]) -> Result<String> {
    let mut table =
        format!("{:<22}{:>7}{:>14}{:>14}{:>9}{:>11}\n", "throughput (best)", "", first, second, "ratio", "of medians");
    let mut means = [Vec::new(), Vec::new()];
    for series in all {
        let rows = series.throughput()?;
        for row in &rows {
            let ([go, goxide], [best, middle]) = (row.best, row.ratios);
            let row = format!("{:<22}{:>7}{go:>14.2}{goxide:>14.2}", row.name, row.per.unit());
            table += &format!("{row}{best:>9.2}{middle:>11.2}\n");
        }
        for (which, means) in means.iter_mut().enumerate() {
            let ratios: Vec<f64> = rows.iter().map(|r| r.ratios[which]).collect();
            means.extend(stats::geometric_mean(&ratios));
        }
    }
    let [best, middle] = means.map(|m| stats::geometric_mean(&m).unwrap_or(f64::NAN));
    table += &format!("{:<57}{best:>9.2}{middle:>11.2}\n\n", "geometric mean of programs");
    Ok(table)
}

/// The table of memory and processor time.
fn resources(all: &[Series], [first, second]: [&str; 2]) -> String {
    let mut table = format!(
        "{:<22}{:>14}{:>14}{:>9}{:>14}{:>14}\n{:<22}{:>14}{:>14}{:>9}{:>14}{:>14}{:>9}\n",
        "medians", "peak MiB", "peak MiB", "", "CPU s", "CPU s", "", first, second, "ratio", first, second, "ratio"
    );
    let mut means = [Vec::new(), Vec::new()];
    for series in all {
        let ([go, goxide], [go_cpu, goxide_cpu]) = (series.peak().map(|kib| kib / 1024.0), series.cpu());
        means[0].push(goxide / go);
        means[1].push(goxide_cpu / go_cpu);
        let (memory, cpu) = (stats::ratio(goxide, go), stats::ratio(goxide_cpu, go_cpu));
        let row = format!("{go:>14.1}{goxide:>14.1}{memory:>9}{go_cpu:>14.2}{goxide_cpu:>14.2}{cpu:>9}");
        table += &format!("{:<22}{row}\n", series.name);
    }
    let [memory, cpu] = means.map(|m| stats::geometric_mean(&m).unwrap_or(f64::NAN));
    table += &format!("{:<50}{memory:>9.2}{cpu:>37.2}\n\n", "geometric mean");
    table
}

/// The table of what was in the programs' way.
fn pauses(all: &[Series], [first, second]: [&str; 2]) -> String {
    let mut table = format!(
        "{:<22}{:>17}{:>17}{:>17}{:>17}{:>15}{:>15}\n{:<22}{:>17}{:>17}{:>17}{:>17}{:>15}{:>15}\n",
        "median (worst)",
        "longest stop us",
        "longest stop us",
        "worst stall us",
        "worst stall us",
        "collections",
        "stops, all ms",
        "",
        first,
        second,
        first,
        second,
        "both",
        "both"
    );
    for series in all {
        let micros = |name: &str| {
            let cell = |which: usize| match (series.fact(name), series.worst(name)) {
                (Some(middle), Some(worst)) => format!("{:.0} ({:.0})", middle[which] / 1e3, worst[which] / 1e3),
                _ => "-".into(),
            };
            [cell(0), cell(1)]
        };
        let pair = |both: Option<Both>, scale: f64, digits: usize| match both {
            Some([go, goxide]) => format!("{:.digits$} / {:.digits$}", go / scale, goxide / scale),
            None => "-".into(),
        };
        let ([go, goxide], [go_stall, goxide_stall]) = (micros("pause_longest"), micros("stall_worst"));
        let collections = pair(series.fact("collections"), 1.0, 0);
        let total = pair(series.fact("pause_total"), 1e6, 1);
        let row = format!("{go:>17}{goxide:>17}{go_stall:>17}{goxide_stall:>17}{collections:>15}{total:>15}");
        table += &format!("{:<22}{row}\n", series.name);
    }
    table += "\nlongest stop: of one collection, all its stops together. worst stall: how much later than it should a\n\
              goroutine ran that does nothing else: one that yields all the time (long_lived), or sleeps for 1 ms.\n";
    if all.iter().any(|s| s.worst("pauses_missed").is_some_and(|[go, goxide]| go + goxide > 0.0)) {
        table += "Some collections followed so closely that the stops of a few were not seen.\n";
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::lines::Report;
    use crate::bench::series::Run;
    use crate::measure::NAMES;

    fn sample(name: &str, go: &str, goxide: &str) -> Series {
        let mut series = Series::new(name);
        for (which, text, peak) in [(0, go, 2048.0), (1, goxide, 1024.0)] {
            let report = Report::parse(text).expect("good lines");
            series.add(which, Run { report, cpu: 2.0, peak }).expect("the same results");
        }
        series
    }

    fn args() -> Args {
        let bounds = <Bounds as clap::FromArgMatches>::from_arg_matches(
            &<Bounds as clap::Args>::augment_args(clap::Command::new("x")).get_matches_from(["x"]),
        );
        Args {
            only: vec![],
            rounds: 1,
            full: false,
            scale: 1.0,
            bounds: bounds.expect("defaults"),
            beside: Beside::default(),
        }
    }

    #[test]
    fn arguments_of_programs() {
        let usual = args();
        assert_eq!((usual.argument("json"), usual.argument(GIGABYTES)), (1.0, 10.0));
        let full = Args { full: true, ..args() };
        assert_eq!(full.argument(GIGABYTES), 100.0);
    }

    #[test]
    fn a_program_counts_once_in_the_mean() {
        let two = sample("two", "a 8 ns/op\nb 8 ns/op", "a 2 ns/op\nb 2 ns/op");
        let one = sample("one", "c 100 ops/s", "c 100 ops/s");
        let table = throughput(&[two, one], NAMES).expect("they ran");
        let last = table.trim_end().lines().last().expect("a last line");
        assert_eq!(last.split_whitespace().collect::<Vec<_>>(), ["geometric", "mean", "of", "programs", "2.00", "2.00"]);
    }

    #[test]
    fn tables_show_what_is_there() {
        let text = "a 1 ns/op\npause_longest 12000 ns\ncollections 3 count";
        let all = [sample("a", text, text)];
        let table = pauses(&all, NAMES);
        let row = table.lines().nth(2).expect("a row");
        assert_eq!(
            row.split_whitespace().collect::<Vec<_>>(),
            ["a", "12", "(12)", "12", "(12)", "-", "-", "3", "/", "3", "-"]
        );
        let table = resources(&all, NAMES);
        let row = table.lines().nth(2).expect("a row");
        assert_eq!(row.split_whitespace().collect::<Vec<_>>(), ["a", "2.0", "1.0", "0.50", "2.00", "2.00", "1.00"]);
    }
}
