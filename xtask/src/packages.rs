//! The own tests of Go packages, test by test: what `go test -json` reports, and which of the tests that pass with the
//! official runtime are lost with another. Which packages, and the report, are in `cmd/packages`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::LazyLock;

use anyhow::{Context, Result, ensure};
use regex::Regex;
use serde::{Deserialize, Serialize};

use crate::fingerprint;
use crate::golang::Golang;

/// How a test came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// It passed.
    Passed,
    /// It failed, or began and never ended.
    Failed,
    /// It skipped itself.
    Skipped,
    /// It uses what Goxide says that it does not have, which ended its process.
    Refused,
}

/// The tests of one pattern of packages, by `package.Test`; a package that has no verdict of its own (it does not build,
/// its process died) stands there under its name alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Results(pub BTreeMap<String, Outcome>);

/// One line of `go test -json`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Event {
    action: String,
    package: Option<String>,
    test: Option<String>,
    output: Option<String>,
}

/// A test that ended its process because it uses something that Goxide does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Its package.
    pub package: String,
    /// The top-level test.
    pub test: String,
    /// What Goxide said of it.
    pub said: String,
}

impl Refusal {
    /// The refusals that a report shows: at most one a package, whose process died of it.
    fn all(events: &str) -> Vec<Refusal> {
        let mut refusals: BTreeMap<String, (String, Option<String>)> = BTreeMap::new();
        let mut running: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let frame = Regex::new(r"^\S+\.((?:Test|Example|Fuzz)\w*)[.(]").expect("a valid pattern");
        for event in events.lines().filter_map(|line| serde_json::from_str::<Event>(line).ok()) {
            let (Some(package), output) = (event.package, event.output.unwrap_or_default()) else { continue };
            match (event.action.as_str(), event.test) {
                ("run", Some(test)) if !test.contains('/') => running.entry(package.clone()).or_default().push(test),
                ("pass" | "fail" | "skip", Some(test)) => {
                    running.entry(package.clone()).or_default().retain(|t| *t != test)
                }
                _ => {}
            }
            if let Some(said) = output.strip_prefix("fatal error: goxide: ") {
                refusals.entry(package).or_insert((said.trim_end().to_owned(), None));
            } else if let Some((_, test)) = refusals.get_mut(&package)
                && test.is_none()
            {
                // Its own frame is the surest sign; the first trace is that of the goroutine that asked.
                *test = frame.captures(&output).map(|c| c[1].to_owned());
            }
        }
        let blame = |package: &str, test: Option<String>| test.or_else(|| running.get(package)?.last().cloned());
        refusals
            .into_iter()
            .filter_map(|(package, (said, test))| Some(Refusal { test: blame(&package, test)?, package, said }))
            .collect()
    }
}

/// The top-level tests to blame for a process that died or was killed: of those that were running then, the one whose function is in
/// the first trace, else the one that began last. None if every test came to its end.
pub fn unfinished(events: &str) -> Vec<String> {
    let frame = Regex::new(r"^\S+\.((?:Test|Example|Fuzz)\w*)[.(]").expect("a valid pattern");
    let mut running: Vec<String> = Vec::new();
    let mut named: Option<String> = None;
    for event in events.lines().filter_map(|line| serde_json::from_str::<Event>(line).ok()) {
        let top = |test: &str| !test.contains('/');
        match (event.action.as_str(), &event.test) {
            ("run" | "cont", Some(test)) if top(test) => {
                running.retain(|t| t != test);
                running.push(test.clone());
            }
            ("pass" | "fail" | "skip", Some(test)) if top(test) => running.retain(|t| t != test),
            _ => {}
        }
        if let (None, Some(output)) = (&named, &event.output) {
            named = frame.captures(output).map(|c| c[1].to_owned()).filter(|test| running.contains(test));
        }
    }
    let blamed = named.filter(|test| running.contains(test)).or_else(|| running.last().cloned());
    blamed.into_iter().collect()
}

/// Names of subtests that were made of values hold addresses, which differ from run to run.
fn without_addresses(name: &str) -> String {
    static ADDRESS: LazyLock<Regex> = LazyLock::new(|| Regex::new("0x[0-9a-f]{6,16}").expect("a valid pattern"));
    ADDRESS.replace_all(name, "0x...").into_owned()
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
            let name = without_addresses(&name);
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
        let fine = |name: &str| matches!(self.0.get(name), Some(Outcome::Passed | Outcome::Refused));
        // The parts of a test that is refused are refused with it, and so is its package.
        let refused = |name: &str| {
            let test = name.split('/').scan(String::new(), |prefix, part| {
                if !prefix.is_empty() {
                    prefix.push('/');
                }
                prefix.push_str(part);
                Some(prefix.clone())
            });
            test.into_iter().any(|prefix| self.0.get(&prefix) == Some(&Outcome::Refused))
        };
        let passed = reference.0.iter().filter(|(_, outcome)| **outcome == Outcome::Passed);
        passed.map(|(name, _)| name.as_str()).filter(|name| !fine(name) && !refused(name)).collect()
    }

    /// Takes over what another run shows of a package.
    fn replace(&mut self, package: &str, run: Results) {
        self.0.retain(|name, _| name != package && !name.strip_prefix(package).is_some_and(|rest| rest.starts_with('.')));
        self.0.extend(run.0);
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
    /// Runs the tests of a pattern. A package whose process ends because a test needs what Goxide refuses by name is run again
    /// without that test, until nothing is refused any more.
    pub fn run(&self, pattern: &str) -> Result<(Results, Vec<Refusal>, PathBuf)> {
        let (events, report) = self.report(pattern, &[])?;
        let mut results = Results::parse(&events);
        let mut refused: Vec<Refusal> = Vec::new();
        let mut new = Refusal::all(&events);
        while let Some(refusal) = new.pop() {
            let package = refusal.package.clone();
            ensure!(!refused.contains(&refusal), "{package}: without {} it is refused again", refusal.test);
            refused.push(refusal);
            let left_out: Vec<&str> = refused.iter().filter(|r| r.package == package).map(|r| r.test.as_str()).collect();
            let (events, _) = self.report(&package, &left_out)?;
            results.replace(&package, Results::parse(&events));
            for test in left_out {
                results.0.insert(format!("{package}.{test}"), Outcome::Refused);
            }
            new.extend(Refusal::all(&events));
        }
        Ok((results, refused, report))
    }

    /// What `go test -json` says of a pattern, without some tests. The report of an installation that has not changed since is
    /// read again.
    fn report(&self, pattern: &str, left_out: &[&str]) -> Result<(String, PathBuf)> {
        let mut flags = self.flags.to_vec();
        if !left_out.is_empty() {
            flags.push(format!("-skip=^({})$", left_out.join("|")));
        }
        let id = fingerprint::of_bytes([&self.golang.link_id, pattern, &flags.join(" ")].join("\n").as_bytes());
        let name = pattern.trim_end_matches("/...").replace('/', "_");
        let report = self.reports.join(format!("{}-{name}-{}.json", self.golang.label, &id[..12]));
        if !report.exists() {
            fs::create_dir_all(&self.reports)?;
            let unfinished = report.with_extension("part");
            let errors = report.with_extension("stderr");
            let status = self
                .golang
                .go(["test", "-json", "-short", "-vet=off", "-timeout=20m"])
                .args(flags)
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
        Ok((String::from_utf8_lossy(&events).into_owned(), report))
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

    #[test]
    fn a_dead_process_is_blamed_on_a_test_that_was_running() {
        assert_eq!(unfinished(EVENTS), ["TestZ"]);
        assert!(
            unfinished(&EVENTS.replace("TestZ", "TestX").replace("{\"Action\":\"run\"", "{\"Action\":\"pass\"")).is_empty()
        );
        let two = r#"{"Action":"run","Package":"a","Test":"TestA"}
{"Action":"run","Package":"a","Test":"TestB"}
{"Action":"output","Package":"a","Test":"TestB","Output":"a.TestA(0xc0)\n"}
"#;
        assert_eq!(unfinished(two), ["TestA"]);
    }

    #[test]
    fn a_refusal_is_blamed_on_the_test_whose_goroutine_asked() {
        let died = r#"{"Action":"start","Package":"a"}
{"Action":"run","Package":"a","Test":"TestPause"}
{"Action":"run","Package":"a","Test":"TestPause/x"}
{"Action":"run","Package":"a","Test":"TestDial"}
{"Action":"output","Package":"a","Test":"TestDial","Output":"fatal error: goxide: sockets need the network poller\n"}
{"Action":"output","Package":"a","Test":"TestDial","Output":"net.Listen({0x1?})\n"}
FRAME
{"Action":"fail","Package":"a"}
"#;
        let frame = r#"{"Action":"output","Package":"a","Output":"a.TestPause.func1(0xc0)\n"}"#;
        let of =
            |test: &str| Refusal { package: "a".into(), test: test.into(), said: "sockets need the network poller".into() };
        assert_eq!(Refusal::all(&died.replace("FRAME", frame)), [of("TestPause")]);
        // Without a frame of a test: the one that began last.
        assert_eq!(Refusal::all(&died.replace("FRAME", "")), [of("TestDial")]);
        assert!(Refusal::all(EVENTS).is_empty());
    }

    #[test]
    fn what_is_refused_is_not_lost() {
        let before = Results::parse(&EVENTS.replace("skip", "pass"));
        let mut after = Results::default();
        after.replace("a/b", Results::parse(&EVENTS.replace("TestX", "TestNew")));
        assert_eq!(after.lost_since(&before), ["a/b.TestX", "a/b.TestY"]);
        after.0.insert("a/b.TestX".into(), Outcome::Refused);
        assert_eq!(after.lost_since(&before), ["a/b.TestY"]);
    }

    #[test]
    fn subtests_are_told_apart_without_their_addresses() {
        let events = |address: &str| Results::parse(&EVENTS.replace("TestX", &format!("TestX/{address}_0x2a")));
        assert_eq!(events("0xc000028a60"), events("0xc0000105a0"));
        assert!(events("0xc000028a60").0.contains_key("a/b.TestX/0x..._0x2a"));
    }
}
