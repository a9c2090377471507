//! The structures and numbers of package runtime, read line by line: `gofmt` sees to it that lines are enough.

use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, mem};

use anyhow::{Context, Result};
use regex::Regex;

use super::Layout;

/// A field in Go: its name, its type, and the fields of that if they stand there.
pub type GoField = (String, String, Vec<GoLine>);

/// A field of a structure within a field.
pub type GoLine = (String, String);

/// Package runtime: by file and name.
#[derive(Default)]
pub struct Go {
    pub structs: BTreeMap<(String, String), Vec<GoField>>,
    /// `type a b`, by name.
    aliases: BTreeMap<String, String>,
    pub numbers: BTreeMap<(String, String), u64>,
}

impl Go {
    pub fn read(folder: &Path) -> Result<Self> {
        let mut go = Self::default();
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if name.ends_with(".go") || name.ends_with(".h") {
                go.add(&name, &fs::read_to_string(&path)?);
            }
        }
        Ok(go)
    }

    pub fn add(&mut self, file: &str, text: &str) {
        let begin = Regex::new(r"^(?:type|var) (\w+) (?:= )?struct \{$").expect("a pattern");
        let alias = Regex::new(r"^type (\w+) (\w+)$").expect("a pattern");
        let define = Regex::new(r"^#define (\w+)\s+(\d+)\b").expect("a pattern");
        let mut lines = text.lines().map(|l| l.split("//").next().unwrap_or("").trim_end());
        while let Some(line) = lines.next() {
            if let Some(c) = begin.captures(line) {
                let fields = fields(&mut lines);
                self.structs.insert((file.to_owned(), c[1].to_owned()), fields);
            } else if let Some(c) = alias.captures(line) {
                self.aliases.insert(c[1].to_owned(), c[2].to_owned());
            } else if let Some(c) = define.captures(line) {
                self.numbers.extend(c[2].parse().map(|n| ((file.to_owned(), c[1].to_owned()), n)));
            } else if line == "const (" {
                self.constants(file, &mut lines);
            } else if let Some(one) = line.strip_prefix("const ") {
                self.constants(file, &mut [one].into_iter());
            }
        }
    }

    /// Constants up to the end of their block, those that are numbers.
    fn constants<'t>(&mut self, file: &str, lines: &mut impl Iterator<Item = &'t str>) {
        let first = Regex::new(r"^(\w+)\s*= (?:(\d+)|(?:(\d+) \+ )?(iota))$").expect("a pattern");
        let next = Regex::new(r"^\w+$").expect("a pattern");
        let mut counting: Option<u64> = None;
        for (i, line) in lines.map(str::trim).take_while(|l| *l != ")").enumerate() {
            let number = if let Some(c) = first.captures(line) {
                let base = c.get(2).or(c.get(3)).map_or(0, |n| n.as_str().parse().unwrap_or(0));
                counting = c.get(4).map(|_| base);
                Some((c[1].to_owned(), base + if counting.is_some() { i as u64 } else { 0 }))
            } else if next.is_match(line) {
                counting.map(|base| (line.to_owned(), base + i as u64))
            } else {
                None
            };
            self.numbers.extend(number.map(|(name, n)| ((file.to_owned(), name), n)));
        }
    }

    pub fn layout(&self, file: &str, name: &str) -> Result<Layout> {
        let key = (file.to_owned(), name.to_owned());
        let fields = self.structs.get(&key).context("there is no such structure in Go")?;
        let mut layout = Layout::default();
        for (name, ty, inner) in fields {
            let mut within = Layout::default();
            for (name, ty) in inner {
                let (size, align) = self.size_of(ty)?;
                within.push(name, size, align, vec![]);
            }
            let (size, align) = match ty.strip_suffix("struct") {
                Some(array) if !inner.is_empty() => (count(array) * within.total(), within.align),
                _ => self.size_of(ty)?,
            };
            layout.push(name, size, align, within.fields);
        }
        Ok(layout)
    }

    pub fn size(&self, file: &str, name: &str) -> Result<usize> {
        Ok(self.layout(file, name)?.total())
    }

    /// Size and alignment.
    fn size_of(&self, ty: &str) -> Result<(usize, usize)> {
        if ty.starts_with('*') || ty.starts_with("func(") {
            return Ok((8, 8));
        }
        if ty.starts_with("[]") {
            return Ok((24, 8));
        }
        if let Some((_, element)) = ty.strip_prefix('[').and_then(|t| t.split_once(']')) {
            let (size, align) = self.size_of(element)?;
            return Ok((count(ty) * size, align));
        }
        Ok(match ty {
            "bool" | "uint8" | "int8" | "byte" => (1, 1),
            "uint16" | "int16" => (2, 2),
            "uint32" | "int32" | "float32" | "atomic.Uint32" => (4, 4),
            "int" | "uint" | "uintptr" | "int64" | "uint64" | "float64" | "unsafe.Pointer" => (8, 8),
            "string" | "any" | "error" => (16, 8),
            _ => match self.aliases.get(ty) {
                Some(other) => self.size_of(other)?,
                None => {
                    let at = self.structs.keys().find(|(_, name)| name == ty);
                    let (file, name) = at.with_context(|| format!("a type of unknown size: {ty}"))?;
                    let layout = self.layout(file, name)?;
                    (layout.total(), layout.align)
                }
            },
        })
    }
}

/// The number in `[number]type`; 1 without one.
fn count(ty: &str) -> usize {
    ty.strip_prefix('[').and_then(|t| t.split(']').next()).and_then(|n| n.parse().ok()).unwrap_or(1)
}

/// Reads fields up to the end of a structure.
fn fields<'t>(lines: &mut impl Iterator<Item = &'t str>) -> Vec<GoField> {
    let mut all: Vec<GoField> = Vec::new();
    let named = Regex::new(r"^(\w+(?:, \w+)*)\s+(\S.*)$").expect("a pattern");
    let mut outer: Option<String> = None;
    let mut inner: Vec<GoLine> = Vec::new();
    for line in lines {
        if line.starts_with('}') {
            break;
        }
        let line = line.trim();
        if let Some(name) = &outer
            && line == "}"
        {
            let (name, array) = name.split_once(' ').unwrap_or((name, ""));
            all.push((name.to_owned(), format!("{}struct", array.trim()), mem::take(&mut inner)));
            outer = None;
        } else if let Some(begin) = line.strip_suffix("struct {") {
            outer = Some(begin.trim().to_owned());
        } else if !line.is_empty() {
            // `a, b T`; a single word is a structure that is embedded under its name.
            let (names, ty) = match named.captures(line) {
                Some(c) => (c[1].to_owned(), c[2].to_owned()),
                None => (line.trim_start_matches('*').to_owned(), line.to_owned()),
            };
            for name in names.split(", ") {
                match outer {
                    Some(_) => inner.push((name.to_owned(), ty.clone())),
                    None => all.push((name.to_owned(), ty.clone(), vec![])),
                }
            }
        }
    }
    all
}
