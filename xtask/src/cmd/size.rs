//! `cargo xtask size`: where the bytes of a program file go, by section, by crate and module, and by symbol; beside another GOROOT's, what
//! became larger and smaller.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::cmd::goroot;
use crate::golang::{Golang, finish};
use crate::size::{Ledger, Owner, Use};
use crate::{arch::Arch, paths::Paths};

/// Arguments of `size`.
#[derive(clap::Args)]
pub struct Args {
    /// Go programs [default: an empty one, and one that greets by package fmt]
    programs: Vec<PathBuf>,
    /// The architecture they are built for [default: GOARCH, else this machine's]
    #[arg(long)]
    arch: Option<Arch>,
    /// Another GOROOT of Goxide, such as an earlier commit's, whose sizes come first
    #[arg(long, value_name = "DIR")]
    beside: Option<PathBuf>,
    /// Modules and symbols smaller than this are summed up
    #[arg(long, default_value_t = 1024, value_name = "BYTES")]
    least: u64,
}

/// Prints the sizes.
pub fn run(paths: &Paths, args: &Args) -> Result<()> {
    let arch = args.arch.unwrap_or_else(Arch::wanted);
    let made = goroot::ensure(paths, &paths.goroot(), &[arch], true)?;
    let ours = Golang::goxide(paths, &made, arch)?;
    let beside = args.beside.as_deref().map(|dir| Golang::beside(paths, &made, arch, dir)).transpose()?;
    let figures = paths.root.join("conformance/figures");
    let mut programs = args.programs.clone();
    if programs.is_empty() {
        programs = vec![figures.join("empty.go"), figures.join("hello.go")];
    }
    for program in &programs {
        let now = measure(paths, &ours, program)?;
        let before = beside.as_ref().map(|golang| measure(paths, golang, program)).transpose()?;
        print!("{}", report(&format!("{arch}: {}", paths.show(program)), before.as_ref(), &now, args.least));
    }
    Ok(())
}

/// Links a program, stripped, and counts its bytes.
fn measure(paths: &Paths, golang: &Golang, program: &Path) -> Result<Ledger> {
    let dir = paths.target.join("conformance/size");
    std::fs::create_dir_all(&dir)?;
    let program = program.canonicalize().with_context(|| format!("finding {}", program.display()))?;
    let stem = program.file_stem().unwrap_or_default().to_string_lossy();
    let exe = dir.join(format!("{stem}-{}-{}", golang.label, golang.arch));
    let map = exe.with_extension("map");
    let mut go = golang.go(["build", "-o"]);
    go.arg(&exe).arg(format!("-ldflags=-s -w -extldflags=-Wl,--no-demangle,-Map={}", map.display())).arg(&program);
    finish(go, "go build").map_err(|e| anyhow::anyhow!(e.0))?;
    Ledger::new(&std::fs::read(&exe)?, &std::fs::read_to_string(&map)?)
}

/// What is printed: a ledger, perhaps beside another.
struct Report<'a> {
    before: Option<&'a Ledger>,
    now: &'a Ledger,
    least: u64,
    out: String,
}

fn report(title: &str, before: Option<&Ledger>, now: &Ledger, least: u64) -> String {
    let mut report = Report { before, now, least, out: String::new() };
    report.put(format!("{title}: {} bytes, stripped\n", now.bytes));
    report.sections();
    report.owners();
    report.symbols();
    report.out
}

fn all(sizes: [u64; 3]) -> u64 {
    sizes.iter().sum()
}

fn sum(ledger: &Ledger, of: impl Fn(&Owner) -> bool) -> [u64; 3] {
    let mut sum = [0; 3];
    for (_, sizes) in ledger.owners.iter().filter(|(owner, _)| of(owner)) {
        Use::ALL.iter().for_each(|&column| sum[column as usize] += sizes[column as usize]);
    }
    sum
}

impl Report<'_> {
    fn put(&mut self, line: String) {
        self.out.push_str(&line);
        self.out.push('\n');
    }

    /// What stands above [`row`](Self::row).
    fn head(&self) -> String {
        let one = |name| format!("{name:>10}");
        if self.before.is_some() { one("before") + &one("now") + "         " } else { one("bytes") }
    }

    /// Before, now and the difference; alone, now.
    fn row(&self, of: impl Fn(&Ledger) -> u64) -> String {
        let now = of(self.now);
        match self.before.map(of) {
            None => format!("{now:>10}"),
            Some(before) => format!("{before:>10}{now:>10}{:>+9}", now.cast_signed() - before.cast_signed()),
        }
    }

    fn sections(&mut self) {
        self.put(self.head() + "  section");
        for (name, _) in &self.now.sections {
            let size = |ledger: &Ledger| ledger.sections.iter().find(|(s, _)| s == name).map_or(0, |&(_, n)| n);
            self.put(format!("{}  {name}", self.row(size)));
        }
        self.put(format!("{}  in all\n", self.row(|ledger| ledger.bytes)));
    }

    /// The larger of what owners have, beside and now.
    fn largest(&self, of: impl Fn(&Owner) -> bool) -> u64 {
        all(sum(self.now, &of)).max(self.before.map_or(0, |before| all(sum(before, &of))))
    }

    fn owner(&mut self, of: impl Fn(&Owner) -> bool, what: &str) {
        let [text, constant, data] = sum(self.now, &of);
        self.put(format!("{}{text:>10}{constant:>10}{data:>10}  {what}", self.row(|ledger| all(sum(ledger, &of)))));
    }

    /// Those owners by crate, the largest first; modules that are smaller than the least together.
    fn owners(&mut self) {
        self.put(format!("{}{:>10}{:>10}{:>10}  crate or package, module", self.head(), "text", "constant", "data"));
        let owners: BTreeSet<&Owner> =
            self.before.iter().flat_map(|b| b.owners.keys()).chain(self.now.owners.keys()).collect();
        let crates: BTreeSet<&str> = owners.iter().map(|(krate, _)| krate.as_str()).collect();
        let mut crates: Vec<(u64, &str)> = crates.into_iter().map(|c| (self.largest(|o| o.0 == c), c)).collect();
        crates.sort_by_key(|&(size, name)| (std::cmp::Reverse(size), name));
        let (shown, few): (Vec<_>, Vec<_>) = crates.into_iter().partition(|&(size, _)| size >= self.least);
        for (_, krate) in shown {
            self.owner(|o| o.0 == krate, krate);
            self.modules(owners.iter().copied().filter(|o| o.0 == krate).collect());
        }
        if !few.is_empty() {
            self.owner(|o| few.iter().any(|&(_, krate)| o.0 == krate), &format!("{} smaller", few.len()));
        }
    }

    /// The modules of one crate.
    fn modules(&mut self, mut modules: Vec<&Owner>) {
        if modules.len() < 2 {
            return;
        }
        modules.sort_by_key(|m| std::cmp::Reverse(self.largest(|o| o == *m)));
        let (large, small): (Vec<&Owner>, Vec<&Owner>) =
            modules.into_iter().partition(|m| self.largest(|o| o == *m) >= self.least);
        for module in &large {
            self.owner(|o| o == *module, &format!("    {}", module.1));
        }
        if !large.is_empty() && !small.is_empty() {
            self.owner(|o| small.contains(&o), &format!("    {} smaller", small.len()));
        }
    }

    /// The largest symbols; beside another, those that changed most.
    fn symbols(&mut self) {
        self.put(format!("\n{}  symbol", self.head()));
        let names: BTreeSet<&String> =
            self.before.iter().flat_map(|b| b.symbols.keys()).chain(self.now.symbols.keys()).collect();
        let size = |ledger: &Ledger, name: &String| ledger.symbols.get(name).copied().unwrap_or(0);
        let counts = |name: &String| {
            let now = size(self.now, name);
            self.before.map_or(now, |before| size(before, name).abs_diff(now))
        };
        let mut symbols: Vec<(u64, &String)> = names.into_iter().map(|name| (counts(name), name)).collect();
        symbols.retain(|&(counts, _)| counts >= self.least.max(1));
        symbols.sort_by_key(|&(counts, name)| (std::cmp::Reverse(counts), name));
        for (_, name) in symbols {
            self.put(format!("{}  {name}", self.row(|ledger| size(ledger, name))));
        }
        self.put(String::new());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger(main: u64, symbol: u64) -> Ledger {
        let owner = |a: &str, b: &str| (a.to_string(), b.to_string());
        Ledger {
            bytes: main + 2048,
            sections: vec![(".text".into(), main + 48), ("headers".into(), 2000)],
            owners: [(owner("goxide_rt", "gc"), [main, 0, 0]), (owner("goxide_rt", "env"), [48, 0, 0])].into(),
            symbols: [("goxide_rt::gc::f".to_string(), symbol)].into(),
        }
    }

    #[test]
    fn a_report_sums_up_and_compares() {
        let alone = report("x", None, &ledger(5000, 4096), 1024);
        assert!(alone.contains("      5048      5048         0         0  goxide_rt\n"), "{alone}");
        assert!(alone.contains("        48        48         0         0      1 smaller\n"), "{alone}");
        assert!(alone.contains("      4096  goxide_rt::gc::f\n"), "{alone}");
        let beside = report("x", Some(&ledger(9000, 8192)), &ledger(5000, 4096), 1024);
        assert!(beside.contains("      9000      5000    -4000      5000         0         0      gc\n"), "{beside}");
        assert!(beside.contains("      8192      4096    -4096  goxide_rt::gc::f\n"), "{beside}");
        assert!(beside.contains("     11048      7048    -4000  in all\n"), "{beside}");
    }
}
