//! Where compiled code stands when a signal interrupts it, or a leaf entry that it called: the stub is then to be found on the goroutine's
//! stack, without unwind tables for Rust.

use crate::arch;
use crate::state::{G, symtab};
use core::ops::Range;
use goxide_symtab::Symtab;
use goxide_sys::signal::UContext;

/// Whether `pc` is in the program's code, Go's or ours.
pub fn is_program_text(pc: usize) -> bool {
    program_text().contains(&pc)
}

/// Where the program's code is, and what the linker put in front of it.
pub fn program_text() -> Range<usize> {
    unsafe extern "C" {
        // The linker's: the first byte of the program and the one behind its code.
        static __executable_start: u8;
        static etext: u8;
    }
    &raw const __executable_start as usize..&raw const etext as usize
}

/// Where compiled code was, as (pc, sp, whether something that is no function was called): the interrupted instruction itself, or, for a
/// leaf entry that faulted on the program's behalf (a copy from a bad pointer), the stub that called it.
///
/// # Safety
/// In the handler; `gp` is the current goroutine, on whose stack the fault happened.
pub unsafe fn faulting_call(gp: *mut G, uc: &UContext) -> Option<(usize, usize, bool)> {
    let tab = symtab();
    let (pc, sp) = (uc.pc(), uc.sp());
    if tab.find_func(pc).is_some() {
        return Some((pc, sp, false));
    }
    if !is_program_text(pc) {
        // Not code: a nil function was called, or one that is none. Without a link register the caller's address was pushed.
        let from = match uc.lr() {
            // SAFETY: the stack pointer is that of the goroutine's stack.
            0 => unsafe { *(sp as *const usize) },
            lr => lr,
        };
        return tab.find_func(from).map(|_| (pc, sp, true));
    }
    // SAFETY: the fault happened on the goroutine's stack (this function's contract), up to whose top the words above the stack pointer are
    // readable.
    let above = unsafe { Above::of(sp, (*gp).stack.hi) };
    let end = above.end_of_chain(uc.fp());
    let called = end.filter(|&at| above.is_in_stub(above.word(at)));
    let (stub, sp) = match (uc.lr(), uc.register("r12").unwrap_or(0)) {
        (0, r12) => match above.stub_that_jumped(end, r12) {
            Some(jumped) => jumped,
            None => above.stub_that_called(called, r12)?,
        },
        (lr, _) => above.stub_that_saved(called, lr)?,
    };
    Some((stub, sp, false))
}

/// The words of a goroutine's stack above a leaf entry that faulted there: among them are the return addresses of the calls that lead to it.
/// Old words of earlier calls lie about in frames too, so an address counts only if it is that of a call out of Go's code.
struct Above {
    tab: Symtab<'static>,
    sp: usize,
    hi: usize,
}

impl Above {
    /// How far a leaf and its stub reach, in bytes.
    const REACH: usize = 1024;
    /// How far above the stack pointer R12 is behind a stub's check (CHECKED of goxide.h).
    const CHECKED: usize = 120;

    /// # Safety
    /// The words from `sp` to `top` are those of a stack, and readable.
    unsafe fn of(sp: usize, top: usize) -> Above {
        Above { tab: symtab(), sp, hi: top.min(sp + Self::REACH) }
    }

    fn word(&self, at: usize) -> usize {
        // SAFETY: a word between the leaf's stack pointer and the top of the stack (`of`): places come from a search within that, or are in
        // the frame of a stub, which lies there.
        unsafe { *(at as *const usize) }
    }

    fn is_go(&self, pc: usize) -> bool {
        self.tab.find_func(pc).is_some()
    }

    /// What the direct call in Go's code calls that returns to `pc`; none if there is none.
    // One copy for all that ask: every program carries them.
    #[inline(never)]
    fn called(&self, pc: usize) -> Option<usize> {
        self.tab.find_func(pc)?;
        // SAFETY: `pc` is in Go's code, before which lies more of the program's code.
        unsafe { arch::call_target(pc) }
    }

    /// Whether `pc` is where a call out of Go's code returns to.
    #[inline(never)]
    fn is_in_stub(&self, pc: usize) -> bool {
        self.called(pc).is_some_and(|to| !self.is_go(to))
    }

    /// Whether `pc` is where a direct call of the stub at `entry` returns to, or of a symbol that jumps there.
    fn calls(&self, pc: usize, entry: usize) -> bool {
        self.called(pc).is_some_and(|to| {
            let is_entry = || self.tab.find_func(to).is_some_and(|f| f.entry() == to);
            // SAFETY: the first instruction of a function of Go's, as is asked first.
            to == entry || (is_entry() && unsafe { arch::jump_target(to) } == Some(entry))
        })
    }

    /// The first place of a word like that.
    fn search(&self, from: usize, wanted: impl Fn(usize) -> bool) -> Option<usize> {
        (from..self.hi).step_by(8).find(|&at| wanted(self.word(at)))
    }

    /// Whether there is such a word below `end`.
    fn has_below(&self, end: usize, wanted: usize) -> bool {
        (self.sp..end).step_by(8).any(|at| self.word(at) == wanted)
    }

    /// Where the first return address into Go's code is, by frame pointers: Rust's frames are a chain, up to the one that the stub called or
    /// jumped to. A routine without a frame is called by one that has some, or by the stub itself, or jumped to: then the chain is Go's, and
    /// so is what it leads to.
    fn end_of_chain(&self, mut fp: usize) -> Option<usize> {
        while fp >= self.sp && fp + 16 <= self.hi {
            let pc = self.word(fp + 8);
            if self.is_go(pc) {
                return Some(fp + 8);
            }
            let next = self.word(fp);
            if next <= fp {
                break;
            }
            fp = next;
        }
        None
    }

    /// With a link register: pc and stack pointer of the stub. Its frame begins with its own return address, into what called it; the return
    /// address into the stub is in the register, or saved in front of that.
    fn stub_that_saved(&self, at: Option<usize>, lr: usize) -> Option<(usize, usize)> {
        let (stub, from) = match at {
            Some(at) => (self.word(at), at + 8),
            None if self.is_in_stub(lr) => (lr, self.sp),
            None => {
                let at = self.search(self.sp, |pc| self.is_in_stub(pc))?;
                (self.word(at), at + 8)
            }
        };
        let entry = self.tab.find_func(stub)?.entry();
        let own = self.search(from, |pc| self.calls(pc, entry));
        // A call through a function value names no stub.
        let own = own.or_else(|| self.search(from, |pc| self.is_go(pc)))?;
        Some((stub, own))
    }

    /// Without a link register: pc and stack pointer of a stub without a frame that jumped to the entry. What the stub was called with is then
    /// the word on top of the stack, where nothing was pushed yet, or the one behind the last frame of Rust's. That it is this one shows R12,
    /// which the stub's check has set, and which an entry that uses it has saved.
    fn stub_that_jumped(&self, end: Option<usize>, r12: usize) -> Option<(usize, usize)> {
        // On top of a stack whose stub called, R12 has that stub's stack pointer; where it has another value, there are frames of Rust's.
        let is_called = || [8, 16].iter().any(|by| [0, Self::CHECKED].contains(&r12.wrapping_sub(self.sp + by)));
        let at = match end {
            _ if r12 == self.sp + Self::CHECKED => self.sp,
            // It has saved the frame pointer, and not set its own yet. A stub that called would have its return address there.
            _ if r12 == self.sp + 8 + Self::CHECKED && !self.is_in_stub(self.word(self.sp)) => self.sp + 8,
            Some(end) if r12 == end + Self::CHECKED || !is_called() && self.has_below(end, end + Self::CHECKED) => end,
            _ => return None,
        };
        if !self.is_go(self.word(at)) || self.is_in_stub(self.word(at)) {
            return None;
        }
        let Some(mut entry) = self.called(self.word(at)) else {
            // By a function value, which names no stub: the fault is the call's.
            return Some((self.word(at) - 1, at + 8));
        };
        // SAFETY: the first instruction of a function of Go's, since that was called, or jumped to as a whole.
        while let Some(next) = unsafe { arch::jump_target(entry) }.filter(|&to| self.is_go(to)) {
            entry = next;
        }
        // Behind the first byte, since return addresses are looked up one byte earlier.
        Some((entry + 1, at))
    }

    /// Without a link register, likewise of a stub that called. If the stub aligned the stack before it called, its stack pointer was one or
    /// two words further than the return address into it, else one; its frame lies there, and then its own return address, which shows
    /// which.
    fn stub_that_called(&self, at: Option<usize>, r12: usize) -> Option<(usize, usize)> {
        let at = at.or_else(|| self.search(self.sp, |pc| self.is_in_stub(pc)))?;
        let stub = self.word(at);
        // SAFETY: the place was found because the word there is where a call of Go's code returns to.
        if !unsafe { arch::is_aligned_call(stub) } {
            return Some((stub, at + 8));
        }
        let frame = self.tab.find_func(stub)?.sp_delta(stub - 1)? as usize;
        // An old word may look like a return address, too; that of a call of this stub is the one.
        let entry = self.tab.find_func(stub)?.entry();
        match [at + 8, at + 16].map(|sp| self.calls(self.word(sp + frame), entry)) {
            [true, false] => return Some((stub, at + 8)),
            [false, true] => return Some((stub, at + 16)),
            _ => {}
        }
        // Else R12 decides, which holds the stack pointer (CALL_ALIGNED of goxide.h) or what lies CHECKED above it (the other calls); an entry
        // that uses the register itself has saved it.
        let is_stack_pointer = |sp: usize| {
            let checked = sp + Self::CHECKED;
            let in_r12 = || r12 == sp || r12 == checked || self.has_below(at, checked);
            self.is_go(self.word(sp + frame)) && in_r12()
        };
        let is_return = |sp: usize| self.is_go(self.word(sp + frame));
        let sp = [at + 8, at + 16].into_iter().find(|&sp| is_stack_pointer(sp));
        let sp = sp.or_else(|| [at + 8, at + 16].into_iter().find(|&sp| is_return(sp)))?;
        Some((stub, sp))
    }
}
