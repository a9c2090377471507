//! The `link` tool of Goxide's GOROOT, and the host linker it names to Go's linker.
//!
//! Called as `link`, it runs Go's own linker in external mode; called as `ld`, it is
//! what that linker takes for a C compiler: it turns the gcc-style command line into
//! one for lld and adds `libgoxide.a`. Standard library only: it starts for every
//! `go build`, and `cargo xtask goroot` compiles it with a bare `rustc`.
//!
//! What it needs to know stands in `pkg/goxide/link.conf`, written by `xtask/src/layout.rs`.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

/// Printed by Go's linker for each external link without cgo; it means nothing here.
const HARMLESS: &str = "loadinternal: cannot find runtime/cgo";

fn main() -> ExitCode {
    let name = std::env::args_os().next().unwrap_or_default();
    let args: Vec<String> = std::env::args_os().skip(1).map(|a| a.to_string_lossy().into_owned()).collect();
    let outcome = match Path::new(&name).file_name().and_then(|n| n.to_str()) {
        Some("ld") => host_link(args),
        _ => go_link(args),
    };
    outcome.unwrap_or_else(|message| {
        eprintln!("link: {message}");
        ExitCode::from(2)
    })
}

/// The contents of `link.conf`: lines `key=value`.
struct Config {
    /// `pkg/goxide` of the GOROOT.
    dir: PathBuf,
    text: String,
}

impl Config {
    /// Finds `pkg/goxide` from this program's own place: `pkg/goxide/bin/ld`, or the copy
    /// `pkg/tool/<host>/link`.
    fn load() -> Result<Self, String> {
        let exe = std::env::current_exe().map_err(|e| format!("cannot find this program: {e}"))?;
        let pkg = exe.ancestors().nth(3).ok_or("this program is not inside a GOROOT")?;
        let dir = pkg.join("goxide");
        let path = dir.join("link.conf");
        let text =
            std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}; run cargo xtask goroot again", path.display()))?;
        Ok(Self { dir, text })
    }

    fn get(&self, key: &str) -> Option<&str> {
        self.text.lines().find_map(|l| l.strip_prefix(key)?.strip_prefix('='))
    }

    /// The official toolchain's linker; or the one that was built from this GOROOT and called
    /// instead of this program, which names itself.
    fn real_linker(&self) -> Result<String, String> {
        if let Some(own) = std::env::var(LINKER).ok().filter(|own| !own.is_empty()) {
            return Ok(own);
        }
        self.get("link").map(String::from).ok_or_else(|| "link.conf names no linker; run cargo xtask goroot again".into())
    }
}

/// Where a Go linker finds that this program called it; goroot/cmd_link/goxide.go.
const LINKER: &str = "GOXIDE_LINKER";

/// The architecture being linked: `go build` passes it to its tools in the environment.
fn goarch() -> String {
    match std::env::var("GOARCH") {
        Ok(arch) if !arch.is_empty() => arch,
        _ if std::env::consts::ARCH == "aarch64" => "arm64".into(),
        _ => "amd64".into(),
    }
}

/// `link`: Go's linker, made to link externally with this program as host linker.
fn go_link(args: Vec<String>) -> Result<ExitCode, String> {
    let config = Config::load()?;
    let real = config.real_linker()?;
    if let Some(version) = args.iter().find(|a| is_flag(a, "V")) {
        return print_version(&config, &real, version);
    }
    // Without an object to link (help, a bad flag) there is nothing to add.
    if args.last().is_none_or(|last| last.starts_with('-')) {
        return Err(format!("{real}: {}", Command::new(&real).args(&args).env(LINKER, &real).exec()));
    }
    refuse(&args)?;
    let library = library(&config)?;
    if !library.exists() {
        return Err(format!(
            "this GOROOT has no Goxide library for GOARCH={0}; cargo xtask goroot --arch {0} builds it",
            goarch()
        ));
    }

    // In front, since only the linker knows where its flags end; what go build or
    // -ldflags said of the same matters would win there, so it is left out.
    let driver = config.dir.join("bin/ld");
    let child = Command::new(&real)
        .env(LINKER, &real)
        .arg("-linkmode=external")
        .arg(format!("-extld='{}'", driver.display()))
        .args(without(&["linkmode", "extld"], args))
        .stdin(Stdio::inherit())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .output()
        .map_err(|e| format!("{real}: {e}"))?;
    pass_on(&child.stdout, &mut std::io::stdout());
    pass_on(&child.stderr, &mut std::io::stderr());
    let said = [child.stdout, child.stderr].concat();
    for symbol in undefined(&String::from_utf8_lossy(&said)) {
        let is_served = config.get(&format!("served {symbol}")).is_some();
        eprintln!("link: {}", reason(&symbol, config.get(&format!("absent {symbol}")), is_served));
    }
    Ok(ExitCode::from(u8::try_from(child.status.code().unwrap_or(2)).unwrap_or(2)))
}

/// Copies what the linker said, except one line without meaning.
fn pass_on(said: &[u8], to: &mut dyn Write) {
    for line in said.split_inclusive(|&b| b == b'\n') {
        if !line.starts_with(HARMLESS.as_bytes()) {
            // A reader that went away is no reason to fail the link.
            let _ = to.write_all(line);
        }
    }
}

/// The symbols of package runtime, and of what is made of it, that a linker's words call undefined, each once.
fn undefined(said: &str) -> Vec<String> {
    // lld, then Go's linker: "main.f: relocation target runtime.x not defined".
    const BEFORE: [&str; 2] = ["undefined symbol: ", "relocation target "];
    let mut found: Vec<String> = Vec::new();
    for line in said.lines() {
        let symbol = BEFORE.iter().find_map(|b| line.split_once(b)).map(|(_, rest)| rest.split_whitespace().next());
        if let Some(Some(symbol)) = symbol
            && ["runtime.", "arena."].iter().any(|package| symbol.starts_with(package))
            && !found.iter().any(|f| f == symbol)
        {
            found.push(symbol.to_string());
        }
    }
    found
}

/// Why a program that names the symbol is not linked; `feature` is what goroot/boundary.txt says of it.
fn reason(symbol: &str, feature: Option<&str>, is_served: bool) -> String {
    match feature {
        // What Go code calls by the convention of registers has not the old one's symbol as well.
        None if is_served => format!("{symbol} is there for Go code, but not for assembly of other packages"),
        Some(feature) => format!("{symbol} belongs to {feature}, which Goxide does not offer"),
        None => format!(
            "{symbol} is inside of Go's package runtime and not among the functions that Goxide offers to other packages \
             (goroot/boundary.txt of Goxide's sources lists them)"
        ),
    }
}

/// `-V`, `-V=full`: `go` takes this line for the tool's identity, so the library's
/// hash is part of it: a changed library makes `go build` link again.
fn print_version(config: &Config, real: &str, flag: &str) -> Result<ExitCode, String> {
    let output = Command::new(real).arg(flag).env(LINKER, real).output().map_err(|e| format!("{real}: {e}"))?;
    let line = String::from_utf8_lossy(&output.stdout);
    println!("{} goxide:{}", line.trim_end(), config.get("hash").unwrap_or("none"));
    Ok(ExitCode::SUCCESS)
}

/// Go's flag syntax: one dash or two, the value after `=`.
fn is_flag(arg: &str, name: &str) -> bool {
    let Some(rest) = arg.strip_prefix('-') else { return false };
    let rest = rest.strip_prefix('-').unwrap_or(rest);
    rest == name || rest.strip_prefix(name).is_some_and(|r| r.starts_with('='))
}

/// The arguments without some flags and their values.
fn without(names: &[&str], args: Vec<String>) -> Vec<String> {
    let mut kept = Vec::new();
    let mut args = args.into_iter();
    while let Some(arg) = args.next() {
        match names.iter().any(|name| is_flag(&arg, name)) {
            true if arg.contains('=') => {}
            true => drop(args.next()),
            false => kept.push(arg),
        }
    }
    kept
}

/// Says clearly what cannot be linked, before Go's linker says it obscurely.
fn refuse(args: &[String]) -> Result<(), String> {
    for (i, arg) in args.iter().enumerate() {
        if is_flag(arg, "buildmode") {
            let mode = arg.split_once('=').map(|(_, v)| v).or(args.get(i + 1).map(String::as_str));
            match mode.unwrap_or("exe") {
                "exe" | "default" | "" => {}
                mode => {
                    return Err(format!(
                        "-buildmode={mode} is not supported: Goxide links static executables only (-buildmode=exe)"
                    ));
                }
            }
        }
        for flag in ["race", "msan", "asan", "linkshared"] {
            if is_flag(arg, flag) && !arg.ends_with("=false") {
                return Err(format!("-{flag} is not supported by Goxide's runtime"));
            }
        }
    }
    Ok(())
}

/// The static library for the architecture being linked.
fn library(config: &Config) -> Result<PathBuf, String> {
    match goarch().as_str() {
        arch @ ("amd64" | "arm64") => Ok(config.dir.join(format!("linux_{arch}/libgoxide.a"))),
        other => Err(format!("GOARCH={other} is not supported: Goxide runs on linux/amd64 and linux/arm64")),
    }
}

/// `ld`: the gcc-style command line of Go's linker, carried out by lld.
fn host_link(args: Vec<String>) -> Result<ExitCode, String> {
    let args = expand_response_files(args)?;
    // Go's linker finds out what the C compiler supports by linking a trivial C file.
    if args.iter().any(|a| a.ends_with(".c")) {
        return Ok(probe(&args));
    }
    let config = Config::load()?;
    refuse_definitions(&config, &args)?;
    let emulation = match goarch().as_str() {
        "arm64" => "aarch64linux",
        _ => "elf_x86_64",
    };
    let mut lld = match config.get("lld") {
        Some(rust_lld) => {
            let mut lld = Command::new(rust_lld);
            lld.args(["-flavor", "gnu"]);
            lld
        }
        None => Command::new("ld.lld"),
    };
    let program = lld.get_program().to_string_lossy().into_owned();
    lld.args(["-m", emulation, "-static", "-nostdlib", "--no-pie", "--gc-sections"])
        .args(["-e", "main", "-z", "noexecstack", "-z", "norelro"])
        .arg("-T")
        .arg(config.dir.join("link.ld"))
        .arg(native_names(&args))
        .arg(format!("--symbol-ordering-file={}", library(&config)?.with_file_name("start.order").display()))
        .arg("--no-warn-symbol-ordering")
        .args(translate(&args))
        .arg(library(&config)?);
    Err(format!("{program}: {}", lld.exec()))
}

/// Refuses variables of Go's package runtime that Goxide has not got. A package that pulls one by `//go:linkname` also defines it, all
/// zero, and would read that.
fn refuse_definitions(config: &Config, args: &[String]) -> Result<(), String> {
    let absent: HashMap<&str, &str> =
        config.text.lines().filter_map(|l| l.strip_prefix("absent ")?.split_once('=')).collect();
    for object in args.iter().filter(|a| a.ends_with("go.o")) {
        let defined = variables(Path::new(object)).map_err(|e| format!("{object}: {e}"))?;
        let mut refused: Vec<String> =
            (defined.iter()).filter_map(|name| Some(reason(name, Some(absent.get(name.as_str())?), false))).collect();
        refused.sort();
        if !refused.is_empty() {
            return Err(refused.join("\nlink: "));
        }
    }
    Ok(())
}

/// The names of the variables of package runtime that an ELF object of this program's byte order and word size defines.
fn variables(object: &Path) -> std::io::Result<Vec<String>> {
    /// SHT_SYMTAB, STT_OBJECT, the size of a symbol.
    const SYMTAB: u32 = 2;
    const OBJECT: u8 = 1;
    const SYMBOL: usize = 24;
    let mut file = File::open(object)?;
    let header = part(&mut file, 0, 64)?;
    let (sections, size, count) = (u64_at(&header, 40), u16_at(&header, 58), u16_at(&header, 60));
    let table = |file: &mut File, n: usize| part(file, sections + (n * size) as u64, size);
    let mut found = Vec::new();
    for n in 0..count {
        let section = table(&mut file, n)?;
        if u32_at(&section, 4) != SYMTAB {
            continue;
        }
        let names = table(&mut file, u32_at(&section, 40) as usize)?;
        let symbols = part(&mut file, u64_at(&section, 24), u64_at(&section, 32) as usize)?;
        let names = part(&mut file, u64_at(&names, 24), u64_at(&names, 32) as usize)?;
        for symbol in symbols.chunks_exact(SYMBOL) {
            let name = names.get(u32_at(symbol, 0) as usize..).unwrap_or(&[]);
            if symbol[4] & 15 == OBJECT && u16_at(symbol, 6) != 0 && name.starts_with(b"runtime.") {
                let name = name.split(|&b| b == 0).next().unwrap_or(name);
                found.push(String::from_utf8_lossy(name).into_owned());
            }
        }
    }
    Ok(found)
}

fn part(file: &mut File, at: u64, len: usize) -> std::io::Result<Vec<u8>> {
    let mut bytes = vec![0; len];
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn u16_at(bytes: &[u8], at: usize) -> usize {
    usize::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}

/// Whether a crash report names the runtime's own functions: without a symbol table it cannot, and what would look them up
/// is left out of the program.
fn native_names(args: &[String]) -> String {
    let which = if args.iter().any(|a| a == "-s" || a == "-Wl,-s") { "none" } else { "full" };
    format!("--defsym=gx_native_frame=gx_native_frame_{which}")
}

/// Answers a probe: yes to the flags `translate` understands and that are wanted.
fn probe(args: &[String]) -> ExitCode {
    const SUPPORTED: [&str; 3] = ["-no-pie", "-Wl,--export-dynamic-symbol=main", "-Wl,--compress-debug-sections=zlib"];
    let is_supported = |a: &String| SUPPORTED.contains(&a.as_str()) || a.starts_with('@');
    if args.iter().any(is_supported) || args.len() <= 4 {
        return ExitCode::SUCCESS;
    }
    eprintln!("ld: unrecognized option");
    ExitCode::FAILURE
}

/// gcc's options in, lld's out. Objects keep their order; what only a C compiler
/// would care about is dropped.
fn translate(args: &[String]) -> Vec<String> {
    let mut out = Vec::new();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        if let Some(list) = arg.strip_prefix("-Wl,") {
            let wanted = |a: &&str| !a.starts_with("--export-dynamic");
            out.extend(list.split(',').filter(wanted).map(String::from));
            continue;
        }
        match arg.as_str() {
            "-o" | "-L" | "-T" | "-u" | "-z" => {
                out.push(arg.clone());
                out.extend(args.next().cloned());
            }
            "-Xlinker" => out.extend(args.next().cloned()),
            "-s" => out.push(arg.clone()),
            // The C library's parts, asked for out of habit; there is none.
            "-lpthread" | "-lc" | "-lm" | "-ldl" | "-lrt" | "-lresolv" => {}
            _ if arg.starts_with("-L") || arg.starts_with("-l") => out.push(arg.clone()),
            _ if arg.starts_with('-') => {}
            _ => out.push(arg.clone()),
        }
    }
    out
}

/// Go's linker passes very long command lines in a file of Go-quoted lines.
fn expand_response_files(args: Vec<String>) -> Result<Vec<String>, String> {
    let mut out = Vec::new();
    for arg in args {
        match arg.strip_prefix('@') {
            None => out.push(arg),
            Some(file) => {
                let text = std::fs::read_to_string(file).map_err(|e| format!("{file}: {e}"))?;
                out.extend(text.lines().map(unquote));
            }
        }
    }
    Ok(out)
}

fn unquote(line: &str) -> String {
    let inner = line.strip_prefix('"').and_then(|l| l.strip_suffix('"')).unwrap_or(line);
    let mut out = String::new();
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.extend(chars.next()),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An object whose symbols are these: name, type, section.
    fn object(symbols: &[(&str, u8, u16)]) -> Vec<u8> {
        let (mut names, mut table) = (vec![0], vec![0; 24]);
        for &(name, kind, section) in symbols {
            table.extend(u32::try_from(names.len()).unwrap().to_le_bytes());
            table.extend([kind, 0]);
            table.extend(section.to_le_bytes());
            table.extend([0; 16]);
            names.extend(name.bytes().chain([0]));
        }
        let section = |kind: u32, at: usize, len: usize, link: u32| {
            let mut s = vec![0; 64];
            s[4..8].copy_from_slice(&kind.to_le_bytes());
            s[24..32].copy_from_slice(&(at as u64).to_le_bytes());
            s[32..40].copy_from_slice(&(len as u64).to_le_bytes());
            s[40..44].copy_from_slice(&link.to_le_bytes());
            s
        };
        let mut file = vec![0; 64];
        let at = 64 + table.len() + names.len();
        file[40..48].copy_from_slice(&(at as u64).to_le_bytes());
        file[58..60].copy_from_slice(&64u16.to_le_bytes());
        file[60..62].copy_from_slice(&3u16.to_le_bytes());
        let sections = [section(0, 0, 0, 0), section(2, 64, table.len(), 2), section(3, 64 + table.len(), names.len(), 0)];
        file.extend(table);
        file.extend(names);
        file.extend(sections.concat());
        file
    }

    #[test]
    fn a_variable_that_a_package_defines_in_place_of_a_missing_one_is_refused_by_name() {
        // Defined, in another package, a function, thread-local, only referred to.
        let symbols = [
            ("runtime.allgs", 1, 3),
            ("main.allgs", 1, 3),
            ("runtime.work", 2, 1),
            ("runtime.tls_g", 6, 4),
            ("runtime.sched", 1, 0),
            ("runtime.ncpu", 1, 3),
        ];
        let dir = std::env::temp_dir().join(format!("goxide-link-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let path = dir.join("go.o");
        std::fs::write(&path, object(&symbols)).unwrap();
        assert_eq!(variables(&path).unwrap(), ["runtime.allgs", "runtime.ncpu"]);
        let text = ["allgs", "work", "tls_g", "sched"].map(|n| format!("absent runtime.{n}=a reason\n")).concat();
        let config = Config { dir: dir.clone(), text };
        let said = refuse_definitions(&config, &[path.to_string_lossy().into_owned()]).unwrap_err();
        assert_eq!(said, "runtime.allgs belongs to a reason, which Goxide does not offer");
        std::fs::remove_dir_all(&dir).unwrap();
    }

    #[test]
    fn undefined_symbols_of_both_linkers_are_explained_once() {
        let said = "main.main: relocation target runtime.cgocall not defined\n\
                    rust-lld: error: undefined symbol: runtime.cgocall\n>>> referenced by go.go\n\
                    rust-lld: error: undefined symbol: runtime.foo\nrust-lld: error: undefined symbol: other.f\n";
        assert_eq!(undefined(said), ["runtime.cgocall", "runtime.foo"]);
        assert_eq!(
            reason("runtime.cgocall", Some("cgo"), false),
            "runtime.cgocall belongs to cgo, which Goxide does not offer"
        );
        assert!(reason("runtime.procyield", None, true).contains("not for assembly"));
        assert!(reason("runtime.foo", None, false).starts_with("runtime.foo is inside of Go's package runtime"));
    }
}
