//! `cargo xtask conformance --std`: the own tests of the standard library's packages, test by test, with both runtimes.
//!
//! What passes officially has to pass here. `conformance/STD.toml` has the packages that are left out, with reasons, and the tests
//! that are known to fail, with causes; a known failure that passes is reported too, so that the file says what is so.
//!
//! A package is tested by one process of `go test -json`, which has a time limit and is killed with all that it started. A test that
//! ends its process, or hangs, takes the verdicts of those behind it along: so the package is run again without it, until every
//! test has a verdict. Some of these tests fail now and then on a busy machine, officially too; so those that are lost are run again
//! by themselves, and named if they pass then. Not here: reading events (`crate::packages`), the command line.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rustix::process::{Pid, Signal, kill_process_group};
use serde::Deserialize;

use super::run::emulation;
use crate::golang::Golang;
use crate::packages::{Outcome, Results, unfinished};
use crate::{arch::Arch, fingerprint, parallel, paths::Paths, progress};

/// How long the tests of a package may take: those of the slowest one take a fifth of it.
const LIMIT: Duration = Duration::from_secs(180);
/// The same under the emulator.
const EMULATED_LIMIT: Duration = Duration::from_secs(400);
/// What building a package's tests may take on top, and the testing package to end them.
const GRACE: Duration = Duration::from_secs(90);
/// How often a package is run again without tests that ended its process.
const ATTEMPTS: usize = 12;
/// How often tests that failed are run again by themselves.
const AGAIN: usize = 2;

/// `conformance/STD.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    left_out: Vec<LeftOut>,
    #[serde(default)]
    failing: Vec<Failing>,
}

/// Packages whose tests are not run.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LeftOut {
    package: String,
    why: String,
}

/// A test that is known to fail.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Failing {
    /// `package.Test`, with its subtests.
    test: String,
    why: String,
    /// On this machine only.
    arch: Option<String>,
    /// It passes at times, by chance that is not the runtime's to change: so it may.
    #[serde(default)]
    by_chance: bool,
}

impl Failing {
    fn covers(&self, name: &str, arch: Arch) -> bool {
        self.arch.as_deref().is_none_or(|a| a == arch.go_name())
            && name.strip_prefix(self.test.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

/// What was seen of one package.
struct Seen {
    official: usize,
    here: usize,
    /// Tests that only the official runtime passes.
    lost: Vec<String>,
    /// Known failures that pass.
    mended: Vec<String>,
    /// Tests that failed and then passed.
    unsteady: Vec<String>,
}

/// Which of a package's tests are run.
#[derive(Clone, Copy)]
enum Choice<'a> {
    Without(&'a BTreeSet<String>),
    Only(&'a BTreeSet<String>),
}

/// One session of the command.
pub struct Standard<'a> {
    /// Where things are.
    pub paths: &'a Paths,
    /// The official installation.
    pub official: &'a Golang,
    /// Goxide's; none: only what the official one does is found out, and kept.
    pub goxide: Option<&'a Golang>,
    /// The machine.
    pub arch: Arch,
    /// How many packages at a time.
    pub jobs: usize,
}

impl Standard<'_> {
    /// Runs the packages that one of the patterns names (`net`, `net/...`; none: all), and prints the table. Fails if a test is lost
    /// that is not known to fail, or a known failure passes.
    pub fn run(&self, patterns: &[String]) -> Result<()> {
        let file = self.paths.root.join("conformance/STD.toml");
        let text = fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
        let known: Document = toml::from_str(&text).with_context(|| file.display().to_string())?;
        let packages = self.packages(patterns, &known.left_out)?;
        ensure!(!packages.is_empty(), "no package of std with tests is called {}", patterns.join(" or "));
        let bar = progress::bar(packages.len(), "packages of std");
        let printing = Mutex::new(());
        bar.suspend(|| println!("{:<36}{:>10}{:>8}{:>7}", "package", "official", "here", "s"));
        let seen = parallel::map(self.jobs, &packages, |package| {
            let start = Instant::now();
            let seen = self.package(package, &known.failing)?;
            let _guard = printing.lock().expect("no printer panics");
            bar.suspend(|| {
                println!("{package:<36}{:>10}{:>8}{:>7}", seen.official, seen.here, start.elapsed().as_secs());
                for name in &seen.lost {
                    let why = self.why(name, &known.failing).map_or("NEW".into(), |why| format!("known: {why}"));
                    println!("  fails: {name} ({why})");
                }
                for name in &seen.unsteady {
                    println!("  failed, and passed when run again: {name}");
                }
                for name in &seen.mended {
                    println!("  passes, and STD.toml says that it fails: {name}");
                }
            });
            bar.inc(1);
            Ok(seen)
        });
        bar.finish_and_clear();
        let seen = seen.into_iter().collect::<Result<Vec<Seen>>>()?;
        self.conclude(&seen, &known.failing)
    }

    fn why<'k>(&self, name: &str, known: &'k [Failing]) -> Option<&'k str> {
        known.iter().find(|f| f.covers(name, self.arch)).map(|f| f.why.as_str())
    }

    fn conclude(&self, seen: &[Seen], known: &[Failing]) -> Result<()> {
        let (official, here) = seen.iter().fold((0, 0), |(a, b), s| (a + s.official, b + s.here));
        let whole = seen.iter().filter(|s| s.lost.is_empty()).count();
        let lost: Vec<&String> = seen.iter().flat_map(|s| &s.lost).collect();
        let new = lost.iter().filter(|name| self.why(name, known).is_none()).count();
        let mended = seen.iter().map(|s| s.mended.len()).sum::<usize>();
        let unsteady = seen.iter().map(|s| s.unsteady.len()).sum::<usize>();
        println!(
            "\n{} packages, {whole} in full; of {official} tests that pass officially {here} pass here ({}): {} fail, {new} of them \
             not known in STD.toml; {mended} known failures pass; {unsteady} passed only when run again",
            seen.len(),
            self.arch,
            lost.len(),
        );
        if new + mended > 0 {
            return Err(crate::Reported.into());
        }
        Ok(())
    }

    /// The packages of std that have tests and are not left out.
    fn packages(&self, patterns: &[String], left_out: &[LeftOut]) -> Result<Vec<String>> {
        let format = "{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}";
        let listed =
            self.official.go(["list", "-f", format, "std"]).current_dir(self.official.goroot.join("src")).output()?;
        ensure!(listed.status.success(), "go list std failed:\n{}", String::from_utf8_lossy(&listed.stderr));
        let all: Vec<String> = String::from_utf8(listed.stdout)?.lines().map(str::to_owned).collect();
        let stale: Vec<&str> =
            left_out.iter().map(|l| l.package.as_str()).filter(|p| !all.iter().any(|a| matches(p, a))).collect();
        ensure!(stale.is_empty(), "STD.toml leaves out what has no tests: {}", stale.join(", "));
        for l in left_out.iter().filter(|_| patterns.is_empty()) {
            println!("left out: {} ({})", l.package, l.why);
        }
        let wanted = |p: &String| {
            let named = patterns.is_empty() || patterns.iter().any(|pattern| matches(pattern, p));
            named && !p.starts_with("vendor/") && !left_out.iter().any(|l| matches(&l.package, p))
        };
        Ok(all.into_iter().filter(wanted).collect())
    }

    fn package(&self, package: &str, known: &[Failing]) -> Result<Seen> {
        let expected = self.kept(package)?;
        let (mut found, mut unsteady) = (expected.clone(), vec![]);
        if let Some(goxide) = self.goxide {
            found = self.tested(goxide, package, Some(&expected))?;
            unsteady = self.again(goxide, package, &expected, &mut found, known)?;
        }
        let (official, here) = (passed(&expected), passed(&found));
        let lost = lost(package, &expected, &found);
        let of_this = |f: &&Failing| {
            let here = f.arch.as_deref().is_none_or(|a| a == self.arch.go_name());
            here && (f.test == package || f.test.strip_prefix(package).is_some_and(|rest| rest.starts_with('.')))
        };
        let mended = known
            .iter()
            .filter(|_| self.goxide.is_some())
            .filter(of_this)
            .filter(|f| !f.by_chance && found.0.get(&f.test) == Some(&Outcome::Passed));
        let tests = |names: &BTreeSet<String>| names.iter().filter(|name| *name != package).count();
        Ok(Seen {
            official: tests(&official),
            here: official.intersection(&here).filter(|name| *name != package).count(),
            mended: mended.map(|f| f.test.clone()).collect(),
            lost,
            unsteady,
        })
    }

    /// Runs lost tests again, by themselves, and takes over those that pass: their names.
    fn again(
        &self,
        golang: &Golang,
        package: &str,
        expected: &Results,
        found: &mut Results,
        known: &[Failing],
    ) -> Result<Vec<String>> {
        let mut unsteady = vec![];
        for _ in 0..AGAIN {
            let lost: Vec<String> =
                lost(package, expected, found).into_iter().filter(|name| self.why(name, known).is_none()).collect();
            let tests: BTreeSet<String> = lost.iter().filter_map(|name| whole_test(package, name)).collect();
            if tests.is_empty() {
                break;
            }
            let run = Results::parse(&self.events(golang, package, Choice::Only(&tests))?);
            let fine = run.0.into_iter().filter(|(_, outcome)| *outcome == Outcome::Passed);
            for (name, outcome) in fine {
                if lost.contains(&name) {
                    unsteady.push(name.clone());
                }
                found.0.insert(name, outcome);
            }
        }
        Ok(unsteady)
    }

    /// What the official runtime does, from the last time if nothing has changed.
    fn kept(&self, package: &str) -> Result<Results> {
        let golang = self.official;
        let id = fingerprint::of_bytes([&golang.link_id, package].join("\n").as_bytes());
        let slug = package.replace('/', "_");
        let file = self.paths.target.join(format!("conformance/std/{}-{slug}-{}.json", golang.arch, &id[..12]));
        if let Ok(text) = fs::read_to_string(&file) {
            return serde_json::from_str(&text).with_context(|| file.display().to_string());
        }
        let results = self.tested(golang, package, None)?;
        fs::create_dir_all(file.parent().expect("a file in a directory"))?;
        fs::write(&file, serde_json::to_string(&results)?)?;
        Ok(results)
    }

    /// Runs a package's tests, again without those that end the process or hang until each of `expected` has a verdict.
    fn tested(&self, golang: &Golang, package: &str, expected: Option<&Results>) -> Result<Results> {
        let mut left_out: BTreeSet<String> = BTreeSet::new();
        let mut all = Results::default();
        for _ in 0..ATTEMPTS {
            let events = self.events(golang, package, Choice::Without(&left_out))?;
            let run = Results::parse(&events);
            let culprits = unfinished(&events);
            for (name, outcome) in run.0 {
                // What a process that died left undecided may have been decided before.
                let decided = all.0.get(&name).is_some_and(|o| *o != Outcome::Failed);
                if !decided || outcome == Outcome::Failed && name == package {
                    all.0.insert(name, outcome);
                }
            }
            let missing = expected.is_some_and(|e| e.0.keys().any(|name| !all.0.contains_key(name)));
            let news: Vec<String> = culprits.into_iter().filter(|c| !left_out.contains(c)).collect();
            if news.is_empty() || !missing {
                break;
            }
            left_out.extend(news);
        }
        Ok(all)
    }

    /// What `go test -json` says of a package's tests; what it had said when its time was over.
    fn events(&self, golang: &Golang, package: &str, choice: Choice<'_>) -> Result<String> {
        let limit = if golang.arch == Arch::host() { LIMIT } else { EMULATED_LIMIT };
        let slug = package.replace('/', "_");
        let scratch = self.paths.target.join(format!("conformance/std/tmp-{}-{}-{slug}", std::process::id(), golang.label));
        fs::create_dir_all(&scratch)?;
        let report = scratch.join("events");
        let mut go = golang.go(["test", "-json", "-short", "-vet=off", "-count=1"]);
        go.arg(format!("-timeout={}s", limit.as_secs()));
        if golang.arch != Arch::host() {
            let words = emulation(golang.arch)?;
            let quoted: Vec<String> = words.iter().map(|word| format!("'{}'", word.to_string_lossy())).collect();
            go.arg(format!("-exec=env {}", quoted.join(" ")));
        }
        let names = |tests: &BTreeSet<String>| tests.iter().map(String::as_str).collect::<Vec<_>>().join("|");
        match choice {
            Choice::Without(none) if none.is_empty() => {}
            Choice::Without(tests) => drop(go.arg(format!("-skip=^({})$", names(tests)))),
            Choice::Only(tests) => drop(go.arg(format!("-run=^({})$", names(tests)))),
        }
        go.arg(package).current_dir(golang.goroot.join("src")).env("TMPDIR", &scratch).env("GO111MODULE", "");
        go.stdin(Stdio::null())
            .stdout(File::create(&report)?)
            .stderr(File::create(scratch.join("errors"))?)
            .process_group(0);
        let mut child = go.spawn().with_context(|| format!("running go of {}", golang.label))?;
        let deadline = Instant::now() + limit + GRACE;
        while child.try_wait()?.is_none() {
            if Instant::now() >= deadline {
                kill_process_group(Pid::from_child(&child), Signal::KILL)?;
                child.wait()?;
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        // What a test left running must not disturb those that follow; mostly there is nothing.
        let _ = kill_process_group(Pid::from_child(&child), Signal::KILL);
        let events = String::from_utf8_lossy(&fs::read(&report)?).into_owned();
        let errors = String::from_utf8_lossy(&fs::read(scratch.join("errors"))?).into_owned();
        self.keep(golang, package, &events, &errors)?;
        remove(&scratch);
        Ok(events)
    }

    /// The words of the last run, for whoever looks for a cause.
    fn keep(&self, golang: &Golang, package: &str, events: &str, errors: &str) -> Result<PathBuf> {
        let dir = self.paths.target.join("conformance/std/reports");
        fs::create_dir_all(&dir)?;
        let file = dir.join(format!("{}-{}-{}.json", golang.label, golang.arch, package.replace('/', "_")));
        fs::write(&file, [events, errors].concat())?;
        Ok(file)
    }
}

fn passed(results: &Results) -> BTreeSet<String> {
    let fine = results.0.iter().filter(|(_, outcome)| **outcome == Outcome::Passed);
    fine.map(|(name, _)| name.clone()).collect()
}

/// What only `expected` has passed. A test that has lost a part is lost for that part; and the package for its tests.
fn lost(package: &str, expected: &Results, found: &Results) -> Vec<String> {
    let (official, here) = (passed(expected), passed(found));
    let all: Vec<&String> = official.difference(&here).collect();
    let has_part = |name: &String| {
        let (part, test) = (format!("{name}/"), format!("{name}."));
        all.iter().any(|other| other.starts_with(&part) || (name == package && other.starts_with(&test)))
    };
    all.iter().filter(|name| !has_part(name)).map(|name| (*name).clone()).collect()
}

/// The test, without the package, that a name of a result belongs to; none of the package's own.
fn whole_test(package: &str, name: &str) -> Option<String> {
    let test = name.strip_prefix(package)?.strip_prefix('.')?;
    Some(test.split('/').next()?.to_owned())
}

/// Whether a pattern, a package or all below one, names a package.
fn matches(pattern: &str, package: &str) -> bool {
    match pattern.strip_suffix("/...") {
        Some(root) => package.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
        None => pattern == package,
    }
}

/// Removes a test's directory, what it made unreadable included.
fn remove(dir: &Path) {
    let _ = std::process::Command::new("chmod").arg("-R").arg("u+rwx").arg(dir).stderr(Stdio::null()).status();
    let _ = fs::remove_dir_all(dir);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_name_packages() {
        assert!(matches("net", "net") && !matches("net", "net/http"));
        assert!(matches("net/...", "net") && matches("net/...", "net/http") && !matches("net/...", "nettle"));
    }

    #[test]
    fn a_lost_part_stands_for_its_test_and_package() {
        let results = |outcomes: &[(&str, Outcome)]| Results(outcomes.iter().map(|(n, o)| (n.to_string(), *o)).collect());
        let names = ["net", "net.TestA", "net.TestA/x", "net.TestB"];
        let expected = results(&names.map(|n| (n, Outcome::Passed)));
        let mut found = expected.clone();
        for name in ["net", "net.TestA", "net.TestA/x"] {
            found.0.insert(name.into(), Outcome::Failed);
        }
        assert_eq!(lost("net", &expected, &found), ["net.TestA/x"]);
        assert_eq!(whole_test("net", "net.TestA/x").as_deref(), Some("TestA"));
        assert_eq!(whole_test("net", "net"), None);
    }

    #[test]
    fn a_known_failure_covers_its_parts() {
        let f = Failing { test: "net.TestX".into(), why: String::new(), arch: Some("arm64".into()), by_chance: false };
        assert!(f.covers("net.TestX", Arch::Arm64) && f.covers("net.TestX/a", Arch::Arm64));
        assert!(!f.covers("net.TestXY", Arch::Arm64) && !f.covers("net.TestX", Arch::Amd64));
    }
}
