//! The boundary between compiled Go code and the Rust runtime: reads `goroot/boundary.txt` and writes, for an
//! architecture, the Plan 9 assembly stubs and the `cgo_import_static` lines. What an entry does lives in the crates,
//! what is written by hand in assembly lives in `goroot/runtime`.

use anyhow::{Context as _, Result, bail};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

/// The architectures Go programs are built for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Arch {
    /// x86-64
    Amd64,
    /// AArch64
    Arm64,
}

impl Arch {
    /// Go's name of the architecture.
    pub fn go_name(self) -> &'static str {
        match self {
            Arch::Amd64 => "amd64",
            Arch::Arm64 => "arm64",
        }
    }
}

/// How compiled Go code gets from an entry's symbol to what serves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Rust on the goroutine's own stack.
    Leaf,
    /// Rust on the thread's system stack, the goroutine's context saved.
    System,
    /// A leaf that may answer 0, and then the system entry.
    Fast,
    /// A jump to another entry.
    Tail(String),
    /// Throws when called.
    Absent,
    /// Written in Go.
    Go,
    /// Written by hand in assembly.
    Asm,
    /// Defined by another package of the toolchain.
    Other,
    /// Never referred to; why.
    Unneeded(String),
}

/// Argument or result words of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Words {
    /// So many integer registers.
    Ints(usize),
    /// So many floating-point registers: they are the same ones in C's and in Go's convention.
    Floats(usize),
}

/// One line of the table.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Go's symbol, with its package path.
    pub symbol: String,
    /// What serves it.
    pub kind: Kind,
    /// Arguments.
    pub input: Words,
    /// Results.
    pub output: Words,
}

impl Entry {
    /// The Rust symbol that implements the entry.
    pub fn rust_symbol(&self) -> String {
        let mut s = String::from("gx_");
        s.extend(self.symbol.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }));
        s
    }

    /// The symbol in the assembler's spelling.
    fn asm_symbol(&self) -> String {
        asm_symbol(&self.symbol)
    }
}

fn asm_symbol(symbol: &str) -> String {
    let slash = symbol.rfind('/').map_or(0, |i| i + 1);
    let dot = slash + symbol[slash..].find('.').unwrap_or(0);
    format!("{}·{}", symbol[..dot].replace('/', "∕"), &symbol[dot + 1..])
}

fn words(text: &str) -> Result<Words> {
    Ok(match text.strip_prefix('f') {
        Some(n) => Words::Floats(n.parse()?),
        None => Words::Ints(text.parse()?),
    })
}

/// Parses the table.
pub fn entries(root: &Path) -> Result<Vec<Entry>> {
    let path = root.join("goroot/boundary.txt");
    let text = std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let mut all = Vec::new();
    let mut seen = BTreeSet::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let entry = parse(line).with_context(|| format!("boundary.txt:{}: {line}", number + 1))?;
        if !seen.insert(entry.symbol.clone()) {
            bail!("boundary.txt:{}: {} stands there twice", number + 1, entry.symbol);
        }
        all.push(entry);
    }
    Ok(all)
}

fn parse(line: &str) -> Result<Entry> {
    let mut it = line.split_whitespace();
    let (kind, symbol) = (it.next().unwrap_or(""), it.next().context("no symbol")?);
    let rest: Vec<&str> = it.collect();
    let none = Words::Ints(0);
    let (kind, input, output) = match (kind, rest.as_slice()) {
        ("leaf", [i, o]) => (Kind::Leaf, words(i)?, words(o)?),
        ("system", [i, o]) => (Kind::System, words(i)?, words(o)?),
        ("fast", [i, o]) => (Kind::Fast, words(i)?, words(o)?),
        ("tail", [target]) => (Kind::Tail((*target).to_owned()), none, none),
        ("absent", []) => (Kind::Absent, none, none),
        ("go", []) => (Kind::Go, none, none),
        ("asm", []) => (Kind::Asm, none, none),
        ("other", []) => (Kind::Other, none, none),
        ("unneeded", why) => (Kind::Unneeded(why.join(" ")), none, none),
        _ => bail!("expected KIND SYMBOL and what the kind takes (see the table's head)"),
    };
    if let (Kind::Fast, Words::Ints(n)) = (&kind, input)
        && n > 4
    {
        bail!("a fast entry keeps at most 4 arguments for its slow half");
    }
    Ok(Entry { symbol: symbol.to_owned(), kind, input, output })
}

/// Writes `zstubs_<arch>.s` and `zimports.go` into `out`, the package's directory.
pub fn generate(root: &Path, arch: Arch, out: &Path) -> Result<()> {
    let table = entries(root)?;
    let stubs = match arch {
        Arch::Amd64 => assembly(&table, &Amd64),
        Arch::Arm64 => assembly(&table, &Arm64),
    };
    std::fs::write(out.join(format!("zstubs_{}.s", arch.go_name())), stubs)?;
    std::fs::write(out.join("zimports.go"), imports(&table))?;
    Ok(())
}

/// The generated stubs for amd64.
pub fn amd64_assembly(root: &Path) -> Result<String> {
    Ok(assembly(&entries(root)?, &Amd64))
}

/// The Rust symbols that Go assembly names, written by hand or generated.
fn imports(table: &[Entry]) -> String {
    let mut names = BTreeSet::new();
    for e in table {
        match e.kind {
            Kind::Leaf | Kind::System => {
                names.insert(e.rust_symbol());
            }
            Kind::Fast => {
                names.insert(e.rust_symbol());
                names.insert(e.rust_symbol() + "_fast");
            }
            _ => {}
        }
    }
    for by_hand in HAND_WRITTEN_TARGETS {
        names.insert((*by_hand).to_owned());
    }
    let mut text = String::from(
        "// Code generated from goroot/boundary.txt. DO NOT EDIT.\n\npackage runtime\n\n",
    );
    for n in names {
        let _ = writeln!(text, "//go:cgo_import_static {n}");
    }
    text
}

/// Rust symbols that the assembly in `goroot/runtime` calls.
const HAND_WRITTEN_TARGETS: &[&str] = &[
    "gx_system", "gx_absent", "gx_rt0", "gx_gopanic", "gx_panic_next", "gx_goexit",
    "gx_goexit_done", "gx_deferproc", "gx_deferproc_stack", "gx_deferreturn_next", "gx_mstart",
    "gx_unreachable_method", "gx_morestack", "gx_gc_write_barrier", "gx_entersyscall", "gx_runtime_reflectcallmove",
    "gx_deferreturn_recovered",
];

/// Those of them that the assembly calls without leaving the goroutine's stack.
pub const HAND_WRITTEN_LEAVES: &[&str] = &[
    "gx_deferproc_stack", "gx_deferreturn_next", "gx_entersyscall", "gx_gc_write_barrier", "gx_runtime_memmove",
    "gx_runtime_reflectcallmove",
];

/// What differs between the architectures in a stub.
trait Target {
    /// The file's head.
    fn head(&self) -> String;
    /// Body of a leaf.
    fn leaf(&self, e: &Entry) -> String;
    /// Body of a system entry.
    fn system(&self, e: &Entry) -> String;
    /// Body of a fast entry.
    fn fast(&self, e: &Entry) -> String;
    /// Body of a jump.
    fn tail(&self, target: &str) -> String;
    /// Body of an absent entry: throws with the name in `data` of `len` bytes.
    fn absent(&self, data: &str, len: usize) -> String;
    /// The TEXT flags and frame of an entry with a body that calls.
    fn frame(&self, e: &Entry) -> &'static str;
}

fn assembly(table: &[Entry], target: &dyn Target) -> String {
    let mut text = String::from("// Code generated from goroot/boundary.txt. DO NOT EDIT.\n\n");
    text += &target.head();
    for n in 1..=MAX_ARGUMENTS {
        argument_table(&mut text, n);
    }
    for (number, e) in table.iter().enumerate() {
        let body = match &e.kind {
            Kind::Leaf => target.leaf(e),
            Kind::System => target.system(e),
            Kind::Fast => target.fast(e),
            Kind::Tail(to) => {
                let _ = write!(
                    text,
                    "\nTEXT {}<ABIInternal>(SB), NOSPLIT|NOFRAME, $0-0\n{}",
                    e.asm_symbol(),
                    target.tail(&asm_symbol(to))
                );
                continue;
            }
            Kind::Absent => {
                let data = format!("absent{number}<>");
                string_data(&mut text, &data, &e.symbol);
                target.absent(&data, e.symbol.len())
            }
            Kind::Go | Kind::Asm | Kind::Other | Kind::Unneeded(_) => continue,
        };
        let _ = write!(
            text,
            "\nTEXT {}<ABIInternal>(SB), {}\n\tNO_LOCAL_POINTERS\n{}{}",
            e.asm_symbol(),
            target.frame(e),
            argument_info(e),
            body
        );
    }
    text
}

/// `FUNCDATA_ArgLiveInfo` and `PCDATA_ArgLiveIndex` of internal/abi, for which funcdata.h has no names.
const ARG_LIVE_INFO: usize = 6;
const ARG_LIVE_INDEX: usize = 3;

/// The most arguments that an entry takes.
const MAX_ARGUMENTS: usize = 6;

/// What a traceback shows of `n` arguments: offset and size of each word where its register is spilled, then the end mark.
fn argument_table(text: &mut String, n: usize) {
    text.push('\n');
    for i in 0..n {
        let _ = writeln!(text, "DATA runtime·args{n}·arginfo1+{}(SB)/1, ${}", 2 * i, 8 * i);
        let _ = writeln!(text, "DATA runtime·args{n}·arginfo1+{}(SB)/1, $8", 2 * i + 1);
    }
    let _ = writeln!(text, "DATA runtime·args{n}·arginfo1+{}(SB)/1, $0xff", 2 * n);
    let _ = writeln!(text, "GLOBL runtime·args{n}·arginfo1(SB), RODATA|DUPOK, ${}", 2 * n + 1);
}

/// The directive by which an entry shows its arguments in tracebacks.
fn argument_info(e: &Entry) -> String {
    match (&e.kind, e.input) {
        (Kind::System | Kind::Fast, Words::Ints(n @ 1..=MAX_ARGUMENTS)) => {
            // Values are never spilled, so all are marked as perhaps stale, by a table that says of none that it is live.
            format!(
                "\tFUNCDATA\t$FUNCDATA_ArgInfo, runtime·args{n}·arginfo1(SB)\n\
                 \tFUNCDATA\t${ARG_LIVE_INFO}, runtime·stale·argliveinfo(SB)\n\tPCDATA\t${ARG_LIVE_INDEX}, $1\n"
            )
        }
        _ => String::new(),
    }
}

fn string_data(text: &mut String, name: &str, value: &str) {
    text.push('\n');
    for (i, chunk) in value.as_bytes().chunks(8).enumerate() {
        let chunk = String::from_utf8_lossy(chunk);
        let _ = writeln!(text, "DATA {name}+{}(SB)/{}, $\"{chunk}\"", i * 8, chunk.len());
    }
    let _ = writeln!(text, "GLOBL {name}(SB), RODATA, ${}", value.len());
}

/// Where a stub finds the four result words in the task descriptor: `TASK_REGS` of goxide.h.
const RESULTS: &str = "TASK_REGS";

struct Amd64;

impl Amd64 {
    /// Moves Go's integer argument registers to C's; the order never overwrites one that is still needed.
    fn shuffle(n: usize) -> String {
        let mut s = String::new();
        let moves: [(&str, &str); 6] =
            [("AX", "DI"), ("BX", "SI"), ("CX", "DX"), ("DI", "CX"), ("SI", "R8"), ("R8", "R9")];
        assert!(n <= 6, "more arguments than C has registers");
        // Go's argument 5 and 4 sit in registers that are C's 2 and 1; free them first.
        for i in [5, 4, 2, 3, 1, 0] {
            if i < n {
                let (from, to) = moves[i];
                let _ = writeln!(s, "\tMOVQ\t{from}, {to}");
            }
        }
        s
    }

    fn args(e: &Entry) -> String {
        let n = match e.input {
            Words::Ints(n) => n,
            Words::Floats(_) => 0,
        };
        let mut s = Self::shuffle(n);
        if Self::wide(e) {
            let reg = ["DI", "SI", "DX", "CX", "R8", "R9"][n];
            let _ = writeln!(s, "\tLEAQ\t{RESULTS}(R14), {reg}");
        }
        s
    }

    fn wide(e: &Entry) -> bool {
        matches!(e.output, Words::Ints(n) if n > 2)
    }

    fn results(e: &Entry) -> String {
        let mut s = String::new();
        if let Words::Ints(n) = e.output
            && n > 2
        {
            for (i, reg) in ["AX", "BX", "CX", "DI"].iter().enumerate().take(n) {
                let _ = writeln!(s, "\tMOVQ\t({RESULTS}+{})(R14), {reg}", i * 8);
            }
        }
        s
    }
}

impl Target for Amd64 {
    fn head(&self) -> String {
        "#include \"textflag.h\"\n#include \"funcdata.h\"\n#include \"goxide.h\"\n".to_owned()
    }

    fn frame(&self, e: &Entry) -> &'static str {
        match (&e.kind, e.input) {
            (Kind::Fast, Words::Ints(4)) => "NOSPLIT, $8-0",
            _ => "NOSPLIT|NOFRAME, $0-0",
        }
    }

    fn leaf(&self, e: &Entry) -> String {
        let mut s = Self::args(e);
        let _ = write!(
            s,
            "\tCALL_ALIGNED({})\n\tXORPS\tX15, X15\n",
            e.rust_symbol()
        );
        if e.output == Words::Ints(2) {
            s += "\tMOVQ\tDX, BX\n";
        }
        s + &Self::results(e) + "\tRET\n"
    }

    fn system(&self, e: &Entry) -> String {
        let mut s = Self::args(e);
        let _ = write!(s, "\tLEAQ\t{}(SB), R11\n\tCALL\tgx_system(SB)\n", e.rust_symbol());
        s + &Self::results(e) + "\tRET\n"
    }

    fn fast(&self, e: &Entry) -> String {
        let Words::Ints(n) = e.input else { unreachable!("fast entries take integers") };
        // The arguments wait in registers that C preserves and Go does not need; a fourth in the frame.
        let (go, keep, c) = (["AX", "BX", "CX", "DI"], ["R13", "R15", "BX", "0(SP)"], ["DI", "SI", "DX", "CX"]);
        let mut s = String::new();
        // The fourth argument's register is the first C register, and the third's the third place to wait in.
        for i in [3, 0, 1, 2].into_iter().filter(|&i| i < n) {
            let _ = writeln!(s, "\tMOVQ\t{}, {}", go[i], keep[i]);
        }
        let mut load = String::new();
        for i in 0..n {
            let _ = writeln!(load, "\tMOVQ\t{}, {}", keep[i], c[i]);
        }
        s += &load;
        let rust = e.rust_symbol();
        let second = if e.output == Words::Ints(2) { "\tMOVQ\tDX, BX\n" } else { "" };
        let _ = write!(
            s,
            "\tCALL_ALIGNED({rust}_fast)\n\
             \tTESTQ\tAX, AX\n\tJEQ\tslow\n\tXORPS\tX15, X15\n{second}\tRET\nslow:\n{load}\
             \tLEAQ\t{rust}(SB), R11\n\tCALL\tgx_system(SB)\n\tRET\n"
        );
        s
    }

    fn tail(&self, target: &str) -> String {
        format!("\tJMP\t{target}<ABIInternal>(SB)\n")
    }

    fn absent(&self, data: &str, len: usize) -> String {
        format!(
            "\tLEAQ\t{data}(SB), DI\n\tMOVQ\t${len}, SI\n\tLEAQ\tgx_absent(SB), R11\n\tCALL\tgx_system(SB)\n\tUNDEF\n\tRET\n"
        )
    }
}

struct Arm64;

impl Arm64 {
    fn wide(e: &Entry) -> String {
        match (e.input, e.output) {
            (Words::Ints(n), Words::Ints(o)) if o > 2 => format!("\tADD\t${RESULTS}, g, R{n}\n"),
            _ => String::new(),
        }
    }

    fn results(e: &Entry) -> String {
        let mut s = String::new();
        if let Words::Ints(n) = e.output
            && n > 2
        {
            for i in 0..n {
                let _ = writeln!(s, "\tMOVD\t({RESULTS}+{})(g), R{i}", i * 8);
            }
        }
        s
    }
}

impl Target for Arm64 {
    fn head(&self) -> String {
        "#include \"textflag.h\"\n#include \"funcdata.h\"\n#include \"goxide.h\"\n".to_owned()
    }

    fn frame(&self, _: &Entry) -> &'static str {
        "NOSPLIT, $8-0"
    }

    fn leaf(&self, e: &Entry) -> String {
        Self::wide(e) + &format!("\tCALL\t{}(SB)\n", e.rust_symbol()) + &Self::results(e) + "\tRET\n"
    }

    fn system(&self, e: &Entry) -> String {
        Self::wide(e)
            + &format!("\tMOVD\t${}(SB), R20\n\tCALL\tgx_system(SB)\n", e.rust_symbol())
            + &Self::results(e)
            + "\tRET\n"
    }

    fn fast(&self, e: &Entry) -> String {
        let Words::Ints(n) = e.input else { unreachable!("fast entries take integers") };
        let (mut keep, mut load) = (String::new(), String::new());
        for i in 0..n {
            let _ = writeln!(keep, "\tMOVD\tR{i}, R{}", 21 + i);
            let _ = writeln!(load, "\tMOVD\tR{}, R{i}", 21 + i);
        }
        let rust = e.rust_symbol();
        format!(
            "{keep}\tCALL\t{rust}_fast(SB)\n\tCBZ\tR0, slow\n\tRET\nslow:\n{load}\
             \tMOVD\t${rust}(SB), R20\n\tCALL\tgx_system(SB)\n\tRET\n"
        )
    }

    fn tail(&self, target: &str) -> String {
        format!("\tB\t{target}<ABIInternal>(SB)\n")
    }

    fn absent(&self, data: &str, len: usize) -> String {
        format!(
            "\tMOVD\t${data}(SB), R0\n\tMOVD\t${len}, R1\n\tMOVD\t$gx_absent(SB), R20\n\tCALL\tgx_system(SB)\n\tUNDEF\n\tRET\n"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shuffle_keeps_every_argument() {
        // Run the moves on an abstract machine: each C register must end with the value of its Go register.
        let (go, c) = (["AX", "BX", "CX", "DI", "SI", "R8"], ["DI", "SI", "DX", "CX", "R8", "R9"]);
        for n in 0..=6 {
            let mut machine: std::collections::HashMap<String, usize> =
                go.iter().enumerate().map(|(i, r)| ((*r).to_owned(), i)).collect();
            for line in Amd64::shuffle(n).lines() {
                let (from, to) = line.trim().strip_prefix("MOVQ\t").unwrap().split_once(", ").unwrap();
                let value = machine[from];
                machine.insert(to.to_owned(), value);
            }
            for i in 0..n {
                assert_eq!(machine[c[i]], i, "argument {i} of {n}");
            }
        }
    }

    #[test]
    fn symbols_are_spelled_for_both_sides() {
        let e = parse("system internal/poll.runtime_pollOpen 1 2").unwrap();
        assert_eq!(e.rust_symbol(), "gx_internal_poll_runtime_pollOpen");
        assert_eq!(e.asm_symbol(), "internal∕poll·runtime_pollOpen");
    }
}
