//! The physical frames of a stack, from the innermost outwards.
//!
//! A walk starts from a pc and a stack pointer and needs nothing else of the
//! goroutine. It stays on one stack: switches to and from a thread's system
//! stack are not followed, since a goroutine's saved context already lies on
//! its own. It ends at a function marked as the outermost of a stack.

use core::marker::PhantomData;

use super::arch::Arch;
use super::cache::PcCache;
use super::fault::{Fault, FaultKind};
use super::functab::{Func, Symtab};
use super::ids::{FuncFlag, FuncId};

/// Where a stack is: addresses `lo..hi`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Lowest address.
    pub lo: usize,
    /// One past the highest.
    pub hi: usize,
}

impl Limits {
    /// Whether `len` bytes at `addr` lie inside.
    #[inline(always)]
    pub const fn holds(self, addr: usize, len: usize) -> bool {
        addr >= self.lo && addr <= self.hi && len <= self.hi - addr
    }
}

/// Where a walk starts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Start {
    /// Where execution will continue.
    pub pc: usize,
    /// Stack pointer there.
    pub sp: usize,
    /// The link register there; 0 on machines without, and when the function
    /// has saved it in its frame.
    pub lr: usize,
    /// Whether a signal interrupted the function at `pc`, which then is not a
    /// return address. Otherwise the function saved its context by itself, or
    /// has not begun.
    pub trap: bool,
}

impl Start {
    /// From a context that the function saved by a call (or that it will begin
    /// with).
    #[inline]
    pub const fn saved(pc: usize, sp: usize, lr: usize) -> Self {
        Self { pc, sp, lr, trap: false }
    }

    /// From the registers that a signal handler was given.
    #[inline]
    pub const fn trapped(pc: usize, sp: usize, lr: usize) -> Self {
        Self { pc, sp, lr, trap: true }
    }
}

/// What to do about a stack that cannot be walked to its end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// Every frame must be seen: it is an error.
    Precise,
    /// As far as it goes: the walk ends there.
    BestEffort,
}

/// A physical frame: one activation of a compiled function, with whatever was
/// inlined into it.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'m> {
    /// Its function.
    pub func: Func<'m>,
    /// Where it will continue: the return address of the call it made. If a
    /// signal interrupted it (its callee is `sigpanic`, or the walk started
    /// from a trap), the interrupted instruction.
    pub pc: usize,
    /// The pc whose stack map holds; 0 when the frame will not run again. It is
    /// `pc`, but after a fault in the frame it is the call that runs the
    /// deferred functions, if there is one: the frame continues there if a
    /// panic is recovered.
    pub continpc: usize,
    /// The pc it returns to; 0 for the outermost frame.
    pub lr: usize,
    /// Stack pointer at `pc`.
    pub sp: usize,
    /// Stack pointer of its caller after the return.
    pub fp: usize,
    /// End of its local variables.
    pub varp: usize,
    /// Its arguments on the stack.
    pub argp: usize,
}

impl Frame<'_> {
    /// Whether a saved frame pointer is at `varp`. On amd64 it is the caller's;
    /// on arm64 that of the caller's caller.
    #[inline(always)]
    pub fn has_frame_pointer(&self) -> bool {
        self.argp - self.varp == 16
    }
}

/// A walk over the frames of a stack. It is a value: a copy continues from the
/// same frame on its own.
#[derive(Clone, Copy, Debug)]
pub struct Unwinder<'m, A> {
    tab: Symtab<'m>,
    frame: Frame<'m>,
    limits: Limits,
    callee: FuncId,
    trap: bool,
    mode: Mode,
    _arch: PhantomData<A>,
}

impl<'m, A: Arch> Unwinder<'m, A> {
    /// Starts at the innermost frame.
    ///
    /// In both modes it is an error if there is no frame to start with.
    ///
    /// # Errors
    /// That there is no frame to start with.
    ///
    /// # Safety
    /// As long as this (or a copy) is stepped, the part of `limits` from
    /// `start.sp` on can be read, holds the frames of a stopped goroutine, and
    /// is not written to except for pointers that a frame holds.
    pub unsafe fn new(
        tab: Symtab<'m>,
        cache: &mut PcCache<'m>,
        start: Start,
        limits: Limits,
        mode: Mode,
    ) -> Result<Self, Fault<'m>> {
        let (mut pc, mut sp, mut lr) = (start.pc, start.sp, start.lr);
        if pc == 0 {
            // A nil function was called: start in its caller.
            if !limits.holds(sp, 8) {
                return Err(Fault { kind: FaultKind::OutOfBounds(sp), func: None, pc, sp });
            }
            // SAFETY: inside the limits.
            pc = unsafe { read(sp) };
            lr = 0;
            if !A::USES_LR {
                sp += 8;
            }
        }
        let Some(func) = cache.func(tab, pc) else {
            return Err(Fault { kind: FaultKind::UnknownPc, func: None, pc, sp });
        };
        let frame = Frame { func, pc, continpc: 0, lr, sp, fp: 0, varp: 0, argp: 0 };
        let mut u = Self { tab, frame, limits, callee: FuncId::NORMAL, trap: start.trap, mode, _arch: PhantomData };
        match u.resolve(cache, true)? {
            true => Ok(u),
            false => Err(u.fault(FaultKind::Incomplete)),
        }
    }

    /// The frame it is at. After [`step`](Self::step) said that there are no
    /// more, the outermost one.
    #[inline(always)]
    pub fn frame(&self) -> &Frame<'m> {
        &self.frame
    }

    /// The tables it uses.
    #[inline]
    pub fn symtab(&self) -> Symtab<'m> {
        self.tab
    }

    /// Where the stack is.
    #[inline]
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// The special function, if it is one, that the current frame called.
    #[inline]
    pub fn callee(&self) -> FuncId {
        self.callee
    }

    /// Notes which special logical function the current frame called, as far as
    /// a reader of logical frames has come.
    #[inline]
    pub fn set_callee(&mut self, id: FuncId) {
        self.callee = id;
    }

    /// Whether the frame's pc is an interrupted instruction and not a return
    /// address.
    #[inline]
    pub fn is_trap(&self) -> bool {
        self.trap
    }

    /// The pc that symbols are to be looked up for: the last instruction that
    /// the frame executed.
    #[inline]
    pub fn sym_pc(&self) -> usize {
        // A frame can be at its entry without running: not yet begun.
        if !self.trap && self.frame.pc > self.frame.func.entry() { self.frame.pc - 1 } else { self.frame.pc }
    }

    /// `kind` as a fault of the current frame.
    #[cold]
    pub fn fault(&self, kind: FaultKind) -> Fault<'m> {
        let f = &self.frame;
        Fault { kind, func: Some(f.func), pc: f.pc, sp: f.sp }
    }

    /// Moves to the caller's frame. `Ok(false)` when there is none, which in
    /// precise mode means that the stack was walked to its end.
    ///
    /// # Errors
    /// That the caller's frame cannot be found: its pc is no function's, or it is not where a frame may be. In precise mode
    /// also that the stack ends too early.
    #[inline]
    pub fn step(&mut self, cache: &mut PcCache<'m>) -> Result<bool, Fault<'m>> {
        let f = &self.frame;
        if f.lr == 0 {
            let done = f.func.flag().has(FuncFlag::TOP_FRAME) || self.mode == Mode::BestEffort;
            return if done { Ok(false) } else { Err(self.fault(FaultKind::Incomplete)) };
        }
        if f.pc == f.lr && f.sp == f.fp {
            return Err(self.fault(FaultKind::Stuck));
        }
        let Some(func) = cache.func(self.tab, f.lr) else {
            return Err(self.fault(FaultKind::UnknownCaller(f.lr)));
        };
        let injected = f.func.id().is_injected();
        self.trap = injected;
        self.callee = f.func.id();
        let frame = &mut self.frame;
        frame.func = func;
        frame.pc = frame.lr;
        frame.lr = 0;
        frame.sp = frame.fp;
        if A::USES_LR && injected {
            self.skip_injected(cache)?;
        }
        self.resolve(cache, false)
    }

    /// The signal handler saved the link register on the stack before it made
    /// this frame call something.
    #[cold]
    fn skip_injected(&mut self, cache: &mut PcCache<'m>) -> Result<(), Fault<'m>> {
        let saved = self.read(self.frame.sp)?;
        let frame = &mut self.frame;
        frame.sp += A::INJECTED_FRAME;
        // Without a frame yet, the register is what it returns to; with one, it
        // has been saved there.
        if cache.sp_delta(frame.func, frame.pc) == Some(0) {
            frame.lr = saved;
        }
        Ok(())
    }

    /// From function, pc and stack pointer (and link register, when known)
    /// finds the rest of the frame. `Ok(false)` when there is no such frame.
    #[inline(always)]
    fn resolve(&mut self, cache: &mut PcCache<'m>, innermost: bool) -> Result<bool, Fault<'m>> {
        let func = self.frame.func;
        if !func.has_sp_table() {
            // Foreign code: its frame cannot be known.
            return match self.mode {
                Mode::BestEffort => Ok(false),
                Mode::Precise => Err(self.fault(FaultKind::Incomplete)),
            };
        }
        let Some(delta) = cache.sp_delta(func, self.frame.pc) else {
            return Err(self.fault(FaultKind::BadTable));
        };
        let frame = &mut self.frame;
        // CALL has pushed the return address.
        let pushed = if A::USES_LR { 0 } else { 8 };
        frame.fp = frame.sp.wrapping_add(delta as usize).wrapping_add(pushed);
        let (sp, fp) = (frame.sp, frame.fp);

        let flag = func.flag();
        if flag.has(FuncFlag::TOP_FRAME) {
            self.frame.lr = 0;
        } else if flag.has(FuncFlag::SP_WRITE) && (!innermost || self.trap) {
            // It may be on any stack by now. Only when it saved its context by
            // itself, it did so where the table is right.
            if self.mode == Mode::Precise {
                return Err(self.fault(FaultKind::SpWrite));
            }
            self.frame.lr = 0;
        } else if A::USES_LR {
            if self.frame.lr == 0 || (innermost && sp < fp) {
                self.frame.lr = self.read(sp)?;
            }
        } else if self.frame.lr == 0 {
            self.frame.lr = self.read(fp.wrapping_sub(8))?;
        }

        let frame = &mut self.frame;
        frame.varp = fp.wrapping_sub(pushed);
        if frame.varp > sp {
            frame.varp -= 8;
        }
        frame.argp = fp.wrapping_add(A::MIN_FRAME);
        frame.continpc = frame.pc;
        if self.callee == FuncId::SIGPANIC {
            frame.continpc = match func.deferreturn() {
                0 => 0,
                // One more, since one is taken off again to look inside a call.
                off => func.entry() + off as usize + 1,
            };
        }
        Ok(true)
    }

    #[inline(always)]
    fn read(&self, addr: usize) -> Result<usize, Fault<'m>> {
        self.word(addr).ok_or_else(|| self.fault(FaultKind::OutOfBounds(addr)))
    }

    /// The word at `addr`, if it lies in the stack: for places in the frames that were walked, which are at or above the starting sp.
    #[inline(always)]
    pub(super) fn word(&self, addr: usize) -> Option<usize> {
        // SAFETY: inside the limits, and at or above the starting sp: `new` was promised that it can be read.
        self.limits.holds(addr, 8).then(|| unsafe { read(addr) })
    }
}

/// The word at `addr`.
///
/// # Safety
/// `addr` is that of a word that can be read.
#[inline(always)]
pub(super) unsafe fn read(addr: usize) -> usize {
    // SAFETY: a word at `addr` can be read (this function's contract); it may lie at any address.
    unsafe { core::ptr::with_exposed_provenance::<usize>(addr).read_unaligned() }
}
