//! Where the bytes of a program file go: lld's map of it, read, and its bytes counted by crate (or Go package) and module, and by symbol.
//! Not here: building the program, and printing (`cmd::size`).
//!
//! The map, unlike a symbol table, is there for a stripped program too, which is the one whose size is claimed.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};

/// What a byte of a file is for, in the order of a report's columns.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Use {
    /// Instructions.
    Text,
    /// Constants, and the tables that tools and the runtime read.
    Constant,
    /// Variables that do not begin as zero.
    Data,
}

impl Use {
    /// Every use.
    pub const ALL: [Self; 3] = [Self::Text, Self::Constant, Self::Data];

    fn of(section: &str) -> Self {
        match section {
            ".text" => Self::Text,
            ".data" | ".noptrdata" | ".got" => Self::Data,
            _ => Self::Constant,
        }
    }
}

/// A crate or package, and what in it: a module, or the kind of a Go symbol.
pub type Owner = (String, String);

/// Where a file's bytes go.
#[derive(Default)]
pub struct Ledger {
    /// The file's.
    pub bytes: u64,
    /// Each section that is in the file, as it lies there.
    pub sections: Vec<(String, u64)>,
    /// By owner and use.
    pub owners: BTreeMap<Owner, [u64; 3]>,
    /// By symbol.
    pub symbols: BTreeMap<String, u64>,
}

/// Sections that are whole tables of Go's linker: what they say is of no one crate.
const TABLES: [&str; 6] = [".gopclntab", ".typelink", ".itablink", ".note.go.buildid", ".go.buildinfo", ".gosymtab"];

impl Ledger {
    /// Counts the bytes of `file`, of which `map` is the linker's map.
    pub fn new(file: &[u8], map: &str) -> Result<Self> {
        use object::{Object as _, ObjectSection as _};
        let elf = object::File::parse(file).context("the program file cannot be read")?;
        let mut ledger = Self { bytes: file.len() as u64, ..Self::default() };
        for section in elf.sections() {
            let size = section.file_range().map_or(0, |(_, size)| size);
            if size > 0 {
                ledger.sections.push((section.name()?.to_string(), size));
            }
        }
        let in_file = |name: &str| ledger.sections.iter().any(|(s, _)| s == name);
        let pieces = pieces(map)?;
        let mut counted: BTreeMap<&str, u64> = BTreeMap::new();
        for piece in pieces.iter().filter(|p| in_file(p.section)) {
            *counted.entry(piece.section).or_default() += piece.size;
            let (owner, column) = (owner(piece.section, &piece.name), Use::of(piece.section) as usize);
            ledger.owners.entry(owner).or_default()[column] += piece.size;
            *ledger.symbols.entry(piece.name.clone()).or_default() += piece.size;
        }
        // What no input section accounts for is padding between them.
        for (section, size) in &ledger.sections {
            let padding = size.saturating_sub(counted.get(section.as_str()).copied().unwrap_or(0));
            if padding > 0 {
                let owner = ("padding and names of sections".to_string(), section.clone());
                ledger.owners.entry(owner).or_default()[Use::of(section) as usize] += padding;
            }
        }
        let sections: u64 = ledger.sections.iter().map(|(_, size)| size).sum();
        ledger.sections.push(("headers".into(), ledger.bytes.saturating_sub(sections)));
        Ok(ledger)
    }
}

/// Some bytes that belong together.
#[derive(PartialEq, Eq, Debug)]
struct Piece<'a> {
    section: &'a str,
    /// The symbol's, as a reader wants it; where there is none, the input section's.
    name: String,
    size: u64,
}

/// A line of the map: where, how much, how deep it is indented (0: a section of the file, 1: one of an object, 2: a symbol), and what.
fn line(text: &str) -> Option<(u64, u64, usize, &str)> {
    let mut rest = text;
    let mut columns = [""; 4];
    for column in &mut columns {
        rest = rest.trim_start();
        let end = rest.find(' ')?;
        (*column, rest) = rest.split_at(end);
    }
    let hex = |column: &str| u64::from_str_radix(column, 16).ok();
    let what = rest.trim_start();
    let depth = (rest.len() - what.len()).saturating_sub(1) / 8;
    (!what.is_empty()).then_some((hex(columns[0])?, hex(columns[2])?, depth, what))
}

/// Splits the sections of the map up: an object's section by its symbols, each of which goes as far as the next.
fn pieces(map: &str) -> Result<Vec<Piece<'_>>> {
    let mut pieces = Vec::new();
    let mut section = "";
    let mut lines = map.lines().filter_map(line).peekable();
    ensure!(lines.peek().is_some(), "the linker's map is empty");
    while let Some((at, size, depth, what)) = lines.next() {
        if depth == 0 {
            section = what;
        }
        if depth != 1 || size == 0 {
            continue;
        }
        // The symbols by address; of those at one address, one that has a size, else the last: Go's linker marks places by symbols without.
        let mut symbols: BTreeMap<u64, (u64, &str)> = BTreeMap::new();
        while let Some((at, size, _, what)) = lines.next_if(|&(_, _, depth, _)| depth == 2) {
            let known = symbols.entry(at).or_insert((size, what));
            if known.0 == 0 {
                *known = (size, what);
            }
        }
        let whole = input_section(what);
        let end = at + size;
        let first = symbols.keys().next().map_or(end, |&first| first.clamp(at, end));
        if first > at {
            pieces.push(Piece { section, name: demangled(whole), size: first - at });
        }
        let starts: Vec<(u64, &str)> = symbols.iter().map(|(&at, &(_, name))| (at, name)).collect();
        for (i, &(start, name)) in starts.iter().enumerate() {
            let next = starts.get(i + 1).map_or(end, |&(next, _)| next).min(end);
            if next > start {
                pieces.push(Piece { section, name: demangled(name), size: next - start });
            }
        }
    }
    Ok(pieces)
}

/// `…/lib.a(member.o):(.rodata.name)` as `name`: the function that a table of jumps belongs to, and as `.rodata.cst16` what has none.
fn input_section(what: &str) -> &str {
    let section = what.rsplit_once(":(").map_or(what, |(_, s)| s.trim_end_matches(')'));
    let mut name = section;
    for prefix in [".text.unlikely.", ".text.", ".rodata.", ".data.rel.ro.", ".data.", ".bss."] {
        if let Some(rest) = section.strip_prefix(prefix) {
            name = rest;
            break;
        }
    }
    if name.starts_with(".Lanon") || name.starts_with("cst") || name.starts_with("str") { ".rodata" } else { name }
}

fn demangled(name: &str) -> String {
    format!("{:#}", rustc_demangle::demangle(name))
}

/// What a symbol belongs to.
fn owner(section: &str, name: &str) -> Owner {
    let pair = |a: &str, b: &str| (a.to_string(), b.to_string());
    if TABLES.contains(&section) {
        return pair("tables of Go's linker", section);
    }
    if name.starts_with('.') {
        return pair("Rust, of no one function", "constants: texts, places, names");
    }
    if name.starts_with("gx_") {
        return pair("entries", "gx_*: what stubs call");
    }
    if let Some((krate, module)) = rust_path(name) {
        return pair(krate, module);
    }
    // type:*, go:string.*, and one of a package: internal/cpu.X, runtime.(*T).f, type:.eq.main.T
    if let Some((kind, _)) = name.split_once(':') {
        return pair("Go, of no one package", kind);
    }
    let package_from = name.rfind('/').map_or(0, |slash| slash + 1);
    match name[package_from..].find('.') {
        Some(dot) if dot > 0 => pair(&name[..package_from + dot], ""),
        _ => pair("other symbols", name),
    }
}

/// Crate and module of a Rust path, the first one in the name: `<impl a::b::C for d::E>::f` is of `a::b`.
fn rust_path(name: &str) -> Option<(&str, &str)> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let at = name.find("::")?;
    let krate = &name[name[..at].rfind(|c| !is_word(c)).map_or(0, |i| i + 1)..at];
    if krate.is_empty() {
        // `<&T as core::fmt::Display>` has a path further on; `<T>::f` has not.
        return rust_path(&name[at + 2..]);
    }
    let rest = &name[at + 2..];
    let module = &rest[..rest.find(|c| !is_word(c)).unwrap_or(rest.len())];
    Some((krate, module))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAP: &str = "\
             VMA              LMA     Size Align Out     In      Symbol
          200240           200240      160    32 .rodata
          200240           200240       40    32         /tmp/go.o:(.rodata)
          200240           200240        0     1                 runtime.rodata
          200240           200240        0     1                 type:*
          200260           200260       10     1                 runtime.x.str
          200280           200280       20     8         lib.a(b.o):(.rodata._ZN14goxide_gotypes3mem5equal7compare17h647d131c74cdcc71E)
          2002a0           2002a0       60    16         <internal>:(.rodata.cst16)
          20c1c0           20c1c0       80    32 .text
          20c1c0           20c1c0       30    32         /tmp/go.o:(.text)
          20c1c4           20c1c4        4     1                 internal/cpu.doinit
          20c1d0           20c1d0       10     1                 runtime.(*E).f
          20c200           20c200       40     4         lib.a(b.o):(.text.gx_rt0)
          20c200           20c200       40     1                 gx_rt0
          30c200           30c200       40     4 .bss
          30c200           30c200       40     4         lib.a(b.o):(.bss.X)
";

    #[test]
    fn a_map_is_split_by_symbols() {
        let found = pieces(MAP).expect("a map");
        let found: Vec<(&str, &str, u64)> = found.iter().map(|p| (p.section, p.name.as_str(), p.size)).collect();
        assert_eq!(
            found,
            [
                (".rodata", "type:*", 0x20),
                (".rodata", "runtime.x.str", 0x20),
                (".rodata", "goxide_gotypes::mem::equal::compare", 0x20),
                (".rodata", ".rodata", 0x60),
                (".text", ".text", 4),
                (".text", "internal/cpu.doinit", 0xc),
                (".text", "runtime.(*E).f", 0x20),
                (".text", "gx_rt0", 0x40),
                (".bss", "X", 0x40),
            ]
        );
        assert!(pieces("no map\n").is_err());
    }

    #[test]
    fn symbols_have_owners() {
        let of = |name: &str| {
            let (a, b) = owner(".text", name);
            format!("{a} {b}")
        };
        assert_eq!(of("goxide_sched::rest::<impl goxide_sched::model::Sched<H>>::rest"), "goxide_sched rest");
        assert_eq!(of("<goxide_boot::start::Main as goxide_rt::steps::Steps>::f"), "goxide_boot start");
        assert_eq!(of("<&T as core::fmt::Display>::fmt"), "core fmt");
        assert_eq!(of("gx_rt0"), "entries gx_*: what stubs call");
        assert_eq!(of("internal/cpu.doinit"), "internal/cpu ");
        assert_eq!(of("runtime.(*TypeAssertionError).Error"), "runtime ");
        assert_eq!(of("type:.eq.runtime.X"), "Go, of no one package type");
        assert_eq!(owner(".gopclntab", "runtime.pclntab").0, "tables of Go's linker");
    }
}
