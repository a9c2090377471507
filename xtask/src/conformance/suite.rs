//! Go's own test suite, or any directory of such programs: which of the cases that
//! the official runtime passes does Goxide pass? The rules are those of Go's driver:
//! exit status 0, and both outputs together equal to `<name>.out`, or empty.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::Verdict;
use super::build::Builder;
use super::case::Case;
use super::run::Runner;
use crate::arch::Arch;
use crate::fingerprint;
use crate::process::Exit;

/// Builds and runs a case the way Go's driver does.
pub fn judge(case: &Case, builder: &Builder, runner: &Runner) -> Result<Verdict> {
    let exe = match builder.build(case)? {
        Ok(exe) => exe,
        Err(error) => return Ok(Verdict::Failed(error.0)),
    };
    let ran = runner.as_go_does(case, &exe)?;
    if ran.exit != Exit::Code(0) {
        return Ok(Verdict::Failed(format!("exit {}\n{}", ran.exit, ran.stdout.trim_end())));
    }
    let expected = fs::read_to_string(case.file.with_extension("out")).unwrap_or_default();
    if ran.stdout.replace("\r\n", "\n") != expected {
        let difference = super::diff(&expected, &ran.stdout);
        return Ok(Verdict::Failed(format!("the output differs (- expected, + Goxide):\n{difference}")));
    }
    Ok(Verdict::Passed)
}

/// Which cases the official runtime passes, remembered between runs.
pub struct Baseline {
    file: PathBuf,
    known: BTreeMap<String, bool>,
}

impl Baseline {
    /// Reads what is remembered of a suite for one architecture.
    pub fn read(target: &Path, suite: &str, arch: Arch) -> Self {
        let file = target.join(format!("conformance/{suite}/baseline-{arch}"));
        let text = fs::read_to_string(&file).unwrap_or_default();
        let line = |l: &str| l.rsplit_once(' ').map(|(key, passed)| (key.to_string(), passed == "true"));
        Self { known: text.lines().filter_map(line).collect(), file }
    }

    fn key(case: &Case) -> Result<String> {
        let mut key = case.name.clone();
        for source in case.sources()? {
            key.push_str(&fingerprint::of_file(&source)?[..16]);
        }
        Ok(key)
    }

    /// Whether the official runtime passes, if that is known.
    pub fn get(&self, case: &Case) -> Result<Option<bool>> {
        Ok(self.known.get(&Self::key(case)?).copied())
    }

    /// Remembers an answer.
    pub fn set(&mut self, case: &Case, passed: bool) -> Result<()> {
        self.known.insert(Self::key(case)?, passed);
        Ok(())
    }

    /// Writes down what is remembered.
    pub fn write(&self) -> Result<()> {
        let text: String = self.known.iter().map(|(key, passed)| format!("{key} {passed}\n")).collect();
        fs::create_dir_all(self.file.parent().expect("it has a directory"))?;
        fs::write(&self.file, text).with_context(|| format!("writing {}", self.file.display()))
    }
}

/// The outcome of a suite on one architecture.
pub struct Tally {
    /// The suite's name.
    pub suite: String,
    /// The architecture.
    pub arch: Arch,
    /// Cases that run something.
    pub cases: usize,
    /// Of these, what the official runtime passes.
    pub official: usize,
    /// Of these, what Goxide passes.
    pub goxide: usize,
    /// What it does not, with the first line of the cause.
    pub failures: Vec<(String, String)>,
}

impl Tally {
    /// The section of this tally in `SUITES.md`.
    fn section(&self) -> String {
        let (lost, passed) = (self.official - self.goxide, self.goxide);
        let mut text = format!(
            "## {} on {}\n\n| cases that run | official Go passes | Goxide passes of these | Goxide fails |\n|---:|---:|---:|---:|\n| {} | {} | {passed} | {lost} |\n",
            self.suite, self.arch, self.cases, self.official,
        );
        if !self.failures.is_empty() {
            text.push_str("\n| case | first line of the cause |\n|---|---|\n");
            for (name, cause) in &self.failures {
                text.push_str(&format!("| `{name}` | {} |\n", cause.replace('|', "\\|")));
            }
        }
        text
    }

    /// Puts this tally's section into the file, in place of the older one.
    pub fn record(&self, file: &Path) -> Result<()> {
        const HEAD: &str = "# Other suites\n\nWritten by `cargo xtask conformance --suite DIR --bless`: of the programs that official Go 1.21.13 passes, how many pass with Goxide.\n\n";
        let old = fs::read_to_string(file).unwrap_or_default();
        let heading = format!("{} on {}\n", self.suite, self.arch);
        let mut sections: Vec<String> = old
            .split("\n## ")
            .skip(1)
            .filter(|s| !s.starts_with(&heading))
            .map(|s| format!("## {}\n", s.trim_end()))
            .collect();
        sections.push(self.section());
        sections.sort();
        fs::write(file, HEAD.to_string() + &sections.join("\n")).with_context(|| format!("writing {}", file.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_tally_replaces_its_older_self_only() {
        let file = std::env::temp_dir().join(format!("goxide-suites-{}.md", std::process::id()));
        let _ = fs::remove_file(&file);
        let tally = |arch, goxide| Tally {
            suite: "go".into(),
            arch,
            cases: 10,
            official: 9,
            goxide,
            failures: vec![("a.go".into(), "x | y".into())],
        };
        tally(Arch::Arm64, 5).record(&file).expect("written");
        tally(Arch::Amd64, 6).record(&file).expect("written");
        tally(Arch::Amd64, 7).record(&file).expect("written");
        let text = fs::read_to_string(&file).expect("readable");
        fs::remove_file(&file).expect("removable");
        assert_eq!(text.matches("## go on ").count(), 2, "{text}");
        assert!(text.contains("| 10 | 9 | 7 | 2 |") && text.contains("| 10 | 9 | 5 | 4 |"), "{text}");
        assert!(!text.contains("| 10 | 9 | 6 | 3 |") && text.contains("x \\| y"), "{text}");
    }
}
