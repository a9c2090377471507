//! A stopped goroutine's frames: their live words by the compiler's maps, and of the variables whose address is taken only
//! those that something alive points to.
//!
//! Such a *stack object* is in no map: it is alive if a live word, or another live object, points into it (Go's design since
//! 1.12). So the walk notes all objects of all frames, in order of address, and all pointers into the stack; then it follows
//! these until none is left. The notes are arrays on the system stack that move to the page heap if they grow.
//!
//! Where a goroutine was interrupted between calls, no map holds for the innermost frame, nor for the one that the registers were
//! saved in: their words are guesses, which keep what they point to but are never changed, so such a stack stays where it is.

use crate::panics::record::{Defer, Panic};
use crate::persistent::pc_cache;
use crate::refusal::refused;
use crate::state::{G, GC, GoGc, RT, symtab};
use crate::token::Processor;
use crate::{env, fatal, stacks, unwind};
use core::mem::MaybeUninit;
use core::sync::atomic::Ordering;
use goxide_alloc::Span;
use goxide_chan::Waiter;
use goxide_gc::Tracer;
use goxide_sched::state::Status;
use goxide_symtab::stackmap::StackObject;
use goxide_symtab::unwind::{Frame, Limits, Mode, Start, Unwinder};
use goxide_symtab::{Fault, Native, PcCache};

/// Notes that fit on the system stack.
const INLINE: usize = 128;

/// An array that begins on this stack and moves to the page heap.
struct Notes<T: Copy> {
    inline: [MaybeUninit<T>; INLINE],
    span: *const Span,
    len: usize,
    cap: usize,
}

impl<T: Copy> Notes<T> {
    fn new() -> Self {
        Notes { inline: [MaybeUninit::uninit(); INLINE], span: core::ptr::null(), len: 0, cap: INLINE }
    }

    fn at(&self) -> *const T {
        // SAFETY: null, or a span that is ours.
        match unsafe { self.span.as_ref() } {
            Some(s) => s.base() as *const T,
            None => self.inline.as_ptr().cast(),
        }
    }

    fn push(&mut self, value: T) {
        if self.len == self.cap {
            self.grow();
        }
        // SAFETY: below the capacity.
        unsafe { self.at().cast_mut().add(self.len).write(value) };
        self.len += 1;
    }

    #[cold]
    fn grow(&mut self) {
        let bytes = self.cap * 2 * size_of::<T>();
        let new = match RT.heap.alloc_manual(bytes.div_ceil(goxide_alloc::size_class::PAGE)) {
            Ok(new) => new,
            Err(why) => refused(why),
        };
        // SAFETY: a new span that is ours and has room for twice as many.
        unsafe {
            let span = &*new;
            (span.base() as *mut T).copy_from_nonoverlapping(self.at(), self.len);
            self.free();
            self.span = new;
            self.cap = span.npages() * goxide_alloc::size_class::PAGE / size_of::<T>();
        }
    }

    fn free(&mut self) {
        if !self.span.is_null() {
            // SAFETY: it came from `alloc_manual`, and its notes were copied or are not needed.
            unsafe { RT.heap.free_manual(self.span.cast_mut()) }
        }
    }

    fn as_mut_slice(&mut self) -> &mut [T] {
        // SAFETY: `len` were written, and nothing else has them.
        unsafe { core::slice::from_raw_parts_mut(self.at().cast_mut(), self.len) }
    }

    fn pop(&mut self) -> Option<T> {
        self.len = self.len.checked_sub(1)?;
        // SAFETY: was written.
        Some(unsafe { *self.at().add(self.len) })
    }
}

#[derive(Clone, Copy)]
struct Object {
    addr: usize,
    what: StackObject,
    seen: bool,
}

struct Walk {
    limits: Limits,
    objects: Notes<Object>,
    pointers: Notes<usize>,
    /// Words found where no map holds that point into the stack if they are pointers.
    guesses: Notes<usize>,
    /// There was a frame of which no map holds: it cannot be moved.
    inexact: bool,
}

impl Walk {
    #[inline(always)]
    fn word(&mut self, p: usize, t: &mut Tracer<'_, GoGc>) {
        if p.wrapping_sub(self.limits.lo) < self.limits.hi - self.limits.lo {
            self.pointers.push(p);
        } else {
            t.visit(p);
        }
    }

    /// [`word`](Self::word), for one that may be no pointer, or one that is not alive.
    #[cold]
    #[inline(never)]
    fn guess(&mut self, p: usize, t: &mut Tracer<'_, GoGc>) {
        if p.wrapping_sub(self.limits.lo) < self.limits.hi - self.limits.lo {
            self.guesses.push(p);
        } else {
            t.guess(p);
        }
    }

    /// The words of a frame for which no map holds.
    ///
    /// # Safety
    /// The frame is one that an unwinder within the limits found, on a stack that does not change.
    #[cold]
    #[inline(never)]
    unsafe fn guess_all(&mut self, frame: &Frame<'_>, t: &mut Tracer<'_, GoGc>) {
        self.inexact = true;
        for at in frame.words(self.limits).into_iter().flat_map(|words| words.step_by(8)) {
            // SAFETY: inside the limits, in a frame that was walked (this function's contract).
            self.guess(unsafe { *(at as *const usize) }, t);
        }
    }

    /// Follows the pointers into the stack; what is reached by guesses alone last, since it may be dead, and hold anything.
    fn follow(&mut self, t: &mut Tracer<'_, GoGc>) {
        loop {
            let (p, guessed) = match self.pointers.pop() {
                Some(p) => (p, false),
                None => match self.guesses.pop() {
                    Some(p) => (p, true),
                    None => return,
                },
            };
            let objects = self.objects.as_mut_slice();
            let i = objects.partition_point(|o| o.addr <= p);
            let Some(o) = i.checked_sub(1).and_then(|i| objects.get_mut(i)) else { continue };
            if o.seen || p - o.addr >= o.what.size.max(1) {
                continue;
            }
            o.seen = true;
            let Object { addr, what, .. } = *o;
            let _ = what.try_each_pointer(|off| {
                // SAFETY: the object lies in the stack, as was checked when it was noted.
                let word = unsafe { *((addr + off) as *const usize) };
                if guessed {
                    self.guess(word, t)
                } else {
                    self.word(word, t)
                }
                Ok::<(), ()>(())
            });
        }
    }
}

/// Visits the pointers of a goroutine's frames. Whether maps hold for all of these, so that they can be moved.
///
/// # Safety
/// The goroutine does not run; `s` is its state.
pub unsafe fn scan(proc: Processor<'_>, gp: *mut G, s: Status, t: &mut Tracer<'_, GoGc>) -> bool {
    // SAFETY: `gp` does not run, and `s` is its state (this function's contract), so its context and its frames stay as
    // they are; the frames are read through the linker's tables, inside the stack's bounds.
    unsafe {
        if (*gp).stack.is_none() {
            return false;
        }
        let limits = unwind::limits(gp);
        let (objects, pointers, guesses) = (Notes::new(), Notes::new(), Notes::new());
        let mut walk = Walk { limits, objects, pointers, guesses, inexact: false };
        descriptor(gp, |p| walk.word(p, t));
        if let Err(f) = frames(unwind::start(gp, s), &mut walk, pc_cache(proc), t) {
            fatal::bad_stack(gp, &f);
        }
        walk.follow(t);
        walk.objects.free();
        walk.pointers.free();
        walk.guesses.free();
        !walk.inexact
    }
}

/// # Safety
/// The stack within the limits of `walk` is that of a goroutine that does not run, and `start` is where it stands.
unsafe fn frames<'m>(
    start: Start,
    walk: &mut Walk,
    pcs: &mut PcCache<'m>,
    t: &mut Tracer<'_, GoGc>,
) -> Result<(), Fault<'m>> {
    let limits = walk.limits;
    // SAFETY: the stack is that of a goroutine that does not run, and `start` is where it stands (this function's
    // contract); nothing is written to it.
    let mut u = unsafe { Unwinder::<Native>::new(symtab(), pcs, start, limits, Mode::Precise) }?;
    loop {
        let frame = *u.frame();
        if u.is_inexact() {
            // SAFETY: the frame is the unwinder's, whose limits are those of the walk; the stack does not change (this function's contract).
            unsafe { walk.guess_all(&frame, t) };
        } else if frame.continpc != 0 {
            // SAFETY: the frame is the unwinder's, and `maps` checks that what it describes lies in the stack.
            unsafe {
                let maps = frame.maps::<Native>(pcs, limits)?;
                let base = maps.locals_addr(&frame);
                let _ = maps.locals.try_each(|i| {
                    walk.word(*((base + i * 8) as *const usize), t);
                    Ok::<(), ()>(())
                });
                let _ = maps.args.try_each(|i| {
                    walk.word(*((frame.argp + i * 8) as *const usize), t);
                    Ok::<(), ()>(())
                });
                for i in 0..maps.objects.len() {
                    let Some(what) = maps.objects.get(i) else { break };
                    let Some(addr) = what.addr(&frame) else { continue };
                    if limits.holds(addr, what.ptrdata) && what.ptrdata != 0 {
                        walk.objects.push(Object { addr, what, seen: false });
                    }
                }
            }
        }
        if !u.step(pcs)? {
            return Ok(());
        }
    }
}

/// Halves a stack of which less than a quarter is used, if it may be moved now.
///
/// # Safety
/// As for [`scan`], which said that maps hold for all frames.
pub unsafe fn shrink(proc: Processor<'_>, gp: *mut G, s: Status) {
    // SAFETY: `gp` does not run, and `s` is its state (this function's contract). A goroutine
    // in a system call uses its frames, and is left alone. One that waits at channels may be handed something on its stack,
    // but not while their locks are held.
    unsafe {
        if s == Status::SYSCALL || (*gp).syscall_sp != 0 {
            return;
        }
        if env::process().debug.gcshrinkstackoff != 0 || (*gp).stack.is_none() {
            return;
        }
        let Some(size) = goxide_stack::grow::should_shrink((*gp).stack, (*gp).ctx.sp) else { return };
        let asked = (*gp).guard0.load(Ordering::Relaxed) == goxide_sched::PREEMPT;
        let waiters = (*gp).waiting.cast();
        goxide_chan::select::lock_all_of(waiters);
        stacks::move_to(proc, gp, size);
        goxide_chan::select::unlock_all(waiters);
        if asked {
            (*gp).guard0.store(goxide_sched::PREEMPT, Ordering::Relaxed);
        }
    }
}

/// Scans a goroutine that does not run, or that stands in a prologue or an entry of this thread.
///
/// # Safety
/// `gp` does not run, or runs this in an entry, so that its stack does not change in the meantime. `s` is its state.
pub unsafe fn stopped(mut proc: Processor<'_>, gp: *mut G, s: Status, t: &mut Tracer<'_, GoGc>) {
    // SAFETY: the stack of `gp` does not change in the meantime, and `s` is its state (this function's contract).
    unsafe {
        let may_move = scan(proc.lend(), gp, s, t);
        if !t.is_check() {
            t.publish();
            // Release: a thread that sees the goroutine as scanned sees what was visited.
            (*gp).ext.scanned_cycle.store(GC.cycle(), Ordering::Release);
            if may_move {
                shrink(proc, gp, s);
            }
        }
    }
}

/// Calls `f` with each pointer in a goroutine's descriptor and in the records that hang off it, into the heap or its stack.
///
/// # Safety
/// The goroutine does not run.
pub unsafe fn descriptor(gp: *mut G, mut f: impl FnMut(usize)) {
    // SAFETY: `gp` does not run (this function's contract), so nothing writes its descriptor, its chains and its wait
    // records.
    unsafe {
        let d = &*gp;
        f(d.ctx.ctxt);
        f(d.ext.labels);
        for p in d.ext.in_flight {
            f(p);
        }
        for (i, &word) in d.ctx.regs.iter().enumerate() {
            if d.ext.result_pointers >> i & 1 != 0 {
                f(word);
            }
        }
        Defer::roots(d.host1 as *mut Defer, &mut f);
        Panic::roots(d.host0 as *mut Panic, &mut f);
        Waiter::each(d.waiting.cast(), |w| {
            f((*w).elem as usize);
            f((*w).chan as usize);
        });
    }
}
