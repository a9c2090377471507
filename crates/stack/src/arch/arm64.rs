//! arm64: leaving one stack and entering another. Assembly, because no language above it can name the stack pointer.
//!
//! What each routine keeps on a stack it leaves, lowest address first:
//!
//! ```text
//! mcall:   sp -> x29 x30 x19 ... x28 d8 ... d15
//! switch:  sp -> where to go on, x29, x19, (pad)
//! ```

use core::arch::{asm, naked_asm};

use crate::Context;

/// Four words and the slot of a link register, rounded up to the alignment of the stack pointer.
pub const TOP_RESERVE: usize = 48;

/// Zeroes the caller's saved link register and hands the return address over in the link register.
///
/// # Safety
/// The word at `sp` is writable.
#[inline]
pub unsafe fn first_frame(sp: usize, return_pc: usize) -> (usize, usize) {
    // SAFETY: the word below `sp` is writable. It holds a frame pointer once the entry has made its frame; a walker
    // of frame pointers ends at the zero in x29.
    unsafe { (sp as *mut usize).write(0) };
    (sp, return_pc)
}

/// C ABI in: x0 the context, x1 the task. Out, as compiled code of tasks expects it at a return: x28 the task, x26 the closure
/// context, x0-x3 the first results, x29 the frame pointer, x30 the link register.
///
/// # Safety
/// See `context::gogo`.
#[unsafe(naked)]
pub unsafe extern "C" fn gogo(ctx: *const Context, task: usize) -> ! {
    naked_asm!(
        "mov x28, x1",
        "ldr x9, [x0, {sp}]",
        "ldr x27, [x0, {pc}]",
        "ldr x29, [x0, {bp}]",
        "ldr x26, [x0, {ctxt}]",
        "ldr x30, [x0, {lr}]",
        "mov sp, x9", // the old stack is gone from here on
        "ldp x2, x3, [x0, {regs2}]",
        "ldp x0, x1, [x0, {regs}]", // last: the context's own register
        "br x27",
        sp = const Context::SP,
        pc = const Context::PC,
        bp = const Context::BP,
        ctxt = const Context::CTXT,
        lr = const Context::LR,
        regs = const Context::REGS,
        regs2 = const Context::REGS + 16,
    )
}

/// C ABI in: x0 the context, x1 the other stack's top, x2 the function, x3 its argument.
///
/// # Safety
/// See `context::mcall`.
#[unsafe(naked)]
pub unsafe extern "C" fn mcall(
    ctx: *mut Context,
    sched_sp: usize,
    f: unsafe extern "C" fn(usize) -> !,
    arg: usize,
) -> usize {
    naked_asm!(
        "stp x29, x30, [sp, #-160]!",
        "stp x19, x20, [sp, #16]",
        "stp x21, x22, [sp, #32]",
        "stp x23, x24, [sp, #48]",
        "stp x25, x26, [sp, #64]",
        "stp x27, x28, [sp, #80]",
        "stp d8, d9, [sp, #96]",
        "stp d10, d11, [sp, #112]",
        "stp d12, d13, [sp, #128]",
        "stp d14, d15, [sp, #144]",
        "mov x9, sp",
        "adr x10, 2f",
        "str x9, [x0, {sp}]",
        "str x10, [x0, {pc}]",
        "str x29, [x0, {bp}]",
        "str x30, [x0, {lr}]",
        "and x1, x1, #-16",
        "mov sp, x1",
        "mov x0, x3",
        "mov x29, xzr", // the outermost frame of that stack
        "mov x30, xzr",
        "br x2", // it does not return
        "2:", // gogo arrives here, result in x0
        "ldp x19, x20, [sp, #16]",
        "ldp x21, x22, [sp, #32]",
        "ldp x23, x24, [sp, #48]",
        "ldp x25, x26, [sp, #64]",
        "ldp x27, x28, [sp, #80]",
        "ldp d8, d9, [sp, #96]",
        "ldp d10, d11, [sp, #112]",
        "ldp d12, d13, [sp, #128]",
        "ldp d14, d15, [sp, #144]",
        "ldp x29, x30, [sp], #160",
        "br x30", // not `ret`: the last call was another stack's, so its prediction would be wrong
        sp = const Context::SP,
        pc = const Context::PC,
        bp = const Context::BP,
        lr = const Context::LR,
    )
}

/// C ABI in: x0 the other stack's top, x1 the function, x2 and x3 its arguments.
///
/// # Safety
/// See `context::switch_stack_call`.
#[unsafe(naked)]
pub unsafe extern "C" fn switch_stack_call(
    sched_sp: usize,
    f: unsafe extern "C" fn(usize, usize) -> usize,
    a0: usize,
    a1: usize,
) -> usize {
    naked_asm!(
        "stp x29, x30, [sp, #-16]!",
        "mov x29, sp", // callee-saved: the way back
        "and x0, x0, #-16",
        "mov sp, x0",
        "mov x9, x1",
        "mov x0, x2",
        "mov x1, x3",
        "blr x9",
        "mov sp, x29",
        "ldp x29, x30, [sp], #16",
        "ret",
    )
}

/// Stores this stack's pointer in `save` and goes on at `to`, handing it `value`; returns the value handed over when
/// another switches back.
///
/// Inline, so that the compiler saves only what is live; x19 and x29, which it does not let assembly clobber, are
/// stored.
///
/// # Safety
/// `save` is writable; `to` was stored by a switch, or made by `prepare_switch`, and has not been gone to since.
#[inline(always)]
#[cfg_attr(not(feature = "std"), expect(dead_code, reason = "fibers are hosted"))]
pub unsafe fn switch(save: *mut usize, to: usize, value: usize) -> usize {
    let ret;
    // SAFETY: `save` is writable, and `to` is a suspended stack, gone to once; every register that the other side may
    // change is declared or restored.
    unsafe {
        asm!(
            "adr x9, 2f",
            "sub sp, sp, #32",
            "stp x9, x29, [sp]",
            "str x19, [sp, #16]",
            "mov x10, sp",
            "str x10, [x0]",
            "mov sp, x1",
            "ldr x9, [sp]",
            "br x9",
            "2:",
            "ldr x29, [sp, #8]",
            "ldr x19, [sp, #16]",
            "add sp, sp, #32",
            inout("x0") save => _,
            inout("x1") to => _,
            inout("x2") value => ret,
            lateout("x20") _, lateout("x21") _, lateout("x22") _, lateout("x23") _, lateout("x24") _,
            lateout("x25") _, lateout("x26") _, lateout("x27") _, lateout("x28") _,
            lateout("v8") _, lateout("v9") _, lateout("v10") _, lateout("v11") _,
            lateout("v12") _, lateout("v13") _, lateout("v14") _, lateout("v15") _,
            clobber_abi("C"),
        );
    }
    ret
}

/// Where to `switch` to so that `entry(data, value)` is called on the stack that ends at `top`.
///
/// # Safety
/// The 64 bytes below `top` are writable.
#[cfg_attr(not(feature = "std"), expect(dead_code, reason = "fibers are hosted"))]
pub unsafe fn prepare_switch(top: usize, entry: unsafe extern "C" fn(usize, usize) -> !, data: usize) -> usize {
    let sp = ((top & !15) - 32) as *mut usize;
    // SAFETY: the four words lie in the 64 bytes below `top`, which are writable.
    unsafe {
        sp.write(start as *const () as usize);
        sp.add(1).write(data);
        sp.add(2).write(entry as usize);
    }
    sp.addr()
}

/// In: x2 the value; on the stack what `prepare_switch` left.
///
/// # Safety
/// Gone to by `switch` alone, on a stack that `prepare_switch` prepared.
#[unsafe(naked)]
unsafe extern "C" fn start() {
    naked_asm!(
        "ldp x0, x9, [sp, #8]", // data, entry
        "add sp, sp, #32",
        "mov x1, x2",
        "mov x29, xzr", // the outermost frame
        "mov x30, xzr",
        "blr x9",
        "brk #1",
    )
}
