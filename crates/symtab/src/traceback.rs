//! The text of goroutine stacks, as Go 1.21 prints it when a program crashes
//! and as `runtime.Stack` returns it.

use super::arch::Arch;
use super::cache::PcCache;
use super::frames::shown_name;
use super::functab::{Func, Symtab};
use super::ids::{FuncData, FuncId, PcData};
use super::inline::Logical;
use super::sink::Sink;
use super::unwind::{Limits, Mode, Start, Unwinder};

/// How many innermost frames are shown of a stack.
pub const INNER_FRAMES: usize = 50;
/// How many outermost frames are shown of a stack.
pub const OUTER_FRAMES: usize = 50;

/// How much to show.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Go's traceback level: 0 none, 1 all goroutines, 2 the runtime's frames
    /// too.
    pub level: u32,
    /// Whether the runtime failed on this very goroutine: then everything is
    /// shown.
    pub failed_here: bool,
}

impl Options {
    fn shows_registers(&self) -> bool {
        self.failed_here || self.level >= 2
    }
}

/// What the line above a goroutine's stack says.
#[derive(Clone, Copy, Debug)]
pub struct Header<'a> {
    /// Its number.
    pub goid: u64,
    /// Its state, or what it waits for.
    pub status: &'a str,
    /// Whether the collector is scanning it.
    pub scanning: bool,
    /// For how many minutes it has waited.
    pub minutes: u64,
    /// Whether it is locked to its thread.
    pub locked: bool,
}

/// Prints the line above a goroutine's stack.
pub fn print_goroutine_header(out: &mut dyn Sink, h: &Header<'_>) {
    out.put(b"goroutine ");
    out.put_uint(h.goid);
    out.put(b" [");
    out.put(h.status.as_bytes());
    if h.scanning {
        out.put(b" (scan)");
    }
    if h.minutes >= 1 {
        out.put(b", ");
        out.put_uint(h.minutes);
        out.put(b" minutes");
    }
    if h.locked {
        out.put(b", locked to thread");
    }
    out.put(b"]:\n");
}

/// A goroutine, as far as its text shows it.
#[derive(Clone, Copy, Debug)]
pub struct Goroutine<'a> {
    /// What the line above its stack says.
    pub header: Header<'a>,
    /// Where its frames begin, and the bounds of its stack; `None` while it runs, so that there is nothing to read.
    pub stack: Option<(Start, Limits)>,
    /// Where it was created.
    pub created: Created,
}

/// Prints a goroutine: header, frames, where it was created.
///
/// # Safety
/// As [`print_frames`], if there is a stack.
pub unsafe fn print_goroutine<'m, A: Arch>(
    out: &mut dyn Sink,
    tab: Symtab<'m>,
    cache: &mut PcCache<'m>,
    goroutine: &Goroutine<'_>,
    options: Options,
) {
    let Goroutine { header, stack, created } = goroutine;
    print_goroutine_header(out, header);
    match *stack {
        // SAFETY: this function's contract is that of `print_frames`, for the same stack.
        Some((start, limits)) => drop(unsafe { print_frames::<A>(out, tab, cache, start, limits, header.goid, options) }),
        None => out.put(b"\tgoroutine running on other thread; stack unavailable\n"),
    }
    print_created_by(out, tab, header.goid, *created, options);
}

/// Prints the frames of a stack: the first 50 and the last 50 of those that the
/// options let through; if they let none through, then of all. Returns how many
/// of the first 50 there were.
///
/// # Safety
/// As [`Unwinder::new`].
pub unsafe fn print_frames<'m, A: Arch>(
    out: &mut dyn Sink,
    tab: Symtab<'m>,
    cache: &mut PcCache<'m>,
    start: Start,
    limits: Limits,
    goid: u64,
    options: Options,
) -> usize {
    // SAFETY: this function's contract is that of `Unwinder::new`, for the same stack.
    let u = match unsafe { Unwinder::<A>::new(tab, cache, start, limits, Mode::BestEffort) } {
        Ok(u) => u,
        Err(fault) => {
            fault.describe(out, goid);
            return 0;
        }
    };
    match print_selected(out, u, cache, goid, options, false) {
        0 => print_selected(out, u, cache, goid, options, true),
        n => n,
    }
}

fn print_selected<'m, A: Arch>(
    out: &mut dyn Sink,
    u: Unwinder<'m, A>,
    cache: &mut PcCache<'m>,
    goid: u64,
    options: Options,
    all: bool,
) -> usize {
    let mut walk = Walk { u: Some(u), n: 0, in_frame: 0, goid, options, all };
    walk.run(out, cache, 0, INNER_FRAMES);
    let shown = walk.n;
    if shown < INNER_FRAMES {
        return shown;
    }
    // Count what is left (from the start of the physical frame it stopped in),
    // then go on from there and leave out the middle.
    let before = walk.in_frame;
    let mut rest = walk.clone();
    walk.run(out, cache, usize::MAX, 0);
    let left = walk.n.saturating_sub(before);
    let elide = left.saturating_sub(OUTER_FRAMES);
    if elide > 0 {
        out.put(b"...");
        out.put_uint(elide as u64);
        out.put(b" frames elided...\n");
    }
    rest.run(out, cache, before + elide, OUTER_FRAMES);
    shown
}

/// A walk over the logical frames that are shown.
#[derive(Clone)]
struct Walk<'m, A> {
    /// `None` at the end of the stack.
    u: Option<Unwinder<'m, A>>,
    /// Frames skipped and printed by this run.
    n: usize,
    /// Those of them in the physical frame that it stopped in.
    in_frame: usize,
    goid: u64,
    options: Options,
    all: bool,
}

impl<'m, A: Arch> Walk<'m, A> {
    /// From the start of the physical frame it is in, skips `skip` frames and
    /// prints up to `max`.
    fn run(&mut self, out: &mut dyn Sink, cache: &mut PcCache<'m>, mut skip: usize, mut max: usize) {
        self.n = 0;
        while let Some(mut u) = self.u {
            self.in_frame = 0;
            for f in u.logical(cache) {
                let callee = u.callee();
                u.set_callee(f.id());
                if !(self.all || shows_frame(&f, self.n == 0, callee, self.options)) {
                    continue;
                }
                if skip == 0 && max == 0 {
                    self.u = Some(u);
                    return;
                }
                self.n += 1;
                self.in_frame += 1;
                if skip > 0 {
                    skip -= 1;
                } else {
                    max -= 1;
                    print_frame(out, &u, &f, self.options);
                }
            }
            self.u = match u.step(cache) {
                Ok(true) => Some(u),
                Ok(false) => None,
                Err(fault) => {
                    if max > 0 {
                        fault.describe(out, self.goid);
                    }
                    None
                }
            };
        }
        self.in_frame = 0;
    }
}

fn print_frame<A: Arch>(out: &mut dyn Sink, u: &Unwinder<'_, A>, f: &Logical<'_>, options: Options) {
    let frame = u.frame();
    print_name(out, f.name());
    out.put(b"(");
    if f.is_inlined() {
        out.put(b"...");
    } else {
        print_args(out, u);
    }
    out.put(b")\n");
    let (file, line) = f.file_line();
    print_position(out, file, line);
    if !f.is_inlined() {
        print_offset(out, frame.func, frame.pc);
        if options.shows_registers() {
            out.put(b" fp=");
            out.put_hex(frame.fp);
            out.put(b" sp=");
            out.put_hex(frame.sp);
            out.put(b" pc=");
            out.put_hex(frame.pc);
        }
    }
    out.put(b"\n");
}

fn print_position(out: &mut dyn Sink, file: &[u8], line: i32) {
    out.put(b"\t");
    out.put(file);
    out.put(b":");
    out.put_int(i64::from(line));
}

fn print_offset(out: &mut dyn Sink, func: Func<'_>, pc: usize) {
    if pc > func.entry() {
        out.put(b" +");
        out.put_hex(pc - func.entry());
    }
}

/// Prints a function's name as stacks show it.
pub fn print_name(out: &mut dyn Sink, name: &[u8]) {
    if name == b"runtime.gopanic" {
        out.put(b"panic");
        return;
    }
    for piece in shown_name(name) {
        out.put(piece);
    }
}

/// Where a goroutine was created.
#[derive(Clone, Copy, Debug)]
pub struct Created {
    /// Where the `go` statement continues; 0 when not known.
    pub pc: usize,
    /// Number of the goroutine that ran it; 0 is not shown.
    pub parent: u64,
}

/// Prints where goroutine `goid` was created, if that is to be shown.
pub fn print_created_by(out: &mut dyn Sink, tab: Symtab<'_>, goid: u64, created: Created, options: Options) {
    let Some(func) = tab.find_func(created.pc) else {
        return;
    };
    let shown = options.failed_here || shows_name(func.name(), func.id(), false, FuncId::NORMAL, options.level);
    // The main goroutine was not created by code that the user knows.
    if !shown || goid == 1 {
        return;
    }
    out.put(b"created by ");
    print_name(out, func.name());
    if created.parent != 0 {
        out.put(b" in goroutine ");
        out.put_uint(created.parent);
    }
    out.put(b"\n");
    // Any pc inside of the call will do: lines change at instructions.
    let at = if created.pc > func.entry() { created.pc - 1 } else { created.pc };
    let (file, line) = func.file_line(at);
    print_position(out, file, line);
    print_offset(out, func, created.pc);
    out.put(b"\n");
}

fn shows_frame(f: &Logical<'_>, first: bool, callee: FuncId, options: Options) -> bool {
    options.failed_here || shows_name(f.name(), f.id(), first, callee, options.level)
}

/// Whether a stack trace shows a function: not the runtime's own, except for what
/// it exports and for a panic in the middle of a stack; not wrappers, unless
/// they are what failed.
pub fn shows_name(name: &[u8], id: FuncId, first: bool, callee: FuncId, level: u32) -> bool {
    if level > 1 {
        return true;
    }
    if id == FuncId::WRAPPER && callee.elides_wrapper() {
        return false;
    }
    if name == b"runtime.gopanic" && !first {
        return true;
    }
    match name.strip_prefix(b"runtime.") {
        Some(rest) => rest.first().is_some_and(u8::is_ascii_uppercase),
        None => name.contains(&b'.'),
    }
}

/// Whether a goroutine that begins with the function at `start_pc` is the
/// runtime's own. `finalizing`: whether the finalizer goroutine is in a user's
/// finalizer. With `fixed`, goroutines that are sometimes one and sometimes the
/// other count as the user's.
pub fn is_system_goroutine(tab: Symtab<'_>, start_pc: usize, finalizing: bool, fixed: bool) -> bool {
    let Some(func) = tab.find_func(start_pc) else {
        return false;
    };
    match func.id() {
        FuncId::RUNTIME_MAIN | FuncId::HANDLE_ASYNC_EVENT => false,
        FuncId::RUNFINQ => !fixed && !finalizing,
        _ => func.name().starts_with(b"runtime."),
    }
}

/// What the compiler wrote for [`print_args`], besides offset and size pairs.
mod op {
    pub const END: u8 = 0xff;
    pub const OPEN: u8 = 0xfe;
    pub const CLOSE: u8 = 0xfd;
    pub const MORE: u8 = 0xfc;
    pub const TOO_FAR: u8 = 0xfb;
}

/// Which argument slots hold their argument at a pc. Arguments passed in
/// registers are spilled to their slots, some time or never.
struct Live {
    info: *const u8,
    /// Offset of the bitmap; not positive when all slots are alive.
    bits: i32,
    /// Slots below are arguments passed on the stack.
    tracked_from: u8,
}

impl Live {
    fn at(func: Func<'_>, pc: usize) -> Option<Self> {
        let info = func.funcdata(FuncData::ARG_LIVE_INFO)?.as_ptr();
        let bits = func.pcdata(PcData::ARG_LIVE_INDEX, pc).unwrap_or(-1);
        // SAFETY: the compiler's data begins with that byte.
        let tracked_from = unsafe { *info };
        Some(Self { info, bits, tracked_from })
    }

    fn has(&self, off: u8, slot: u8) -> bool {
        if self.bits <= 0 || off < self.tracked_from {
            return true;
        }
        // SAFETY: the compiler wrote a bitmap of all slots at that offset.
        let byte = unsafe { *self.info.add(self.bits as usize + usize::from(slot / 8)) };
        byte >> (slot % 8) & 1 != 0
    }
}

/// Prints the arguments of the function whose frame `u` is at.
fn print_args<A: Arch>(out: &mut dyn Sink, u: &Unwinder<'_, A>) {
    let (func, argp) = (u.frame().func, u.frame().argp);
    let Some(info) = func.funcdata(FuncData::ARG_INFO) else {
        return;
    };
    let mut p: *const u8 = info.as_ptr();
    let mut take = || {
        // SAFETY: the compiler's bytes go on until `END`, where this stops.
        let byte = unsafe { *p };
        p = p.wrapping_add(1);
        byte
    };
    let live = Live::at(func, u.sym_pc());
    let tracked_from = live.as_ref().map_or(u8::MAX, |l| l.tracked_from);
    let (mut slot, mut first) = (0u8, true);
    loop {
        let code = take();
        if !first && !matches!(code, op::END | op::CLOSE) {
            out.put(b", ");
        }
        first = code == op::OPEN;
        match code {
            op::END => return,
            op::OPEN => out.put(b"{"),
            op::CLOSE => out.put(b"}"),
            op::MORE => out.put(b"..."),
            op::TOO_FAR => out.put(b"_"),
            off => {
                let size = take();
                print_arg(out, u, argp.wrapping_add(usize::from(off)), size);
                if live.as_ref().is_some_and(|l| !l.has(off, slot)) {
                    out.put(b"?");
                }
                if off >= tracked_from {
                    slot += 1;
                }
            }
        }
    }
}

/// Prints the `size` bytes at `addr`, as a number.
fn print_arg<A: Arch>(out: &mut dyn Sink, u: &Unwinder<'_, A>, addr: usize, size: u8) {
    // The slot at the very end of a stack may be smaller than a word.
    let size = usize::from(size).min(8);
    let limits = u.limits();
    let at = addr.min(limits.hi.wrapping_sub(8));
    let word = if limits.holds(addr, size) { u.word(at) } else { None };
    let Some(word) = word else {
        out.put(b"_");
        return;
    };
    let word = word >> ((addr - at) * 8);
    let bits = size as u32 * 8;
    let value = word.wrapping_shl(64 - bits).wrapping_shr(64 - bits);
    out.put_hex(if bits == 0 { 0 } else { value });
}
