//! What `runtime.Callers`, `runtime.CallersFrames` and `runtime.FuncForPC`
//! answer. Strings are the linker's own bytes; the code that needs one that is put
//! together (a generic function's shown name) does so.

use core::mem::{offset_of, size_of};

use super::arch::Arch;
use super::cache::PcCache;
use super::functab::{Func, RawFunc, Symtab};
use super::ids::FuncId;
use super::inline::{Logical, LogicalFrames};
use super::moduledata::RawStr;
use super::unwind::{Limits, Mode, Start, Unwinder};

impl<'m, A: Arch> Unwinder<'m, A> {
    /// The logical frames of the current physical one.
    #[inline]
    pub fn logical(&self, cache: &mut PcCache<'m>) -> LogicalFrames<'m> {
        let (func, pc) = (self.frame().func, self.frame().pc);
        if self.sym_pc() != pc { LogicalFrames::at_call(func, pc, cache) } else { LogicalFrames::new(func, pc) }
    }
}

/// Fills `pcs` with a pc for each logical frame but the first `skip`, innermost
/// first, and returns how many there are: the result of Go's
/// `runtime.Callers`, whose frame 0 is the one the walk starts at.
///
/// Each is one more than the pc of the call, as a return address is; for an
/// inlined frame it is one that no call returns to. Wrappers that the compiler
/// made do not count.
///
/// # Safety
/// As [`Unwinder::new`].
pub unsafe fn callers<'m, A: Arch>(
    tab: Symtab<'m>,
    cache: &mut PcCache<'m>,
    start: Start,
    limits: Limits,
    skip: usize,
    pcs: &mut [usize],
) -> usize {
    // SAFETY: this function's contract is that of `Unwinder::new`, for the same stack.
    match unsafe { Unwinder::<A>::new(tab, cache, start, limits, Mode::BestEffort) } {
        Ok(u) => callers_from(u, cache, skip, pcs),
        Err(_) => 0,
    }
}

/// As [`callers`], from the frame that `u` is at.
pub fn callers_from<'m, A: Arch>(
    mut u: Unwinder<'m, A>,
    cache: &mut PcCache<'m>,
    mut skip: usize,
    pcs: &mut [usize],
) -> usize {
    let mut n = 0;
    while n < pcs.len() {
        let mut callee = u.callee();
        for f in u.logical(cache) {
            let id = f.id();
            if id == FuncId::WRAPPER && callee.elides_wrapper() {
                // Not the user's.
            } else if skip > 0 {
                skip -= 1;
            } else if let Some(slot) = pcs.get_mut(n) {
                *slot = f.pc() + 1;
                n += 1;
            } else {
                break;
            }
            callee = id;
        }
        u.set_callee(callee);
        if !matches!(u.step(cache), Ok(true)) {
            break;
        }
    }
    n
}

/// What `runtime.Frames.Next` reports of one pc of [`callers`].
#[derive(Clone, Copy, Debug)]
pub struct Expanded<'m> {
    /// The pc, moved back into the call.
    pub pc: usize,
    /// The function, logical or physical, at the pc.
    pub logical: Logical<'m>,
}

impl<'m> Expanded<'m> {
    /// The `*runtime.Func`; `None` when the function was inlined.
    pub fn func(&self) -> Option<Func<'m>> {
        (!self.logical.is_inlined()).then(|| self.logical.physical())
    }

    /// The function's full name; [`shown_name`] is what the user sees.
    pub fn name(&self) -> &'m [u8] {
        self.logical.name()
    }

    /// Entry of the physical function.
    pub fn entry(&self) -> usize {
        self.logical.physical().entry()
    }

    /// Line of the `func` keyword.
    pub fn start_line(&self) -> i32 {
        self.logical.start_line()
    }

    /// File and line. This is the expensive part: ask when it is needed.
    pub fn file_line(&self) -> (&'m [u8], i32) {
        self.logical.physical().file_line(self.pc)
    }
}

/// What is at `pc`, which is a return address as [`callers`] gives them; `None`
/// when it is not in a Go function.
pub fn expand(tab: Symtab<'_>, pc: usize) -> Option<Expanded<'_>> {
    let func = tab.find_func(pc)?;
    let pc = if pc > func.entry() { pc - 1 } else { pc };
    let logical = LogicalFrames::new(func, pc).next()?;
    Some(Expanded { pc, logical })
}

/// The pcs to put in place of `pc`, the last of a list of [`callers`], so that
/// the frames that it was inlined into are in the list too. Calls `each` with
/// each and returns true; false when `pc` is to stay.
pub fn expand_last(tab: Symtab<'_>, pc: usize, mut each: impl FnMut(usize)) -> bool {
    let Some(at) = pc.checked_sub(1) else {
        return false;
    };
    let Some(func) = tab.find_func(at) else {
        return false;
    };
    let frames = LogicalFrames::new(func, at);
    if !frames.clone().next().is_some_and(|f| f.is_inlined()) {
        return false;
    }
    let mut callee = FuncId::NORMAL;
    for f in frames {
        if !(f.id() == FuncId::WRAPPER && callee.elides_wrapper()) {
            each(f.pc() + 1);
        }
        callee = f.id();
    }
    true
}

/// A function's name in the pieces that are shown, one after the other: type
/// arguments become `[...]`.
pub fn shown_name(name: &[u8]) -> [&[u8]; 3] {
    // Most names have none: these are looked at once.
    if let Some(i) = name.iter().position(|&b| b == b'[')
        && let Some(j) = name.iter().rposition(|&b| b == b']')
        && i < j
    {
        return [&name[..i], b"[...]", &name[j + 1..]];
    }
    [name, b"", b""]
}

/// Go's `runtime.funcinl`: what a `*runtime.Func` points to when the function
/// at the pc was inlined. Distinguished from a [`RawFunc`] by its first word.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct FuncInl {
    /// [`FuncInl::ONES`].
    pub ones: u32,
    /// Entry of the physical function.
    pub entry: usize,
    /// Full name.
    pub name: RawStr,
    /// File at the pc.
    pub file: RawStr,
    /// Line at the pc.
    pub line: i32,
    /// Line of the `func` keyword.
    pub start_line: i32,
}

const _: () = {
    assert!(size_of::<FuncInl>() == 56);
    assert!(offset_of!(FuncInl, entry) == 8);
    assert!(offset_of!(FuncInl, name) == 16);
    assert!(offset_of!(FuncInl, file) == 32);
    assert!(offset_of!(FuncInl, line) == 48);
};

impl FuncInl {
    /// No function begins there.
    pub const ONES: u32 = u32::MAX;
}

/// What `runtime.FuncForPC` answers.
#[derive(Clone, Copy, Debug)]
pub enum FuncForPc<'m> {
    /// This function: [`Func::as_ptr`] is the answer.
    Physical(Func<'m>),
    /// An inlined one: the answer is the address of a copy of this.
    Inlined(FuncInl),
}

/// The function at `pc`, which is taken as it is and not as a return address.
pub fn func_for_pc(tab: Symtab<'_>, pc: usize) -> Option<FuncForPc<'_>> {
    let func = tab.find_func(pc)?;
    let f = LogicalFrames::new(func, pc).next()?;
    if !f.is_inlined() {
        return Some(FuncForPc::Physical(func));
    }
    let (file, line) = f.file_line();
    let str_of = |s: &[u8]| RawStr { ptr: s.as_ptr(), len: s.len() };
    Some(FuncForPc::Inlined(FuncInl {
        ones: FuncInl::ONES,
        entry: func.entry(),
        name: str_of(f.name()),
        file: str_of(file),
        line,
        start_line: f.start_line(),
    }))
}

/// What a `*runtime.Func` of a Go program points to.
#[derive(Clone, Copy, Debug)]
pub enum FuncRef<'m> {
    /// A function of the program.
    Physical(Func<'m>),
    /// An inlined one.
    Inlined(&'m FuncInl),
}

impl<'m> FuncRef<'m> {
    /// Reads a `*runtime.Func`. `None` when it is nil or nothing of the kind.
    ///
    /// # Safety
    /// `p` is null, or came of [`func_for_pc`] or [`Expanded::func`] on `tab`;
    /// if of a [`FuncInl`], that lives for `'m`.
    pub unsafe fn new(tab: Symtab<'m>, p: *const RawFunc) -> Option<Self> {
        // SAFETY: both begin with four bytes that can be read.
        let first = unsafe { p.cast::<u32>().as_ref() }?;
        if *first == FuncInl::ONES {
            // SAFETY: only a FuncInl begins with that.
            return Some(Self::Inlined(unsafe { &*p.cast::<FuncInl>() }));
        }
        tab.func_of_record(p).map(Self::Physical)
    }

    /// Its full name.
    pub fn name(&self) -> &'m [u8] {
        match self {
            Self::Physical(f) => f.name(),
            Self::Inlined(f) => bytes_of(f.name),
        }
    }

    /// Its entry, or that of the function it was inlined into.
    pub fn entry(&self) -> usize {
        match self {
            Self::Physical(f) => f.entry(),
            Self::Inlined(f) => f.entry,
        }
    }

    /// File and line at `pc`; of an inlined function, where it was looked up.
    pub fn file_line(&self, pc: usize) -> (&'m [u8], i32) {
        match self {
            Self::Physical(f) => f.file_line(pc),
            Self::Inlined(f) => (bytes_of(f.file), f.line),
        }
    }

    /// Line of the `func` keyword.
    pub fn start_line(&self) -> i32 {
        match self {
            Self::Physical(f) => f.start_line(),
            Self::Inlined(f) => f.start_line,
        }
    }
}

/// The text of a [`FuncInl`]'s field.
fn bytes_of<'m>(s: RawStr) -> &'m [u8] {
    // SAFETY: `func_for_pc` took it from the linker's tables, which live for 'm.
    unsafe { core::slice::from_raw_parts(s.ptr, s.len) }
}
