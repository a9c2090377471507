//! The boundary between compiled Go code and the Rust runtime: reads `goroot/boundary.txt` and writes, for an
//! architecture, the Plan 9 assembly stubs and the `cgo_import_static` lines. What an entry does lives in the crates,
//! what is written by hand in assembly lives in `goroot/runtime`.

mod amd64;
mod arm64;

use crate::stack_budget::Wants;
use amd64::Amd64;
use anyhow::{Context as _, Result, bail};
use arm64::Arm64;
use std::collections::{BTreeMap, BTreeSet};
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
    /// A leaf, if its last argument is not above this; else a system entry.
    Long(usize),
    /// Rust on the thread's system stack, the goroutine's context saved.
    System,
    /// A leaf that may answer 0, and then the system entry.
    Fast,
    /// A jump to another entry.
    Tail(String),
    /// Throws when called.
    Absent,
    /// Returns at once: there is nothing to do while a tool that is not built here is not attached.
    Noop,
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

/// Whether a goroutine that was asked to yield does so in an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It does.
    Yields,
    /// It does not, for a reason that [`REASONS`] explains.
    Stays(&'static str),
}

/// Why entries keep their processor, and what each reason means. The table's head says the same.
const REASONS: &[(&str, &str)] = &[
    ("barrier", "compiled code calls it between the test of the write barrier's flag and the stores that it announces"),
    ("reflect", "package reflect calls it while memory holds pointers that no stack map tells"),
    ("pinned", "from here on the goroutine must keep its thread or its processor"),
    ("fork", "the child shares its parent's memory until it executes another program"),
    ("arithmetic", "it works on floating-point registers, and compiled code of 64-bit machines never calls it"),
];

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
    /// Which result words are pointers, the first in bit 0.
    pub pointers: u8,
    /// How it ends; tail entries end as their targets do.
    pub end: End,
    /// The leaf is a routine that needs no aligned stack and changes few registers.
    pub bare: bool,
    /// Tracebacks show its arguments as they are.
    pub shows: bool,
    /// What the leaf wants of its stub: all of it, as long as its machine code has not been looked at.
    wants: Wants,
    /// What the stub does instead of a jump to the leaf, which is a bare routine: the routine's own instructions.
    copied: Option<Vec<u8>>,
}

impl Entry {
    /// The entry with what the machine code shows of its leaf.
    fn measured(&self, depths: &Depths) -> Entry {
        let leaf = depths.get(&self.leaf_symbol());
        let copied = leaf.filter(|_| self.bare && self.kind == Kind::Leaf).and_then(|m| m.straight.clone());
        Entry { wants: leaf.map_or(Wants::UNKNOWN, |m| m.wants), copied, ..self.clone() }
    }

    /// The Rust symbol that implements the entry.
    pub fn rust_symbol(&self) -> String {
        let mut s = String::from("gx_");
        s.extend(self.symbol.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }));
        s
    }

    /// The Rust symbol of what it runs on the system stack.
    fn system_symbol(&self) -> String {
        let long = if matches!(self.kind, Kind::Long(_)) { "_long" } else { "" };
        self.rust_symbol() + long
    }

    /// Whether the leaf half of a fast entry may answer two null pointers, and asks for the other half by 0 and 1.
    fn may_answer_nil(&self) -> bool {
        matches!(self.kind, Kind::Fast) && self.output == Words::Ints(2) && self.pointers == 3
    }

    /// The Rust symbol that runs on the goroutine's stack.
    fn leaf_symbol(&self) -> String {
        let fast = if self.kind == Kind::Fast { "_fast" } else { "" };
        self.rust_symbol() + fast
    }

    /// The other Rust symbol that implements it, if there are two.
    pub fn second_symbol(&self) -> Option<String> {
        match self.kind {
            Kind::Fast => Some(self.rust_symbol() + "_fast"),
            Kind::Long(_) => Some(self.system_symbol()),
            _ => None,
        }
    }

    /// Whether Rust implements it.
    pub fn is_rust(&self) -> bool {
        matches!(self.kind, Kind::Leaf | Kind::Long(_) | Kind::System | Kind::Fast)
    }

    /// What takes the entry to the system stack: a function of the arch of crate entries, by what it answers. Where the goroutine gives
    /// way there, results that are pointers are kept alive and follow its stack when that moves.
    fn system_call(&self) -> String {
        match self.end {
            End::Stays(_) => "gx_system".to_owned(),
            End::Yields => {
                // A leaf that runs there is still one to the handler of faults.
                let kind = if self.kind == Kind::Leaf { "leaf" } else { "system" };
                let wide = if self.is_wide() { "_wide" } else { "" };
                format!("gx_{kind}_yields{wide}{}", self.pointers)
            }
        }
    }

    /// Whether results come back through the descriptor's words.
    fn is_wide(&self) -> bool {
        matches!(self.output, Words::Ints(n) if n > 2)
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

/// The words of OUT, and which of them are pointers.
fn results(text: &str) -> Result<(Words, u8)> {
    if text == "0" || text.starts_with('f') {
        return Ok((words(text)?, 0));
    }
    if text.is_empty() || text.len() > 4 || text.contains(|c| c != 'w' && c != 'p') {
        bail!("results are written 0, fN, or up to four letters: p for a pointer, w for another word; not {text:?}");
    }
    let mask = text.bytes().enumerate().map(|(i, b)| u8::from(b == b'p') << i).sum();
    Ok((Words::Ints(text.len()), mask))
}

/// How an entry ends.
fn end(text: &str) -> Result<End> {
    if text == "yields" {
        return Ok(End::Yields);
    }
    let known = text.strip_prefix("stays:").and_then(|why| REASONS.iter().find(|(name, _)| *name == why));
    let Some((reason, _)) = known else {
        let names: Vec<&str> = REASONS.iter().map(|(name, _)| *name).collect();
        bail!("an entry ends with `yields` or with `stays:` and a reason ({}); not {text:?}", names.join(", "));
    };
    Ok(End::Stays(reason))
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
    let kind = match (kind, rest.as_slice()) {
        ("leaf", [_, _, _] | [_, _, _, "bare"]) => Kind::Leaf,
        ("system", [_, _, _] | [_, _, _, "shows"]) => Kind::System,
        ("fast", [_, _, _]) => Kind::Fast,
        ("long", [_, _, "yields", most] | [_, _, "yields", most, "bare"]) => Kind::Long(most.parse()?),
        ("leaf" | "long" | "system" | "fast", _) => bail!("expected KIND SYMBOL IN OUT END (see the table's head)"),
        ("tail", [target]) => Kind::Tail((*target).to_owned()),
        ("absent", []) => Kind::Absent,
        ("noop", [_, ..]) => Kind::Noop,
        ("go", []) => Kind::Go,
        ("asm", []) => Kind::Asm,
        ("other", []) => Kind::Other,
        ("unneeded", why) => Kind::Unneeded(why.join(" ")),
        _ => bail!("expected KIND SYMBOL and what the kind takes (see the table's head)"),
    };
    let mut entry = Entry {
        symbol: symbol.to_owned(),
        kind,
        input: Words::Ints(0),
        output: Words::Ints(0),
        pointers: 0,
        end: End::Yields,
        bare: rest.last() == Some(&"bare"),
        shows: rest.get(3) == Some(&"shows"),
        wants: Wants::UNKNOWN,
        copied: None,
    };
    if let (true, [input, output, how, ..]) = (entry.is_rust(), rest.as_slice()) {
        entry.input = words(input)?;
        (entry.output, entry.pointers) = results(output)?;
        entry.end = end(how)?;
    }
    match (&entry.kind, entry.input, entry.output) {
        (Kind::Fast, Words::Ints(n), _) if n > 5 => bail!("a fast entry keeps at most 5 arguments for its slow half"),
        (Kind::Fast, _, Words::Ints(n)) if n > 2 && entry.pointers & 1 == 0 => {
            bail!(
                "a fast entry with more than 2 results answers a pointer first, by which its leaf shows that it has an answer"
            )
        }
        (Kind::Long(_), Words::Floats(_) | Words::Ints(0), _) => bail!("a long entry has an argument that counts"),
        (Kind::Leaf, Words::Floats(_), _) | (Kind::Leaf, _, Words::Floats(_)) if entry.end == End::Yields => {
            bail!("a leaf with floating-point registers cannot give way: they are not kept meanwhile")
        }
        (_, _, Words::Ints(2..) | Words::Floats(_)) if entry.bare => bail!("a bare entry has one result at most"),
        (_, Words::Floats(_) | Words::Ints(0), _) if entry.shows => bail!("an entry shows integer arguments"),
        _ => Ok(entry),
    }
}

/// What the machine code shows of a Rust function that runs on a goroutine's stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measured {
    /// How many bytes of the stack it takes.
    pub bytes: i64,
    /// What its stub has to do for it and behind it.
    pub wants: Wants,
    /// What it does before its return, if it is a few instructions without jumps and calls that are the same anywhere.
    pub straight: Option<Vec<u8>>,
}

/// The Rust functions that run on a goroutine's stack, by their symbols.
pub type Depths = BTreeMap<String, Measured>;

/// Writes `zstubs_<arch>.s`, `zstack_<arch>.h` and `zimports.go` into `out`, the package's directory.
pub fn generate(root: &Path, arch: Arch, depths: &Depths, out: &Path) -> Result<()> {
    let table = entries(root)?;
    let (stubs, header) = match arch {
        Arch::Amd64 => (assembly(&table, &Amd64, depths), reserve_header(&Amd64, depths)),
        Arch::Arm64 => (assembly(&table, &Arm64, depths), reserve_header(&Arm64, depths)),
    };
    std::fs::write(out.join(format!("zstubs_{}.s", arch.go_name())), stubs)?;
    std::fs::write(out.join(format!("zstack_{}.h", arch.go_name())), header)?;
    std::fs::write(out.join("zimports.go"), imports(&table))?;
    Ok(())
}

/// What the linker is to count for a call of a Rust function on the goroutine's stack, in whole words.
fn reserved(target: &dyn Target, depths: &Depths, symbol: &str) -> i64 {
    let rust = depths.get(symbol).map_or(crate::stack_budget::LIMIT, |m| m.bytes);
    // Never nothing: an adjustment by 0 would count as a switch of stacks, which unwinders do not walk through.
    ((target.call_bytes() + rust + 7) & !7).max(16)
}

/// The same numbers for the assembly that is written by hand.
fn reserve_header(target: &dyn Target, depths: &Depths) -> String {
    let mut text = String::from("// Code generated from the library's machine code. DO NOT EDIT.\n\n");
    for symbol in HAND_WRITTEN_LEAVES {
        let _ = writeln!(text, "#define STACK_{symbol} {}", reserved(target, depths, symbol));
    }
    text
}

/// The generated stubs for amd64.
pub fn amd64_assembly(root: &Path) -> Result<String> {
    Ok(assembly(&entries(root)?, &Amd64, &Depths::new()))
}

/// The Rust symbols that Go assembly names, written by hand or generated.
fn imports(table: &[Entry]) -> String {
    let mut names = BTreeSet::new();
    for e in table {
        if e.is_rust() {
            names.insert(e.rust_symbol());
            names.insert(e.system_call());
            names.extend(e.second_symbol());
        }
    }
    for by_hand in HAND_WRITTEN_TARGETS {
        names.insert((*by_hand).to_owned());
    }
    let mut text = String::from("// Code generated from goroot/boundary.txt. DO NOT EDIT.\n\npackage runtime\n\n");
    for n in names {
        let _ = writeln!(text, "//go:cgo_import_static {n}");
    }
    text
}

/// Rust symbols that the assembly in `goroot` names.
const HAND_WRITTEN_TARGETS: &[&str] = &[
    "gx_system",
    "gx_absent",
    "gx_rt0",
    "gx_gopanic",
    "gx_panic_next",
    "gx_panic_next_fast",
    "gx_goexit",
    "gx_runtime_throw",
    "gx_runtime_fatal",
    "gx_goexit_done",
    "gx_deferproc",
    "gx_deferproc_fast",
    "gx_deferproc_stack",
    "gx_deferreturn_next",
    "gx_mstart",
    "gx_unreachable_method",
    "gx_morestack",
    "gx_gc_write_barrier",
    "gx_entersyscall",
    "gx_runtime_reflectcallmove",
    "gx_deferreturn_recovered",
    "gx_system_yields0",
    "gx_before_system_call",
    "gx_calls_seen",
];

/// Those of them that the assembly calls without leaving the goroutine's stack.
pub const HAND_WRITTEN_LEAVES: &[&str] = &[
    "gx_before_system_call",
    "gx_deferproc_fast",
    "gx_deferproc_stack",
    "gx_deferreturn_next",
    "gx_entersyscall",
    "gx_gc_write_barrier",
    "gx_panic_next_fast",
    "gx_runtime_memmove",
    "gx_runtime_reflectcallmove",
];

/// What differs between the architectures in a stub.
trait Target {
    /// The file's name.
    fn file(&self) -> &'static str;
    /// The file's head.
    fn head(&self) -> String;
    /// What a stub's call of a Rust function on the goroutine's stack takes besides that function: return address, alignment.
    fn call_bytes(&self) -> i64;
    /// Code that never runs and makes the linker count `bytes` of stack for the stub: it adds up, over the instructions of a
    /// function without a stack check, how deep the assembler says that the stack is there.
    fn reserve(&self, bytes: i64) -> String;
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
    /// Stores argument `i` where its caller has room for it.
    fn spill(&self, i: usize) -> String;
}

fn assembly(table: &[Entry], target: &dyn Target, depths: &Depths) -> String {
    let mut text = String::from("// Code generated from goroot/boundary.txt. DO NOT EDIT.\n\n");
    text += &target.head();
    for n in 1..=MAX_ARGUMENTS {
        argument_table(&mut text, n);
    }
    for (number, e) in table.iter().enumerate() {
        let e = &e.measured(depths);
        // One that yields looks before how much stack there is; what one that stays needs, its callers must leave.
        let reserve = || match e.end {
            _ if e.copied.is_some() => String::new(),
            End::Yields => String::new(),
            End::Stays(_) => target.reserve(reserved(target, depths, &e.leaf_symbol())),
        };
        let body = match &e.kind {
            Kind::Leaf | Kind::Long(_) => target.leaf(e) + &reserve(),
            Kind::System => target.system(e),
            Kind::Fast => target.fast(e) + &reserve(),
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
            Kind::Noop => {
                let symbol = e.asm_symbol();
                let _ = write!(text, "\nTEXT {symbol}<ABIInternal>(SB), NOSPLIT|NOFRAME, $0-0\n\tRET\n");
                continue;
            }
            Kind::Go | Kind::Asm | Kind::Other | Kind::Unneeded(_) => continue,
        };
        /// Go's assembler gives the line behind a directive one less than that says, and tools take line 0 for none.
        const OFF_BY_ONE: usize = 1;
        // Tools that look at call stacks know statements of the language by the file that their function is in.
        let file = known_file(&e.symbol);
        if let Some(file) = file {
            let _ = write!(text, "\n#line {} \"{file}\"", 1 + OFF_BY_ONE);
        }
        let _ = write!(
            text,
            "\nTEXT {}<ABIInternal>(SB), {}\n\tNO_LOCAL_POINTERS\n{}{}{}",
            e.asm_symbol(),
            target.frame(e),
            argument_info(e),
            spills(e, target),
            body
        );
        if file.is_some() {
            let line = text.lines().count() + 2 + OFF_BY_ONE;
            let _ = writeln!(text, "#line {line} \"{}\"", target.file());
        }
    }
    text
}

/// The file that Go's runtime has an operation on channels in; none for everything else.
fn known_file(symbol: &str) -> Option<&'static str> {
    let name = symbol.strip_prefix("runtime.")?;
    match name {
        "selectgo" => Some("select.go"),
        _ if name.starts_with("chan") || name.starts_with("selectnb") => Some("chan.go"),
        _ => None,
    }
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

/// The stores of an entry that shows its arguments.
fn spills(e: &Entry, target: &dyn Target) -> String {
    match e.input {
        Words::Ints(n) if e.shows => (0..n).map(|i| target.spill(i)).collect(),
        _ => String::new(),
    }
}

/// The directive by which an entry shows its arguments in tracebacks.
fn argument_info(e: &Entry) -> String {
    match (&e.kind, e.input) {
        (Kind::System, Words::Ints(n @ 1..=MAX_ARGUMENTS)) if e.shows => {
            format!("\tFUNCDATA\t$FUNCDATA_ArgInfo, runtime·args{n}·arginfo1(SB)\n")
        }
        (Kind::System | Kind::Fast, Words::Ints(n @ 1..=MAX_ARGUMENTS)) => {
            // Values are not spilled, so all are marked as perhaps stale, by a table that says of none that it is live.
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

/// How far below the limit that prologues compare with the stack pointer may be after a prologue: `abi.StackSmall`.
const STACK_SMALL: i64 = 128;

/// Where a stub finds the four result words in the task descriptor: `TASK_REGS` of goxide.h.
const RESULTS: &str = "TASK_REGS";

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
    fn results_that_are_pointers_choose_the_way_to_the_system_stack() {
        for (line, call) in [
            ("system a.b 1 0 yields", "gx_system_yields0"),
            ("leaf a.b 1 pw yields", "gx_leaf_yields1"),
            ("fast a.b 1 pp yields", "gx_system_yields3"),
            ("system a.b 1 www yields", "gx_system_yields_wide0"),
            ("system a.b 1 pww yields", "gx_system_yields_wide1"),
            ("system a.b 1 p stays:pinned", "gx_system"),
        ] {
            assert_eq!(parse(line).unwrap().system_call(), call, "{line}");
        }
    }

    #[test]
    fn an_entry_that_shows_its_arguments_spills_them_and_no_other_does() {
        let table = [parse("system a.shows 2 0 yields shows").unwrap(), parse("system a.not 2 0 yields").unwrap()];
        for (target, store) in [(&Amd64 as &dyn Target, "MOVQ\tBX, a1+8(FP)"), (&Arm64, "MOVD\tR1, a1+8(FP)")] {
            let text = assembly(&table, target, &Depths::new());
            let (shows, not) = text.split_once("a·not").unwrap();
            let shows = shows.split_once("a·shows").unwrap().1;
            assert!(shows.contains(store) && !shows.contains("stale"), "{shows}");
            assert!(!not.contains("(FP)") && not.contains("stale"), "{not}");
        }
    }

    #[test]
    fn every_entry_that_gives_way_is_looped_over() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the repository");
        let read = |name| std::fs::read_to_string(root.join("conformance/safepoint").join(name)).expect("the program");
        let program = read("loops.go") + &read("loops_long.go");
        // Those with a loop stand between quotes, the others as words of the comment.
        let words: BTreeSet<&str> = program.split(|c: char| c.is_whitespace() || c == '"').collect();
        let all = entries(root).unwrap();
        let gives_way = |e: &&Entry| e.end == End::Yields && e.is_rust();
        let missing: Vec<&str> =
            all.iter().filter(gives_way).map(|e| &*e.symbol).filter(|symbol| !words.contains(symbol)).collect();
        assert!(missing.is_empty(), "conformance/safepoint/loops.go has no loop over {missing:?}, and does not say why");
    }

    #[test]
    fn a_line_that_leaves_something_open_is_refused() {
        for line in [
            "system a.b 1 1 yields",
            "system a.b 0 w yields shows",
            "leaf a.b 1 w yields shows",
            "system a.b 1 p",
            "system a.b 1",
            "leaf a.b 1 w stays",
            "leaf a.b 1 w stays:so",
            "leaf a.b f1 w yields",
            "leaf a.b 1 f1 yields",
            "fast a.b 6 w yields",
            "fast a.b 1 wpw yields",
            "system a.b 1 x yields",
            "long a.b 1 ww yields 8 bare",
        ] {
            assert!(parse(line).is_err(), "{line}");
        }
    }

    #[test]
    fn the_tables_head_explains_every_reason() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the repository");
        let table = std::fs::read_to_string(root.join("goroot/boundary.txt")).expect("the table");
        for (name, why) in REASONS {
            let mut head = table.lines().take_while(|l| l.starts_with('#'));
            assert!(head.any(|l| l.contains(&format!(" {name} "))), "{name}: {why}");
            assert!(entries(root).unwrap().iter().any(|e| e.end == End::Stays(name)), "{name} is not used");
        }
    }

    #[test]
    fn stubs_that_stay_tell_the_linker_what_they_take() {
        let stays = parse("leaf a.b 1 w stays:barrier").unwrap();
        let yields = parse("leaf a.c 1 w yields").unwrap();
        let depths = Depths::from([("gx_a_b".to_owned(), Measured { bytes: 100, wants: Wants::UNKNOWN, straight: None })]);
        let text = assembly(&[stays.clone(), yields.clone()], &Amd64, &depths);
        assert!(text.contains("RESERVE(120)") && text.matches("RESERVE").count() == 1, "{text}");
        let text = assembly(&[stays, yields], &Arm64, &depths);
        assert!(text.contains("RESERVE(104)") && text.matches("RESERVE").count() == 1, "{text}");
    }

    #[test]
    fn a_stub_aligns_and_clears_where_its_leaf_wants_that() {
        for line in ["leaf a.b 1 w yields", "leaf a.b 1 ww stays:pinned", "fast a.b 3 w yields", "fast a.b 2 pww yields"] {
            let entry = parse(line).unwrap();
            for (aligned, x15) in [(false, false), (false, true), (true, false), (true, true)] {
                let measured = Measured { bytes: 100, wants: Wants { aligned, x15 }, straight: None };
                let depths = Depths::from([(entry.leaf_symbol(), measured)]);
                let text = assembly(std::slice::from_ref(&entry), &Amd64, &depths);
                let aligns = text.contains("CALL_CHECKED") || text.contains("CALL_ALIGNED");
                assert_eq!((aligns, text.contains("XORPS")), (aligned, x15), "{line}: {text}");
            }
        }
    }

    #[test]
    fn the_call_of_a_fast_leaf_ends_with_a_block() {
        for (line, nop) in [
            ("fast a.b 0 w yields", 16),
            ("fast a.b 1 w yields", 10),
            ("fast a.b 2 w yields", 7),
            ("fast a.b 2 pww yields", 3),
            ("fast a.b 3 w yields", 1),
            ("fast a.b 4 w yields", 0),
        ] {
            let measured = Measured { bytes: 0, wants: Wants::default(), straight: None };
            let text = assembly(&[parse(line).unwrap()], &Amd64, &Depths::from([("gx_a_b_fast".to_owned(), measured)]));
            assert_eq!(text.matches("BYTE").count(), nop, "{line}: {text}");
        }
    }

    #[test]
    fn a_leaf_that_wants_nothing_and_gives_way_is_jumped_to() {
        let jumps = |line: &str, wants| {
            let depths = Depths::from([("gx_a_b".to_owned(), Measured { bytes: 100, wants, straight: None })]);
            assembly(&[parse(line).unwrap()], &Amd64, &depths).contains("JMP\tgx_a_b(SB)")
        };
        assert!(jumps("leaf a.b 1 w yields", Wants::default()));
        assert!(!jumps("leaf a.b 1 w yields", Wants { aligned: false, x15: true }));
        assert!(!jumps("leaf a.b 1 w yields", Wants { aligned: true, x15: false }));
        assert!(!jumps("leaf a.b 1 ww yields", Wants::default()));
        assert!(!jumps("leaf a.b 1 w stays:pinned", Wants::default()));
    }

    #[test]
    fn a_stub_has_a_copy_of_a_bare_routine_that_is_straight_code() {
        let measured = Measured { bytes: 0, wants: Wants::default(), straight: Some(vec![1, 2, 3, 4]) };
        let depths = Depths::from([("gx_a_b".to_owned(), measured)]);
        for (line, copied) in [("leaf a.b 0 w stays:pinned bare", true), ("leaf a.b 0 w stays:pinned", false)] {
            for (target, code) in [(&Amd64 as &dyn Target, "BYTE\t$0x01"), (&Arm64, "WORD\t$0x04030201")] {
                let text = assembly(&[parse(line).unwrap()], target, &depths);
                assert_eq!((text.contains(code), text.contains("gx_a_b")), (copied, !copied), "{text}");
            }
        }
    }

    #[test]
    fn symbols_are_spelled_for_both_sides() {
        let e = parse("system internal/poll.runtime_pollOpen 1 ww yields").unwrap();
        assert_eq!(e.rust_symbol(), "gx_internal_poll_runtime_pollOpen");
        assert_eq!(e.asm_symbol(), "internal∕poll·runtime_pollOpen");
    }
}
