//! `cargo xtask abi`: the boundary held against what compiled Go code expects (`crate::inventory`). Every symbol of the
//! inventory must be accounted for, in `goroot/boundary.txt` or, for callers in assembly, in `goroot/abi0.txt`; and what
//! these call served must be there: in the compiled package runtime, for the ABI that is asked for, and in the library.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use object::{Object, ObjectSymbol};

use crate::boundary::{self, Entry, Kind};
use crate::goobj::Abi;
use crate::inventory::{self, Item};
use crate::toolchain::{Toolchain, VERSION};
use crate::{arch::Arch, layout, paths::Paths, stack_budget};

/// Arguments of `abi`.
#[derive(clap::Args, Default)]
pub struct Args {
    /// Count by package too
    #[arg(long)]
    groups: bool,
    /// List the symbols that are absent or refused
    #[arg(long)]
    absent: bool,
    /// Check instead how much stack the entries take
    #[arg(long)]
    stack: bool,
    /// First take the inventory from the official toolchain anew
    #[arg(long)]
    update: bool,
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
    /// It throws with its name when called; called from assembly, it does not link.
    Absent,
    /// Nothing refers to it on our targets.
    Unneeded,
    /// No table knows it.
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

/// The two tables by symbol.
struct Tables<'a> {
    entries: BTreeMap<&'a str, &'a Entry>,
    /// What is callable from assembly.
    assembly: BTreeMap<String, State>,
}

impl Tables<'_> {
    fn state(&self, item: &Item) -> State {
        if item.section != "assembly" {
            return State::of(self.entries.get(item.symbol.as_str()).copied());
        }
        self.assembly.get(&item.symbol).copied().unwrap_or(State::Unaccounted)
    }
}

/// Prints the counts; fails when a symbol is not accounted for or not where the tables say.
pub fn run(paths: &Paths, args: &Args) -> Result<()> {
    let table = boundary::entries(&paths.root)?;
    if args.stack {
        return leaf_stack(paths, &table);
    }
    if args.update {
        update(paths)?;
    }
    let tables =
        Tables { entries: table.iter().map(|e| (e.symbol.as_str(), e)).collect(), assembly: assembly_table(&paths.root)? };
    let inventory = inventory::load(&paths.root)?;

    let mut sections: BTreeMap<&str, [usize; 4]> = BTreeMap::new();
    let mut packages: BTreeMap<&str, [usize; 4]> = BTreeMap::new();
    let mut missing = Vec::new();
    for item in &inventory {
        let state = tables.state(item);
        sections.entry(&item.section).or_default()[state as usize] += 1;
        packages.entry(package(&item.symbol)).or_default()[state as usize] += 1;
        if state == State::Unaccounted {
            let file = if item.section == "assembly" { "abi0.txt" } else { "boundary.txt" };
            missing.push(format!("{} ({}): {file} does not mention it", item.symbol, item.section));
        }
        if state == State::Absent && args.absent {
            println!("absent: {} ({})", item.symbol, item.section);
        }
    }
    print("section", &sections);
    if args.groups {
        println!();
        print("package", &packages);
    }
    for symbol in tables.assembly.keys() {
        if !inventory.iter().any(|i| i.section == "assembly" && i.symbol == *symbol) {
            missing.push(format!("{symbol}: abi0.txt mentions it, but official Go does not define it for assembly"));
        }
    }

    for arch in Arch::ALL {
        let library = layout::library(&paths.goroot(), arch);
        if library.exists() {
            let problems = [not_in_library(&library, &table)?, not_compiled(paths, arch, &tables, &inventory)?].concat();
            missing.extend(problems.into_iter().map(|m| format!("{m} ({arch})")));
        } else {
            println!("({arch}: no library built, so its symbols are not checked; cargo xtask goroot builds it)");
        }
    }
    for problem in &missing {
        println!("error: {problem}");
    }
    println!("not seen: {}", inventory::UNSEEN);
    println!("{} symbols, {} in the table, {} problems", inventory.len(), table.len(), missing.len());
    if missing.is_empty() { Ok(()) } else { Err(crate::Reported.into()) }
}

/// Takes the inventory and says what is new in it.
fn update(paths: &Paths) -> Result<()> {
    let before = inventory::load(&paths.root).unwrap_or_default();
    let after = inventory::take(&Toolchain::find(paths)?.goroot)?;
    let names = |items: &[Item]| -> BTreeSet<String> { items.iter().map(|i| i.symbol.clone()).collect() };
    let (old, new) = (names(&before), names(&after));
    new.difference(&old).for_each(|name| println!("new: {name}"));
    old.difference(&new).for_each(|name| println!("gone: {name}"));
    let file = inventory::file(&paths.root);
    fs::write(&file, inventory::print(&after, VERSION)).with_context(|| format!("writing {}", file.display()))
}

/// `goroot/abi0.txt`: what assembly of other packages may call, and what becomes of it.
fn assembly_table(root: &Path) -> Result<BTreeMap<String, State>> {
    let path = root.join("goroot/abi0.txt");
    let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let mut table = BTreeMap::new();
    let mut state = None;
    for (number, line) in text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty() && !l.starts_with('#')) {
        if let Some(heading) = line.strip_suffix(':') {
            state = Some(match heading.split([',', ':']).next() {
                Some("served") => State::Served,
                Some("elsewhere") => State::Unneeded,
                Some("refused") => State::Absent,
                _ => bail!("abi0.txt:{}: a heading begins with served, elsewhere or refused", number + 1),
            });
            continue;
        }
        let state = state.with_context(|| format!("abi0.txt:{}: no heading says what becomes of it", number + 1))?;
        if table.insert(format!("runtime.{}", line.trim()), state).is_some() {
            bail!("abi0.txt:{}: {line} stands there twice", number + 1);
        }
    }
    Ok(table)
}

/// What the tables promise and the compiled package runtime does not define, or not for the ABI that callers use.
fn not_compiled(paths: &Paths, arch: Arch, tables: &Tables, inventory: &[Item]) -> Result<Vec<String>> {
    let compiled = inventory::compiled(&paths.goroot(), arch, &["-deps", "runtime"])?;
    let mut defined = inventory::definitions(compiled.get("runtime").context("no package runtime")?);
    inventory::add_lent(&mut defined, &compiled);
    let has = |symbol: &str, abi: &Abi| defined.get(symbol).is_some_and(|abis| abis.contains(abi));
    let mut missing = Vec::new();
    for item in inventory.iter().filter(|i| i.only.is_none_or(|only| only == arch)) {
        let symbol = &item.symbol;
        let promised = match tables.state(item) {
            State::Served => !matches!(tables.entries.get(symbol.as_str()), Some(e) if e.kind == Kind::Other),
            State::Absent => item.section != "assembly",
            State::Unneeded | State::Unaccounted => false,
        };
        // Which of them the tools call is not known.
        let any = item.section == "tools" && item.abis.iter().any(|abi| has(symbol, abi));
        for abi in item.abis.iter().filter(|_| !any) {
            if promised && !has(symbol, abi) {
                let kind = if *abi == Abi::Data { "a variable" } else { "a function" };
                missing
                    .push(format!("{symbol}: the compiled package does not define it as {kind} of ABI {}", abi.spelling()));
            }
            if item.section == "assembly" && tables.state(item) == State::Absent && has(symbol, abi) {
                missing.push(format!("{symbol}: abi0.txt says it is refused, but it is defined"));
            }
        }
    }
    for entry in tables.entries.values().filter(|e| matches!(e.kind, Kind::Unneeded(_))) {
        // The linker refuses programs that have such a variable, which would come into them with what uses it.
        if has(&entry.symbol, &Abi::Data) {
            missing.push(format!(
                "{}: the table says it is not needed, but the compiled package has a variable of the name",
                entry.symbol
            ));
        }
    }
    let elsewhere = |symbol: &str| inventory.iter().any(|i| i.symbol == symbol && i.only.is_some_and(|only| only != arch));
    for entry in tables.entries.values().filter(|e| !matches!(e.kind, Kind::Other | Kind::Unneeded(_))) {
        let symbol = &entry.symbol;
        if elsewhere(symbol) {
            continue;
        }
        // The linker makes the record of a package's initialisation; types have none that the table could name.
        if !defined.contains_key(symbol) && !symbol.ends_with("..inittask") {
            missing.push(format!("{symbol}: the table says it is served, but the compiled package does not define it"));
        }
    }
    Ok(missing)
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
        problems.extend(stack_budget::check_copies(&library, arch)?);
    }
    for problem in &problems {
        println!("error: {problem}");
    }
    if problems.is_empty() { Ok(()) } else { Err(crate::Reported.into()) }
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

    fn root() -> &'static Path {
        Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the repository")
    }

    #[test]
    fn packages_of_symbols() {
        assert_eq!(package("internal/poll.runtime_pollOpen"), "internal/poll");
        assert_eq!(package("runtime.(*Func).Name"), "runtime");
    }

    #[test]
    fn every_symbol_of_the_inventory_is_in_a_table() {
        let table = boundary::entries(root()).expect("a readable table");
        let tables = Tables {
            entries: table.iter().map(|e| (e.symbol.as_str(), e)).collect(),
            assembly: assembly_table(root()).expect("a readable table"),
        };
        let inventory = inventory::load(root()).expect("a readable inventory");
        let unknown: Vec<_> = inventory.iter().filter(|i| tables.state(i) == State::Unaccounted).collect();
        assert!(inventory.len() > 600 && unknown.is_empty(), "{unknown:?}");
    }
}
