//! The own tests of Go packages, test by test: what `go test -json` reports, and which of the tests that pass with the
//! official runtime are lost with another. Which packages, and the report, are in `cmd/packages`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::fingerprint;
use crate::golang::Golang;

/// How a test came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It passed.
    Passed,
    /// It failed, or began and never ended.
    Failed,
    /// It skipped itself.
    Skipped,
}

/// The tests of one pattern of packages, by `package.Test`; a package that has no verdict of its own (it does not build,
/// its process died) stands there under its name alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Results(pub BTreeMap<String, Outcome>);

/// One line of `go test -json`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Event {
    action: String,
    package: Option<String>,
    test: Option<String>,
}

impl Results {
    /// Reads what `go test -json` wrote. Lines that are no events are what a test's process wrote past the testing package.
    pub fn parse(events: &str) -> Self {
        let mut all = BTreeMap::new();
        for event in events.lines().filter_map(|line| serde_json::from_str::<Event>(line).ok()) {
            let Some(package) = event.package else { continue };
            let name = match event.test {
                Some(test) => format!("{package}.{test}"),
                None => package,
            };
            match event.action.as_str() {
                // Until the end is seen: a process that dies reports no end of the test that killed it.
                "run" | "start" => drop(all.insert(name, Outcome::Failed)),
                "pass" => drop(all.insert(name, Outcome::Passed)),
                "fail" => drop(all.insert(name, Outcome::Failed)),
                "skip" => drop(all.insert(name, Outcome::Skipped)),
                _ => {}
            }
        }
        Self(all)
    }

    /// How many single tests passed.
    pub fn passed(&self) -> usize {
        let is_test = |name: &str| name.rsplit('/').next().is_some_and(|last| last.contains('.')) || name.contains(".Test");
        self.0.iter().filter(|(name, outcome)| **outcome == Outcome::Passed && is_test(name)).count()
    }

    /// What passed there and not here.
    pub fn lost_since<'a>(&self, reference: &'a Self) -> Vec<&'a str> {
        let passes = |name: &&String| self.0.get(*name) == Some(&Outcome::Passed);
        let passed = reference.0.iter().filter(|(_, outcome)| **outcome == Outcome::Passed);
        passed.map(|(name, _)| name).filter(|name| !passes(name)).map(String::as_str).collect()
    }
}

/// How tests are run.
pub struct Runner<'a> {
    /// With what.
    pub golang: &'a Golang,
    /// Where packages beyond std are.
    pub gopath: &'a Path,
    /// Further flags for `go test`.
    pub flags: &'a [String],
    /// Where reports are kept.
    pub reports: PathBuf,
}

impl Runner<'_> {
    /// Runs the tests of a pattern. The report of an installation that has not changed since is read again.
    pub fn run(&self, pattern: &str) -> Result<(Results, PathBuf)> {
        let id = fingerprint::of_bytes([&self.golang.link_id, pattern, &self.flags.join(" ")].join("\n").as_bytes());
        let name = pattern.trim_end_matches("/...").replace('/', "_");
        let report = self.reports.join(format!("{}-{name}-{}.json", self.golang.label, &id[..12]));
        if !report.exists() {
            fs::create_dir_all(&self.reports)?;
            let unfinished = report.with_extension("part");
            let errors = report.with_extension("stderr");
            let status = self
                .golang
                .go(["test", "-json", "-short", "-vet=off", "-timeout=20m"])
                .args(self.flags)
                .arg(pattern)
                .env("GO111MODULE", "off")
                .env("GOPATH", self.gopath)
                .stdin(Stdio::null())
                .stdout(fs::File::create(&unfinished)?)
                .stderr(fs::File::create(&errors)?)
                .status()
                .with_context(|| format!("running go of {}", self.golang.label))?;
            // What is not there at all has no events; its reason is on standard error.
            if !status.success() && fs::metadata(&unfinished)?.len() == 0 {
                let said = fs::read_to_string(&errors).unwrap_or_default();
                anyhow::bail!("go test {pattern} with {} ran nothing:\n{}", self.golang.label, said.trim_end());
            }
            fs::rename(&unfinished, &report)?;
        }
        let events = fs::read(&report).with_context(|| format!("reading {}", report.display()))?;
        Ok((Results::parse(&String::from_utf8_lossy(&events)), report))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENTS: &str = r#"{"Action":"start","Package":"a/b"}
{"Action":"run","Package":"a/b","Test":"TestX"}
not an event
{"Action":"output","Package":"a/b","Test":"TestX","Output":"hello\n"}
{"Action":"pass","Package":"a/b","Test":"TestX","Elapsed":0}
{"Action":"run","Package":"a/b","Test":"TestY"}
{"Action":"skip","Package":"a/b","Test":"TestY","Elapsed":0}
{"Action":"run","Package":"a/b","Test":"TestZ"}
"#;

    #[test]
    fn a_test_that_never_ends_has_failed() {
        let results = Results::parse(EVENTS);
        assert_eq!(results.0["a/b.TestX"], Outcome::Passed);
        assert_eq!(results.0["a/b.TestY"], Outcome::Skipped);
        assert_eq!(results.0["a/b.TestZ"], Outcome::Failed);
        assert_eq!(results.0["a/b"], Outcome::Failed);
        assert_eq!(results.passed(), 1);
    }

    #[test]
    fn lost_is_what_passed_before_and_does_not_now() {
        let before = Results::parse(&EVENTS.replace("skip", "pass"));
        let after = Results::parse(&EVENTS.replace("\"pass\"", "\"fail\""));
        assert_eq!(after.lost_since(&before), ["a/b.TestX", "a/b.TestY"]);
        assert!(before.lost_since(&before).is_empty());
        // A package that does not build has no tests: all are lost.
        assert_eq!(Results::default().lost_since(&before).len(), 2);
    }
}
