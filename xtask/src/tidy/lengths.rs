//! Length of functions: a body is something that one look takes in, so none has more than [`MOST`] lines between its braces, comments and
//! empty lines included.
//!
//! A function that is longer has several roles, each of which is a function with a name and a comment of its own; cut in the middle, it
//! only looks shorter. Functions in macro calls and in macros' definitions count, and a function counts what is within it, closures and
//! other functions. A naked function does not count: its body is one block of assembly, which cannot be taken apart.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::visit::{self, Visit};

use super::Problem;

/// The most lines of a body.
const MOST: usize = 60;

/// Functions that may be longer for now, each by file and name. One that is not longer goes off the list.
const EXEMPT: [(&str, &str); 0] = [];

/// Every function under `crates` and `xtask` that is too long, and every exemption that is not needed.
pub fn check(root: &Path) -> Result<Vec<Problem>> {
    check_all(root, &EXEMPT)
}

fn check_all(root: &Path, exempt: &[(&str, &str)]) -> Result<Vec<Problem>> {
    let mut problems = Vec::new();
    let mut stale = exempt.to_vec();
    for folder in ["crates", "xtask"] {
        for entry in walkdir::WalkDir::new(root.join(folder)).sort_by_file_name().into_iter().flatten() {
            let path = entry.path().strip_prefix(root).unwrap_or(entry.path()).to_string_lossy().into_owned();
            if !entry.file_type().is_file() || !path.ends_with(".rs") {
                continue;
            }
            let text = fs::read_to_string(entry.path()).with_context(|| path.clone())?;
            for long in too_long(&text).with_context(|| path.clone())? {
                let known = stale.len();
                stale.retain(|(file, name)| (*file, *name) != (path.as_str(), long.name.as_str()));
                if stale.len() == known {
                    problems.push(format!(
                        "{path}:{}: {} has {} lines, {MOST} are the most: give each of its roles a function",
                        long.line, long.name, long.lines
                    ));
                }
            }
        }
    }
    problems.extend(stale.iter().map(|(file, name)| format!("{file}: {name} is not too long: take it off {}", file!())));
    Ok(problems)
}

/// A function that is too long.
struct Long {
    name: String,
    /// Where its name is.
    line: usize,
    /// Of its body.
    lines: usize,
}

fn too_long(text: &str) -> Result<Vec<Long>> {
    let mut found = Functions(Vec::new());
    found.visit_file(&syn::parse_file(text)?);
    Ok(found.0)
}

struct Functions(Vec<Long>);

impl Functions {
    fn look(&mut self, name: &Ident, body: &Group) {
        let (open, close) = (body.span_open().end().line, body.span_close().start().line);
        let lines = (close - open).saturating_sub(1);
        if lines > MOST && !is_naked(body.stream()) {
            self.0.push(Long { name: name.to_string(), line: name.span().start().line, lines });
        }
    }

    fn look_at_block(&mut self, name: &Ident, block: &syn::Block) {
        for token in block.to_token_stream() {
            if let TokenTree::Group(body) = token {
                self.look(name, &body);
            }
        }
    }

    /// The functions in what a macro is given or defined as: `fn`, a name, and the first braces behind it, should no semicolon come
    /// before.
    fn look_at_tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        for (i, token) in tokens.iter().enumerate() {
            match token {
                TokenTree::Group(g) => self.look_at_tokens(g.stream()),
                TokenTree::Ident(word) if word == "fn" => {
                    // A macro's definition may have `$name`.
                    let mut rest = tokens[i + 1..].iter().skip_while(|t| is_punct(t, '$'));
                    let Some(TokenTree::Ident(name)) = rest.next() else { continue };
                    let body = rest.take_while(|t| !is_punct(t, ';')).find_map(|t| match t {
                        TokenTree::Group(g) if g.delimiter() == Delimiter::Brace => Some(g),
                        _ => None,
                    });
                    if let Some(body) = body {
                        self.look(name, body);
                    }
                }
                _ => {}
            }
        }
    }
}

impl<'a> Visit<'a> for Functions {
    fn visit_item_fn(&mut self, f: &'a syn::ItemFn) {
        self.look_at_block(&f.sig.ident, &f.block);
        visit::visit_item_fn(self, f);
    }

    fn visit_impl_item_fn(&mut self, f: &'a syn::ImplItemFn) {
        self.look_at_block(&f.sig.ident, &f.block);
        visit::visit_impl_item_fn(self, f);
    }

    fn visit_trait_item_fn(&mut self, f: &'a syn::TraitItemFn) {
        if let Some(block) = &f.default {
            self.look_at_block(&f.sig.ident, block);
        }
        visit::visit_trait_item_fn(self, f);
    }

    fn visit_macro(&mut self, m: &'a syn::Macro) {
        self.look_at_tokens(m.tokens.clone());
    }
}

fn is_punct(token: &TokenTree, c: char) -> bool {
    matches!(token, TokenTree::Punct(p) if p.as_char() == c)
}

/// Whether a body is nothing but a call of `naked_asm!`, by whatever path.
fn is_naked(body: TokenStream) -> bool {
    let mut tokens =
        body.into_iter().skip_while(|t| matches!(t, TokenTree::Ident(i) if i != "naked_asm") || is_punct(t, ':'));
    matches!(tokens.next(), Some(TokenTree::Ident(_)))
        && tokens.next().is_some_and(|t| is_punct(&t, '!'))
        && matches!(tokens.next(), Some(TokenTree::Group(_)))
        && tokens.all(|t| is_punct(&t, ';'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names of those functions that are too long.
    fn long(text: &str) -> Vec<String> {
        too_long(text).expect("Rust").into_iter().map(|f| f.name).collect()
    }

    fn lines(n: usize, line: &str) -> String {
        format!("{line}\n").repeat(n)
    }

    #[test]
    fn a_long_body_is_found_wherever_it_is() {
        let body = lines(MOST + 1, "g();");
        for text in [
            format!("fn f() {{\n{body}}}"),
            format!("pub unsafe extern \"C\" fn f<T: Into<[u8; 3]>>(\n_: T,\n) -> [u8; 2] {{\n{body}}}"),
            format!("impl A {{ fn f(&self) {{\n{body}}} }}"),
            format!("impl T for A {{ fn f(&self) {{\n{body}}} }}"),
            format!("trait T {{ fn f(&self) {{\n{body}}} }}"),
            format!("mod m {{ #[cfg(test)] mod n {{ fn f() {{\n{body}}} }} }}"),
            format!("fn g() {{ fn f() {{\n{body}}} }}"),
            format!("const _: () = {{ fn f() {{\n{body}}} }};"),
            format!("proptest! {{ #![config(1)]\n #[test] fn f(ops in vec(op(), 1..9)) {{\n{body}}} }}"),
            format!("macro_rules! m {{ ($f:ident) => {{ fn $f() {{\n{body}}} }} }}"),
            format!("fn g() {{ m! {{ fn f() {{\n{body}}} }} }}"),
            format!("fn f() {{ h(|| {{\n{body}}}) }}"),
        ] {
            let found = long(&text);
            // With the function it is in, if it is in one.
            assert_eq!(found.last().map(String::as_str), Some("f"), "{found:?} in {text}");
        }
    }

    #[test]
    fn what_is_short_enough_or_no_function_is_not() {
        let (most, more) = (lines(MOST, "g();"), lines(MOST + 1, "g();"));
        for text in [
            format!("fn f() {{\n{most}}}"),
            format!("fn f() {{\n{}}}", lines(MOST, "// A comment.")),
            format!("proptest! {{ fn f() {{\n{most}}} }}"),
            format!("fn f(\n{}) {{}}", lines(MOST + 1, "_: u8,")),
            format!("const A: [u8; 100] = [\n{}];", lines(100, "0,")),
            format!("m! {{ struct A {{ f: fn(u8) -> u8 }} }}\nconst _: () = {{\n{more}}};"),
            format!("m! {{ fn f(); }}\nm! {{ type A = fn(); {{\n{more}}} }}"),
            format!("global_asm!(\n{}\"\");", lines(MOST + 1, "\"nop\",")),
        ] {
            assert_eq!(long(&text), [""; 0], "{text}");
        }
    }

    #[test]
    fn assembly_is_exempt_but_not_what_is_beside_it() {
        let asm = lines(MOST + 1, "\"nop\",");
        for naked in ["naked_asm!", "core::arch::naked_asm!", "::core::arch::naked_asm!"] {
            assert_eq!(long(&format!("#[unsafe(naked)]\nfn f() {{\n{naked}(\n{asm})\n}}")), [""; 0]);
            assert_eq!(long(&format!("m! {{ #[unsafe(naked)]\nfn f() {{\n{naked}(\n{asm});\n}} }}")), [""; 0]);
        }
        assert_eq!(long(&format!("fn f() {{\nunsafe {{ asm!(\n{asm}) }}\n}}")), ["f"]);
        assert_eq!(long(&format!("fn f() {{\nnaked_asm!(\n{asm});\ng()\n}}")), ["f"]);
    }

    #[test]
    fn lines_are_counted_between_the_braces() {
        let found = too_long(&format!("//! A.\n\nfn f(\n    a: u8,\n) {{\n{}}}\n", lines(71, "g();"))).expect("Rust");
        assert_eq!((found[0].line, found[0].lines), (3, 71));
    }

    #[test]
    fn exemptions_hold_for_one_function_and_are_needed() {
        let root = std::env::temp_dir().join(format!("goxide-lengths-{}", std::process::id()));
        fs::create_dir_all(root.join("crates/a/src")).expect("a folder");
        let text = format!("fn long() {{\n{0}}}\nfn longer() {{\n{0}}}\nfn short() {{}}\n", lines(MOST + 1, "g();"));
        fs::write(root.join("crates/a/src/x.rs"), text).expect("a file");
        let file = "crates/a/src/x.rs";
        let problems = check_all(&root, &[(file, "long"), (file, "short"), ("crates/a/src/y.rs", "longer")]);
        fs::remove_dir_all(root).expect("our own folder");
        let problems = problems.expect("files that can be read");
        assert_eq!(problems.len(), 3, "{problems:?}");
        assert!(problems[0].starts_with("crates/a/src/x.rs:64: longer has 61 lines"), "{problems:?}");
        assert!(problems[1].starts_with("crates/a/src/x.rs: short is not too long"), "{problems:?}");
        assert!(problems[2].starts_with("crates/a/src/y.rs: longer is not too long"), "{problems:?}");
    }
}
