//! `cargo xtask figures`: what is claimed of the runtime, measured now beside official
//! Go: what allocations cost, what the compiler calls, how a program starts.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::golang::Golang;
use crate::measure::{self, Pair};
use crate::{paths::Paths, progress};

/// Arguments of `figures`.
#[derive(clap::Args)]
pub struct Args {
    /// Only these: alloc, calls, boot, start
    only: Vec<String>,
    /// How often each empty program is started
    #[arg(long, default_value_t = 1000)]
    starts: usize,
}

/// What `make([]int, n)` costs in bytes.
const EXPECTED: [(u64, u64); 4] = [(1024, 8192), (1025, 9472), (1 << 20, 8_388_608), ((1 << 20) + 1, 8_396_800)];
/// What the measuring harness itself may add per operation when there are few of them.
const HARNESS: u64 = 11;

/// Prints the figures; fails when an allocation costs something else than expected.
pub fn run(paths: &Paths, args: &Args) -> Result<()> {
    let (pair, _) = Pair::new(paths)?;
    let figures = Figures { paths, pair, dir: paths.root.join("conformance/figures") };
    let wanted = |name: &str| args.only.is_empty() || args.only.iter().any(|o| o == name);
    let mut outcomes = Vec::new();
    if wanted("alloc") {
        outcomes.push(("alloc", figures.alloc()));
    }
    if wanted("calls") {
        outcomes.push(("calls", figures.calls()));
    }
    if wanted("boot") {
        outcomes.push(("boot", figures.boot()));
    }
    if wanted("start") {
        outcomes.push(("start", figures.start(args.starts)));
    }
    ensure!(!outcomes.is_empty(), "there are alloc, calls, boot and start");
    let mut failed = false;
    for (name, outcome) in outcomes {
        if let Err(error) = outcome {
            failed = true;
            println!("{name}: {error:#}");
        }
    }
    if failed { Err(crate::Reported.into()) } else { Ok(()) }
}

struct Figures<'a> {
    paths: &'a Paths,
    pair: Pair,
    dir: PathBuf,
}

impl Figures<'_> {
    fn build(&self, golang: &Golang, name: &str) -> Result<(crate::conformance::case::Case, PathBuf)> {
        let corpus = self.dir.parent().unwrap_or(&self.dir);
        measure::build(self.paths, golang, corpus, &self.dir.join(name))
    }

    /// B/op and allocs/op of four slices.
    fn alloc(&self) -> Result<()> {
        let spin = progress::spinner("allocations");
        let mut columns = Vec::new();
        for golang in self.pair.both() {
            let (case, exe) = self.build(golang, "alloc.go")?;
            columns.push(numbers(&measure::output(&case, &exe)?)?);
        }
        spin.finish_and_clear();
        println!("make([]int, n): bytes and allocations per operation (MemStats over 100 operations)\n");
        println!("{:>10}{:>12}{:>22}{:>22}", "n", "expected", "go1.21.13", "goxide");
        let mut wrong = 0;
        for (row, (n, expected)) in EXPECTED.into_iter().enumerate() {
            let cell = |column: &Vec<Vec<u64>>| {
                let [_, bytes, allocs, ..] = column.get(row)?[..] else { return None };
                Some((bytes, allocs, format!("{bytes} B, {allocs}")))
            };
            let cells: Vec<_> = columns.iter().map(|c| cell(c).context("a line is missing")).collect::<Result<_>>()?;
            println!("{n:>10}{expected:>12}{:>22}{:>22}", cells[0].2, cells[1].2);
            let (bytes, allocs, _) = &cells[1];
            wrong += usize::from(!(expected..=expected + HARNESS).contains(bytes) || *allocs != 1);
        }
        println!("\nUp to {HARNESS} bytes more are the harness's own, shared among few operations.\n");
        ensure!(wrong == 0, "{wrong} of these are not what they should be");
        Ok(())
    }

    /// Which runtime functions the compiler calls, line by line. It is one compiler, so
    /// the lists must be equal; what differs is who answers.
    fn calls(&self) -> Result<()> {
        let source = self.dir.join("calls.go");
        let official = calls(self.paths, &self.pair.official, &source)?;
        let goxide = calls(self.paths, &self.pair.goxide, &source)?;
        let text = std::fs::read_to_string(&source)?;
        println!("What the compiler calls for slices, maps and channels\n");
        let mut last = 0;
        for (line, call) in &goxide {
            let code = text.lines().nth(line.saturating_sub(1)).unwrap_or_default().trim();
            let code = if *line == last { "" } else { code };
            println!("  {code:<44} runtime.{call}");
            last = *line;
        }
        println!();
        ensure!(official == goxide, "the official toolchain's calls differ:\n{official:?}");
        Ok(())
    }

    /// The bootstrap, step by step, as the program itself reports it.
    fn boot(&self) -> Result<()> {
        let (_, exe) = self.build(&self.pair.goxide, "empty.go")?;
        let ran = Command::new(exe).env("GODEBUG", "boottrace=1").stdin(Stdio::null()).output()?;
        let text = String::from_utf8_lossy(&ran.stderr);
        println!("The bootstrap (GODEBUG=boottrace=1)\n");
        for line in text.lines() {
            println!("  {line}");
        }
        println!();
        ensure!(ran.status.success(), "the empty program ended with {}", ran.status);
        ensure!(text.lines().count() > 1, "the empty program printed no steps");
        Ok(())
    }

    /// Size and start of an empty program, beside C.
    fn start(&self, rounds: usize) -> Result<()> {
        let mut programs = Vec::new();
        for (name, flags) in [("C, dynamic", &[][..]), ("C, static", &["-static"][..])] {
            match c_program(self.paths, flags) {
                Ok(exe) => programs.push((name, exe)),
                Err(error) => println!("({name}: {error:#})"),
            }
        }
        for (name, golang) in ["go1.21.13", "goxide"].into_iter().zip(self.pair.both()) {
            programs.push((name, self.build(golang, "empty.go")?.1));
        }
        let bar = progress::bar(rounds, "starts");
        let exes: Vec<PathBuf> = programs.iter().map(|(_, exe)| exe.clone()).collect();
        measure::starts(&exes, 20.min(rounds), || {})?;
        let times = measure::starts(&exes, rounds, || bar.inc(1))?;
        bar.finish_and_clear();

        println!("An empty program (-s -w): size, and {rounds} executions from spawn to exit, in turn\n");
        println!(
            "{:<12}{:>12}{:>12}{:>12}{:>12}{:>14}{:>13}",
            "", "bytes", "mean us", "median us", "min us", "mean/goxide", "min/goxide"
        );
        let us = |d: std::time::Duration| d.as_secs_f64() * 1e6;
        let goxide = times.last().context("goxide is among them")?;
        for ((name, exe), time) in programs.iter().zip(&times) {
            let size = std::fs::metadata(exe)?.len();
            println!(
                "{name:<12}{size:>12}{:>12.0}{:>12.0}{:>12.0}{:>14.2}{:>13.2}",
                us(time.mean()),
                us(time.median()),
                us(time.min()),
                us(time.mean()) / us(goxide.mean()),
                us(time.min()) / us(goxide.min()),
            );
        }
        println!();
        Ok(())
    }
}

fn numbers(text: &str) -> Result<Vec<Vec<u64>>> {
    let line = |l: &str| l.split_whitespace().map(|n| n.parse().context("a number")).collect();
    text.lines().map(line).collect()
}

/// The lines of a program and the runtime functions called there.
fn calls(paths: &Paths, golang: &Golang, source: &Path) -> Result<Vec<(usize, String)>> {
    let out = paths.target.join(format!("conformance/calls-{}.a", golang.label));
    let listing = golang.listing(source, &out)?;
    let mut found: Vec<(usize, String)> = listing.lines().filter_map(call).collect();
    found.sort();
    found.dedup();
    ensure!(!found.is_empty(), "the compiler's listing holds no calls");
    Ok(found)
}

/// `0x0018 00024 (calls.go:13) CALL runtime.makeslice(SB)`, with tabs, as (13, makeslice), unless
/// it is part of what every function has.
fn call(line: &str) -> Option<(usize, String)> {
    let (place, instruction) = line.split_once(")\t")?;
    let number = place.rsplit(':').next()?.parse().ok()?;
    let mut words = instruction.split_whitespace();
    if !["CALL", "DUFFZERO", "DUFFCOPY"].contains(&words.next()?) {
        return None;
    }
    let name = words.next()?.strip_prefix("runtime.")?.split('(').next()?;
    let everywhere = name.starts_with("morestack") || name.starts_with("panicIndex") || name.starts_with("panicSlice");
    (!everywhere && !name.starts_with("gcWriteBarrier")).then(|| (number, name.to_string()))
}

/// `int main(void) { return 0; }`, compiled by whatever C compiler is there.
fn c_program(paths: &Paths, flags: &[&str]) -> Result<PathBuf> {
    let dir = paths.target.join("conformance/measured/c");
    std::fs::create_dir_all(&dir)?;
    let (source, exe) = (dir.join("empty.c"), dir.join(format!("empty{}", flags.concat())));
    std::fs::write(&source, "int main(void) { return 0; }\n")?;
    let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
    let built = Command::new(compiler).args(["-O2", "-s"]).args(flags).arg("-o").arg(&exe).arg(&source).output();
    let built = built.context("no C compiler")?;
    ensure!(built.status.success(), "it does not compile: {}", String::from_utf8_lossy(&built.stderr).trim());
    Ok(exe)
}

#[cfg(test)]
mod tests {
    use super::call;

    #[test]
    fn calls_in_a_listing() {
        let line = "\t0x0021 00033 (calls.go:9)\tCALL\truntime.makeslice(SB)";
        assert_eq!(call(line), Some((9, "makeslice".into())));
        assert_eq!(call("\t0x0021 00033 (calls.go:9)\tCALL\truntime.morestack_noctxt(SB)"), None);
        assert_eq!(call("\t0x0021 00033 (calls.go:9)\tMOVQ\tAX, BX"), None);
        assert_eq!(call("\t0x0021 00033 (calls.go:9)\tCALL\tsync.(*WaitGroup).Add(SB)"), None);
    }
}
