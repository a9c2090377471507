//! amd64: leaving one stack and entering another. Assembly, because no language above it can name the stack pointer.
//!
//! What each routine keeps on a stack it leaves, lowest address first:
//!
//! ```text
//! mcall:   sp -> r15 r14 r13 r12 rbx rbp, return address of mcall
//! switch:  sp -> where to go on, rbp, rbx
//! ```

use core::arch::{asm, naked_asm};

use crate::Context;

/// Four words.
pub const TOP_RESERVE: usize = 32;

/// Pushes the return address.
///
/// # Safety
/// The word below `sp` is writable.
#[inline]
pub unsafe fn first_frame(sp: usize, return_pc: usize) -> (usize, usize) {
    let sp = sp - 8;
    // SAFETY: the word below `sp` is writable (the caller's promise).
    unsafe { (sp as *mut usize).write(return_pc) };
    (sp, 0)
}

/// C ABI in: rdi the context, rsi the task. Out, as compiled code of tasks expects it at a return: r14 the task, rdx the closure
/// context, rax rbx rcx rdi the first results, rbp the frame pointer, xmm15 zero.
///
/// # Safety
/// See `context::gogo`.
#[unsafe(naked)]
pub unsafe extern "C" fn gogo(ctx: *const Context, task: usize) -> ! {
    naked_asm!(
        "mov r14, rsi",
        "mov rsi, [rdi + {pc}]",
        "mov rsp, [rdi + {sp}]", // the old stack is gone from here on
        "mov rbp, [rdi + {bp}]",
        "mov rdx, [rdi + {ctxt}]",
        "mov rax, [rdi + {regs}]",
        "mov rbx, [rdi + {regs} + 8]",
        "mov rcx, [rdi + {regs} + 16]",
        "mov rdi, [rdi + {regs} + 24]", // last: the context's own register
        "xorps xmm15, xmm15",
        "jmp rsi",
        sp = const Context::SP,
        pc = const Context::PC,
        bp = const Context::BP,
        ctxt = const Context::CTXT,
        regs = const Context::REGS,
    )
}

/// C ABI in: rdi the context, rsi the other stack's top, rdx the function, rcx its argument.
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
        "push rbp",
        "push rbx",
        "push r12",
        "push r13",
        "push r14",
        "push r15",
        "lea rax, [rip + 2f]",
        "mov [rdi + {sp}], rsp",
        "mov [rdi + {pc}], rax",
        "mov [rdi + {bp}], rbp",
        "mov rsp, rsi",
        "and rsp, -16",
        "mov rdi, rcx",
        "xor ebp, ebp", // the outermost frame of that stack
        "push rbp", // in place of a return address: the function does not return
        "jmp rdx",
        "2:", // gogo arrives here, result in rax
        "pop r15",
        "pop r14",
        "pop r13",
        "pop r12",
        "pop rbx",
        "pop rbp",
        "pop rcx", // not `ret`: the last call was another stack's, so its prediction would be wrong
        "jmp rcx",
        sp = const Context::SP,
        pc = const Context::PC,
        bp = const Context::BP,
    )
}

/// C ABI in: rdi the other stack's top, rsi the function, rdx and rcx its arguments.
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
        "push rbp",
        "mov rbp, rsp", // callee-saved: the way back
        "mov rax, rsi",
        "mov rsp, rdi",
        "and rsp, -16",
        "mov rdi, rdx",
        "mov rsi, rcx",
        "call rax",
        "leave",
        "ret",
    )
}

/// Stores this stack's pointer in `save` and goes on at `to`, handing it `value`; returns the value handed over when
/// another switches back.
///
/// Inline, so that the compiler saves only what is live; rbx and rbp, which it does not let assembly clobber, are
/// pushed. Control words of the floating-point units are not saved, see `context::mcall`.
///
/// # Safety
/// `save` is writable; `to` was stored by a switch, or made by `prepare_switch`, and has not been gone to since.
#[inline(always)]
#[cfg_attr(not(feature = "std"), expect(dead_code, reason = "fibers are hosted"))]
pub unsafe fn switch(save: *mut usize, to: usize, value: usize) -> usize {
    let ret;
    // SAFETY: `save` is writable, and `to` is a suspended stack, gone to once; every register that the other side
    // may change is declared or restored.
    unsafe {
        asm!(
            "lea rax, [rip + 2f]",
            "push rbx",
            "push rbp",
            "push rax",
            "mov [rdi], rsp",
            "mov rsp, rsi",
            "pop rax",
            "jmp rax",
            "2:",
            "pop rbp",
            "pop rbx",
            inout("rdi") save => _,
            inout("rsi") to => _,
            inout("rdx") value => ret,
            lateout("r12") _, lateout("r13") _, lateout("r14") _, lateout("r15") _,
            clobber_abi("sysv64"),
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
        sp.add(3).write(0); // aligns the call
    }
    sp.addr()
}

/// In: rdx the value; on the stack what `prepare_switch` left above `start`.
///
/// # Safety
/// Gone to by `switch` alone, on a stack that `prepare_switch` prepared.
#[unsafe(naked)]
unsafe extern "C" fn start() {
    naked_asm!(
        "pop rdi", // data
        "pop rax", // entry
        "pop rbp", // zero: the outermost frame
        "mov rsi, rdx",
        "call rax",
        "ud2",
    )
}
