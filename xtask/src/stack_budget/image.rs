//! The static library linked whole, so that each call in it has an address: its code, its data and its functions by name.
//! What Go would define stays undefined.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use object::{Object, ObjectSection, ObjectSymbol, SymbolKind};

use crate::{arch::Arch, layout};

/// A function of the image.
pub struct Function {
    /// Where it begins.
    pub start: u64,
    /// How many bytes it has.
    pub size: u64,
    /// Its name, readable.
    pub name: String,
}

/// Bytes of the image.
struct Section {
    start: u64,
    bytes: Vec<u8>,
    /// Whether nothing writes there once the program runs.
    is_constant: bool,
}

/// A linked library.
pub struct Image {
    /// For which architecture.
    pub arch: Arch,
    sections: Vec<Section>,
    /// By address.
    functions: Vec<Function>,
    by_symbol: HashMap<String, u64>,
}

impl Image {
    /// Links the `library` and reads the result.
    pub fn of_library(library: &Path, arch: Arch) -> Result<Self> {
        let out = library.with_extension("whole");
        let (lld, flavor) = layout::lld();
        let linked = Command::new(&lld)
            .args(flavor)
            .args(["-m", arch.emulation(), "-static", "--no-pie", "-e", "0", "--unresolved-symbols=ignore-all"])
            .args(["--allow-multiple-definition", "--whole-archive"])
            .arg("--defsym=gx_native_frame=gx_native_frame_full")
            .arg(library)
            .arg("-o")
            .arg(&out)
            .output()
            .with_context(|| format!("{} could not be run", lld.display()))?;
        ensure!(linked.status.success(), "the library does not link:\n{}", String::from_utf8_lossy(&linked.stderr));
        let data = fs::read(&out).with_context(|| format!("reading {}", out.display()))?;
        let _ = fs::remove_file(&out);
        Self::parse(&data, arch)
    }

    fn parse(data: &[u8], arch: Arch) -> Result<Self> {
        let file = object::File::parse(data)?;
        let mut sections = Vec::new();
        for section in file.sections().filter(|s| s.address() != 0) {
            let is_constant = [".rodata", ".got", ".data.rel.ro", ".text"].contains(&section.name()?);
            sections.push(Section { start: section.address(), bytes: section.data()?.to_vec(), is_constant });
        }
        let mut by_symbol = HashMap::new();
        let mut functions = Vec::new();
        for symbol in file.symbols().filter(|s| s.is_definition() && s.kind() == SymbolKind::Text) {
            let name = symbol.name()?;
            by_symbol.insert(name.to_owned(), symbol.address());
            let name = format!("{:#}", rustc_demangle::demangle(name));
            functions.push(Function { start: symbol.address(), size: symbol.size(), name });
        }
        functions.sort_by(|a, b| (a.start, b.size).cmp(&(b.start, a.size)));
        functions.dedup_by_key(|f| f.start);
        Ok(Self { arch, sections, functions, by_symbol })
    }

    /// An image of nothing but functions, one after the other from an address on.
    #[cfg(test)]
    pub fn of_functions(arch: Arch, start: u64, code: &[(&str, &[u8])]) -> Self {
        let mut image = Self { arch, sections: Vec::new(), functions: Vec::new(), by_symbol: HashMap::new() };
        let mut bytes = Vec::new();
        for (name, code) in code {
            let start = start + bytes.len() as u64;
            image.by_symbol.insert((*name).to_owned(), start);
            image.functions.push(Function { start, size: code.len() as u64, name: (*name).to_owned() });
            bytes.extend_from_slice(code);
        }
        image.sections.push(Section { start, bytes, is_constant: true });
        image
    }

    /// Where a symbol's code begins.
    pub fn symbol(&self, name: &str) -> Option<u64> {
        self.by_symbol.get(name).copied()
    }

    /// All functions, by address.
    pub fn functions(&self) -> impl Iterator<Item = &Function> {
        self.functions.iter()
    }

    /// The function that an address lies in.
    pub fn function(&self, at: u64) -> Option<&Function> {
        let last = self.functions.partition_point(|f| f.start <= at).checked_sub(1)?;
        Some(&self.functions[last]).filter(|f| at < f.start + f.size)
    }

    /// The code of a function.
    pub fn code(&self, function: &Function) -> Option<&[u8]> {
        self.bytes(function.start, function.size as usize)
    }

    /// A little-endian word of 1, 2, 4 or 8 bytes.
    pub fn word(&self, at: u64, size: usize) -> Option<u64> {
        let bytes = self.bytes(at, size)?;
        Some(bytes.iter().rev().fold(0, |word, &b| word << 8 | u64::from(b)))
    }

    /// The address in a word that does not change.
    pub fn constant(&self, at: u64) -> Option<u64> {
        self.section(at).filter(|s| s.is_constant)?;
        self.word(at, 8)
    }

    /// Whether a function begins at an address.
    pub fn is_entry(&self, at: u64) -> bool {
        self.function(at).is_some_and(|f| f.start == at)
    }

    fn bytes(&self, at: u64, size: usize) -> Option<&[u8]> {
        let section = self.section(at)?;
        section.bytes.get((at - section.start) as usize..)?.get(..size)
    }

    fn section(&self, at: u64) -> Option<&Section> {
        self.sections.iter().find(|s| at >= s.start && at - s.start < s.bytes.len() as u64)
    }
}
