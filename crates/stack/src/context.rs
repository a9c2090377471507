//! What it takes to resume a task at a call boundary, and the ways to get there. What runs next is not decided here.

use core::mem::offset_of;

use crate::adjust::Adjuster;
use crate::arch;

/// A task that does not run: everything it needs to go on. There are no callee-saved registers in it, since the code
/// that tasks are compiled to may have none; [`mcall`] pushes them for tasks whose code has.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Context {
    /// Stack pointer.
    pub sp: usize,
    /// Where to go on.
    pub pc: usize,
    /// Not used: tools that read a task from outside expect the next words where they are.
    pub spare0: usize,
    /// Closure context register; points at a function value.
    pub ctxt: usize,
    /// As `spare0`.
    pub spare1: usize,
    /// Link register; unused where there is none.
    pub lr: usize,
    /// Frame pointer.
    pub bp: usize,
    /// The first four result registers at `pc`.
    pub regs: [usize; 4],
}

impl Context {
    /// Offset of `sp`, for assembly.
    pub const SP: usize = 0;
    /// Offset of `pc`, for assembly.
    pub const PC: usize = 8;
    /// Offset of `bp`, for assembly.
    pub const BP: usize = 48;
    /// Offset of `ctxt`, for assembly.
    pub const CTXT: usize = 24;
    /// Offset of `lr`, for assembly.
    pub const LR: usize = 40;
    /// Offset of `regs`, for assembly.
    pub const REGS: usize = 56;

    /// All zero: no task.
    pub const EMPTY: Context = Context { sp: 0, pc: 0, spare0: 0, ctxt: 0, spare1: 0, lr: 0, bp: 0, regs: [0; 4] };

    /// A task that has not run: it will start at `entry` with `ctxt` in the closure register, on the stack that ends
    /// at `hi` (a multiple of 16), and return to `return_pc`.
    ///
    /// [`TOP_RESERVE`] bytes at the top stay free, for callees that look slightly beyond their frame. On amd64
    /// `return_pc` is pushed below them; on arm64 it goes into `lr`, and the caller's saved link register at the
    /// stack pointer is zero.
    ///
    /// # Safety
    /// The 64 bytes below `hi` are writable.
    #[inline]
    pub unsafe fn prepare(hi: usize, entry: usize, return_pc: usize, ctxt: usize) -> Context {
        // SAFETY: the stack is writable and not in use; `first_frame` writes between `TOP_RESERVE + 8` and `hi`.
        let (sp, lr) = unsafe { arch::first_frame(hi - TOP_RESERVE, return_pc) };
        Context { sp, pc: entry, ctxt, lr, ..Context::EMPTY }
    }

    /// Moves `sp` and whatever else points into the old stack. `sp` may be the very top.
    #[inline]
    pub fn adjust(&mut self, adj: &Adjuster) {
        self.sp = self.sp.wrapping_add(adj.delta);
        adj.adjust(&mut self.bp);
        adj.adjust(&mut self.ctxt);
        for reg in &mut self.regs {
            adj.adjust(reg);
        }
    }
}

const _: () = {
    assert!(offset_of!(Context, sp) == Context::SP && offset_of!(Context, pc) == Context::PC);
    assert!(offset_of!(Context, bp) == Context::BP && offset_of!(Context, ctxt) == Context::CTXT);
    assert!(offset_of!(Context, lr) == Context::LR && offset_of!(Context, regs) == Context::REGS);
    assert!(size_of::<Context>() == 88);
};

/// Bytes left free at the top of a task's stack by [`Context::prepare`].
pub const TOP_RESERVE: usize = arch::TOP_RESERVE;

/// Resumes `ctx`, with `task` in the register that holds the current task (r14, x28). C ABI; never returns.
///
/// # Safety
/// - `ctx` was filled by [`mcall`], [`Context::prepare`] or equivalent code, and what it describes is still there and
///   runs nowhere.
/// - The frames on the current stack are abandoned: nothing in them needs to be dropped.
#[inline(always)]
pub unsafe fn gogo(ctx: *const Context, task: usize) -> ! {
    // SAFETY: the context describes a task that is there and runs nowhere, and this stack is abandoned (both points).
    unsafe { arch::gogo(ctx, task) }
}

/// Leaves the current stack: saves in `ctx` what [`gogo`] needs to return from this call, then calls `f(arg)` on the
/// stack that ends at `sched_sp`. Returns `ctx.regs[0]` as of the resumption.
///
/// For tasks written in Rust or C: the C ABI's callee-saved registers are pushed. The floating-point control words
/// (mxcsr and the x87's on amd64, fpcr on arm64) are not: Rust assumes their default state in every function, so a
/// task that changes them must change them back before it calls this.
///
/// # Safety
/// - `ctx` is writable and outlives the suspension; `sched_sp` ends a stack that nothing uses in the meantime, and
///   that is not the current one.
/// - `f` never returns, and lets the task be resumed only after it no longer relies on the task's stack.
#[inline(always)]
pub unsafe fn mcall(ctx: *mut Context, sched_sp: usize, f: unsafe extern "C" fn(usize) -> !, arg: usize) -> usize {
    // SAFETY: `ctx` is writable for as long as it is needed, `sched_sp` ends another stack that is free (first point); `f`
    // does not return (second).
    unsafe { arch::mcall(ctx, sched_sp, f, arg) }
}

/// Runs `f(a0, a1)` on the stack that ends at `sched_sp`, comes back, and returns what it returned.
///
/// # Safety
/// `sched_sp` ends a stack with room for `f`, which nothing uses in the meantime; `f` may be called with these
/// arguments, and does not unwind.
#[inline(always)]
pub unsafe fn switch_stack_call(
    sched_sp: usize,
    f: unsafe extern "C" fn(usize, usize) -> usize,
    a0: usize,
    a1: usize,
) -> usize {
    // SAFETY: `sched_sp` ends a free stack with room; `f` takes these arguments and does not unwind (the caller's promises).
    unsafe { arch::switch_stack_call(sched_sp, f, a0, a1) }
}
