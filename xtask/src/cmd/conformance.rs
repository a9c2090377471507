//! `cargo xtask conformance`: the corpus, or another suite, against the official
//! runtime. Which cases, which installations, which builds, and the report; judging
//! is in `crate::conformance`.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::buildflags::{BuildFlags, VARIANTS};
use crate::cmd::goroot;
use crate::conformance::build::Builder;
use crate::conformance::case::{self, Case};
use crate::conformance::normalise::Rules;
use crate::conformance::run::{self, Runner};
use crate::conformance::snapshot;
use crate::conformance::standard::Standard;
use crate::conformance::suite::{self, Baseline, Tally};
use crate::conformance::{Blessed, Expected, Judge, Verdict, bless};
use crate::golang::Golang;
use crate::{arch::Arch, parallel, paths::Paths, progress};

/// Arguments of `conformance`.
#[derive(clap::Args)]
pub struct Args {
    /// Only cases whose name contains one of these
    filter: Vec<String>,
    /// The architecture to run on
    #[arg(long, default_value_t = Arch::host())]
    arch: Arch,
    /// Another directory of programs in the form of Go's test directory
    #[arg(long, value_name = "DIR")]
    suite: Option<PathBuf>,
    /// The own tests of std's packages instead; FILTER names packages (net, net/...)
    #[arg(long = "std", conflicts_with_all = ["suite", "bless", "against_go", "build", "builds", "env"])]
    standard: bool,
    /// With --std: only find out, and keep, what official Go does
    #[arg(long, requires = "standard")]
    official: bool,
    /// Record: what official Go does (corpus; for a review first with INSTA_UPDATE=new), or the tally (with --suite)
    #[arg(long)]
    bless: bool,
    /// Compare with the official runtime's behaviour now, not with the recorded one
    #[arg(long)]
    against_go: bool,
    /// Run each variant this often
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    repeat: u32,
    /// Run one variant of each case instead of all: the Nth, counted round from one that the case's name chooses
    #[arg(long, value_name = "N", conflicts_with_all = ["suite", "standard", "bless"])]
    variant: Option<usize>,
    /// Run all programs with K=V in their environment, unless they set K themselves; GODEBUG settings add up
    #[arg(long, value_name = "K=V", value_parser = setting)]
    env: Vec<(String, String)>,
    /// Build std and all programs with a flag or setting: '-gcflags=all=-N -l', '-ldflags=-s', -trimpath, GOAMD64=v3
    #[arg(long, value_name = "FLAG", value_parser = build_flags, allow_hyphen_values = true)]
    build: Option<BuildFlags>,
    /// Run under every build that debuggers, checkers and releases use, one after the other
    #[arg(long, conflicts_with_all = ["build", "bless", "suite"])]
    builds: bool,
    /// Name the cases that are skipped, with the reason
    #[arg(long)]
    show_skipped: bool,
    /// Name so many of the cases that took longest, with the time to build and run them
    #[arg(long, value_name = "N", default_value_t = 0)]
    slowest: usize,
    /// How many cases at a time
    #[arg(long, short)]
    jobs: Option<usize>,
}

fn setting(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((k, v)) if !k.is_empty() => Ok((k.into(), v.into())),
        _ => Err(format!("{text:?} is no setting; it should look like GOGC=off")),
    }
}

fn build_flags(text: &str) -> Result<BuildFlags, String> {
    BuildFlags::parse(text).map_err(|e| e.to_string())
}

impl Args {
    /// Everything of the corpus on one architecture.
    pub fn all(arch: Arch) -> Self {
        Self {
            filter: vec![],
            arch,
            suite: None,
            standard: false,
            official: false,
            bless: false,
            against_go: false,
            repeat: 1,
            variant: None,
            env: vec![],
            build: None,
            builds: false,
            show_skipped: false,
            slowest: 0,
            jobs: None,
        }
    }

    /// Everything of the corpus, with a setting in the environment.
    pub fn under(arch: Arch, key: &str, value: &str) -> Self {
        Self { env: vec![(key.into(), value.into())], ..Self::all(arch) }
    }

    /// As [`Args::all`] with one variant of each case: the `n`th, counted round from one that depends on the case.
    pub fn one_variant(arch: Arch, n: usize) -> Self {
        Self { variant: Some(n), ..Self::all(arch) }
    }

    /// As [`Args::one_variant`], with a setting in the environment.
    pub fn one_variant_under(arch: Arch, key: &str, value: &str, n: usize) -> Self {
        Self { variant: Some(n), ..Self::under(arch, key, value) }
    }

    /// A part of the corpus, under every build.
    pub fn built_every_way(arch: Arch, filter: &[&str]) -> Self {
        Self { filter: filter.iter().map(|f| f.to_string()).collect(), builds: true, ..Self::all(arch) }
    }

    /// What the GOROOT has to be able to link: what runs, and what that builds.
    fn arches(&self) -> Vec<Arch> {
        let mut arches = vec![self.arch];
        if self.arch != Arch::host() {
            arches.push(Arch::host());
        }
        arches
    }

    fn jobs(&self) -> usize {
        self.jobs.unwrap_or_else(parallel::jobs)
    }

    fn is_wanted(&self, case: &Case) -> bool {
        self.filter.is_empty() || self.filter.iter().any(|f| case.name.contains(f.as_str()))
    }

    /// The command line that runs one case again.
    fn again(&self, case: &str, flags: &BuildFlags) -> String {
        let mut line = format!("cargo xtask conformance {case}");
        if self.arch != Arch::host() {
            line.push_str(&format!(" --arch {}", self.arch));
        }
        if let Some(dir) = &self.suite {
            line.push_str(&format!(" --suite {}", dir.display()));
        }
        for (k, v) in &self.env {
            line.push_str(&format!(" --env {k}={v}"));
        }
        if !flags.is_default() {
            line.push_str(&format!(" --build '{flags}'"));
        }
        if self.against_go {
            line.push_str(" --against-go");
        }
        line
    }
}

/// Runs the cases wanted and fails when one of them does.
pub fn run(paths: &Paths, args: &Args) -> Result<()> {
    if args.arch != Arch::host() {
        run::emulation(args.arch)?;
    }
    if args.standard {
        let made = match args.official {
            true => goroot::official_only(paths)?,
            false => goroot::ensure(paths, &paths.goroot(), &[args.arch], true)?,
        };
        let official = Golang::official(paths, &made, args.arch)?;
        let goxide = if args.official { None } else { Some(Golang::goxide(paths, &made, args.arch)?) };
        let standard = Standard { paths, official: &official, goxide: goxide.as_ref(), arch: args.arch, jobs: args.jobs() };
        return standard.run(&args.filter);
    }
    let corpus = paths.root.join("conformance");
    let root = args.suite.clone().unwrap_or_else(|| corpus.clone());
    let root = root.canonicalize().with_context(|| format!("{} is no directory", root.display()))?;
    let cases: Vec<Case> = case::find(&root)?.into_iter().filter(|c| args.is_wanted(c)).collect();
    ensure!(!cases.is_empty(), "no case is called {}", args.filter.join(" or "));

    // Recording the official runtime's behaviour needs no Goxide.
    let made = match args.bless && args.suite.is_none() {
        true => goroot::official_only(paths)?,
        // Emulated programs cannot run what they build: those of the corpus that do build it for this machine.
        false => goroot::ensure(paths, &paths.goroot(), &args.arches(), true)?,
    };
    snapshot::configure(args.bless);
    let rules = Rules::read(&corpus.join("normalise.toml"))?;
    let flags = args.build.clone().unwrap_or_default();
    let session = Session { paths, args, cases, rules: &rules, corpus: &corpus, made: &made, flags };
    match &args.suite {
        _ if args.builds => session.every_build(),
        Some(_) => session.suite(&root),
        None if args.bless => session.bless(),
        None => session.corpus(&session.flags),
    }
}

struct Session<'a> {
    paths: &'a Paths,
    args: &'a Args,
    cases: Vec<Case>,
    rules: &'a Rules,
    corpus: &'a Path,
    made: &'a goroot::Made,
    flags: BuildFlags,
}

/// Counts verdicts and prints failures as they happen.
struct Report<'a> {
    args: &'a Args,
    flags: &'a BuildFlags,
    bar: indicatif::ProgressBar,
    counts: Mutex<[usize; 3]>,
    times: Mutex<Vec<(Duration, String)>>,
}

impl<'a> Report<'a> {
    fn new(args: &'a Args, flags: &'a BuildFlags, cases: usize, what: &str) -> Self {
        Self { args, flags, bar: progress::bar(cases, what), counts: Mutex::default(), times: Mutex::default() }
    }

    /// Judges a case, and notes how long that took.
    fn timed<T>(&self, case: &Case, judge: impl FnOnce() -> Result<T>) -> Result<T> {
        let start = Instant::now();
        let outcome = judge();
        self.times.lock().expect("no reporter panics with the lock").push((start.elapsed(), case.name.clone()));
        outcome
    }

    fn add(&self, name: &str, verdict: &Verdict) {
        let mut counts = self.counts.lock().expect("no reporter panics with the lock");
        match verdict {
            Verdict::Passed => counts[0] += 1,
            Verdict::Skipped(why) => {
                counts[2] += 1;
                if self.args.show_skipped {
                    self.bar.suspend(|| println!("SKIP {name}: {why}"));
                }
            }
            Verdict::Unequipped(tool) => {
                counts[2] += 1;
                self.bar.suspend(|| println!("NOT RUN {name}: {tool} is not installed"));
            }
            Verdict::Failed(how) => {
                counts[1] += 1;
                self.bar.suspend(|| println!("FAIL {name}: {how}\n  again: {}\n", self.args.again(name, self.flags)));
            }
        }
        self.bar.inc(1);
    }

    /// Prints the closing line; fails when a case did.
    fn close(self) -> Result<()> {
        self.bar.finish_and_clear();
        let [passed, failed, skipped] = self.counts.into_inner().expect("no reporter panicked");
        let mut times = self.times.into_inner().expect("no reporter panicked");
        times.sort_unstable_by(|a, b| b.cmp(a));
        for (time, name) in times.iter().take(self.args.slowest) {
            println!("{:>8.1} s  {name}", time.as_secs_f64());
        }
        println!("{passed} passed, {failed} failed, {skipped} skipped");
        if failed > 0 {
            return Err(crate::Reported.into());
        }
        Ok(())
    }
}

impl Session<'_> {
    fn runner<'g>(&'g self, golang: &'g Golang) -> Runner<'g> {
        let scratch = self.paths.target.join(format!("conformance/tmp-{}", std::process::id()));
        Runner { golang, rules: self.rules, scratch, env: self.args.env.clone() }
    }

    /// The corpus under each of `VARIANTS`; all of them run, whatever fails first.
    fn every_build(&self) -> Result<()> {
        let mut failed = Vec::new();
        for text in VARIANTS {
            let flags = BuildFlags::parse(text)?;
            if !flags.applies_to(self.args.arch.go_name()) {
                continue;
            }
            println!("---- {text}");
            let start = Instant::now();
            if let Err(error) = self.corpus(&flags) {
                if !error.is::<crate::Reported>() {
                    println!("error: {error:#}");
                }
                failed.push(text);
            }
            println!("{} s", start.elapsed().as_secs());
        }
        ensure!(failed.is_empty(), "not every build does the same; see above: {}", failed.join(", "));
        Ok(())
    }

    /// The corpus, built with flags. What a program shows may depend on them (without inlining a traceback has other
    /// frames), so a case that differs from the record is held against the official runtime in the same build.
    fn corpus(&self, flags: &BuildFlags) -> Result<()> {
        let goxide = Golang::goxide_with(self.paths, self.made, self.args.arch, flags)?;
        let (builder, runner) = (Builder::new(self.paths, "ours", &goxide), self.runner(&goxide));
        let report = Report::new(self.args, flags, self.cases.len(), "cases");
        let repeat = self.args.repeat;
        let mut undecided: Vec<&Case> = self.cases.iter().collect();
        if !self.args.against_go {
            let judge = Judge {
                builder: &builder,
                runner: &runner,
                expected: Expected::Recorded(self.corpus),
                repeat,
                variant: self.args.variant,
                review: flags.is_default(),
            };
            let differ = parallel::map(self.args.jobs(), &undecided, |case| {
                let verdict = report.timed(case, || judge.judge(case))?;
                if matches!(verdict, Verdict::Failed(_)) && !flags.is_default() {
                    return Ok(true);
                }
                report.add(&case.name, &verdict);
                Ok(false)
            });
            let differ = differ.into_iter().collect::<Result<Vec<bool>>>()?;
            let mut differ = differ.into_iter();
            undecided.retain(|_| differ.next() == Some(true));
        }
        if !undecided.is_empty() {
            let official = Golang::official_with(self.paths, self.made, self.args.arch, flags)?;
            let live = (Builder::new(self.paths, "ours", &official), self.runner(&official));
            let judge = Judge {
                builder: &builder,
                runner: &runner,
                expected: Expected::Live(&live.0, &live.1),
                repeat,
                variant: self.args.variant,
                review: false,
            };
            let judged = parallel::map(self.args.jobs(), &undecided, |case| {
                report.add(&case.name, &report.timed(case, || judge.judge(case))?);
                Ok(())
            });
            judged.into_iter().collect::<Result<()>>()?;
        }
        let _ = std::fs::remove_dir(&runner.scratch);
        report.close()
    }

    fn bless(&self) -> Result<()> {
        let official = Golang::official(self.paths, self.made, self.args.arch)?;
        let (builder, runner) = (Builder::new(self.paths, "ours", &official), self.runner(&official));
        let report = Report::new(self.args, &self.flags, self.cases.len(), "recording");
        let recorded = parallel::map(self.args.jobs(), &self.cases, |case| {
            match bless(self.corpus, case, &builder, &runner)? {
                Blessed::Written => {
                    report.bar.suspend(|| println!("recorded {}", case.name));
                    report.add(&case.name, &Verdict::Passed);
                }
                Blessed::Pending => {
                    report.bar.suspend(|| println!("to review: {}", case.name));
                    report.add(&case.name, &Verdict::Passed);
                }
                Blessed::Same => report.add(&case.name, &Verdict::Passed),
                Blessed::Not(verdict) => report.add(&case.name, &verdict),
            }
            Ok(())
        });
        recorded.into_iter().collect::<Result<()>>()?;
        let _ = std::fs::remove_dir(&runner.scratch);
        report.close()
    }

    fn suite(&self, root: &Path) -> Result<()> {
        let arch = self.args.arch;
        // /usr/share/go-1.19/test is called go-1.19.
        let name = root.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned();
        let cases: Vec<&Case> = self.cases.iter().filter(|c| c.skipped(arch).is_none()).collect();
        let wanted = self.passed_by_go(&name, &cases)?;
        let goxide = Golang::goxide_with(self.paths, self.made, arch, &self.flags)?;
        let (builder, runner) = (Builder::new(self.paths, &name, &goxide), self.runner(&goxide));
        let report = Report::new(self.args, &self.flags, wanted.len(), "cases");
        let verdicts: Vec<Result<Verdict>> = parallel::map(self.args.jobs(), &wanted, |case| {
            let verdict = suite::judge(case, &builder, &runner)?;
            report.add(&case.name, &verdict);
            Ok(verdict)
        });
        let mut failures = Vec::new();
        for (case, verdict) in wanted.iter().zip(verdicts) {
            if let Verdict::Failed(how) = verdict? {
                failures.push((case.name.clone(), cause(&how)));
            }
        }
        // Those that are not for this architecture, and those that official Go does not pass.
        report.counts.lock().expect("no reporter panicked")[2] = self.cases.len() - wanted.len();
        if self.args.bless {
            ensure!(self.args.filter.is_empty(), "a tally of part of a suite is not recorded: drop the filter");
            let tally = Tally {
                suite: name,
                arch,
                cases: cases.len(),
                official: wanted.len(),
                goxide: wanted.len() - failures.len(),
                failures,
            };
            tally.record(&self.corpus.join("SUITES.md"))?;
        }
        let _ = std::fs::remove_dir(&runner.scratch);
        report.close()
    }

    /// Those of a suite's cases that official Go passes: what it did not yet run is run, and the outcome kept for the next time.
    fn passed_by_go<'c>(&self, suite: &str, cases: &[&'c Case]) -> Result<Vec<&'c Case>> {
        let arch = self.args.arch;
        let mut baseline = Baseline::read(&self.paths.target, suite, arch);
        let mut unknown = Vec::new();
        for &case in cases {
            if baseline.get(case)?.is_none() {
                unknown.push(case);
            }
        }
        if !unknown.is_empty() {
            let official = Golang::official(self.paths, self.made, arch)?; // what is right does not depend on the build
            let (builder, runner) = (Builder::new(self.paths, suite, &official), self.runner(&official));
            let bar = progress::bar(unknown.len(), "what official Go passes");
            let found = parallel::map(self.args.jobs(), &unknown, |case| {
                let verdict = suite::judge(case, &builder, &runner);
                bar.inc(1);
                verdict
            });
            bar.finish_and_clear();
            for (case, verdict) in unknown.into_iter().zip(found) {
                let verdict = verdict?;
                if let (Verdict::Failed(how), true) = (&verdict, self.args.show_skipped) {
                    println!("official Go fails {}: {}", case.name, cause(how));
                }
                baseline.set(case, matches!(verdict, Verdict::Passed))?;
            }
            baseline.write()?;
        }
        let mut passed = Vec::new();
        for &case in cases {
            if baseline.get(case)? == Some(true) {
                passed.push(case);
            }
        }
        Ok(passed)
    }
}

/// The line of a failure that says most: the first one that is not mere framing.
fn cause(how: &str) -> String {
    let lines: Vec<&str> = how.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
    let telling = ["panic:", "fatal error:", "undefined", "could not import", "relocation target", "signal"];
    let found = lines.iter().find(|l| telling.iter().any(|t| l.contains(t))).or_else(|| lines.first());
    found.map(|l| l.chars().take(140).collect()).unwrap_or_default()
}
