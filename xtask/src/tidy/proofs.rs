//! Proofs of unsafe code: a `// SAFETY:` comment says why, and an unsafe function says what it asks.
//!
//! "The caller's", "passed on", "as above" prove nothing by themselves: a reader still has to find out which point of the callee's
//! `# Safety` is meant, and a change above the comment makes it wrong without a trace. So no clause of a comment may be only that.
//! Whose promise it is may be said beside the promise: "`p` has `n` bytes (this function's contract)".
//!
//! Clippy's `missing_safety_doc` sees what a crate exports, `check-private-items` would see the rest but asks it of `main` and of every
//! exported entry too. Left out here are: methods of a trait's implementation, whose contract is the trait's; functions that the
//! linker exports (`no_mangle`), which only machine code calls, so that their crate's header says what that must do; what a macro
//! makes, as it is not a function before.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use regex::Regex;
use syn::visit::{self, Visit};

use super::Problem;

/// Clauses that refer to somebody else's word, as regular expressions over a whole clause, in lower case.
const EXCUSES: [&str; 9] = [
    // "as above", "see above the impl", "as in the functions above"
    r"(?:as|see|like)(?: (?:said|promised|in the \w+))? above(?: the \w+)?",
    // "passed on from the caller"
    r"(?:just )?(?:passed|handed) on(?: (?:from|by) (?:the|our|its) callers?)?",
    // "as promised by the caller", "per the caller"
    r"(?:as )?(?:(?:promised|said|given|held) )?(?:by|per) (?:the|our|its) callers?",
    // "the caller's", "the caller's promise", "the caller's type and values"
    r"(?:the|our|its) (?:callers?'s?|callers')(?: \w+(?: and \w+)?)?",
    // "the caller vouches for it", "the caller promises"
    r"(?:as )?(?:the|our|its) callers? (?:vouch|promise|guarantee|ensure|answer|say|state|know)(?:s|es)?(?: (?:so|it|that|this|for \w+(?: and \w+)?))?",
    // "the same promises"
    r"(?:the|by the) same (?:contracts?|promises?|conditions?|reasons?)",
    // "ownership is the caller's promise", "the slice is the caller's", "live by the caller's promise"
    r"(?:\S+ )+(?:is|are|by) (?:the|our|its) (?:callers?'s?|callers')(?: (?:own|promises?|contract|affair|problem))?",
    // "the stack has room, says the caller", "nothing changes, as the caller sees to", "valid by contract"
    r"(?:\S+ )+(?:says the caller|as the caller (?:says|sees to|promises|knows)|as promised by the caller|by contract)",
    // "the caller's promise is the callee's condition"
    r"the callers?'s? \w+ (?:is|are) (?:the callees?'s?|ours)(?: \w+)?",
];

/// Every comment and every function under `crates` that does not say it.
pub fn check(root: &Path) -> Result<Vec<Problem>> {
    let excuses = excuses()?;
    let mut problems = Vec::new();
    for entry in walkdir::WalkDir::new(root.join("crates")).sort_by_file_name().into_iter().flatten() {
        let path = entry.path().strip_prefix(root).unwrap_or(entry.path()).to_string_lossy().into_owned();
        if !entry.file_type().is_file() || !path.ends_with(".rs") {
            continue;
        }
        let text = fs::read_to_string(entry.path()).with_context(|| path.clone())?;
        let mut found = empty_proofs(&excuses, &path, &text);
        if path.contains("/src/") {
            found.extend(unstated_contracts(&path, &text)?);
        }
        problems.extend(found);
    }
    Ok(problems)
}

fn excuses() -> Result<Regex> {
    Regex::new(&format!("^(?:{})$", EXCUSES.join("|"))).context("the patterns")
}

/// The `// SAFETY:` comments of which a clause is an excuse.
fn empty_proofs(excuses: &Regex, path: &str, text: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (line, proof) in proofs(text) {
        if let Some(clause) = clauses(&proof).find(|c| excuses.is_match(&c.to_lowercase())) {
            problems.push(format!(
                "{path}:{line}: \"{clause}\" proves nothing: say what holds, point by point of what is called"
            ));
        }
    }
    problems
}

/// Each `// SAFETY:` comment, with the number of its first line. One that follows code on its line ends there.
fn proofs(text: &str) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut open = false;
    for (line, text) in text.lines().map(str::trim).enumerate() {
        match text.split_once("// SAFETY:") {
            // What stands behind a quotation mark may be a string.
            Some((before, proof)) if !before.contains('"') => {
                found.push((line + 1, proof.trim().to_string()));
                open = before.is_empty();
            }
            _ => match text.strip_prefix("//").filter(|_| open) {
                Some(more) => {
                    let (_, proof) = found.last_mut().expect("an open comment");
                    proof.push(' ');
                    proof.push_str(more.trim());
                }
                None => open = false,
            },
        }
    }
    found
}

/// What stands between full stops and semicolons.
fn clauses(proof: &str) -> impl Iterator<Item = &str> {
    proof.split("; ").flat_map(|part| part.split(". ")).map(|clause| clause.trim().trim_end_matches(['.', ';']))
}

/// The unsafe functions without a `# Safety` section.
fn unstated_contracts(path: &str, text: &str) -> Result<Vec<Problem>> {
    let file = syn::parse_file(text).with_context(|| path.to_string())?;
    let mut functions = Functions { path, problems: Vec::new() };
    functions.visit_file(&file);
    Ok(functions.problems)
}

struct Functions<'a> {
    path: &'a str,
    problems: Vec<Problem>,
}

impl Functions<'_> {
    fn look(&mut self, attrs: &[syn::Attribute], sig: &syn::Signature) {
        if sig.unsafety.is_none() || attrs.iter().any(|a| is_safety_section(a) || is_no_mangle(a)) {
            return;
        }
        let (line, name) = (sig.ident.span().start().line, &sig.ident);
        self.problems.push(format!(
            "{}:{line}: {name} is unsafe and has no `# Safety` section that says when it may be called",
            self.path
        ));
    }
}

impl<'a> Visit<'a> for Functions<'_> {
    fn visit_item_fn(&mut self, f: &'a syn::ItemFn) {
        self.look(&f.attrs, &f.sig);
        visit::visit_item_fn(self, f);
    }

    fn visit_item_impl(&mut self, i: &'a syn::ItemImpl) {
        for item in &i.items {
            match item {
                syn::ImplItem::Fn(f) if i.trait_.is_none() => self.look(&f.attrs, &f.sig),
                _ => {}
            }
        }
        // Into the bodies, which may have functions of their own.
        visit::visit_item_impl(self, i);
    }

    fn visit_trait_item_fn(&mut self, f: &'a syn::TraitItemFn) {
        self.look(&f.attrs, &f.sig);
        visit::visit_trait_item_fn(self, f);
    }
}

fn is_safety_section(a: &syn::Attribute) -> bool {
    let syn::Meta::NameValue(doc) = &a.meta else { return false };
    let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = &doc.value else { return false };
    doc.path.is_ident("doc") && text.value().lines().any(|l| l.trim() == "# Safety")
}

/// `#[no_mangle]` or `#[unsafe(no_mangle)]`.
fn is_no_mangle(a: &syn::Attribute) -> bool {
    let inner = || a.parse_args::<syn::Path>().is_ok_and(|p| p.is_ident("no_mangle"));
    a.path().is_ident("no_mangle") || (a.path().is_ident("unsafe") && inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn empty(comment: &str) -> usize {
        let text = format!("//! A.\nfn f() {{\n    {comment}\n    unsafe {{ g() }}\n}}\n");
        empty_proofs(&excuses().expect("the patterns"), "crates/a/src/x.rs", &text).len()
    }

    #[test]
    fn an_excuse_is_found() {
        for excuse in [
            "the caller's",
            "the caller's promise",
            "the callers' promises",
            "the caller's slot",
            "the caller's descriptor and value",
            "as above",
            "As above",
            "see above the impl",
            "as in the functions above",
            "passed on",
            "passed on from the caller",
            "as promised by the caller",
            "per the caller",
            "held by our caller",
            "the caller vouches for it",
            "the caller vouches for mask and size",
            "the caller promises",
            "the same contract",
            "the caller's promise is the callees' condition",
            "ownership is the caller's promise",
            "in a system entry; the slice is the caller's",
            "live by the caller's promise",
            "the stack has room, says the caller",
            "valid for an element by contract",
            "the caller's; markers stay",
            "`t` is a descriptor; passed on",
            "the lock is held. As above, too. As above",
        ] {
            assert_eq!(empty(&format!("// SAFETY: {excuse}.")), 1, "{excuse}");
            assert_eq!(empty(&format!("// SAFETY: {excuse}")), 1, "{excuse}");
        }
        assert_eq!(empty("// SAFETY: as\n    // above."), 1);
        assert_eq!(empty("h(); // SAFETY: passed on."), 1);
    }

    #[test]
    fn a_reason_is_none() {
        for reason in [
            "`p` has `n` bytes (this function's contract)",
            "the caller's first point: `p` has `n` bytes",
            "the caller holds the lock",
            "the pages are the caller's to give up",
            "the lock was taken above",
            "`t` is WAITING and ours to ready (the caller's promise)",
            "the bytes of the string that the program passes",
            "as in `run_at`: a whole table",
            "nothing was passed on yet",
        ] {
            assert_eq!(empty(&format!("// SAFETY: {reason}.")), 0, "{reason}");
        }
        assert_eq!(empty("// SAFETY: the caller's\n    // buffer has room for it."), 0);
        assert_eq!(empty("// As above."), 0);
        assert_eq!(empty("h(\"// SAFETY: as above.\");"), 0);
        // The next statement's comment is none of the proof's.
        assert_eq!(empty("// SAFETY: fine.\n    h();\n    // As above."), 0);
    }

    #[test]
    fn the_line_is_that_of_the_comment() {
        let text = "//! A.\n\n    // SAFETY: fine.\n    // Really; as above.\n";
        let found = empty_proofs(&excuses().expect("the patterns"), "crates/a/src/x.rs", text);
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("crates/a/src/x.rs:3: \"as above\""), "{}", found[0]);
    }

    fn unstated(text: &str) -> Vec<Problem> {
        unstated_contracts("x.rs", text).expect("Rust")
    }

    #[test]
    fn functions_without_a_contract() {
        for text in [
            "unsafe fn f() {}",
            "/// F.\nunsafe fn f() {}",
            "/// See the `# Safety` section of g.\npub unsafe extern \"C\" fn f() {}",
            "impl A { unsafe fn f() {} }",
            "trait T { unsafe fn f(); }",
            "fn g() { unsafe fn f() {} }",
            "impl T for A { fn g() { unsafe fn f() {} } }",
            "mod m { #[cfg(test)] mod n { unsafe fn f() {} } }",
            "#[inline]\nunsafe fn f() {}",
        ] {
            let problems = unstated(text);
            assert_eq!(problems.len(), 1, "{text}");
            assert!(problems[0].contains(": f is unsafe"), "{}", problems[0]);
        }
    }

    #[test]
    fn functions_with_one_and_those_that_need_none() {
        for text in [
            "fn f() { unsafe { g() } }",
            "/// # Safety\n/// Never.\nunsafe fn f() {}",
            "/// F.\n///\n/// # Safety\n///\n/// Never.\n#[inline]\npub unsafe fn f() {}",
            "impl A { /// # Safety\n/// Never.\nunsafe fn f() {} }",
            "impl T for A { unsafe fn f() {} }",
            "#[unsafe(no_mangle)]\nunsafe extern \"C\" fn f() {}",
            "#[no_mangle]\nunsafe extern \"C\" fn f() {}",
            "unsafe extern \"C\" { fn f(); }",
            "type F = unsafe fn();",
            "m! { unsafe fn f() -> (); }",
        ] {
            assert_eq!(unstated(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn all_of_a_crate_is_looked_at() {
        let root = std::env::temp_dir().join(format!("goxide-proofs-{}", std::process::id()));
        for folder in ["src", "tests"] {
            let folder = root.join("crates/a").join(folder);
            fs::create_dir_all(&folder).expect("a folder");
            fs::write(folder.join("x.rs"), "unsafe fn f() {\n    // SAFETY: passed on.\n    unsafe { g() }\n}\n")
                .expect("a file");
        }
        let problems = check(&root).expect("files that can be read");
        fs::remove_dir_all(root).expect("our own folder");
        let places: Vec<_> = problems.iter().map(|p| p.split(' ').next().expect("a place")).collect();
        assert_eq!(places, ["crates/a/src/x.rs:2:", "crates/a/src/x.rs:1:", "crates/a/tests/x.rs:2:"]);
    }
}
