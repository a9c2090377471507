//! The runs of one program on both runtimes, and what is read from them.

use anyhow::{Context, Result, ensure};

use super::lines::{Per, Report};
use super::stats;

/// One run.
pub struct Run {
    /// What the program printed.
    pub report: Report,
    /// Seconds of processor time.
    pub cpu: f64,
    /// The most resident memory, in KiB.
    pub peak: f64,
}

/// One number on each runtime: official first.
pub type Both = [f64; 2];

/// The runs of one program: official first.
#[derive(Default)]
pub struct Series {
    /// The program's name.
    pub name: String,
    runs: [Vec<Run>; 2],
}

/// A throughput on both runtimes.
pub struct Throughput {
    /// Its name.
    pub name: String,
    /// What it counts.
    pub per: Per,
    /// The best runs.
    pub best: Both,
    /// How many times as fast as Go Goxide is, in the best runs and in the middle ones.
    pub ratios: [f64; 2],
}

impl Series {
    /// A program that has not run yet.
    pub fn new(name: &str) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// Adds a run. The results it printed must be those of the first run of all.
    pub fn add(&mut self, which: usize, run: Run) -> Result<()> {
        if let Some(first) = self.runs.iter().flatten().next() {
            let labels = ["the first", "the second"];
            let names = |run: &Run| run.report.throughput.iter().map(|(n, ..)| n.clone()).collect::<Vec<_>>();
            ensure!(
                names(first) == names(&run),
                "{} prints other lines with {} of both runtimes",
                self.name,
                labels[which]
            );
            let (wanted, got) = (&first.report.checks, &run.report.checks);
            ensure!(
                wanted.len() == got.len(),
                "{} prints other results with {} of both runtimes",
                self.name,
                labels[which]
            );
            for ((name, wanted), (_, got)) in wanted.iter().zip(got) {
                ensure!(
                    wanted == got,
                    "{name} must be {wanted}, as in the first run, and is {got} with {} of both runtimes: \
                     memory was lost or changed there; run the program by itself",
                    labels[which]
                );
            }
        }
        self.runs[which].push(run);
        Ok(())
    }

    /// What `number` gives for each run.
    fn all(&self, number: impl Fn(&Run) -> Option<f64>) -> [Vec<f64>; 2] {
        [0, 1].map(|which| self.runs[which].iter().filter_map(&number).collect())
    }

    /// Every throughput, in the program's order.
    pub fn throughput(&self) -> Result<Vec<Throughput>> {
        let first = self.runs[0].first().with_context(|| format!("{} did not run", self.name))?;
        let lines = first.report.throughput.iter().enumerate();
        let rows = lines.map(|(at, (name, _, per))| {
            let values = self.all(|run| run.report.throughput.get(at).map(|t| t.1));
            let best = [0, 1].map(|which| per.best(&values[which]));
            let middle = [0, 1].map(|which| stats::median(&values[which]));
            let ratios = [best, middle].map(|[go, goxide]| per.speedup(goxide, go));
            Throughput { name: name.clone(), per: *per, best, ratios }
        });
        Ok(rows.collect())
    }

    /// Most resident memory in KiB, the median of the runs.
    pub fn peak(&self) -> Both {
        self.all(|run| Some(run.peak)).map(|values| stats::median(&values))
    }

    /// Processor time in seconds, the median of the runs.
    pub fn cpu(&self) -> Both {
        self.all(|run| Some(run.cpu)).map(|values| stats::median(&values))
    }

    /// Something a program printed, the median of the runs; None if a runtime's runs have it not.
    pub fn fact(&self, name: &str) -> Option<Both> {
        self.read(name, stats::median)
    }

    /// The same, of the run with the most of it.
    pub fn worst(&self, name: &str) -> Option<Both> {
        self.read(name, stats::most)
    }

    fn read(&self, name: &str, of: fn(&[f64]) -> f64) -> Option<Both> {
        let values = self.all(|run| run.report.facts.get(name).copied());
        (!values.iter().any(Vec::is_empty)).then(|| values.map(|v| of(&v)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(text: &str, peak: f64) -> Run {
        Run { report: Report::parse(text).expect("good lines"), cpu: 1.0, peak }
    }

    #[test]
    fn best_and_middle() {
        let mut series = Series::new("x");
        for (go, goxide) in [(30, 20), (20, 10), (60, 50)] {
            series.add(0, run(&format!("x {go} ns/op\nstall {go} ns"), f64::from(go))).expect("the same");
            series.add(1, run(&format!("x {goxide} ns/op"), f64::from(goxide))).expect("the same");
        }
        let rows = series.throughput().expect("it ran");
        assert_eq!((rows.len(), rows[0].best), (1, [20.0, 10.0]));
        assert_eq!(rows[0].ratios, [2.0, 1.5]);
        assert_eq!(series.peak(), [30.0, 20.0]);
        assert_eq!(series.cpu(), [1.0, 1.0]);
        assert_eq!(series.fact("stall"), None, "one runtime has it only");
    }

    #[test]
    fn more_operations_a_second_are_better() {
        let mut series = Series::new("x");
        series.add(0, run("x 100 ops/s\nstall 1 ns", 1.0)).expect("the first");
        series.add(1, run("x 150 ops/s\nstall 3 ns", 1.0)).expect("the same");
        series.add(1, run("x 150 ops/s\nstall 5 ns", 1.0)).expect("the same");
        assert_eq!(series.throughput().expect("it ran")[0].ratios, [1.5, 1.5]);
        assert_eq!((series.fact("stall"), series.worst("stall")), (Some([1.0, 4.0]), Some([1.0, 5.0])));
    }

    #[test]
    fn results_must_agree() {
        let mut series = Series::new("x");
        series.add(0, run("x 1 ns/op\nsum 7 check", 1.0)).expect("the first");
        let error = series.add(1, run("x 1 ns/op\nsum 8 check", 1.0)).expect_err("another sum");
        assert!(error.to_string().contains("sum must be 7"), "{error}");
        assert!(series.add(1, run("x 1 ns/op", 1.0)).is_err(), "no sum");
        assert!(series.add(1, run("y 1 ns/op\nsum 7 check", 1.0)).is_err(), "another line");
        assert!(Series::new("y").throughput().is_err(), "no runs");
    }
}
