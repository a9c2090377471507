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
    go.arg(&exe).arg(format!("-ldflags=-s -w -extldflags=-Wl,-Map={}", map.display())).arg(&program);
    finish(go, "go build").map_err(|e| anyhow::anyhow!(e.0))?;
    Ledger::new(&std::fs::read(&exe)?, &std::fs::read_to_string(&map)?)
}

/// A row of numbers: with something beside, before, now and the difference; else now.
fn row(before: Option<u64>, now: u64) -> String {
    match before {
        None => format!("{now:>10}"),
        Some(before) => format!("{before:>10}{now:>10}{:>+9}", now.cast_signed() - before.cast_signed()),
    }
}

fn report(title: &str, before: Option<&Ledger>, now: &Ledger, least: u64) -> String {
    let mut out = format!("{title}: {} bytes, stripped\n\n", now.bytes);
    let mut put = |line: String| {
        out.push_str(&line);
        out.push('\n');
    };
    let columns =
        if before.is_some() { format!("{:>10}{:>10}{:>9}", "before", "now", "") } else { format!("{:>10}", "bytes") };
    put(format!("{columns}  section"));
    let section = |ledger: &Ledger, name: &str| ledger.sections.iter().find(|(s, _)| s == name).map_or(0, |&(_, n)| n);
    for (name, size) in &now.sections {
        put(format!("{}  {name}", row(before.map(|b| section(b, name)), *size)));
    }
    put(format!("{}  in all\n", row(before.map(|b| b.bytes), now.bytes)));

    let sum = |ledger: &Ledger, of: &dyn Fn(&Owner) -> bool| -> [u64; 3] {
        let mut sum = [0; 3];
        for (_, sizes) in ledger.owners.iter().filter(|(owner, _)| of(owner)) {
            Use::ALL.iter().for_each(|&column| sum[column as usize] += sizes[column as usize]);
        }
        sum
    };
    let all = |sizes: [u64; 3]| sizes.iter().sum::<u64>();
    let line = |of: &dyn Fn(&Owner) -> bool, what: &str| {
        let sizes = sum(now, of);
        let [text, constant, data] = sizes;
        format!("{}{text:>10}{constant:>10}{data:>10}  {what}", row(before.map(|b| all(sum(b, of))), all(sizes)))
    };
    put(format!("{columns}{:>10}{:>10}{:>10}  crate or package, module", "text", "constant", "data"));
    let owners: BTreeSet<&Owner> = before.iter().flat_map(|b| b.owners.keys()).chain(now.owners.keys()).collect();
    let largest = |of: &dyn Fn(&Owner) -> bool| all(sum(now, of)).max(before.map_or(0, |b| all(sum(b, of))));
    let mut crates: Vec<&str> =
        owners.iter().map(|(krate, _)| krate.as_str()).collect::<BTreeSet<_>>().into_iter().collect();
    crates.sort_by_key(|krate| std::cmp::Reverse(largest(&|o| o.0 == *krate)));
    let (shown, few): (Vec<&str>, Vec<&str>) = crates.into_iter().partition(|krate| largest(&|o| o.0 == *krate) >= least);
    for krate in shown {
        put(line(&|o| o.0 == krate, krate));
        let mut modules: Vec<&Owner> = owners.iter().copied().filter(|o| o.0 == krate).collect();
        if modules.len() < 2 {
            continue;
        }
        modules.sort_by_key(|m| std::cmp::Reverse(largest(&|o| o == *m)));
        let (large, small): (Vec<&Owner>, Vec<&Owner>) = modules.into_iter().partition(|m| largest(&|o| o == *m) >= least);
        for module in &large {
            put(line(&|o| o == *module, &format!("    {}", module.1)));
        }
        if !large.is_empty() && !small.is_empty() {
            put(line(&|o| small.contains(&o), &format!("    {} smaller", small.len())));
        }
    }
    if !few.is_empty() {
        put(line(&|o| few.contains(&o.0.as_str()), &format!("{} smaller", few.len())));
    }

    put(format!("\n{columns}  symbol"));
    let names: BTreeSet<&String> = before.iter().flat_map(|b| b.symbols.keys()).chain(now.symbols.keys()).collect();
    let size = |ledger: &Ledger, name: &String| ledger.symbols.get(name).copied().unwrap_or(0);
    let mut symbols: Vec<(u64, Option<u64>, &String)> =
        names.into_iter().map(|name| (size(now, name), before.map(|b| size(b, name)), name)).collect();
    // Beside another, what changed most comes first.
    symbols.sort_by_key(|&(now, before, name)| (std::cmp::Reverse(before.map_or(now, |b| b.abs_diff(now))), name));
    for (now, before, name) in symbols {
        if before.map_or(now, |b| b.abs_diff(now)) >= least.max(1) {
            put(format!("{}  {name}", row(before, now)));
        }
    }
    put(String::new());
    out
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
