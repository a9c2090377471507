//! The lines that are measured: `name value unit` of our own programs, and those of
//! `go test -bench . -benchmem`.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};

/// What a throughput counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Per {
    /// Nanoseconds per operation: less is better.
    Operation,
    /// Operations per second: more is better.
    Second,
}

impl Per {
    /// The unit as it is written.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Operation => "ns/op",
            Self::Second => "ops/s",
        }
    }

    /// How many times as fast as `other` something is that measured `this`.
    pub fn speedup(self, this: f64, other: f64) -> f64 {
        match self {
            Self::Operation => other / this,
            Self::Second => this / other,
        }
    }

    /// The best of some measurements.
    pub fn best(self, values: &[f64]) -> f64 {
        match self {
            Self::Operation => super::stats::least(values),
            Self::Second => super::stats::most(values),
        }
    }
}

/// What one run of a program printed.
#[derive(Debug, Default)]
pub struct Report {
    /// Throughputs in the order of the lines.
    pub throughput: Vec<(String, f64, Per)>,
    /// Results that every runtime must come to.
    pub checks: Vec<(String, String)>,
    /// Everything else.
    pub facts: BTreeMap<String, f64>,
}

impl Report {
    /// Reads the lines.
    pub fn parse(text: &str) -> Result<Self> {
        let mut report = Self::default();
        for line in text.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            let [name, value, unit] = words[..] else {
                anyhow::bail!("this is no `name value unit`: {line}");
            };
            if unit == "check" {
                report.checks.push((name.into(), value.into()));
                continue;
            }
            let value: f64 = value.parse().with_context(|| format!("this holds no number: {line}"))?;
            match unit {
                "ns/op" => report.throughput.push((name.into(), value, Per::Operation)),
                "ops/s" => report.throughput.push((name.into(), value, Per::Second)),
                _ => drop(report.facts.insert(name.into(), value)),
            }
        }
        let is_positive = |(_, value, _): &(String, f64, Per)| value.is_finite() && *value > 0.0;
        ensure!(report.throughput.iter().all(is_positive), "a throughput is not above 0:\n{text}");
        let measured = report.facts.keys().any(|fact| fact != "peak_rss");
        ensure!(measured || !report.throughput.is_empty(), "no line says what was measured:\n{text}");
        Ok(report)
    }
}

/// What `go test -benchmem` says of one benchmark.
#[derive(Clone, Debug, PartialEq)]
pub struct Benchmem {
    /// Its name, without `Benchmark` and the number of processors.
    pub name: String,
    /// Nanoseconds per operation.
    pub ns: f64,
    /// Bytes per operation.
    pub bytes: u64,
    /// Allocations per operation.
    pub allocs: u64,
}

impl Benchmem {
    /// Reads the lines that are results; the others are about the machine.
    pub fn parse(text: &str) -> Result<Vec<Self>> {
        let mut found = Vec::new();
        for line in text.lines().filter(|l| l.starts_with("Benchmark") && l.contains(" ns/op")) {
            let words: Vec<&str> = line.split_whitespace().collect();
            let before = |unit: &str| {
                let at = words.iter().position(|w| *w == unit).filter(|at| *at > 0);
                at.map(|at| words[at - 1]).with_context(|| format!("no {unit} in: {line}"))
            };
            let name = words[0].trim_start_matches("Benchmark");
            let name = match name.rsplit_once('-') {
                Some((name, processors)) if processors.bytes().all(|b| b.is_ascii_digit()) => name,
                _ => name,
            };
            found.push(Self {
                name: name.into(),
                ns: before("ns/op")?.parse()?,
                bytes: before("B/op")?.parse()?,
                allocs: before("allocs/op")?.parse()?,
            });
        }
        ensure!(!found.is_empty(), "go test printed no benchmarks:\n{text}");
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report() {
        let report =
            Report::parse("a 1.5 ns/op\nsum 18446744073709551615 check\npeak_rss 7 KiB\nb 2 ops/s\n").expect("good");
        assert_eq!(report.throughput, [("a".into(), 1.5, Per::Operation), ("b".into(), 2.0, Per::Second)]);
        // A checksum is text: it does not fit a floating-point number.
        assert_eq!(report.checks, [("sum".into(), "18446744073709551615".into())]);
        assert_eq!(report.facts["peak_rss"], 7.0);
    }

    #[test]
    fn a_latency_alone_is_a_report() {
        let report = Report::parse("timer_late_p50 300 ns\n").expect("good");
        assert!(report.throughput.is_empty());
        assert_eq!(report.facts["timer_late_p50"], 300.0);
    }

    #[test]
    fn what_is_no_report() {
        for bad in [
            "",
            "peak_rss 7 KiB\n",
            "a 1.5\n",
            "a x ns/op\n",
            "sum 1 check\n",
            "a 0 ns/op\n",
            "a NaN ns/op\n",
            "panic: a b c\n",
        ] {
            assert!(Report::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn speed() {
        assert_eq!(Per::Operation.speedup(2.0, 3.0), 1.5);
        assert_eq!(Per::Second.speedup(3.0, 2.0), 1.5);
        assert_eq!(Per::Operation.best(&[3.0, 2.0]), 2.0);
        assert_eq!(Per::Second.best(&[3.0, 2.0]), 3.0);
    }

    #[test]
    fn go_test() {
        let text = "goos: linux\nBenchmarkMake1024-2   \t 1000000\t      1170 ns/op\t    8192 B/op\t       1 allocs/op\n\
                    BenchmarkByValue\t1000000000\t 0.31 ns/op\t 0 B/op\t 0 allocs/op\nPASS\nok  \ttalk\t9.1s\n";
        let make = Benchmem { name: "Make1024".into(), ns: 1170.0, bytes: 8192, allocs: 1 };
        let value = Benchmem { name: "ByValue".into(), ns: 0.31, bytes: 0, allocs: 0 };
        assert_eq!(Benchmem::parse(text).expect("good"), [make, value]);
        assert!(Benchmem::parse("FAIL\n").is_err());
        assert!(Benchmem::parse("BenchmarkX-2 1 2 ns/op\n").is_err(), "without -benchmem");
    }
}
