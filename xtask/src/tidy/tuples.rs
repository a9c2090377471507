//! Fields have names: no tuple of two or more whose fields are read by number, in the crates of the running system. Taking one apart by a
//! pattern is fine, and so is a structure around one value.
//!
//! What counts, exactly: outside of tests, `x.1` (`.2` and so on) on anything, since only a tuple of two or more has that; and `x.0`
//! where it can be seen that there is a second field: on a field that is declared with a tuple's type, on `self` in an `impl` of a structure
//! with two or more fields without names, and on the call of a function or method all of whose namesakes in the crate answer such a
//! tuple or structure. Macros' arguments count as far as they are expressions.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Result;
use syn::parse::Parser;
use syn::visit::{self, Visit};

use super::Problem;
use super::tree::{self, Id};

/// Folders of the crates that keep to it.
const CRATES: [&str; 7] = ["alloc", "boot", "chan", "entries", "gc", "rt", "sched"];

/// Fields that are read by number.
pub fn check(root: &Path) -> Result<Vec<Problem>> {
    let mut problems = Vec::new();
    for (name, lib) in tree::crates(root)?.into_iter().filter(|(name, _)| CRATES.contains(&name.as_str())) {
        let mut known = Declared::default();
        tree::each_module(&lib, &mut |_: &Id, _: &Path, items: &[&syn::Item]| {
            items.iter().for_each(|item| known.visit_item(item));
        })?;
        tree::each_module(&lib, &mut |_: &Id, file: &Path, items: &[&syn::Item]| {
            let mut reads = Reads { known: &known, of_tuple: false, found: BTreeSet::new() };
            items.iter().for_each(|item| reads.visit_item(item));
            let file = file.strip_prefix(root).unwrap_or(file).display();
            let show = |(line, field): (usize, u32)| {
                format!("{file}:{line}: `.{field}` of a tuple (crate {name}): give its fields names")
            };
            problems.extend(reads.found.into_iter().map(show));
        })?;
    }
    Ok(problems)
}

/// What a crate declares.
#[derive(Default)]
struct Declared {
    /// Structures with two or more fields without names.
    structures: BTreeSet<String>,
    /// Fields whose type is a tuple of two or more.
    fields: BTreeSet<String>,
    /// Functions and methods by name: what all of that name answer.
    answers: BTreeMap<String, Vec<syn::Type>>,
}

impl Declared {
    fn is_tuple(&self, ty: &syn::Type) -> bool {
        match ty {
            syn::Type::Tuple(t) => t.elems.len() > 1,
            syn::Type::Path(p) => p.path.segments.last().is_some_and(|s| self.structures.contains(&s.ident.to_string())),
            _ => false,
        }
    }

    fn answers_tuple(&self, name: &syn::Ident) -> bool {
        self.answers.get(&name.to_string()).is_some_and(|all| all.iter().all(|ty| self.is_tuple(ty)))
    }
}

impl<'ast> Visit<'ast> for Declared {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if !tree::is_test(tree::attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_struct(&mut self, s: &'ast syn::ItemStruct) {
        if matches!(&s.fields, syn::Fields::Unnamed(f) if f.unnamed.len() > 1) {
            self.structures.insert(s.ident.to_string());
        }
        visit::visit_item_struct(self, s);
    }

    fn visit_field(&mut self, f: &'ast syn::Field) {
        if let (Some(ident), syn::Type::Tuple(t)) = (&f.ident, &f.ty)
            && t.elems.len() > 1
        {
            self.fields.insert(ident.to_string());
        }
    }

    fn visit_signature(&mut self, s: &'ast syn::Signature) {
        let ty = match &s.output {
            syn::ReturnType::Type(_, ty) => (**ty).clone(),
            syn::ReturnType::Default => syn::Type::Verbatim(Default::default()),
        };
        self.answers.entry(s.ident.to_string()).or_default().push(ty);
    }
}

/// The reads of some items: line and number.
struct Reads<'a> {
    known: &'a Declared,
    /// In an `impl` of a structure with two or more fields without names.
    of_tuple: bool,
    found: BTreeSet<(usize, u32)>,
}

impl Reads<'_> {
    /// Whether an expression is seen to have a field 1.
    fn has_more(&self, base: &syn::Expr) -> bool {
        match base {
            syn::Expr::Paren(p) => self.has_more(&p.expr),
            syn::Expr::Unary(u) => self.has_more(&u.expr),
            syn::Expr::Unsafe(u) => matches!(u.block.stmts.last(), Some(syn::Stmt::Expr(e, None)) if self.has_more(e)),
            syn::Expr::Field(f) => matches!(&f.member, syn::Member::Named(n) if self.known.fields.contains(&n.to_string())),
            syn::Expr::MethodCall(c) => self.known.answers_tuple(&c.method),
            syn::Expr::Call(c) => match &*c.func {
                syn::Expr::Path(p) => p.path.segments.last().is_some_and(|s| self.known.answers_tuple(&s.ident)),
                _ => false,
            },
            syn::Expr::Path(p) => self.of_tuple && p.path.is_ident("self"),
            _ => false,
        }
    }
}

impl<'ast> Visit<'ast> for Reads<'_> {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if !tree::is_test(tree::attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_impl(&mut self, i: &'ast syn::ItemImpl) {
        let before = std::mem::replace(&mut self.of_tuple, self.known.is_tuple(&i.self_ty));
        visit::visit_item_impl(self, i);
        self.of_tuple = before;
    }

    fn visit_expr_field(&mut self, f: &'ast syn::ExprField) {
        if let syn::Member::Unnamed(n) = &f.member
            && (n.index > 0 || self.has_more(&f.base))
        {
            self.found.insert((n.span.start().line, n.index));
        }
        visit::visit_expr_field(self, f);
    }

    fn visit_macro(&mut self, m: &'ast syn::Macro) {
        let list = syn::punctuated::Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated;
        if let Ok(arguments) = list.parse2(m.tokens.clone()) {
            for argument in arguments {
                // Parsed here, so it lives no longer than this call.
                let mut inner = Reads { known: self.known, of_tuple: self.of_tuple, found: BTreeSet::new() };
                inner.visit_expr(&argument);
                self.found.append(&mut inner.found);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn problems(name: &str, source: &str) -> Vec<Problem> {
        let root = std::env::temp_dir().join(format!("goxide-tuples-{}-{name}", std::process::id()));
        fs::create_dir_all(root.join("crates/rt/src")).expect("a folder");
        fs::write(root.join("crates/rt/src/lib.rs"), source).expect("a file");
        let problems = check(&root).expect("files that can be read");
        fs::remove_dir_all(root).expect("our own folder");
        problems
    }

    #[test]
    fn fields_that_are_read_by_number() {
        for source in [
            "fn f(x: (u32, u32)) -> u32 { x.1 }",
            "struct S { slice: (u32, u32, i64) }\nfn f(s: &S) -> u32 { s.slice.0 }",
            "struct Once(A, B);\nimpl Once { fn f(&self) -> A { self.0 } }",
            "fn pair() -> (u32, u32) { (1, 2) }\nfn f() -> u32 { pair().0 }",
            "impl X { fn pair(&self) -> (u32, u32) { (1, 2) } }\nfn f(x: X) -> u32 { unsafe { x.pair() }.0 }",
            "fn f(v: &[(u32, u32)]) -> bool { v.iter().any(|p| p.1 == 0) }",
            "fn f(x: (u32, u32)) { assert!(x.1 == 0, \"text\"); }",
        ] {
            let found = problems("bad", source);
            assert_eq!(found.len(), 1, "{source}: {found:?}");
            assert!(found[0].starts_with("crates/rt/src/lib.rs:"), "{found:?}");
        }
    }

    #[test]
    fn what_is_fine() {
        for source in [
            "struct Word(u32);\nimpl Word { fn f(&self) -> u32 { self.0 } }",
            "fn f(x: (u32, u32)) -> u32 { let (a, _) = x; a }",
            "fn one() -> Word { Word(1) }\nfn f() -> u32 { one().0 }",
            "#[cfg(test)]\nmod tests { fn f(x: (u32, u32)) -> u32 { x.1 } }",
            "fn pair() -> (u32, u32) { (1, 2) }\nimpl X { fn pair(&self) -> Word { Word(1) } }\nfn f(x: X) -> u32 { x.pair().0 }",
        ] {
            assert_eq!(problems("good", source), [""; 0], "{source}");
        }
    }
}
