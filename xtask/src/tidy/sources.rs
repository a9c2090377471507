//! Rules on the text of a file. Each takes a path and the text and names the lines
//! that break it.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::Problem;

/// More than one sitting can read.
const MAX_LINES: usize = 800;

/// One file as the rules see it.
struct Source<'a> {
    /// Relative to the repository.
    path: &'a str,
    text: &'a str,
}

/// A rule: the lines that break it (0: the file as a whole), each with what is wrong.
type Rule = fn(&Source) -> Vec<(usize, String)>;

const RULES: [Rule; 6] = [header, length, architecture, safety, stubs, ignored_tests];

/// Applies every rule to every source file.
pub fn check(root: &Path) -> Result<Vec<Problem>> {
    let mut problems = Vec::new();
    for part in ["crates", "xtask", "goroot", "conformance"] {
        let walk = walkdir::WalkDir::new(root.join(part)).sort_by_file_name().into_iter();
        let kept = walk.filter_entry(|e| e.file_name() != "target" && e.file_name() != "snapshots");
        for entry in kept.flatten() {
            let is_source = entry.path().extension().is_some_and(|e| e == "rs" || e == "go" || e == "s" || e == "h");
            if !entry.file_type().is_file() || !is_source {
                continue;
            }
            let text = fs::read_to_string(entry.path()).with_context(|| entry.path().display().to_string())?;
            let path = entry.path().strip_prefix(root).unwrap_or(entry.path()).to_string_lossy();
            problems.extend(broken(&Source { path: &path, text: &text }));
        }
    }
    Ok(problems)
}

fn broken(source: &Source) -> Vec<Problem> {
    let place = |line| if line == 0 { source.path.to_string() } else { format!("{}:{line}", source.path) };
    RULES.iter().flat_map(|rule| rule(source)).map(|(line, what)| format!("{}: {what}", place(line))).collect()
}

impl<'a> Source<'a> {
    fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Lines with their numbers.
    fn lines(&self) -> impl Iterator<Item = (usize, &'a str)> {
        self.text.lines().enumerate().map(|(i, l)| (i + 1, l))
    }

    /// Lines of Rust with their numbers, comments and string contents left out.
    fn code(&self) -> impl Iterator<Item = (usize, String)> {
        self.lines().map(|(n, l)| (n, code_of(l)))
    }
}

/// A line without its comment and without what stands in its string literals.
fn code_of(line: &str) -> String {
    let mut code = String::new();
    let (mut in_string, mut escaped) = (false, false);
    let mut rest = line.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            _ if escaped => escaped = false,
            '\\' if in_string => escaped = true,
            // A quotation mark as a character is no string.
            '\'' if !in_string && rest.peek() == Some(&'"') => drop(rest.next()),
            '"' => {
                in_string = !in_string;
                code.push('"');
            }
            _ if in_string => {}
            '/' if rest.peek() == Some(&'/') => break,
            c => code.push(c),
        }
    }
    code
}

/// Rust files open with `//!`; Go and assembly files with a comment.
fn header(source: &Source) -> Vec<(usize, String)> {
    let mut lines = source.text.lines().map(str::trim).filter(|l| !l.is_empty());
    let first = lines.find(|l| !l.starts_with("#!") || l.starts_with("#![doc"));
    let (good, wanted) = match source.is_rust() {
        true => (first.is_some_and(|l| l.starts_with("//!") || l.starts_with("#![doc")), "//!"),
        // A program of the corpus opens with its action line, and packages beside it belong to it.
        false if source.path.starts_with("conformance/") => (true, ""),
        false => (first.is_some_and(|l| l.starts_with("//") || l.starts_with("/*")), "a comment"),
    };
    if good { vec![] } else { vec![(0, format!("it must open with {wanted} that says what lives here"))] }
}

fn length(source: &Source) -> Vec<(usize, String)> {
    let lines = source.text.lines().count();
    if lines <= MAX_LINES { vec![] } else { vec![(0, format!("{lines} lines; {MAX_LINES} are the limit: split it"))] }
}

/// `target_arch` is asked in `arch` directories and modules only.
fn architecture(source: &Source) -> Vec<(usize, String)> {
    let is_arch = source.path.split('/').any(|part| part == "arch" || part == "arch.rs");
    if !source.is_rust() || is_arch {
        return vec![];
    }
    let asks = |(_, code): &(usize, String)| code.contains("target_arch");
    source.code().filter(asks).map(|(n, _)| (n, "target_arch outside arch/".to_string())).collect()
}

/// Every `unsafe` block and `unsafe impl` has its `// SAFETY:` above it. Clippy knows
/// better, and tests and benches are left to it; this finds what it is not run on:
/// code for the other architecture and under `cfg(loom)`.
fn safety(source: &Source) -> Vec<(usize, String)> {
    if !source.is_rust() || !source.path.contains("/src/") {
        return vec![];
    }
    let lines: Vec<&str> = source.text.lines().collect();
    let opens = |code: &str| {
        let code = code.replace("unsafe extern", "").replace("unsafe fn", "");
        code.contains("unsafe {") || code.trim_end().ends_with("unsafe") || code.contains("unsafe impl")
    };
    let open = source.code().filter(|(_, code)| opens(code));
    open.filter(|(n, _)| !is_explained(&lines, n - 1))
        .map(|(n, _)| (n, "unsafe without a // SAFETY: comment above it".to_string()))
        .collect()
}

/// Walks up from a line, within its statement, to the comment above it.
fn is_explained(lines: &[&str], at: usize) -> bool {
    if lines[at].contains("SAFETY:") {
        return true;
    }
    for i in (0..at).rev() {
        let line = lines[i].trim();
        if line.starts_with("//") {
            let comment = lines[..=i].iter().rev().map(|l| l.trim()).take_while(|l| l.starts_with("//"));
            return comment.into_iter().any(|l| l.contains("SAFETY:"));
        }
        let code = code_of(line);
        let code = code.trim_end();
        // An open brace or bracket is still the same statement: `let x = if a {`, `f(`.
        if code.is_empty() || code.ends_with([';', '}']) {
            return false;
        }
    }
    false
}

/// Nothing is called done that is not.
fn stubs(source: &Source) -> Vec<(usize, String)> {
    if !source.is_rust() {
        return vec![];
    }
    let macros = ["todo!", "unimplemented!"];
    let found = source.code().filter_map(|(n, code)| macros.iter().find(|m| code.contains(**m)).map(|m| (n, *m)));
    found.map(|(n, m)| (n, format!("{m} is a stub"))).collect()
}

fn ignored_tests(source: &Source) -> Vec<(usize, String)> {
    if !source.is_rust() {
        return vec![];
    }
    let bare = source.code().filter(|(_, code)| code.contains("#[ignore]"));
    bare.map(|(n, _)| (n, "#[ignore] without a reason: #[ignore = \"why\"]".to_string())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(path: &str, text: &str) -> usize {
        broken(&Source { path, text }).len()
    }

    #[test]
    fn a_file_says_what_it_is() {
        assert_eq!(problems("crates/a/src/lib.rs", "//! A.\n"), 0);
        assert_eq!(problems("crates/a/src/lib.rs", "#![doc = include_str!(\"../README.md\")]\n"), 0);
        assert_eq!(problems("crates/a/src/lib.rs", "use b;\n"), 1);
        assert_eq!(problems("goroot/runtime/a.go", "package runtime\n"), 1);
        assert_eq!(problems("goroot/runtime/a.s", "// Entry.\n"), 0);
        assert_eq!(problems("conformance/chan/x.dir/a.go", "package a\n"), 0);
    }

    #[test]
    fn long_files() {
        assert_eq!(problems("crates/a/src/lib.rs", &"//!\n".repeat(800)), 0);
        assert_eq!(problems("crates/a/src/lib.rs", &"//!\n".repeat(801)), 1);
    }

    #[test]
    fn architectures() {
        let text = "//! A.\n#[cfg(target_arch = \"x86_64\")]\nmod x;\n";
        assert_eq!(problems("crates/a/src/x.rs", text), 1);
        assert_eq!(problems("crates/a/src/arch/mod.rs", text), 0);
        assert_eq!(problems("crates/a/src/x.rs", "//! target_arch\n// target_arch\n"), 0);
    }

    #[test]
    fn unsafe_blocks() {
        let count = |body: &str| problems("crates/a/src/x.rs", &format!("//! A.\nfn f() {{\n{body}\n}}\n"));
        assert_eq!(count("    unsafe { g() }"), 1);
        assert_eq!(count("    // SAFETY: fine.\n    unsafe { g() }"), 0);
        assert_eq!(count("    // SAFETY: fine,\n    // really.\n    let x =\n        unsafe { g() };"), 0);
        assert_eq!(count("    // SAFETY: fine.\n    h();\n    unsafe { g() }"), 1);
        assert_eq!(
            count("    // SAFETY: fine.\n    let x = if a {\n        b\n    } else {\n        unsafe { g() }\n    };"),
            0
        );
        assert_eq!(count("    // It is fine.\n    unsafe { g() }"), 1);
        assert_eq!(count("    h(\"unsafe { }\"); // unsafe { }"), 0);
        assert_eq!(count("    unsafe fn g() {}"), 0);
        assert_eq!(count("    unsafe impl Send for X {}"), 1);
    }

    #[test]
    fn stubs_and_ignored_tests() {
        assert_eq!(problems("crates/a/src/x.rs", "//! A.\nfn f() { todo!() }\n"), 1);
        assert_eq!(problems("crates/a/src/x.rs", "//! A.\n#[ignore]\n"), 1);
        assert_eq!(problems("crates/a/src/x.rs", "//! A.\n#[ignore = \"slow\"]\n"), 0);
    }
}
