//! The crates from outside: what their pages show is pasted into projects of its own, which lie outside of the repository and have
//! that crate as their only dependency of ours, and is built and run there; and examples that want arguments, or a process of their own, are run.
//!
//! Doctests see the same text, but with all features and development dependencies of the workspace around it.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::arch::Arch;
use crate::paths::Paths;

/// The project that a page spells out, file by file: the crate whose page, and those that it depends on.
const WHOLE: (&str, [&str; 2]) = ("sys", ["sys", "tls"]);

/// Examples that no test includes, with their arguments: package, example, arguments.
const EXAMPLES: [(&str, &str, &[&str]); 3] =
    [("goxide-gc", "json", &[]), ("goxide-symtab", "crash", &[]), ("goxide-netpoll", "echo_many", &["200", "3"])];

/// Builds and runs all of it.
pub fn check(paths: &Paths) -> Result<()> {
    let outside = std::env::temp_dir().join(format!("goxide-outside-{}", std::process::id()));
    let done = pages(paths, &outside).and_then(|()| whole(paths, &outside));
    // What is left of a failure would be in the way of nothing, but of no use either: the error has the text.
    let _ = fs::remove_dir_all(&outside);
    done?;
    for (package, example, args) in EXAMPLES {
        let mut cargo = cargo(&paths.root);
        cargo.args(["run", "--quiet", "--package", package, "--example", example, "--"]).args(args);
        run(cargo, &format!("example {example} of {package}"))?;
    }
    Ok(())
}

/// A program of a page.
struct Program {
    text: String,
    /// Not only built.
    runs: bool,
}

/// Each page's programs, in a project for each page.
fn pages(paths: &Paths, outside: &Path) -> Result<()> {
    let mut projects = Vec::new();
    for package in crate::tidy::manifests::published(&paths.root)? {
        let name = package.strip_prefix("goxide-").unwrap_or(&package);
        let home = paths.root.join("crates").join(name);
        let page = fs::read_to_string(home.join("README.md")).with_context(|| format!("reading {package}'s page"))?;
        let programs = programs(&page);
        if programs.is_empty() {
            continue;
        }
        let project = outside.join("pages").join(name);
        for (i, program) in programs.iter().enumerate() {
            write(&project.join(format!("src/bin/{name}{i}.rs")), &program.text)?;
        }
        // Programs that are for a crate's default features say so.
        let manifest = format!(
            "[package]\nname = \"use-{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[features]\ndefault = [\"std\"]\nstd = []\n\n\
             [dependencies]\n{package} = {{ path = {home:?} }}\n"
        );
        write(&project.join("Cargo.toml"), &manifest)?;
        projects.push((name.to_string(), programs));
    }
    let members = projects.iter().fold(String::new(), |mut list, (name, _)| {
        let _ = write!(list, "{name:?}, ");
        list
    });
    let pages = outside.join("pages");
    write(&pages.join("Cargo.toml"), &format!("[workspace]\nresolver = \"3\"\nmembers = [{members}]\n"))?;
    // The versions that everything else is tested with.
    fs::copy(paths.root.join("Cargo.lock"), pages.join("Cargo.lock")).context("copying Cargo.lock")?;
    for (name, programs) in projects {
        let target = paths.target.join("outside");
        let mut build = cargo(&pages);
        // One at a time: together they would have each other's features.
        build.args(["build", "--quiet", "--package"]).arg(format!("use-{name}")).arg("--target-dir").arg(&target);
        run(build, &format!("building what goxide-{name}'s page shows"))?;
        for i in programs.iter().enumerate().filter(|(_, p)| p.runs).map(|(i, _)| i) {
            let exe = target.join(format!("debug/{name}{i}"));
            run(Command::new(exe), &format!("program {i} of goxide-{name}'s page"))?;
        }
    }
    Ok(())
}

/// The project without libc, for both machines, by the page's own files.
fn whole(paths: &Paths, outside: &Path) -> Result<()> {
    let (page, crates) = WHOLE;
    let home = |name: &str| paths.root.join("crates").join(name);
    let page = fs::read_to_string(home(page).join("README.md")).context("reading the page")?;
    let project = outside.join("whole");
    let files = files(&page);
    ensure!(!files.is_empty(), "the page spells out no project");
    for (path, text) in files {
        write(&project.join(path), text)?;
    }
    let target = paths.target.join("outside");
    for arch in Arch::ALL {
        for profile in ["debug", "release"] {
            let mut build = cargo(&project);
            build.args(["build", "--quiet", "--target", arch.triple(), "--target-dir"]).arg(&target);
            for name in crates {
                build.args(["--config", &format!("patch.crates-io.goxide-{name}.path={:?}", home(name))]);
            }
            if profile == "release" {
                build.arg("--release");
            }
            run(build, &format!("building the project without libc for {arch}, {profile}"))?;
            let exe = target.join(arch.triple()).join(profile).join("hello");
            let said = crate::conformance::run::command(arch, &exe)?.output().context("running hello")?;
            let text = String::from_utf8_lossy(&said.stdout);
            ensure!(said.status.success() && text.starts_with("hello, "), "{arch}, {profile}: {} {text}", said.status);
        }
    }
    Ok(())
}

/// The programs of a page: its blocks of Rust that doctests compile, too.
fn programs(page: &str) -> Vec<Program> {
    let rust = |(kind, text): (&str, &str)| {
        let runs = matches!(kind, "" | "rust");
        (runs || matches!(kind, "no_run" | "rust,no_run")).then(|| Program { text: program(text), runs })
    };
    blocks(page).map(|(_, kind, text)| (kind, text)).filter_map(rust).collect()
}

/// A block as a program: what a page hides of it is there, and around it what a doctest has around it.
fn program(block: &str) -> String {
    let shown = |line: &str| line.strip_prefix("# ").or((line == "#").then_some("")).unwrap_or(line).to_string() + "\n";
    let text: String = block.lines().map(shown).collect();
    if text.contains("fn main()") {
        return text;
    }
    // Statements of a function that fails end in a typed `Ok`.
    let last = text.trim_end().lines().last().unwrap_or_default();
    let fails = match last.trim().strip_prefix("Ok::<(), ").and_then(|rest| rest.strip_suffix(">(())")) {
        Some(error) => format!(" -> Result<(), {error}>"),
        None => String::new(),
    };
    format!("fn main(){fails} {{\n{text}}}\n")
}

/// The files that a page spells out: a block behind a line with a path alone.
fn files(page: &str) -> Vec<(PathBuf, &str)> {
    let named = |line: &str| Some(PathBuf::from(line.strip_prefix('`')?.strip_suffix("`:")?));
    blocks(page).filter_map(|(before, _, text)| Some((named(before)?, text))).collect()
}

/// The blocks of a page: the last line of text before, the words behind the fence, the text.
fn blocks(page: &str) -> impl Iterator<Item = (&str, &str, &str)> {
    const FENCE: &str = "\n```";
    let mut rest = page;
    std::iter::from_fn(move || {
        let (before, block) = rest.split_once(FENCE)?;
        let (kind, block) = block.split_once('\n')?;
        // Of an empty block the fence follows at once.
        let end = if block.starts_with(&FENCE[1..]) { 0 } else { block.find(FENCE)? + 1 };
        rest = &block[end + FENCE.len() - 1..];
        Some((before.trim_end().lines().last().unwrap_or_default(), kind.trim(), &block[..end]))
    })
}

fn write(path: &Path, text: &str) -> Result<()> {
    let directory = path.parent().context("a file is in a directory")?;
    fs::create_dir_all(directory).with_context(|| format!("making {}", directory.display()))?;
    fs::write(path, text).with_context(|| format!("writing {}", path.display()))
}

fn cargo(directory: &Path) -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(directory);
    cargo
}

fn run(mut command: Command, what: &str) -> Result<()> {
    let done = command.output().with_context(|| format!("{what}: it cannot be started"))?;
    let text = [done.stdout, done.stderr].concat();
    ensure!(done.status.success(), "{what}: {}\n{}", done.status, String::from_utf8_lossy(&text));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "text\n\n```\nlet a = 1;\n# assert_eq!(a, 1);\n```\n\n`src/main.rs`:\n\n```rust,ignore\nfn main() {}\n```\n\
        ```text\n```\n```no_run\n# use std::io;\nx()?;\n# Ok::<(), io::Error>(())\n```\n";

    #[test]
    fn a_page_has_blocks() {
        let kinds: Vec<_> = blocks(PAGE).map(|(before, kind, _)| (before, kind)).collect();
        assert_eq!(kinds, [("text", ""), ("`src/main.rs`:", "rust,ignore"), ("", "text"), ("", "no_run")]);
    }

    #[test]
    fn programs_are_what_a_doctest_compiles() {
        let found: Vec<_> = programs(PAGE).into_iter().map(|p| (p.runs, p.text)).collect();
        assert_eq!(found[0], (true, "fn main() {\nlet a = 1;\nassert_eq!(a, 1);\n}\n".into()));
        let fails = "fn main() -> Result<(), io::Error> {\nuse std::io;\nx()?;\nOk::<(), io::Error>(())\n}\n";
        assert_eq!(found[1].1.replace("std::", ""), fails.replace("std::", ""));
        assert!(!found[1].0 && found.len() == 2);
    }

    #[test]
    fn files_are_named_by_the_line_before() {
        assert_eq!(files(PAGE), [(PathBuf::from("src/main.rs"), "fn main() {}\n")]);
    }
}
