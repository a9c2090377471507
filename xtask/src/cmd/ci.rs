//! `cargo xtask ci`: every check that a change has to pass, in the order of their cost.
//! All of them run, whatever fails first.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use walkdir::WalkDir;

use crate::golang::{Golang, finish};
use crate::{arch::Arch, cmd, paths::Paths};

/// Arguments of `ci`.
#[derive(clap::Args)]
pub struct Args {
    /// Only checks whose name contains one of these
    filter: Vec<String>,
    /// Also "GOGC=off" and "other builds", which take long and seldom find what the others do not; and, for the collector's settings
    /// and in the emulator, every variant of each program
    #[arg(long)]
    all: bool,
}

/// Runs the checks and prints a table of them.
pub fn run(paths: &Paths, args: &Args) -> Result<()> {
    if args.filter.is_empty() {
        room(paths)?;
    }
    let mut steps = Steps { filter: args.filter.clone(), all: args.all, done: Vec::new() };
    steps.run("tidy", || cmd::tidy::run(paths, &cmd::tidy::Args {}));
    steps.run("format", || cargo(paths, &["fmt", "--check"]));
    steps.run("clippy", || cargo(paths, &["clippy", "--quiet", "--workspace", "--all-targets"]));
    steps.run("clippy, freestanding", || {
        let crates = ["boot", "entries", "rt", "gotypes", "symtab"].map(|name| format!("--package=goxide-{name}"));
        let what = ["--lib", "--no-default-features"];
        let how = ["--features", "goxide-boot/freestanding", "--target", Arch::host().triple()];
        cargo(paths, &[&["clippy", "--quiet"][..], &crates.each_ref().map(String::as_str), &what, &how].concat())
    });
    steps.run("docs", || docs(paths));
    steps.run("packages", || packages(paths));
    steps.run("tests", || cargo(paths, &["test", "--quiet", "--workspace"]));
    steps.run("outside", || crate::outside::check(paths));
    steps.run("clippy, features", || cargo(paths, &[&["clippy", "--quiet", "--all-targets"][..], &OPTIONAL].concat()));
    steps.run("tests, features", || cargo(paths, &[&["test", "--quiet"][..], &OPTIONAL].concat()));
    steps.run("explorer", || explorer(paths));
    steps.run("goroot", || cmd::goroot::run(paths, &cmd::goroot::Args::default()));
    steps.run("abi", || cmd::abi::run(paths, &cmd::abi::Args::default()));
    steps.run("empty program", || crate::start::check(paths));
    steps.run("leaf stack", || cmd::abi::run(paths, &cmd::abi::Args::stack()));
    for arch in Arch::ALL {
        // Emulated programs take some five times as long.
        let args = match args.all || arch == Arch::host() {
            true => cmd::conformance::Args::all(arch),
            false => cmd::conformance::Args::one_variant(arch, 0),
        };
        steps.run(&format!("conformance {arch}"), || cmd::conformance::run(paths, &args));
    }
    for (n, (key, value)) in MODES.into_iter().enumerate() {
        let args = match args.all {
            true => cmd::conformance::Args::under(Arch::host(), key, value),
            false => cmd::conformance::Args::one_variant_under(Arch::host(), key, value, n),
        };
        steps.run(&format!("{key}={value}"), || cmd::conformance::run(paths, &args));
    }
    let uncollected = cmd::conformance::Args::under(Arch::host(), "GOGC", "off");
    steps.run_if_all("GOGC=off", || cmd::conformance::run(paths, &uncollected));
    steps.run("go command", || go_command(paths));
    steps.run("runtime under flags", || under_flags(paths));
    steps.run("crash names", || crash_names(paths));
    steps.run_if_all("other builds", || {
        let args = cmd::conformance::Args::built_every_way(Arch::host(), &SHAPED_BY_THE_BUILD);
        cmd::conformance::run(paths, &args)
    });
    steps.close()
}

/// What all of the checks write from nothing, with something to spare, in MB: into target/, and for a while into the directory for
/// temporary files.
const ROOM: [u64; 2] = [8 << 10, 1 << 10];

/// A full disk fails half of the checks, each in words of its own: it is said once, before the first.
fn room(paths: &Paths) -> Result<()> {
    for (dir, needed) in [paths.target.clone(), std::env::temp_dir()].iter().zip(ROOM) {
        let disk = rustix::fs::statvfs(dir).with_context(|| format!("how much room is at {}", dir.display()))?;
        let free = (disk.f_bavail * disk.f_frsize) >> 20;
        ensure!(
            free >= needed,
            "{free} MB are free at {}, all of the checks may need {needed}: make room, or run some by name (cargo xtask ci NAME)",
            dir.display()
        );
    }
    Ok(())
}

/// Crates with features that are not on by default, for Rust programs alone.
const OPTIONAL: [&str; 3] = ["--all-features", "--package=goxide-chan", "--package=goxide-gc"];

/// Settings of the collector under which the corpus must do the same: each program with one number of processors, another one under
/// the next setting.
const MODES: [(&str, &str); 3] =
    [("GOGC", "1"), ("GODEBUG", "gcstoptheworld=1"), ("GODEBUG", "gccheckmark=1,clobberfree=1")];

/// The program whose run the explorer is tried out on: several goroutines, several collections.
const EXPLORED: &str = "conformance/gc/collect/concurrent_calls.go";

/// The part of the corpus that is also built with other flags: what a program shows of its frames, stacks and functions, and
/// what it names of the runtime. `cargo xtask conformance --builds` takes all of it.
const SHAPED_BY_THE_BUILD: [&str; 6] = ["boot/", "goabi/panic", "goabi/symbols", "goabi/checkptr", "linknames/", "stack/"];

/// What the go command does inside of a GOROOT: packages that embed files of it, its own tools built and tested, the tools
/// that come with it, lists of everything.
fn go_command(paths: &Paths) -> Result<()> {
    let made = cmd::goroot::ensure(paths, &paths.goroot(), &[Arch::host()], true)?;
    for entry in walkdir::WalkDir::new(&made.goroot) {
        let entry = entry?;
        ensure!(
            !entry.file_type().is_symlink(),
            "{} is a link: go indexes and embeds regular files only",
            entry.path().display()
        );
    }
    let goxide = Golang::goxide(paths, &made, Arch::host())?;
    let official = Golang::official(paths, &made, Arch::host())?;
    // Sorted: the order follows the imports, of which our package runtime has others.
    let list = |golang: &Golang| -> Result<BTreeSet<String>> {
        let mut go = golang.go(["list", "-deps", "./..."]);
        let listed = go.current_dir(golang.goroot.join("src")).output().context("running go list")?;
        ensure!(listed.status.success(), "go list: {}", String::from_utf8_lossy(&listed.stderr));
        Ok(String::from_utf8_lossy(&listed.stdout).lines().map(String::from).collect())
    };
    ensure!(list(&goxide)? == list(&official)?, "go list -deps ./... lists other packages than in the official GOROOT");
    let out = paths.target.join("conformance/tools/");
    std::fs::create_dir_all(&out)?;
    let src = goxide.goroot.join("src");
    let run = |args: &[&str]| {
        let mut go = goxide.go(args);
        go.current_dir(&src);
        finish(go, &format!("go {}", args.join(" "))).map_err(|e| anyhow::anyhow!(e.0))
    };
    run(&["vet", "fmt", "embed", "cmd/vet"])?;
    run(&["build", "-o", &out.to_string_lossy(), "cmd/vet", "cmd/gofmt", "cmd/asm", "cmd/link"])?;
    run(&["test", "cmd/vet", "cmd/internal/objabi", "cmd/link/internal/loader"])?;
    for tool in
        [&["tool", "compile", "-V=full"][..], &["tool", "link", "-V=full"], &["tool", "asm", "-V"], &["doc", "runtime.GC"]]
    {
        run(tool)?;
    }
    Ok(())
}

/// Flags of the compiler for debugging, checking and measuring, in any combination.
const FLAGS: [&str; 8] = ["-N", "-l", "-N -l", "-l=4", "-B", "-d=checkptr=2", "-N -l -d=checkptr", "-smallframes"];

/// Package runtime compiles and links under every one of them, for both architectures: it may put no variable on the heap,
/// however little is inlined, and its functions without a stack check must fit whatever their frames grow to.
fn under_flags(paths: &Paths) -> Result<()> {
    let made = cmd::goroot::ensure(paths, &paths.goroot(), &Arch::ALL, true)?;
    let program = paths.root.join("conformance/boot/println_first.go");
    let exe = paths.target.join("conformance/under_flags");
    let mut failed = Vec::new();
    for arch in Arch::ALL {
        let goxide = Golang::goxide(paths, &made, arch)?;
        for flags in FLAGS {
            let mut go = goxide.go(["build", "-o"]);
            go.arg(&exe).arg(format!("-gcflags=runtime={flags}")).arg(&program);
            if let Err(error) = finish(go, "go build") {
                println!("{arch}, {flags}: {}", error.0);
                failed.push(format!("{arch} with {flags}"));
            }
        }
    }
    ensure!(failed.is_empty(), "package runtime does not build for {}", failed.join(", "));
    Ok(())
}

/// A program that has the runtime itself crash: `makechan` reads the type's descriptor, which is not there, on the system stack and
/// outside of what it may touch for a program.
const CRASH: &str = "package main\n\nimport \"unsafe\"\n\n//go:linkname makechan runtime.makechan\n\
    func makechan(t unsafe.Pointer, size int) unsafe.Pointer\n\n\
    func main() { println(makechan(unsafe.Pointer(uintptr(1<<20)), 1)) }\n";

/// A crash of the runtime itself names its functions with file and line, on both architectures; in a program without a symbol table
/// it says where they are.
fn crash_names(paths: &Paths) -> Result<()> {
    let made = cmd::goroot::ensure(paths, &paths.goroot(), &Arch::ALL, true)?;
    // A module, since the go command takes no assembly by name; the empty file lets a function be declared without a body.
    let dir = paths.target.join("conformance/crash");
    fs::create_dir_all(&dir)?;
    for (name, text) in [("go.mod", "module crash\n"), ("main.go", CRASH), ("empty.s", "")] {
        fs::write(dir.join(name), text)?;
    }
    let exe = dir.join("crash.exe");
    let named =
        regex::Regex::new(r"\nruntime stack:\ngx_runtime_makechan\(.*\)\n\t\S*\bentries/src/chans\.rs:[1-9][0-9]* ")?;
    let bare = regex::Regex::new(r"\nruntime stack:\n\tgoxide 0x[0-9a-f]+\n")?;
    for arch in Arch::ALL {
        for (flags, expected) in [("", &named), ("-s", &bare)] {
            let mut go = Golang::goxide(paths, &made, arch)?.go(["build", "-o"]);
            go.arg(&exe).arg(format!("-ldflags={flags}")).current_dir(&dir);
            finish(go, "go build").map_err(|e| anyhow::anyhow!(e.0))?;
            let ran = crate::conformance::run::command(arch, &exe)?.output().context("running the program")?;
            let said = String::from_utf8_lossy(&ran.stderr);
            let how = ran.status;
            ensure!(how.code() == Some(2), "{arch}, -ldflags={flags}: {how} instead of a fatal error:\n{said}");
            ensure!(expected.is_match(&said), "{arch}, -ldflags={flags}: no {expected} in\n{said}");
        }
    }
    Ok(())
}

/// The page of the explorer, in a browser; and what of it the host does not compile, held to the same rules.
fn explorer(paths: &Paths) -> Result<()> {
    cmd::explorer::run(paths, &cmd::explorer::Args::check())?;
    cmd::explore::run(paths, &cmd::explore::Args::check(&paths.root.join(EXPLORED)))?;
    cargo(paths, &["clippy", "--quiet", "--package=goxide-explorer", "--target=wasm32-unknown-unknown"])
}

/// The documentation without a warning, as users see it and as the crates' developers do: those may follow links to what is
/// private, but not to what is not there.
fn docs(paths: &Paths) -> Result<()> {
    let doc = ["doc", "--quiet", "--workspace", "--no-deps"];
    let private = [&doc[..], &["--document-private-items"]].concat();
    // A path that the public page needs may be in scope on the private one.
    cargo_with(paths, &private, &[("RUSTDOCFLAGS", "-D warnings -A rustdoc::redundant_explicit_links")])?;
    cargo_with(paths, &doc, &[("RUSTDOCFLAGS", "-D warnings")])
}

/// Each crate that is published, packed and built from its package alone, against the packages of the others: cargo has a
/// registry of its own for them, so that none needs to be published before it can be checked.
fn packages(paths: &Paths) -> Result<()> {
    let published = crate::tidy::manifests::published(&paths.root)?;
    forget_unpacked(&published)?;
    // Built apart, from nothing, for the same reason.
    let built = paths.target.join("packaged");
    let remove = || match fs::remove_dir_all(&built) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            Err(e).with_context(|| format!("removing {}", built.display()))
        }
        _ => Ok(()),
    };
    remove()?;
    let to = built.to_string_lossy().into_owned();
    let mut args = vec!["package", "--quiet", "--allow-dirty", "--target-dir", &to];
    args.extend(published.iter().flat_map(|name| ["--package", name]));
    cargo(paths, &args)?;
    remove()
}

/// Removes what cargo has unpacked of these crates earlier: it keeps that by name and version, and would hold a crate against the
/// source that another had when the version was the same. A registry that is a folder has no host in its name.
fn forget_unpacked(crates: &[String]) -> Result<()> {
    let user = std::env::home_dir().map(|home| home.join(".cargo"));
    let Some(home) = std::env::var_os("CARGO_HOME").map(PathBuf::from).or(user) else { return Ok(()) };
    for kept in ["src", "cache"] {
        for entry in WalkDir::new(home.join("registry").join(kept)).min_depth(2).max_depth(2).into_iter().flatten() {
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy());
            let local = path.parent().and_then(Path::file_name).is_some_and(|r| r.to_string_lossy().starts_with('-'));
            let ours = crates.iter().any(|c| name.strip_prefix(c.as_str()).is_some_and(|rest| rest.starts_with('-')));
            if local && ours {
                let gone = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
                gone.with_context(|| format!("removing {}", path.display()))?;
            }
        }
    }
    Ok(())
}

fn cargo(paths: &Paths, args: &[&str]) -> Result<()> {
    cargo_with(paths, args, &[])
}

fn cargo_with(paths: &Paths, args: &[&str], env: &[(&str, &str)]) -> Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut cargo = Command::new(cargo);
    cargo.args(args).envs(env.iter().copied()).current_dir(&paths.root);
    let status: ExitStatus = cargo.status().context("running cargo")?;
    ensure!(status.success(), "cargo {} failed", args.join(" "));
    Ok(())
}

struct Steps {
    filter: Vec<String>,
    all: bool,
    done: Vec<(String, Duration, bool)>,
}

impl Steps {
    fn run(&mut self, name: &str, step: impl FnOnce() -> Result<()>) {
        if !self.filter.is_empty() && !self.filter.iter().any(|f| name.contains(f.as_str())) {
            return;
        }
        println!("==== {name}");
        let start = Instant::now();
        let outcome = step();
        if let Err(error) = &outcome {
            println!("error: {error:#}");
        }
        self.done.push((name.to_string(), start.elapsed(), outcome.is_ok()));
    }

    /// A check that is asked for by name, or by `--all`.
    fn run_if_all(&mut self, name: &str, step: impl FnOnce() -> Result<()>) {
        if self.all || !self.filter.is_empty() {
            self.run(name, step);
        }
    }

    fn close(self) -> Result<()> {
        ensure!(!self.done.is_empty(), "no check's name contains {}", self.filter.join(" or "));
        println!("====");
        for (name, took, passed) in &self.done {
            println!("{:<8}{name:<24}{:>6} s", if *passed { "passed" } else { "FAILED" }, took.as_secs());
        }
        if self.done.iter().all(|(_, _, passed)| *passed) { Ok(()) } else { Err(crate::Reported.into()) }
    }
}
