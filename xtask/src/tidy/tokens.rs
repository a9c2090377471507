//! Tokens (crate rt, module `token`): every function of crate entries that a stub runs on the system stack takes the proof of that as its
//! first argument, and Rust code makes one out of nothing in few places.
//!
//! What counts, exactly:
//! - The functions are those of the table of the boundary (`system` entries, the system halves of `fast` and `long` ones), and those that the
//!   assembly by hand runs there. One that crate entries does not define is not looked at; one that a macro defines is, by the macro: all
//!   functions that it makes take the token, except those that it calls `fast`.
//! - Made out of nothing is one by `assume`, wherever a path ends with that name.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use regex::Regex;

use super::Problem;
use crate::boundary::{self, Kind};

/// Functions that have no token, and why.
const WITHOUT: [(&str, &str); 2] =
    [("gx_runtime_exitsyscall", "it is what gets the thread a processor"), ("gx_mstart", "it is there for the linker")];

/// The functions that assembly in `goroot/runtime` has run on the system stack.
const BY_HAND: [&str; 9] = [
    "gx_absent",
    "gx_deferproc",
    "gx_deferreturn_recovered",
    "gx_goexit",
    "gx_goexit_done",
    "gx_gopanic",
    "gx_mstart",
    "gx_panic_next",
    "gx_unreachable_method",
];

/// Where a token is made out of nothing, how often, and what the proof there begins with.
const ASSUMED: [(&str, usize, &str); 7] = [
    ("crates/boot/src/steps.rs", 1, "the bootstrap, which no stub calls"),
    ("crates/entries/src/linknames.rs", 1, "the scheduler, before a goroutine is parked"),
    ("crates/rt/src/barrier.rs", 1, "a change of stacks, for which arguments are words"),
    ("crates/rt/src/netpoll.rs", 1, "the network poller, through its seam"),
    ("crates/rt/src/hooks.rs", 15, "the scheduler and the collector, through their seams"),
    ("crates/rt/src/sched.rs", 1, "the scheduler, with the world stopped"),
    ("crates/rt/src/trace/events.rs", 1, "the scheduler, through its seam"),
];

/// Functions without a token, and tokens out of nothing.
pub fn check(root: &Path) -> Result<Vec<Problem>> {
    let mut problems = Vec::new();
    let mut sources = Vec::new();
    for krate in ["boot", "entries", "rt"] {
        for entry in walkdir::WalkDir::new(root.join("crates").join(krate).join("src")).sort_by_file_name() {
            let entry = entry?;
            if entry.path().extension().is_some_and(|e| e == "rs") {
                let path = entry.path().strip_prefix(root)?.to_string_lossy().into_owned();
                let text = fs::read_to_string(entry.path()).with_context(|| path.clone())?;
                sources.push((path, text));
            }
        }
    }
    problems.extend(assumed(&sources)?);
    sources.retain(|(path, _)| path.starts_with("crates/entries/"));
    for name in on_the_system_stack(root)? {
        let takes = sources.iter().find_map(|(path, text)| Some((path, takes_token(text, &name)?)));
        match (takes, WITHOUT.iter().any(|(n, _)| *n == name)) {
            (Some((path, false)), false) => {
                problems.push(format!("{path}: {name} runs on the system stack: its first argument is a `System<'_>`"));
            }
            (Some((path, true)), true) => problems.push(format!("{path}: {name} takes a token, unlike {} says", file!())),
            _ => {}
        }
    }
    Ok(problems)
}

/// The Rust functions that stubs run on the system stack and not anywhere else.
fn on_the_system_stack(root: &Path) -> Result<BTreeSet<String>> {
    let mut names: BTreeSet<String> = BY_HAND.iter().map(|n| (*n).to_owned()).collect();
    for e in boundary::entries(root)? {
        match e.kind {
            Kind::System | Kind::Fast => names.extend([e.rust_symbol()]),
            Kind::Long(_) => names.extend(e.second_symbol()),
            _ => {}
        }
    }
    Ok(names)
}

/// Whether the function of that name takes a token first; none if the text does not define it.
fn takes_token(text: &str, name: &str) -> Option<bool> {
    if let Some(at) = text.find(&format!("fn {name}(")) {
        return Some(begins_with_token(&text[at..]));
    }
    // An argument of a macro, of which the last that is called before is the one.
    let at = Regex::new(&format!(r"\b{name}\b")).ok()?.find(text)?.start();
    let calls = Regex::new(r"(?m)^(\w+)!\s*[({]").ok()?;
    let called = calls.captures_iter(&text[..at]).last()?;
    let macro_name = called.get(1)?.as_str();
    let start = text.find(&format!("macro_rules! {macro_name} "))?;
    let body = text[start..].split("\n}\n").next()?;
    let made: Vec<(&str, bool)> = Regex::new(r"fn \$(\w+)\(")
        .ok()?
        .captures_iter(body)
        .filter_map(|c| Some((c.get(1)?.as_str(), begins_with_token(&body[c.get(0)?.start()..]))))
        .collect();
    Some(!made.is_empty() && made.iter().all(|(name, takes)| *takes || name.ends_with("fast")))
}

/// Whether a function that the text begins with has a token as its first argument.
fn begins_with_token(function: &str) -> bool {
    let first = function.split_once('(').map_or("", |(_, rest)| rest).trim_start();
    let first = first.strip_prefix("mut ").unwrap_or(first);
    first.split_once(':').is_some_and(|(name, rest)| {
        name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && rest.trim_start().starts_with("System<'_>")
    })
}

/// Where tokens are made out of nothing that are not known to be, and what is known and is not there.
fn assumed(sources: &[(String, String)]) -> Result<Vec<Problem>> {
    let assume = Regex::new(r"::\s*assume\b").context("the pattern")?;
    let mut problems = Vec::new();
    for (path, text) in sources.iter().filter(|(path, _)| path != "crates/rt/src/token.rs") {
        let code = text.lines().map(|l| l.split("//").next().unwrap_or(""));
        let n: usize = code.map(|l| assume.find_iter(l).count()).sum();
        let known = ASSUMED.iter().find(|(file, ..)| file == path).map_or(0, |(_, n, _)| *n);
        if n > known {
            problems.push(format!(
                "{path}: makes {n} tokens out of nothing: have one lent, or say why there is none in {}",
                file!()
            ));
        } else if n < known {
            problems.push(format!("{path}: makes {n} tokens out of nothing, not {known}: say so in {}", file!()));
        }
    }
    Ok(problems)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn a_function_without_its_token_is_seen() {
        for (text, takes) in [
            ("extern \"C\" fn gx_a(sys: System<'_>, n: usize) {}", Some(true)),
            ("extern \"C\" fn gx_a(mut sys: System<'_>) {}", Some(true)),
            ("extern \"C\" fn gx_a(_: System<'_>) {}", Some(true)),
            ("extern \"C\" fn gx_a(\n    _: System<'_>,\n    n: usize,\n) {}", Some(true)),
            ("extern \"C\" fn gx_a() {}", Some(false)),
            ("extern \"C\" fn gx_a(n: usize, sys: System<'_>) {}", Some(false)),
            ("extern \"C\" fn gx_a(proc: Processor<'_>) {}", Some(false)),
            ("extern \"C\" fn gx_ab(sys: System<'_>) {}", None),
            ("macro_rules! m {\n    ($f:ident) => { fn $f(sys: System<'_>) {} }\n}\n\nm!(gx_a);", Some(true)),
            ("macro_rules! m {\n    ($f:ident) => { fn $f(n: usize) {} }\n}\n\nm! {\n    gx_a;\n}", Some(false)),
            (
                "macro_rules! m {\n    ($q_fast:ident $f:ident) => { fn $q_fast() {} fn $f(_: System<'_>) {} }\n}\n\nm!(gx_a_fast gx_a);",
                Some(true),
            ),
        ] {
            assert_eq!(takes_token(text, "gx_a"), takes, "{text}");
        }
    }

    #[test]
    fn a_token_out_of_nothing_is_seen() {
        let problems = |text: &str| {
            let source = ("crates/rt/src/stacks.rs".to_owned(), text.to_owned());
            assumed(&[source]).expect("the pattern").len()
        };
        assert_eq!(problems("unsafe { System::assume() }"), 1);
        assert_eq!(problems("let f = Processor::assume;"), 1);
        assert_eq!(problems("// System::assume()\nsys.lend()"), 0);
    }

    #[test]
    fn a_known_place_that_is_gone_is_seen() {
        let source = ("crates/rt/src/sched.rs".to_owned(), String::new());
        assert_eq!(assumed(&[source]).expect("the pattern").len(), 1);
    }

    /// A token takes no register: a function with one is the same code as without.
    #[test]
    fn a_token_is_not_there_in_machine_code() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the repository");
        let token = root.join("crates/rt/src/token.rs");
        let folder = std::env::temp_dir().join(format!("goxide-tokens-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let code = |target: &str, arguments: &str| {
            let (source, out) = (folder.join("a.rs"), folder.join("a.s"));
            let text = format!(
                "#![no_std]\n#![allow(improper_ctypes_definitions)]\n#[path = {token:?}]\npub mod token;\n\
                 #[unsafe(no_mangle)]\nextern \"C\" fn f({arguments}a: usize, b: usize) -> usize {{ a.wrapping_sub(b) }}\n"
            );
            fs::write(&source, text).expect("a file");
            let mut rustc = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
            rustc.args(["--edition=2024", "--crate-type=lib", "-O", "--emit=asm", "--target", target, "-o"]);
            let done = rustc.arg(&out).arg(&source).status().expect("rustc");
            assert!(done.success(), "{target}: {arguments}");
            let text = fs::read_to_string(&out).expect("assembly");
            let body: Vec<String> = text
                .lines()
                .skip_while(|l| *l != "f:")
                .take_while(|l| !l.contains(".cfi_endproc"))
                .map(str::to_owned)
                .collect();
            assert!(body.len() > 2, "{text}");
            body
        };
        for target in ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"] {
            let without = code(target, "");
            for token in ["_: token::System<'_>, ", "_: token::Processor<'_>, "] {
                assert_eq!(code(target, token), without, "{target}");
            }
            assert_ne!(code(target, "_: u8, "), without, "{target}");
        }
        fs::remove_dir_all(folder).expect("our own folder");
    }
}
