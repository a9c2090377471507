//! Laying out the shadow GOROOT: the toolchain's own files beside our package
//! runtime, our library and our link program. Building the library is `library`'s
//! business; deciding whether anything is to be done is the `goroot` command's.
//!
//! Directories are real, because package patterns do not follow linked ones. Files
//! are hard links, or copies where those are impossible, never symbolic links: `go`
//! indexes and embeds regular files only, and `go install cmd/...` writes through a
//! symbolic link, into the toolchain that it leads to, where it would replace a
//! regular file. So the GOROOT stays whole when its own tools are installed anew.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::{arch::Arch, boundary, fingerprint, paths::Paths, stack_budget, toolchain::Toolchain};

/// Headers of the toolchain's own runtime that other packages' assembly includes too.
const HEADERS: [&str; 4] = ["textflag.h", "funcdata.h", "go_tls.h", "runtime-gdb.py"];

/// Lays out everything that depends on the toolchain alone.
pub fn toolchain_files(toolchain: &Toolchain, out: &Path) -> Result<()> {
    let from = &toolchain.goroot;
    if out.exists() {
        fs::remove_dir_all(out).with_context(|| format!("clearing {}", out.display()))?;
    }
    for dir in ["src", "lib", "misc", "api", "doc"] {
        if from.join(dir).is_dir() {
            mirror(&from.join(dir), &out.join(dir), Path::new(dir))?;
        }
    }
    mirror(&from.join("pkg/include"), &out.join("pkg/include"), Path::new("pkg/include"))?;

    fs::create_dir_all(out.join("bin"))?;
    for tool in ["go", "gofmt"] {
        // Copies: go takes its GOROOT from where it really lies.
        fs::copy(from.join("bin").join(tool), out.join("bin").join(tool))?;
    }
    fs::copy(from.join("VERSION"), out.join("VERSION"))?;
    let env = fs::read_to_string(from.join("go.env")).unwrap_or_default();
    fs::write(out.join("go.env"), go_env(&env))?;

    let tools = Path::new("pkg/tool").join(&toolchain.host);
    mirror(&from.join(&tools), &out.join(&tools), &tools)?;
    // Its place is our link program's; see `linker`.
    fs::remove_file(out.join(&tools).join("link"))?;
    fs::create_dir_all(out.join("pkg/goxide/bin"))?;
    Ok(())
}

/// The toolchain's own defaults, but never another toolchain and never cgo.
fn go_env(official: &str) -> String {
    let kept = official.lines().filter(|l| !l.starts_with("GOTOOLCHAIN=") && !l.starts_with("CGO_ENABLED="));
    let mut env: String = kept.flat_map(|l| [l, "\n"]).collect();
    env.push_str("\n# Goxide serves this Go version only, and links no C.\nGOTOOLCHAIN=local\nCGO_ENABLED=0\n");
    env
}

/// Mirrors a directory of the toolchain, `name` being its path in the GOROOT.
fn mirror(from: &Path, to: &Path, name: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("reading {}", from.display()))? {
        let entry = entry?;
        let (name, to) = (name.join(entry.file_name()), to.join(entry.file_name()));
        // A distribution may link parts of its toolchain together: what counts is what the link leads to.
        let from = match entry.file_type()?.is_symlink() {
            true => fs::canonicalize(entry.path()).with_context(|| format!("following {}", entry.path().display()))?,
            false => entry.path(),
        };
        if from.is_dir() {
            mirror(&from, &to, &name)?;
        } else if name.parent() == Some(Path::new("src/runtime")) {
            // Package runtime itself is ours; see `runtime`.
        } else {
            regular(&from, &to)?;
        }
    }
    Ok(())
}

/// A hard link, or where the file systems differ a copy with the same time stamp.
fn regular(from: &Path, to: &Path) -> Result<()> {
    if fs::hard_link(from, to).is_ok() {
        return Ok(());
    }
    fs::copy(from, to).with_context(|| format!("copying {}", from.display()))?;
    let modified = fs::metadata(from)?.modified()?;
    fs::File::options().write(true).open(to)?.set_modified(modified)?;
    Ok(())
}

/// Brings `src/runtime` up to date: `goroot/runtime`, the generated stubs, the headers; where packages' system calls enter the kernel; and the
/// file by which a Go linker built from this GOROOT comes to link Goxide.
/// Files that did not change keep their time stamps. The stubs go with the libraries in `built`, and for the other
/// architectures with those that are installed.
pub fn runtime(paths: &Paths, toolchain: &Toolchain, out: &Path, built: &[(Arch, PathBuf)]) -> Result<()> {
    let stage = out.join("pkg/goxide/stage");
    if stage.exists() {
        fs::remove_dir_all(&stage)?;
    }
    fs::create_dir_all(&stage)?;
    for header in HEADERS {
        let official = toolchain.goroot.join("src/runtime").join(header);
        if official.exists() {
            fs::copy(official, stage.join(header))?;
        }
    }
    let ours = paths.root.join("goroot/runtime");
    // Go's script for gdb, and what is different here behind it.
    let script = stage.join("runtime-gdb.py");
    let gdb = fs::read_to_string(&script).unwrap_or_default();
    let more = ours.join("goxide-gdb.py");
    let more = fs::read_to_string(&more).with_context(|| format!("reading {}", paths.show(&more)))?;
    let files = fs::read_dir(&ours).with_context(|| format!("reading {}", paths.show(&ours)))?;
    for file in files {
        let file = file?;
        if file.file_type()?.is_file() {
            fs::copy(file.path(), stage.join(file.file_name()))?;
        }
    }
    fs::remove_file(stage.join("goxide-gdb.py"))?;
    fs::write(&script, gdb + &more)?;
    let leaves = stack_budget::leaves(&boundary::entries(&paths.root)?);
    for arch in Arch::ALL {
        let library = built.iter().find(|(a, _)| *a == arch).map_or_else(|| library(out, arch), |(_, path)| path.clone());
        let depths = stack_budget::depths(&library, arch, &leaves)?;
        boundary::generate(&paths.root, arch, &depths, &stage)
            .with_context(|| format!("generating the assembly stubs for {arch}"))?;
    }
    sync(&stage, &out.join("src/runtime"))?;
    fs::remove_dir_all(&stage)?;
    for arch in Arch::ALL {
        let file = format!("asm_linux_{arch}.s");
        let (ours, place) = (paths.root.join("goroot/runtime_internal_syscall"), out.join("src/runtime/internal/syscall"));
        replace(&ours.join(&file), &place.join(&file))?;
    }
    replace(&paths.root.join("goroot/cmd_link/goxide.go"), &out.join("src/cmd/link/goxide.go"))
}

/// Makes the files (not the directories) of `to` those of `from`.
fn sync(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for old in fs::read_dir(to)? {
        let old = old?;
        if !old.file_type()?.is_dir() && !from.join(old.file_name()).exists() {
            fs::remove_file(old.path())?;
        }
    }
    for new in fs::read_dir(from)? {
        let new = new?;
        replace(&new.path(), &to.join(new.file_name()))?;
    }
    Ok(())
}

/// Copies a file where it differs: as a new file, since the old one may be a hard link.
fn replace(from: &Path, to: &Path) -> Result<()> {
    let wanted = fs::read(from).with_context(|| format!("reading {}", from.display()))?;
    if fs::read(to).ok() != Some(wanted) {
        let _ = fs::remove_file(to);
        fs::copy(from, to).with_context(|| format!("writing {}", to.display()))?;
    }
    Ok(())
}

/// Where the library of one architecture lies in a GOROOT.
pub fn library(out: &Path, arch: Arch) -> PathBuf {
    out.join(format!("pkg/goxide/linux_{arch}/libgoxide.a"))
}

/// Puts a built library in its place.
pub fn install_library(built: &Path, out: &Path, arch: Arch) -> Result<()> {
    let place = library(out, arch);
    fs::create_dir_all(place.parent().expect("a library lies in a directory"))?;
    let _ = fs::remove_file(&place);
    fs::copy(built, &place).with_context(|| format!("copying {}", built.display()))?;
    Ok(())
}

/// Compiles the link program and writes what it has to know.
pub fn linker(paths: &Paths, toolchain: &Toolchain, out: &Path) -> Result<()> {
    let source = paths.root.join("xtask/src/bin/goxide-link.rs");
    let program = out.join("pkg/goxide/bin/ld");
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mark = out.join("pkg/goxide/bin/ld.source");
    let hash = fingerprint::of_file(&source)?;
    if !program.exists() || fs::read_to_string(&mark).ok().as_deref() != Some(&hash) {
        let built = Command::new(&rustc)
            .args(["--edition=2024", "--crate-name=goxide_link", "-Copt-level=2", "-Cpanic=abort", "-Cstrip=symbols"])
            .arg("-o")
            .arg(&program)
            .arg(&source)
            .output()
            .context("rustc could not be run")?;
        ensure!(built.status.success(), "the link program does not compile:\n{}", String::from_utf8_lossy(&built.stderr));
        fs::write(&mark, hash)?;
    }
    replace(&program, &out.join("pkg/tool").join(&toolchain.host).join("link"))?;

    let mut libraries = fingerprint::Fingerprint::default();
    for arch in Arch::ALL {
        libraries.text(&fingerprint::of_file(&library(out, arch)).unwrap_or_default());
    }
    libraries.text(LINK_SCRIPT);
    let link = toolchain.goroot.join("pkg/tool").join(&toolchain.host).join("link");
    let mut conf = format!("link={}\nhash={}\n", link.display(), &libraries.finish()[..20]);
    if let Some(lld) = rust_lld(&rustc) {
        conf.push_str(&format!("lld={}\n", lld.display()));
    }
    // Why a symbol is not there, for those whose program does not link without it.
    for entry in boundary::entries(&paths.root)? {
        match entry.kind {
            boundary::Kind::Unneeded(why) => {
                conf.push_str(&format!("absent {}={}\n", entry.symbol, why.trim_matches(['(', ')'])));
            }
            _ => conf.push_str(&format!("served {}=\n", entry.symbol)),
        }
    }
    for arch in Arch::ALL {
        let order = start_order(&paths.root, &library(out, arch), arch)?;
        // Also where the library of that architecture is not built.
        let file = library(out, arch).with_file_name("start.order");
        fs::create_dir_all(file.parent().expect("it lies in a directory"))?;
        fs::write(&file, order).with_context(|| format!("writing {}", file.display()))?;
    }
    fs::write(out.join("pkg/goxide/link.conf"), conf)?;
    fs::write(out.join("pkg/goxide/link.ld"), LINK_SCRIPT)?;
    Ok(())
}

/// What lld leaves out of a program: the tables of C++'s unwinder, 22 KB of an empty program. The precompiled core library
/// carries them whatever the flags say, a panic in Rust aborts, and tracebacks walk frame pointers. `INSERT` keeps lld's own
/// layout for everything else.
///
/// And what lld would leave out: Go's old symbol table, which is empty in each program, but whose absence makes package
/// debug/gosym's users take the program for one without any.
///
/// And Go's variables without pointers lie in front of ours, whose first page every program touches.
const LINK_SCRIPT: &str = "\
SECTIONS { /DISCARD/ : { *(.eh_frame .eh_frame.* .gcc_except_table .gcc_except_table.* .comment) } } INSERT AFTER .text;
SECTIONS { .gosymtab : { KEEP(*(.gosymtab)) . = .; } } INSERT BEFORE .gopclntab;
SECTIONS { .noptrbss : { *(.noptrbss) } } INSERT BEFORE .bss;
";

/// The symbols by which lld orders a program's sections: what a program runs as it starts, together, behind Go's own code. Each such function
/// alone in 64 KiB of code would cost a page fault.
fn start_order(root: &Path, library: &Path, arch: Arch) -> Result<String> {
    let list = root.join("goroot/start_order.txt");
    let list = fs::read_to_string(&list).with_context(|| format!("reading {}", list.display()))?;
    let wanted: Vec<String> = (list.lines().filter(|l| !l.starts_with('#') && !l.is_empty()))
        .map(|l| l.replace("::amd64::", &format!("::{arch}::")))
        .collect();
    let mut found: Vec<Vec<String>> = vec![Vec::new(); wanted.len()];
    if library.exists() {
        for symbol in symbols(library)? {
            let name = format!("{:#}", rustc_demangle::demangle(&symbol));
            // LLVM splits variables: `LEN.0`.
            let whole = name.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('.');
            if let Some(at) = wanted.iter().position(|w| *w == name || *w == whole) {
                found[at].push(symbol);
            }
        }
    }
    // Go's code and variables are the first of their sections, whatever else is listed.
    let first = ["runtime.text", "runtime.noptrbss", "runtime.bss"].map(String::from);
    Ok(first.into_iter().chain(found.into_iter().flatten()).collect::<Vec<_>>().join("\n") + "\n")
}

/// The names of what a static library defines.
fn symbols(library: &Path) -> Result<Vec<String>> {
    use object::read::archive::ArchiveFile;
    use object::{Object as _, ObjectSymbol as _};
    let data = fs::read(library).with_context(|| format!("reading {}", library.display()))?;
    let archive = ArchiveFile::parse(&*data)?;
    let mut names = Vec::new();
    for member in archive.members() {
        let Ok(file) = object::File::parse(member?.data(&*data)?) else { continue };
        for symbol in file.symbols().filter(|s| s.is_definition()) {
            names.push(symbol.name()?.to_owned());
        }
    }
    Ok(names)
}

/// The lld to link with, and the arguments that make it a linker for ELF.
pub fn lld() -> (PathBuf, &'static [&'static str]) {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    match rust_lld(&rustc) {
        Some(lld) => (lld, &["-flavor", "gnu"]),
        None => (PathBuf::from("ld.lld"), &[]),
    }
}

/// The lld that rustup installs beside its compiler. Without one, `ld.lld` is looked up on the PATH.
fn rust_lld(rustc: &std::ffi::OsStr) -> Option<PathBuf> {
    let asked = Command::new(rustc).args(["--print", "target-libdir"]).output().ok()?;
    let libdir = PathBuf::from(String::from_utf8(asked.stdout).ok()?.trim());
    let lld = libdir.parent()?.join("bin/rust-lld");
    lld.exists().then_some(lld)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mirror_holds_regular_files_whatever_the_toolchain_holds() {
        let dir = std::env::temp_dir().join(format!("goxide-mirror-{}", std::process::id()));
        let (from, to) = (dir.join("from"), dir.join("to"));
        fs::create_dir_all(from.join("src/real")).expect("a directory");
        fs::write(from.join("src/real/x.go"), "package x").expect("a file");
        fs::create_dir_all(from.join("src/runtime/debug")).expect("a directory");
        fs::write(from.join("src/runtime/ours.go"), "package runtime").expect("a file");
        fs::write(from.join("src/runtime/debug/theirs.go"), "package debug").expect("a file");
        std::os::unix::fs::symlink("real/x.go", from.join("src/y.go")).expect("a link");
        std::os::unix::fs::symlink("real", from.join("src/linked")).expect("a link");
        mirror(&from.join("src"), &to, Path::new("src")).expect("a mirror");
        for file in ["real/x.go", "y.go", "linked/x.go", "runtime/debug/theirs.go"] {
            let meta = fs::symlink_metadata(to.join(file)).expect(file);
            assert!(meta.is_file(), "{file}");
        }
        assert!(!to.join("runtime/ours.go").exists(), "package runtime is not the toolchain's");
        fs::remove_dir_all(&dir).expect("removed");
    }
}
