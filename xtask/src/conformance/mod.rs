//! Conformance: programs whose behaviour under Goxide is held against what the
//! official runtime did. Here a corpus of ours is run and judged; `suite` does the
//! same for Go's own tests.

pub mod build;
pub mod case;
mod constraint;
pub mod normalise;
pub mod run;
pub mod snapshot;
pub mod standard;
pub mod suite;

use std::path::PathBuf;

use anyhow::{Context, Result};
use similar::TextDiff;

use build::Builder;
use case::Case;
use run::{Runner, Variant, variants};
use snapshot::Outcome;

use crate::arch::Arch;

/// How a case came out.
pub enum Verdict {
    /// As it should.
    Passed,
    /// Not as it should; the text says how.
    Failed(String),
    /// It was not run, and why.
    Skipped(String),
    /// It was not run, since this program is missing.
    Unequipped(String),
}

/// What a case is held against.
pub enum Expected<'a> {
    /// What was recorded in the corpus.
    Recorded(&'a std::path::Path),
    /// The official runtime, now.
    Live(&'a Builder<'a>, &'a Runner<'a>),
}

/// Everything needed to judge a case.
pub struct Judge<'a> {
    /// Builds with Goxide.
    pub builder: &'a Builder<'a>,
    /// Runs Goxide's programs.
    pub runner: &'a Runner<'a>,
    /// What behaviour is right.
    pub expected: Expected<'a>,
    /// How often each variant is run.
    pub repeat: u32,
    /// Only one variant of each case: the one of this number, counted round from one that the case's name chooses.
    pub variant: Option<usize>,
    /// Whether what differs from the record is left beside it, for `cargo insta review`.
    pub review: bool,
}

impl Judge<'_> {
    /// The variants to run.
    fn chosen(&self, case: &Case) -> Vec<Variant> {
        let mut variants = variants(case);
        if let Some(n) = self.variant {
            let start: usize = case.name.bytes().map(usize::from).sum();
            let one = (start + n) % variants.len();
            variants = vec![variants.swap_remove(one)];
        }
        variants
    }

    /// Builds and runs a case under all its variants.
    pub fn judge(&self, case: &Case) -> Result<Verdict> {
        let arch = self.runner.golang.arch;
        if let Some(why) = case.skipped(arch) {
            return Ok(Verdict::Skipped(why));
        }
        if let Some(tool) = case.missing_tool() {
            return Ok(Verdict::Unequipped(tool.into()));
        }
        if let Some(message) = &case.refused {
            if let Expected::Live(official, _) = &self.expected
                && let Err(verdict) = refused(official, case, message)?
            {
                return Ok(verdict);
            }
            return Ok(refused(self.builder, case, message)?.err().unwrap_or(Verdict::Passed));
        }
        let recorded = match &self.expected {
            Expected::Recorded(corpus) => match snapshot::read(corpus, case, arch) {
                Some(text) => text,
                None => {
                    let message = "nothing is recorded for it: cargo xtask conformance --bless records what Go does";
                    return Ok(Verdict::Failed(message.into()));
                }
            },
            Expected::Live(..) => String::new(),
        };
        let official = match &self.expected {
            Expected::Live(builder, _) => match builder.build(case)? {
                Ok(exe) => exe,
                Err(error) => return Ok(Verdict::Failed(format!("with the official toolchain: {}", error.0))),
            },
            Expected::Recorded(_) => PathBuf::new(),
        };
        let exe = match self.builder.build(case)? {
            Ok(exe) => exe,
            Err(error) => return Ok(Verdict::Failed(error.0)),
        };
        for variant in self.chosen(case) {
            for round in 1..=self.repeat {
                let expected = match &self.expected {
                    Expected::Recorded(_) => recorded.clone(),
                    Expected::Live(_, runner) => runner.behaviour(case, &official, &variant)?.text(),
                };
                let got = self.runner.behaviour(case, &exe, &variant)?.text();
                if got != expected {
                    if let (Expected::Recorded(corpus), true) = (&self.expected, self.review) {
                        snapshot::differs(corpus, case, arch, &got);
                    }
                    let round = if self.repeat > 1 { format!(", run {round}") } else { String::new() };
                    return Ok(Verdict::Failed(format!(
                        "under {variant}{round} (- official, + Goxide):\n{}",
                        diff(&expected, &got)
                    )));
                }
            }
        }
        if let (Expected::Recorded(corpus), true) = (&self.expected, self.review) {
            snapshot::passes(corpus, case, arch);
        }
        Ok(Verdict::Passed)
    }
}

/// Whether a case that must not build does not, with the message that its header names.
fn refused(builder: &Builder, case: &Case, message: &str) -> Result<Result<(), Verdict>> {
    Ok(match builder.build(case)? {
        Err(error) if error.0.contains(message) => Ok(()),
        Err(error) => Err(Verdict::Failed(format!("it does not build, but not for {message:?}:\n{}", error.0))),
        Ok(_) => Err(Verdict::Failed(format!("it builds, and should be refused with {message:?}"))),
    })
}

/// What recording a case did.
pub enum Blessed {
    /// The recorded text is a new one.
    Written,
    /// The text is a new one, and waits for `cargo insta review`.
    Pending,
    /// It was the same already.
    Same,
    /// It was not recorded, and why.
    Not(Verdict),
}

/// Records what the official runtime does. A program whose behaviour depends on
/// GOMAXPROCS, or on chance, is no test and is not recorded.
pub fn bless(corpus: &std::path::Path, case: &Case, builder: &Builder, runner: &Runner) -> Result<Blessed> {
    let arch: Arch = runner.golang.arch;
    if let Some(why) = case.skipped(arch) {
        return Ok(Blessed::Not(Verdict::Skipped(why)));
    }
    if let Some(tool) = case.missing_tool() {
        return Ok(Blessed::Not(Verdict::Unequipped(tool.into())));
    }
    if let Some(message) = &case.refused {
        // Nothing to record: the header has it. But it has to be true.
        return Ok(refused(builder, case, message)?.map_or_else(Blessed::Not, |()| Blessed::Same));
    }
    let exe = match builder.build(case)? {
        Ok(exe) => exe,
        Err(error) => return Ok(Blessed::Not(Verdict::Failed(error.0))),
    };
    let mut first: Option<String> = None;
    for variant in variants(case).into_iter().flat_map(|v| [v.clone(), v]) {
        let behaviour = runner.behaviour(case, &exe, &variant)?;
        if behaviour.exit != case.exit.to_string() {
            let message = format!(
                "under {variant} it ends with {}, but its header promises exit: {}\n{}",
                behaviour.exit,
                case.exit,
                behaviour.text()
            );
            return Ok(Blessed::Not(Verdict::Failed(message)));
        }
        let text = behaviour.text();
        if let Some(first) = first.as_ref().filter(|first| **first != text) {
            let message = format!("the official runtime is not steady under {variant}:\n{}", diff(first, &text));
            return Ok(Blessed::Not(Verdict::Failed(message)));
        }
        first = Some(text);
    }
    let text = first.context("a case has at least one variant")?;
    Ok(match snapshot::write(corpus, case, arch, &text)? {
        Outcome::Same => Blessed::Same,
        Outcome::Recorded => Blessed::Written,
        Outcome::Pending => Blessed::Pending,
    })
}

/// A difference as a reader wants it: a few lines around each change, not megabytes.
fn diff(expected: &str, got: &str) -> String {
    const LINES: usize = 60;
    let cut = |text: &str| text.lines().take(4000).flat_map(|l| [l, "\n"]).collect::<String>();
    let (expected, got) = (cut(expected), cut(got));
    let diff = TextDiff::from_lines(&expected, &got).unified_diff().context_radius(3).to_string();
    let mut lines: Vec<&str> = diff.lines().take(LINES).collect();
    if diff.lines().count() > LINES {
        lines.push("... and more");
    }
    lines.join("\n")
}
