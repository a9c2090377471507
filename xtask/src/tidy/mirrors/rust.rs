//! The structures and numbers of the crates.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use regex::Regex;
use syn::spanned::Spanned;

use super::{Field, Layout};
use crate::tidy::tree::{self, Id};

/// What the crates declare.
#[derive(Default)]
pub struct Rust {
    /// Text of each file, by its path in `crates`.
    pub texts: BTreeMap<String, String>,
    /// By file and name.
    structs: BTreeMap<(String, String), syn::ItemStruct>,
    enums: BTreeMap<(String, String), syn::ItemEnum>,
    /// By name.
    aliases: BTreeMap<String, syn::Type>,
    /// Numbers by name, which have one value everywhere.
    constants: BTreeMap<String, Option<usize>>,
}

impl Rust {
    pub fn read(root: &Path, texts: impl Iterator<Item = &'static str>) -> Result<Self> {
        let mut rust = Self::default();
        for (_, lib) in tree::crates(root)? {
            tree::each_module(&lib, &mut |_: &Id, file: &Path, items: &[&syn::Item]| {
                let at = file.strip_prefix(root.join("crates")).unwrap_or(file).display().to_string();
                items.iter().for_each(|item| rust.add(&at, item));
            })?;
        }
        for file in texts {
            rust.texts.insert(file.to_owned(), fs::read_to_string(root.join("crates").join(file)).context(file)?);
        }
        Ok(rust)
    }

    pub fn add(&mut self, file: &str, item: &syn::Item) {
        match item {
            syn::Item::Struct(s) => drop(self.structs.insert((file.to_owned(), s.ident.to_string()), s.clone())),
            syn::Item::Enum(e) => drop(self.enums.insert((file.to_owned(), e.ident.to_string()), e.clone())),
            syn::Item::Type(t) => drop(self.aliases.insert(t.ident.to_string(), (*t.ty).clone())),
            syn::Item::Const(c) => {
                let value = literal(&c.expr);
                let known = self.constants.entry(c.ident.to_string()).or_insert(value);
                if *known != value {
                    *known = None;
                }
            }
            _ => {}
        }
    }

    pub fn text(&self, file: &str) -> Result<&str> {
        self.texts.get(file).map(String::as_str).with_context(|| format!("crates/{file}"))
    }

    /// The fields of a structure, the first `n` only if so many are wanted.
    pub fn layout(&self, file: &str, name: &str, n: Option<usize>) -> Result<Vec<Field>> {
        let key = (file.to_owned(), name.to_owned());
        let s = self.structs.get(&key).context("there is no such structure in Rust")?;
        let mut layout = Layout::default();
        for f in s.fields.iter().take(n.unwrap_or(usize::MAX)) {
            let name = f.ident.as_ref().map(ToString::to_string).unwrap_or_default();
            let (size, align) = self.size_of(file, &f.ty)?;
            if size == 0 {
                // For a model checker.
                continue;
            }
            let inner = match &f.ty {
                syn::Type::Array(a) => match &*a.elem {
                    syn::Type::Path(p) => self.inner(file, p)?,
                    _ => vec![],
                },
                _ => vec![],
            };
            layout.push(&name, size, align, inner);
        }
        Ok(layout.fields)
    }

    /// The fields of a structure of the same file.
    fn inner(&self, file: &str, path: &syn::TypePath) -> Result<Vec<Field>> {
        match path.path.get_ident() {
            Some(name) if self.structs.contains_key(&(file.to_owned(), name.to_string())) => {
                self.layout(file, &name.to_string(), None)
            }
            _ => Ok(vec![]),
        }
    }

    /// Size and alignment.
    fn size_of(&self, file: &str, ty: &syn::Type) -> Result<(usize, usize)> {
        let unknown = || format!("line {}: a type of unknown size", ty.span().start().line);
        match ty {
            syn::Type::Ptr(_) | syn::Type::Reference(_) | syn::Type::BareFn(_) => Ok((8, 8)),
            syn::Type::Array(a) => {
                let (size, align) = self.size_of(file, &a.elem)?;
                Ok((self.length(&a.len).with_context(unknown)? * size, align))
            }
            syn::Type::Path(p) => {
                let name = p.path.segments.last().with_context(unknown)?.ident.to_string();
                Ok(match name.as_str() {
                    "bool" | "u8" | "i8" | "AtomicBool" | "AtomicU8" => (1, 1),
                    "u16" | "i16" => (2, 2),
                    "u32" | "i32" | "f32" | "AtomicU32" | "Coded" => (4, 4),
                    "u64" | "i64" | "f64" | "usize" | "isize" | "AtomicUsize" | "AtomicPtr" => (8, 8),
                    "Guarded" => (0, 1),
                    "GoStr" | "Eface" | "Iface" => (16, 8),
                    "GoSlice" => (24, 8),
                    _ => match (self.aliases.get(&name), self.structs.get(&(file.to_owned(), name.clone()))) {
                        (Some(other), _) => self.size_of(file, other)?,
                        (None, Some(s)) => {
                            let mut layout = Layout::default();
                            for f in &s.fields {
                                let (size, align) = self.size_of(file, &f.ty)?;
                                layout.push("", size, align, vec![]);
                            }
                            (layout.total(), layout.align)
                        }
                        _ => return Err(anyhow::anyhow!("{}: {name}", unknown())),
                    },
                })
            }
            _ => Err(anyhow::anyhow!(unknown())),
        }
    }

    fn length(&self, e: &syn::Expr) -> Option<usize> {
        match e {
            syn::Expr::Path(p) => *self.constants.get(&p.path.segments.last()?.ident.to_string())?,
            _ => literal(e),
        }
    }

    /// The offsets that assertions give for fields of a structure.
    pub fn asserted(&self, file: &str, name: &str) -> Result<Vec<(String, usize)>> {
        let pattern = Regex::new(&format!(r"offset_of!\({name}(?:<\w+>)?, (\w+)\) == (\d+)"))?;
        let all = pattern.captures_iter(self.text(file)?);
        all.map(|c| Ok((c[1].to_owned(), c[2].parse()?))).collect()
    }

    /// The size that an assertion gives for it.
    pub fn asserted_size(&self, file: &str, name: &str) -> Result<Option<usize>> {
        let pattern = Regex::new(&format!(r"size_of::<{name}>\(\) == (\d+)"))?;
        Ok(pattern.captures(self.text(file)?).map(|c| c[1].parse()).transpose()?)
    }

    /// A constant's value, also of one in a function; or a variant's number.
    pub fn number(&self, file: &str, name: &str) -> Result<Option<u64>> {
        if let Some((ty, variant)) = name.split_once("::") {
            let Some(e) = self.enums.get(&(file.to_owned(), ty.to_owned())) else { return Ok(None) };
            let mut next = 0;
            for v in &e.variants {
                if let Some((_, value)) = &v.discriminant {
                    next = literal(value).context("a variant's number")? as u64;
                }
                if v.ident == variant {
                    return Ok(Some(next));
                }
                next += 1;
            }
            return Ok(None);
        }
        let pattern = Regex::new(&format!(r"(?m)^\s*(?:pub )?const {name}: \w+ = (\d+);"))?;
        Ok(pattern.captures(self.text(file)?).map(|c| c[1].parse()).transpose()?)
    }
}

fn literal(e: &syn::Expr) -> Option<usize> {
    match e {
        syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Int(n), .. }) => n.base10_parse().ok(),
        _ => None,
    }
}
