//! State has an owner: each `static` of the runtime's crates that can change, or that the compiler cannot be seen to hold
//! constant, is in the table of ARCHITECTURE.md with the reason why it is one; and the table names no other.
//!
//! What counts, exactly:
//! - `static` items of modules and of functions, those of `extern` blocks, and those in macro calls (`thread_local!`). Those of tests do
//!   not count; those for other architectures, features and model checkers do.
//! - Not those whose type is made of numbers, characters, truth values, texts, arrays and references to such alone: they are
//!   constants that have an address. A constant of another type is in the table, too: whether a structure has a cell in it
//!   cannot be seen here.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::visit::{self, Visit};

use super::Problem;
use super::tree::{self, Id};

/// The heading above the table.
const HEADING: &str = "## Statics";

/// Words that a constant's type is made of.
const PLAIN: [&str; 19] = [
    "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize", "f32", "f64", "bool", "char",
    "str", "static", "const",
];

/// Statics that are not in the table, and rows of the table without a static or without a reason.
pub fn check(root: &Path) -> Result<Vec<Problem>> {
    let mut problems = Vec::new();
    let text = fs::read_to_string(root.join("ARCHITECTURE.md")).context("ARCHITECTURE.md")?;
    let mut rows = table(&text, &mut problems);
    for (name, place) in found(root)? {
        if rows.remove(&name).is_none() {
            problems.push(format!(
                "{place}: the static `{name}` has no owner: make it a field, or give the reason in ARCHITECTURE.md"
            ));
        }
    }
    problems.extend(rows.into_iter().map(|(name, line)| format!("ARCHITECTURE.md:{line}: there is no static `{name}`")));
    Ok(problems)
}

/// The table's rows: names and lines.
fn table(text: &str, problems: &mut Vec<Problem>) -> BTreeMap<String, usize> {
    let mut rows = BTreeMap::new();
    let lines = text.lines().enumerate().skip_while(|(_, l)| *l != HEADING).skip(1);
    for (i, line) in lines.take_while(|(_, l)| !l.starts_with("## ")) {
        let mut cells = line.trim_matches('|').split('|').map(str::trim);
        let Some(names) = cells.next().filter(|c| c.starts_with('`')) else { continue };
        if cells.next().is_none_or(|why| why.len() <= 10) {
            problems.push(format!("ARCHITECTURE.md:{}: no reason", i + 1));
        }
        for name in names.split(',').map(|n| n.trim().trim_matches('`')) {
            if rows.insert(name.to_string(), i + 1).is_some() {
                problems.push(format!("ARCHITECTURE.md:{}: `{name}` is there twice", i + 1));
            }
        }
    }
    rows
}

/// The statics that have to be in the table, `crate::module::NAME`, with their places.
fn found(root: &Path) -> Result<BTreeMap<String, String>> {
    let mut all = BTreeMap::new();
    for (name, lib) in tree::crates(root)? {
        tree::each_module(&lib, &mut |id: &Id, file: &Path, items: &[&syn::Item]| {
            let mut statics = Statics(Vec::new());
            items.iter().for_each(|item| statics.visit_item(item));
            for (ident, line) in statics.0 {
                let path: Vec<&str> =
                    [name.as_str()].into_iter().chain(id.iter().map(String::as_str)).chain([ident.as_str()]).collect();
                let file = file.strip_prefix(root).unwrap_or(file).display();
                all.insert(path.join("::"), format!("{file}:{line}"));
            }
        })?;
    }
    Ok(all)
}

/// Names and lines of the statics in some items.
struct Statics(Vec<(String, usize)>);

impl Statics {
    fn add(&mut self, ident: &syn::Ident, changes: bool, ty: TokenStream) {
        if changes || !is_plain(ty) {
            self.0.push((ident.to_string(), ident.span().start().line));
        }
    }

    /// The statics in what a macro is given: `static`, perhaps `mut`, a name, a colon, and the type up to `=` or `;`.
    fn add_tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        for (i, token) in tokens.iter().enumerate() {
            if let TokenTree::Group(g) = token {
                self.add_tokens(g.stream());
            }
            let lifetime = i > 0 && matches!(&tokens[i - 1], TokenTree::Punct(p) if p.as_char() == '\'');
            if lifetime || !matches!(token, TokenTree::Ident(ident) if ident == "static") {
                continue;
            }
            let mut rest = tokens[i + 1..].iter().peekable();
            let changes = rest.next_if(|t| matches!(t, TokenTree::Ident(ident) if ident == "mut")).is_some();
            // A macro's own definition, or a closure, has something else there.
            if let (Some(TokenTree::Ident(ident)), Some(TokenTree::Punct(p))) = (rest.next(), rest.next())
                && p.as_char() == ':'
            {
                let ends = |t: &&TokenTree| !matches!(t, TokenTree::Punct(p) if p.as_char() == '=' || p.as_char() == ';');
                self.add(ident, changes, rest.take_while(ends).cloned().collect());
            }
        }
    }
}

impl<'ast> Visit<'ast> for Statics {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        // A function may have a module for tests in it, or a static that is for them.
        if !tree::is_test(tree::attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_static(&mut self, s: &'ast syn::ItemStatic) {
        self.add(&s.ident, matches!(s.mutability, syn::StaticMutability::Mut(_)), s.ty.to_token_stream());
        visit::visit_item_static(self, s);
    }

    fn visit_foreign_item_static(&mut self, s: &'ast syn::ForeignItemStatic) {
        self.add(&s.ident, matches!(s.mutability, syn::StaticMutability::Mut(_)), s.ty.to_token_stream());
    }

    fn visit_macro(&mut self, m: &'ast syn::Macro) {
        self.add_tokens(m.tokens.clone());
    }
}

/// Whether a type is made of plain words alone; an array's length may be anything.
fn is_plain(ty: TokenStream) -> bool {
    let mut length = false;
    ty.into_iter().all(|token| match token {
        TokenTree::Ident(ident) => length || PLAIN.iter().any(|word| ident == word),
        TokenTree::Group(g) => is_plain(g.stream()),
        TokenTree::Punct(p) => {
            length |= p.as_char() == ';';
            p.as_char() != '*'
        }
        TokenTree::Literal(_) => true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is wrong with a crate of one file, beside a table with these rows.
    fn problems(name: &str, source: &str, rows: &str) -> Vec<Problem> {
        let root = std::env::temp_dir().join(format!("goxide-statics-{}-{name}", std::process::id()));
        fs::create_dir_all(root.join("crates/made/src")).expect("a folder");
        fs::write(root.join("crates/made/src/lib.rs"), source).expect("a file");
        let text = format!(
            "# A\n\n{HEADING}\n\n| static | why |\n|---|---|\n{rows}\n## B\n\n| `other` | not a row of that table |\n"
        );
        fs::write(root.join("ARCHITECTURE.md"), text).expect("a file");
        let problems = check(&root).expect("files that can be read");
        fs::remove_dir_all(root).expect("our own folder");
        problems
    }

    #[test]
    fn a_static_that_is_not_listed() {
        for source in [
            "static A: AtomicU32 = AtomicU32::new(0);",
            "static mut A: u32 = 0;",
            "pub(crate) static A: Lock<u32> = Lock::new(0);",
            "fn f() { static A: Cell = Cell::new(); }",
            "impl X { fn f(&self) { if true { static A: OnceLock<u32> = OnceLock::new(); } } }",
            "thread_local! { static A: Cell<u32> = const { Cell::new(0) }; }",
            "fn f() { thread_local! { static A: Cell<u32> = Cell::new(0) } }",
            "unsafe extern \"C\" { static A: Links; }",
            "#[cfg(loom)]\nmod m {}\nstatic A: [AtomicU8; 3] = [const { AtomicU8::new(0) }; 3];",
            "static A: &'static Shape = &Shape {};",
            "static A: *const u8 = null();",
        ] {
            let found = problems("unlisted", source, "");
            assert_eq!(found.len(), 1, "{source}: {found:?}");
            assert!(found[0].starts_with("crates/made/src/lib.rs:") && found[0].contains("`made::A`"), "{found:?}");
            assert_eq!(problems("listed", source, "| `made::A` | assembly reads it |"), [""; 0], "{source}");
        }
    }

    #[test]
    fn what_needs_no_row() {
        for source in [
            "static A: [u8; SIZE + 1] = [0; SIZE + 1];",
            "static A: &'static [&str] = &[];",
            "static A: u64 = 0;",
            "#[cfg(test)]\nstatic A: AtomicU32 = AtomicU32::new(0);",
            "#[cfg(test)]\nmod tests { static A: AtomicU32 = AtomicU32::new(0); }",
            "fn f() { g(|x: &'static Cell| x) }",
            "const A: AtomicU32 = AtomicU32::new(0);",
        ] {
            assert_eq!(problems("plain", source, ""), [""; 0], "{source}");
        }
    }

    #[test]
    fn a_row_that_is_wrong() {
        let source = "mod m { static A: Cell = Cell::new(); }";
        let good = "| `made::m::A` | signal handlers read it |\n";
        assert_eq!(problems("good", source, good), [""; 0]);
        let gone = problems("gone", source, &format!("{good}| `made::B` | signal handlers read it |\n"));
        assert_eq!(gone, ["ARCHITECTURE.md:8: there is no static `made::B`"]);
        assert!(problems("reason", source, "| `made::m::A` | |")[0].contains("no reason"));
        assert!(problems("twice", source, &format!("{good}{good}"))[0].contains("twice"));
    }
}
