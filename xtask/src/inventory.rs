//! What compiled code and the official tools expect of package runtime: every place that names come from, read
//! mechanically, and the file that keeps the result. Whether the boundary serves it is for `cmd::abi` to check.
//!
//! The places: the compiler's table of builtins and its look-ups by name; names in the code that writes objects and
//! links; what the official package runtime defines under other packages' names, exports, or defines for callers in
//! assembly; what compiled packages of std refer to; and the names that std's tests pull by `//go:linkname`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use regex::Regex;

use crate::arch::Arch;
use crate::goobj::{self, Abi, Objects};

/// What `--update` cannot see, in words for the file and the report.
pub const UNSEEN: &str = "packages and files behind other build settings (cgo, race, msan, asan, boringcrypto, other systems), and what \
programs outside std pull by linkname";

/// One line of the inventory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Which place the name comes from first.
    pub section: String,
    /// The linker's name.
    pub symbol: String,
    /// How it is called; more than one for what is called from Go and from assembly.
    pub abis: BTreeSet<Abi>,
    /// The only architecture that has it.
    pub only: Option<Arch>,
}

/// The sections in their order: name and what stands in it.
const SECTIONS: [(&str, &str); 8] = [
    ("builtin", "the compiler's own declarations of package runtime"),
    ("compiler", "what the compiler looks up by name besides"),
    ("tools", "what writing objects and linking look up by name"),
    ("pushed", "what package runtime defines under the names of other packages"),
    ("referenced", "what compiled packages of std refer to"),
    ("tests", "what std's tests pull by linkname"),
    ("exported", "the exported API"),
    ("assembly", "what assembly of any package may call with its arguments on the stack"),
];

/// The file's path.
pub fn file(root: &Path) -> PathBuf {
    root.join("goroot/abi_inventory.txt")
}

/// Reads the file.
pub fn load(root: &Path) -> Result<Vec<Item>> {
    let path = file(root);
    let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    parse(&text)
}

fn parse(text: &str) -> Result<Vec<Item>> {
    let mut section = String::new();
    let mut items = Vec::new();
    for line in text.lines() {
        if let Some((name, _)) = line.strip_prefix('[').and_then(|l| l.split_once(']')) {
            section = name.to_string();
            continue;
        }
        let mut words = line.split_whitespace();
        let Some(symbol) = words.next().filter(|s| !s.starts_with('#')) else { continue };
        let mut item = Item { section: section.clone(), symbol: symbol.into(), abis: BTreeSet::new(), only: None };
        for word in words {
            match word {
                "0" | "1" | "data" => {
                    let abis = [Abi::Zero, Abi::Internal, Abi::Data];
                    item.abis.extend(abis.into_iter().filter(|a| a.spelling() == word));
                }
                _ => {
                    let arch = Arch::ALL.into_iter().find(|a| a.go_name() == word);
                    item.only =
                        Some(arch.with_context(|| format!("{line}: {word} is neither an ABI nor an architecture"))?);
                }
            }
        }
        items.push(item);
    }
    Ok(items)
}

/// The file's text.
pub fn print(items: &[Item], version: &str) -> String {
    let mut text = format!(
        "# What unmodified code of {version} expects of package runtime on Linux (cgo off), on both architectures.\n\
         # Written by `cargo xtask abi --update`. A symbol, how it is called (1 arguments in registers, 0 on the stack, data),\n\
         # and the architecture if one alone has it; a symbol stands in the first section that names it.\n\
         # Not seen: {UNSEEN}.\n"
    );
    for (section, what) in SECTIONS {
        let of_section: Vec<&Item> = items.iter().filter(|i| i.section == section).collect();
        let _ = writeln!(text, "\n[{section}]  # {} symbols: {what}", of_section.len());
        for item in of_section {
            text.push_str(&item.symbol);
            for abi in &item.abis {
                let _ = write!(text, " {}", abi.spelling());
            }
            if let Some(arch) = item.only {
                let _ = write!(text, " {arch}");
            }
            text.push('\n');
        }
    }
    text
}

/// A name and where it was found.
type Found = (&'static str, String);

/// Takes the inventory of an official GOROOT.
pub fn take(goroot: &Path) -> Result<Vec<Item>> {
    let mut per_arch = Vec::new();
    for arch in Arch::ALL {
        per_arch.push((arch, names(goroot, arch)?));
    }
    let mut items: Vec<Item> = Vec::new();
    for (section, _) in SECTIONS {
        let mut here: BTreeMap<&str, Item> = BTreeMap::new();
        for (arch, (found, defined)) in &per_arch {
            for (_, symbol) in found.iter().filter(|(s, _)| *s == section) {
                if items.iter().any(|i| i.symbol == *symbol) && section != "assembly" {
                    continue;
                }
                let abis = called_by(section, defined.get(symbol.as_str()));
                let new =
                    Item { section: section.into(), symbol: symbol.clone(), abis: BTreeSet::new(), only: Some(*arch) };
                let item = here.entry(symbol).or_insert(new);
                item.abis.extend(abis);
                if item.only != Some(*arch) {
                    item.only = None;
                }
            }
        }
        items.extend(here.into_values());
    }
    Ok(items)
}

/// For which ABIs a section's callers want a symbol that the official package defines for these.
fn called_by(section: &str, defined: Option<&BTreeSet<Abi>>) -> BTreeSet<Abi> {
    let all = defined.cloned().unwrap_or_default();
    match section {
        "assembly" => all.into_iter().filter(|a| *a == Abi::Zero).collect(),
        // Go code calls with registers, if it can. How the tools call, their source says in too many ways.
        "tools" => all,
        _ if all.len() > 1 => all.into_iter().filter(|a| *a != Abi::Zero).collect(),
        _ => all,
    }
}

/// What the official package runtime defines, and how.
pub type Defined = BTreeMap<String, BTreeSet<Abi>>;

fn names(goroot: &Path, arch: Arch) -> Result<(BTreeSet<Found>, Defined)> {
    let std = compiled(goroot, arch, &["std"])?;
    let runtime = std.get("runtime").context("std has no package runtime")?;
    let mut defined = definitions(runtime);
    add_lent(&mut defined, &std);
    let defined = defined;
    let mut found = BTreeSet::new();
    let mut add = |section, name: &str| {
        found.insert((section, name.to_string()));
    };

    for name in builtins(&goroot.join("src/cmd/compile/internal/typecheck/builtin.go"))? {
        add("builtin", &format!("runtime.{name}"));
    }
    for name in compiler(&goroot.join("src/cmd/compile/internal"), &defined)? {
        add("compiler", &name);
    }
    for part in ["cmd/link/internal", "cmd/internal/obj", "cmd/internal/objabi"] {
        for name in tools(&goroot.join("src").join(part), &defined)? {
            add("tools", &name);
        }
    }
    for (symbol, abis) in &defined {
        match symbol.strip_prefix("runtime.") {
            None if symbol.contains('.') => add("pushed", symbol),
            Some(name) if is_exported(name) => add("exported", symbol),
            _ => {}
        }
        if symbol.starts_with("runtime.") && abis.contains(&Abi::Zero) {
            add("assembly", symbol);
        }
    }
    for (package, objects) in &std {
        if package == "runtime" {
            continue;
        }
        let own: BTreeSet<&str> = objects.defined.iter().map(|s| s.name.as_str()).collect();
        let wanted = objects.referenced.iter().map(|s| s.name.as_str());
        for name in wanted.filter(|n| n.starts_with("runtime.") && !own.contains(n) && defined.contains_key(*n)) {
            add("referenced", name);
        }
    }
    for name in pulled_by_tests(&goroot.join("src"), &defined)? {
        add("tests", &name);
    }
    Ok((found, defined))
}

/// The functions and variables that a package's objects define, by name, descriptions of types and the like left out.
pub fn definitions(objects: &Objects) -> Defined {
    let mut defined = Defined::new();
    for symbol in &objects.defined {
        if is_named(&symbol.name) {
            defined.entry(symbol.name.clone()).or_default().insert(symbol.abi);
        }
    }
    defined
}

/// Adds those of package runtime's functions that are written in other packages (internal/bytealg).
pub fn add_lent(defined: &mut Defined, packages: &BTreeMap<String, Objects>) {
    for objects in packages.values() {
        let lent = definitions(objects).into_iter().filter(|(symbol, _)| symbol.starts_with("runtime."));
        lent.for_each(|(symbol, abis)| defined.entry(symbol).or_default().extend(abis));
    }
}

/// Whether a symbol is what a package's source names. The others belong to the compiler (`type:`, `go:`, `$f64.`), to a function
/// (a middle dot, stack maps), or are instances of something generic, which every package that uses it defines.
fn is_named(symbol: &str) -> bool {
    symbol.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && !symbol.contains([':', '·', '<', '[', ' '])
        && !symbol.starts_with("runtime.gcbits.")
        && ![".arginfo0", ".args_stackmap"].iter().any(|tail| symbol.ends_with(tail))
        && (!symbol.contains("..") || symbol.ends_with("..inittask"))
}

/// Compiles packages with a GOROOT's own `go` where its cache has them not, and reads them.
pub fn compiled(goroot: &Path, arch: Arch, patterns: &[&str]) -> Result<BTreeMap<String, Objects>> {
    let listed = Command::new(goroot.join("bin/go"))
        .args(["list", "-export", "-f", "{{if .Export}}{{.ImportPath}}={{.Export}}{{end}}"])
        .args(patterns)
        .env("GOROOT", goroot)
        .env("GOOS", "linux")
        .env("GOARCH", arch.go_name())
        .env("CGO_ENABLED", "0")
        .env("GOTOOLCHAIN", "local")
        .env("GOENV", "off")
        .env_remove("GOFLAGS")
        .env_remove("GOEXPERIMENT")
        .current_dir(goroot)
        .output()
        .with_context(|| format!("running {}", goroot.join("bin/go").display()))?;
    let said = String::from_utf8_lossy(&listed.stderr);
    ensure!(listed.status.success(), "go list -export {} failed:\n{said}", patterns.join(" "));
    let mut all = BTreeMap::new();
    for line in String::from_utf8(listed.stdout)?.lines() {
        let (package, archive) = line.split_once('=').context("go list writes what it was asked for")?;
        all.insert(package.to_string(), goobj::read(Path::new(archive))?);
    }
    Ok(all)
}

/// Whether a name, or the method that it spells, is exported.
fn is_exported(name: &str) -> bool {
    let (receiver, name) = match name.split_once(").") {
        Some((receiver, method)) => (receiver.trim_start_matches(['(', '*']), method),
        None => name.split_once('.').unwrap_or((name, name)),
    };
    let upper = |n: &str| n.starts_with(|c: char| c.is_ascii_uppercase());
    upper(receiver) && upper(name) && !name.contains('.')
}

/// The names in the compiler's table of declarations.
fn builtins(file: &Path) -> Result<Vec<String>> {
    let source = fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    let table = source.split_once("runtimeDecls = ").and_then(|(_, rest)| rest.split_once("\n}\n"));
    let (table, _) = table.context("the compiler's table of declarations is not where it was")?;
    let entry = Regex::new(r#"\{"([^"]+)", (?:func|var)Tag"#)?;
    let names: Vec<String> = entry.captures_iter(table).map(|c| c[1].to_string()).collect();
    ensure!(names.len() > 150, "the compiler's table of declarations reads as {} names", names.len());
    Ok(names)
}

/// What the compiler looks up other than through its declarations: names given where it looks up, and in files that look up
/// by a variable, every string that names something of package runtime, formats filled in.
fn compiler(dir: &Path, defined: &Defined) -> Result<BTreeSet<String>> {
    let given = Regex::new(r#"LookupRuntime(?:Func|Var|ABI)\(\s*"([^"]+)""#)?;
    let variable = Regex::new(r#"LookupRuntime(?:Func|Var|ABI)\(\s*[^"\s)]"#)?;
    let (mut found, mut places) = (BTreeSet::new(), 0);
    for source in sources(dir)? {
        for c in given.captures_iter(&source) {
            found.extend(Some(format!("runtime.{}", &c[1])).filter(|n| defined.contains_key(n)));
            places += 1;
        }
        if variable.is_match(&source) {
            for text in strings(&source)? {
                found.extend(filled_in(&format!("runtime.{text}"), defined)?);
            }
        }
    }
    ensure!(places > 80, "the compiler looks up {places} names: its functions for that must have changed theirs");
    Ok(found)
}

/// Strings that name something of package runtime, or begin a name that is put together.
fn tools(dir: &Path, defined: &Defined) -> Result<BTreeSet<String>> {
    let begun = Regex::new(r#""(?:type:)?(runtime\.[A-Za-z]\w*)"\s*\+"#)?;
    let mut found = BTreeSet::new();
    for source in sources(dir)? {
        for text in strings(&source)? {
            if text.starts_with("runtime.") {
                found.extend(filled_in(&text, defined)?);
            }
        }
        for c in begun.captures_iter(&source) {
            found.extend(defined.keys().filter(|name| name.starts_with(&c[1])).cloned());
        }
    }
    Ok(found)
}

/// The definitions that a string names, its formatting verbs standing for anything.
fn filled_in(text: &str, defined: &Defined) -> Result<Vec<String>> {
    if !text.contains('%') {
        return Ok(defined.contains_key(text).then(|| text.to_string()).into_iter().collect());
    }
    let verb = Regex::new(r"%[a-z]")?;
    let pieces: Vec<String> = verb.split(text).map(regex::escape).collect();
    // A format that begins with nothing of its own names nothing.
    if pieces[0].len() < "runtime\\.abc".len() {
        return Ok(Vec::new());
    }
    let pattern = Regex::new(&format!("^{}$", pieces.join(r"\w+")))?;
    Ok(defined.keys().filter(|name| pattern.is_match(name)).cloned().collect())
}

/// The strings of Go source.
fn strings(source: &str) -> Result<Vec<String>> {
    let string = Regex::new(r#""((?:[^"\\\n]|\\.)*)"|`([^`]*)`|//[^\n]*|'(?:[^'\\\n]|\\.)+'"#)?;
    let texts = string.captures_iter(source).filter_map(|c| c.get(1).or(c.get(2)));
    Ok(texts.map(|m| m.as_str().to_string()).collect())
}

/// The Go files below a directory, tests and the parts for other architectures left out.
fn sources(dir: &Path) -> Result<Vec<String>> {
    const OTHERS: [&str; 9] = ["arm", "loong64", "mips", "mips64", "ppc64", "riscv", "riscv64", "s390x", "wasm"];
    let is_wanted = |e: &walkdir::DirEntry| !OTHERS.iter().any(|other| e.file_name().to_string_lossy() == *other);
    let mut all = Vec::new();
    for entry in walkdir::WalkDir::new(dir).follow_links(true).into_iter().filter_entry(is_wanted) {
        let path = entry?.into_path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.ends_with(".go") && !name.ends_with("_test.go") {
            all.push(fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?);
        }
    }
    ensure!(!all.is_empty(), "{} holds no Go files", dir.display());
    Ok(all)
}

/// Names of package runtime's that the tests of std's other packages pull.
fn pulled_by_tests(src: &Path, defined: &Defined) -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    let is_wanted = |e: &walkdir::DirEntry| {
        let name = e.file_name().to_string_lossy();
        !(e.depth() == 1 && (name == "runtime" || name == "cmd") || name == "testdata")
    };
    for entry in walkdir::WalkDir::new(src).follow_links(true).into_iter().filter_entry(is_wanted) {
        let path = entry?.into_path();
        if !path.to_string_lossy().ends_with("_test.go") {
            continue;
        }
        let source = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        let links = source.lines().filter_map(|l| l.strip_prefix("//go:linkname ")?.split_whitespace().nth(1));
        found.extend(links.filter(|n| defined.contains_key(*n)).map(String::from));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn defined(names: &[&str]) -> Defined {
        names.iter().map(|n| (n.to_string(), BTreeSet::from([Abi::Internal]))).collect()
    }

    #[test]
    fn formats_name_what_is_defined() {
        let defined =
            defined(&["runtime.memhash8", "runtime.memhash16", "runtime.memhash", "runtime.memhash_varlen", "runtime.x"]);
        let found = |text| filled_in(text, &defined).expect("a pattern");
        assert_eq!(found("runtime.memhash%d"), ["runtime.memhash16", "runtime.memhash8", "runtime.memhash_varlen"]);
        assert_eq!(found("runtime.x"), ["runtime.x"]);
        assert!(found("runtime.%s").is_empty() && found("runtime.none").is_empty());
    }

    #[test]
    fn strings_are_told_from_comments_and_characters() {
        let source = "f(\"a\\\"b\", '\"', `c\nd`) // \"no\"\ng(\"e\")\n";
        assert_eq!(strings(source).expect("a pattern"), ["a\\\"b", "c\nd", "e"]);
    }

    #[test]
    fn exported_names_and_methods() {
        assert!(["GC", "(*Frames).Next", "Error.RuntimeError", "Frame.X"].iter().all(|n| is_exported(n)));
        assert!(["gc", "(*g).Next", "(*Frames).next", "GC.func1", "Frame.x", "..inittask"].iter().all(|n| !is_exported(n)));
    }

    #[test]
    fn what_is_printed_is_read_back() {
        let item = |section: &str, symbol: &str, abis: &[Abi], only| Item {
            section: section.into(),
            symbol: symbol.into(),
            abis: abis.iter().copied().collect(),
            only,
        };
        let items = [
            item("builtin", "runtime.f", &[Abi::Internal], None),
            item("tools", "runtime.v", &[Abi::Data], Some(Arch::Arm64)),
            item("assembly", "runtime.f", &[Abi::Zero], Some(Arch::Amd64)),
        ];
        assert_eq!(parse(&print(&items, "go")).expect("a good file"), items);
    }
}
