//! `cargo xtask abi`: the boundary table held against what compiled Go code expects.
//! Every symbol of `goroot/abi_inventory.txt` must be accounted for, and what the
//! table calls served must be there: in the Go files, the assembly or the library.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use object::{Object, ObjectSymbol};

use crate::boundary::{self, Entry, Kind};
use crate::{arch::Arch, layout, paths::Paths, stack_budget};

/// Arguments of `abi`.
#[derive(clap::Args, Default)]
pub struct Args {
    /// Count by package too
    #[arg(long)]
    groups: bool,
    /// List the symbols that are absent
    #[arg(long)]
    absent: bool,
    /// Check instead how much stack the entries take
    #[arg(long)]
    stack: bool,
}

impl Args {
    /// The check of the entries' stack.
    pub fn stack() -> Self {
        Self { stack: true, ..Self::default() }
    }
}

/// What becomes of a symbol.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    /// Rust, or the Go and assembly around it.
    Served,
    /// It throws with its name when called.
    Absent,
    /// Nothing refers to it on our targets.
    Unneeded,
    /// The table does not know it.
    Unaccounted,
}

impl State {
    fn of(entry: Option<&Entry>) -> Self {
        match entry.map(|e| &e.kind) {
            None => Self::Unaccounted,
            Some(Kind::Absent) => Self::Absent,
            Some(Kind::Unneeded(_)) => Self::Unneeded,
            Some(_) => Self::Served,
        }
    }
}

/// Prints the counts; fails when a symbol is not accounted for or not where the table says.
pub fn run(paths: &Paths, args: &Args) -> Result<()> {
    let table = boundary::entries(&paths.root)?;
    if args.stack {
        return leaf_stack(paths, &table);
    }
    let by_symbol: BTreeMap<&str, &Entry> = table.iter().map(|e| (e.symbol.as_str(), e)).collect();
    let inventory = inventory(&paths.root)?;

    let mut sections: BTreeMap<&str, [usize; 4]> = BTreeMap::new();
    let mut packages: BTreeMap<&str, [usize; 4]> = BTreeMap::new();
    let mut missing = Vec::new();
    for (section, symbol) in &inventory {
        let state = State::of(by_symbol.get(symbol.as_str()).copied());
        sections.entry(section).or_default()[state as usize] += 1;
        packages.entry(package(symbol)).or_default()[state as usize] += 1;
        if state == State::Unaccounted {
            missing.push(format!("{symbol} ({section}): boundary.txt does not mention it"));
        }
    }
    print("section", &sections);
    if args.groups {
        println!();
        print("package", &packages);
    }
    if args.absent {
        let absent = inventory.iter().filter(|(_, s)| State::of(by_symbol.get(s.as_str()).copied()) == State::Absent);
        for (section, symbol) in absent {
            println!("absent: {symbol} ({section})");
        }
    }

    missing.extend(not_in_goroot(&paths.root, &table)?);
    for arch in Arch::ALL {
        let library = layout::library(&paths.goroot(), arch);
        if library.exists() {
            missing.extend(not_in_library(&library, &table)?.into_iter().map(|m| format!("{m} ({arch})")));
        } else {
            println!("({arch}: no library built, so its symbols are not checked; cargo xtask goroot builds it)");
        }
    }
    for problem in &missing {
        println!("error: {problem}");
    }
    println!("{} symbols, {} in the table, {} problems", inventory.len(), table.len(), missing.len());
    if missing.is_empty() { Ok(()) } else { Err(crate::Reported.into()) }
}

/// Holds the entries of every library that is built against their bounds.
fn leaf_stack(paths: &Paths, table: &[Entry]) -> Result<()> {
    let leaves = stack_budget::leaves(table);
    let mut problems = Vec::new();
    for arch in Arch::ALL {
        let library = layout::library(&paths.goroot(), arch);
        anyhow::ensure!(library.exists(), "no library for {arch}; cargo xtask goroot builds it");
        problems.extend(stack_budget::check(&library, arch, &leaves)?);
        problems.extend(stack_budget::check_recursion(&library, arch)?);
    }
    for problem in &problems {
        println!("error: {problem}");
    }
    if problems.is_empty() { Ok(()) } else { Err(crate::Reported.into()) }
}

/// The inventory's symbols with the section each stands in.
fn inventory(root: &Path) -> Result<Vec<(String, String)>> {
    let file = root.join("goroot/abi_inventory.txt");
    let text = fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
    let mut section = String::new();
    let mut found = Vec::new();
    for line in text.lines() {
        if let Some((name, _)) = line.strip_prefix('[').and_then(|l| l.split_once(']')) {
            section = name.to_string();
        } else if let Some(symbol) = line.split_whitespace().next().filter(|s| !s.starts_with('#')) {
            found.push((section.clone(), symbol.to_string()));
        }
    }
    Ok(found)
}

/// The package part of a symbol: up to the first dot behind the last slash.
fn package(symbol: &str) -> &str {
    let slash = symbol.rfind('/').map_or(0, |i| i + 1);
    symbol[slash..].find('.').map_or(symbol, |dot| &symbol[..slash + dot])
}

fn print(title: &str, counts: &BTreeMap<&str, [usize; 4]>) {
    println!("{title:<28}{:>8}{:>8}{:>10}{:>13}", "served", "absent", "unneeded", "unaccounted");
    let mut sum = [0; 4];
    for (name, row) in counts {
        println!("{name:<28}{:>8}{:>8}{:>10}{:>13}", row[0], row[1], row[2], row[3]);
        sum = std::array::from_fn(|i| sum[i] + row[i]);
    }
    println!("{:<28}{:>8}{:>8}{:>10}{:>13}", "sum", sum[0], sum[1], sum[2], sum[3]);
}

/// Entries the table calls `go` or `asm` that no file of `goroot/runtime` defines.
fn not_in_goroot(root: &Path, table: &[Entry]) -> Result<Vec<String>> {
    let (mut go, mut assembly) = (String::new(), String::new());
    for file in walkdir::WalkDir::new(root.join("goroot/runtime")) {
        let file = file?;
        match file.path().extension().and_then(|e| e.to_str()) {
            Some("go") => go.push_str(&fs::read_to_string(file.path())?),
            Some("s" | "h") => assembly.push_str(&fs::read_to_string(file.path())?),
            _ => {}
        }
    }
    let declared = declared(&go);
    let words: BTreeSet<&str> = assembly.split(|c: char| !(c.is_alphanumeric() || "_·∕".contains(c))).collect();
    let mut missing = Vec::new();
    for entry in table {
        let package = package(&entry.symbol);
        let name = entry.symbol.get(package.len() + 1..).unwrap_or(&entry.symbol);
        let found = match entry.kind {
            // The linker makes the record of a package's initialisation.
            Kind::Go if name == ".inittask" => true,
            Kind::Go => declared.contains(entry.symbol.as_str()) || (package == "runtime" && declared.contains(name)),
            Kind::Asm => {
                let spelled = format!("{}·{name}", package.replace('/', "∕"));
                words.contains(spelled.as_str()) || (package == "runtime" && words.contains(format!("·{name}").as_str()))
            }
            _ => true,
        };
        if !found {
            let place = if entry.kind == Kind::Go { "a Go file" } else { "an assembly file" };
            missing.push(format!("{}: the table says it is in {place} of goroot/runtime, but none has it", entry.symbol));
        }
    }
    Ok(missing)
}

/// What Go source declares, in the linker's spelling without the package: functions,
/// methods, variables, types, and names given by `//go:linkname`.
fn declared(source: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let identifier = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    for line in source.lines() {
        if let Some(link) = line.strip_prefix("//go:linkname ") {
            names.extend(link.split_whitespace().map(String::from));
        }
        if let Some((receiver, method)) = line.strip_prefix("func (").and_then(|l| l.split_once(") ")) {
            let of = receiver.rsplit(' ').next().unwrap_or(receiver);
            let of = if of.starts_with('*') { format!("({of})") } else { of.to_string() };
            names.insert(format!("{of}.{}", identifier(method)));
            continue;
        }
        let line = line.trim_start();
        let rest = ["func ", "var ", "type ", "const "].iter().find_map(|k| line.strip_prefix(k)).unwrap_or(line);
        names.insert(identifier(rest));
    }
    names
}

/// Rust symbols that the table names and the library does not define.
fn not_in_library(library: &Path, table: &[Entry]) -> Result<Vec<String>> {
    let data = fs::read(library).with_context(|| format!("reading {}", library.display()))?;
    let archive = object::read::archive::ArchiveFile::parse(&*data)?;
    let mut defined = BTreeSet::new();
    for member in archive.members() {
        let member = member?;
        let Ok(file) = object::File::parse(member.data(&*data)?) else { continue };
        for symbol in file.symbols().filter(|s| s.is_definition() && s.is_global()) {
            defined.insert(symbol.name()?.to_string());
        }
    }
    let mut missing = Vec::new();
    for entry in table {
        let wanted = entry.is_rust().then(|| entry.rust_symbol()).into_iter().chain(entry.second_symbol());
        let absent = wanted.filter(|w| !defined.contains(w));
        missing.extend(absent.map(|w| format!("{}: the library does not define {w}", entry.symbol)));
    }
    Ok(missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_of_symbols() {
        assert_eq!(package("internal/poll.runtime_pollOpen"), "internal/poll");
        assert_eq!(package("runtime.(*Func).Name"), "runtime");
    }

    #[test]
    fn every_symbol_of_the_inventory_is_in_the_table() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the repository");
        let table = boundary::entries(root).expect("a readable table");
        let known: BTreeSet<&str> = table.iter().map(|e| e.symbol.as_str()).collect();
        let inventory = inventory(root).expect("a readable inventory");
        let unknown: Vec<_> = inventory.iter().filter(|(_, s)| !known.contains(s.as_str())).collect();
        assert!(inventory.len() > 400 && unknown.is_empty(), "{unknown:?}");
    }

    #[test]
    fn declarations() {
        let found = declared("func f(x int)\nfunc (t *T) M() {\nfunc (U) N() {\n//go:linkname g sync.h\nvar v, w int\nvar (\n\tzerobase uintptr\n)\n");
        for name in ["f", "(*T).M", "U.N", "g", "sync.h", "v", "zerobase"] {
            assert!(found.contains(name), "{name}");
        }
    }
}
