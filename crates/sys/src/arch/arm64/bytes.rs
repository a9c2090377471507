//! arm64: moving, filling and comparing bytes.
//!
//! Why assembly, and the shape: see the twin for amd64. Registers used: x0-x12, v0-v7 and v16-v19 (v8-v15 are
//! preserved in the C ABI). Stack used: none.

use core::arch::naked_asm;

/// Copies `n` bytes, overlapping or not; returns `dst`. C ABI: x0, x1, x2.
///
/// # Safety
/// See `mem::copy`.
#[unsafe(naked)]
pub unsafe extern "C" fn copy(dst: *mut u8, src: *const u8, n: usize) -> *mut u8 {
    naked_asm!(
        ".p2align 5",
        "add x4, x1, x2", // ends
        "add x5, x0, x2",
        "cmp x2, #16",
        "b.hs 4f",
        "tbz x2, #3, 2f", // 8 to 15
        "ldr x6, [x1]",
        "ldr x7, [x4, #-8]",
        "str x6, [x0]",
        "str x7, [x5, #-8]",
        "ret",
        "2:",
        "tbz x2, #2, 3f", // 4 to 7
        "ldr w6, [x1]",
        "ldr w7, [x4, #-4]",
        "str w6, [x0]",
        "str w7, [x5, #-4]",
        "ret",
        "3:",
        "cbz x2, 5f", // 1 to 3: first, middle, last
        "lsr x8, x2, #1",
        "ldrb w6, [x1]",
        "ldrb w7, [x1, x8]",
        "ldrb w9, [x4, #-1]",
        "strb w6, [x0]",
        "strb w7, [x0, x8]",
        "strb w9, [x5, #-1]",
        "5:",
        "ret",
        "4:",
        "ldr q0, [x1]",
        "ldr q1, [x4, #-16]",
        "cmp x2, #32",
        "b.hi 6f",
        "str q0, [x0]",
        "str q1, [x5, #-16]",
        "ret",
        "6:",
        "ldr q2, [x1, #16]",
        "ldr q3, [x4, #-32]",
        "cmp x2, #64",
        "b.hi 7f",
        "stp q0, q2, [x0]",
        "stp q3, q1, [x5, #-32]",
        "ret",
        "7:",
        "cmp x2, #128",
        "b.hi 8f",
        "ldp q4, q5, [x1, #32]",
        "ldp q6, q7, [x4, #-64]",
        "stp q0, q2, [x0]",
        "stp q4, q5, [x0, #32]",
        "stp q6, q7, [x5, #-64]",
        "stp q3, q1, [x5, #-32]",
        "ret",
        "8:", // more than 128
        "sub x6, x0, x1",
        "cmp x6, x2",
        "b.lo 9f", // the destination starts inside the source: downwards
        // upwards: head in q0, tail in q16-q19
        "ldp q16, q17, [x4, #-64]",
        "ldp q18, q19, [x4, #-32]",
        "sub x8, x5, #64", // where the tail goes
        "and x7, x0, #-16",
        "add x7, x7, #16", // first aligned place above the start
        "sub x9, x7, x0",
        "add x1, x1, x9",
        "2:",
        "ldp q4, q5, [x1]",
        "ldp q6, q7, [x1, #32]",
        "add x1, x1, #64",
        "stp q4, q5, [x7]",
        "stp q6, q7, [x7, #32]",
        "add x7, x7, #64",
        "cmp x7, x8",
        "b.lo 2b",
        "stp q16, q17, [x8]",
        "stp q18, q19, [x8, #32]",
        "str q0, [x0]",
        "ret",
        "9:", // downwards: tail in q1, head in q16-q19
        "ldp q16, q17, [x1]",
        "ldp q18, q19, [x1, #32]",
        "add x8, x0, #64", // the head ends there
        "sub x7, x5, #1",
        "and x7, x7, #-16", // last aligned place below the end
        "sub x9, x5, x7",
        "sub x4, x4, x9",
        "2:",
        "ldp q4, q5, [x4, #-32]",
        "ldp q6, q7, [x4, #-64]",
        "sub x4, x4, #64",
        "stp q4, q5, [x7, #-32]",
        "stp q6, q7, [x7, #-64]",
        "sub x7, x7, #64",
        "cmp x7, x8",
        "b.hi 2b",
        "stp q16, q17, [x0]",
        "stp q18, q19, [x0, #32]",
        "str q1, [x5, #-16]",
        "ret",
    )
}

/// Sets `n` bytes to the low byte of `byte`; returns `dst`. C ABI: x0, w1, x2.
///
/// # Safety
/// See `mem::fill`.
#[unsafe(naked)]
pub(crate) unsafe extern "C" fn fill(dst: *mut u8, byte: i32, n: usize) -> *mut u8 {
    naked_asm!(
        "dup v0.16b, w1",
        "b {core}",
        core = sym fill_pattern,
    )
}

/// Sets `n` bytes to zero; returns `dst`. C ABI: x0, x1. Long runs by the instruction that clears a cache line.
///
/// # Safety
/// See `mem::clear`.
#[unsafe(naked)]
pub unsafe extern "C" fn clear(dst: *mut u8, n: usize) -> *mut u8 {
    naked_asm!(
        "mov x2, x1",
        "movi v0.16b, #0",
        "cmp x2, #512",
        "b.lo 2f",
        "mrs x3, dczid_el0",
        "cmp w3, #4", // allowed, and 64 bytes at a time
        "b.ne 2f",
        "add x5, x0, x2",
        "stp q0, q0, [x0]", // the head, up to the first whole line
        "stp q0, q0, [x0, #32]",
        "and x7, x0, #-64",
        "add x7, x7, #64",
        "sub x8, x5, #64",
        "3:",
        "dc zva, x7",
        "add x7, x7, #64",
        "cmp x7, x8",
        "b.ls 3b",
        "stp q0, q0, [x8]", // the tail, past the last whole line
        "stp q0, q0, [x8, #32]",
        "ret",
        "2:",
        "b {core}",
        core = sym fill_pattern,
    )
}

/// The tail of `fill` and `clear`. In: x0, x2 as `fill`; the pattern in v0. Not for Rust to call.
///
/// # Safety
/// Jumped to by `fill` and `clear` alone, whose contract holds.
#[unsafe(naked)]
unsafe extern "C" fn fill_pattern() {
    naked_asm!(
        "add x5, x0, x2",
        "cmp x2, #16",
        "b.hs 4f",
        "tbz x2, #3, 2f",
        "str d0, [x0]",
        "str d0, [x5, #-8]",
        "ret",
        "2:",
        "tbz x2, #2, 3f",
        "str s0, [x0]",
        "str s0, [x5, #-4]",
        "ret",
        "3:",
        "cbz x2, 5f", // 1 to 3: first, middle, last
        "lsr x8, x2, #1",
        "add x8, x0, x8",
        "str b0, [x0]",
        "str b0, [x8]",
        "str b0, [x5, #-1]",
        "5:",
        "ret",
        "4:",
        "str q0, [x0]",
        "str q0, [x5, #-16]",
        "cmp x2, #32",
        "b.ls 5b",
        "str q0, [x0, #16]",
        "str q0, [x5, #-32]",
        "cmp x2, #64",
        "b.ls 5b",
        "stp q0, q0, [x0, #32]",
        "stp q0, q0, [x5, #-64]",
        "cmp x2, #128",
        "b.ls 5b",
        "sub x8, x5, #64", // the last 64 have been done
        "and x7, x0, #-16",
        "add x7, x7, #64", // at most 64 above the start, and those have been done
        "6:",
        "stp q0, q0, [x7]",
        "stp q0, q0, [x7, #32]",
        "add x7, x7, #64",
        "cmp x7, x8",
        "b.lo 6b",
        "ret",
    )
}

/// Whether `n` bytes are the same. C ABI: x0, x1, x2.
///
/// # Safety
/// See `mem::equal`.
#[unsafe(naked)]
pub(crate) unsafe extern "C" fn equal(a: *const u8, b: *const u8, n: usize) -> bool {
    naked_asm!(
        ".p2align 5",
        "add x4, x0, x2", // ends
        "add x5, x1, x2",
        "cmp x2, #16",
        "b.hi 4f",
        "tbnz x2, #4, 2f",
        "tbz x2, #3, 3f",
        "2:", // 8 to 16
        "ldr x6, [x0]",
        "ldr x7, [x1]",
        "ldr x8, [x4, #-8]",
        "ldr x9, [x5, #-8]",
        "eor x6, x6, x7",
        "eor x8, x8, x9",
        "orr x6, x6, x8",
        "cmp x6, #0",
        "cset w0, eq",
        "ret",
        "3:",
        "tbz x2, #2, 3f", // 4 to 7
        "ldr w6, [x0]",
        "ldr w7, [x1]",
        "ldr w8, [x4, #-4]",
        "ldr w9, [x5, #-4]",
        "eor w6, w6, w7",
        "eor w8, w8, w9",
        "orr w6, w6, w8",
        "cmp w6, #0",
        "cset w0, eq",
        "ret",
        "3:",
        "cbz x2, 5f", // 1 to 3: first, middle, last
        "lsr x10, x2, #1",
        "ldrb w6, [x0]",
        "ldrb w7, [x1]",
        "ldrb w8, [x0, x10]",
        "ldrb w9, [x1, x10]",
        "eor w6, w6, w7",
        "eor w8, w8, w9",
        "orr w6, w6, w8",
        "ldrb w8, [x4, #-1]",
        "ldrb w9, [x5, #-1]",
        "eor w8, w8, w9",
        "orr w6, w6, w8",
        "cmp w6, #0",
        "cset w0, eq",
        "ret",
        "5:",
        "mov w0, #1",
        "ret",
        "4:", // more than 16
        "cmp x0, x1",
        "b.eq 5b",
        "cmp x2, #32",
        "b.ls 7f",
        "sub x10, x4, #32", // the last 32 start there
        "sub x11, x5, #32",
        "6:",
        "ldp q0, q1, [x0], #32",
        "ldp q2, q3, [x1], #32",
        "eor v0.16b, v0.16b, v2.16b",
        "eor v1.16b, v1.16b, v3.16b",
        "orr v0.16b, v0.16b, v1.16b",
        "umaxp v0.4s, v0.4s, v0.4s",
        "fmov x6, d0",
        "cbnz x6, 8f",
        "cmp x0, x10",
        "b.lo 6b",
        "mov x0, x10",
        "mov x1, x11",
        "7:", // 17 to 32, or the last 32
        "ldr q0, [x0]",
        "ldr q1, [x1]",
        "ldr q2, [x4, #-16]",
        "ldr q3, [x5, #-16]",
        "eor v0.16b, v0.16b, v1.16b",
        "eor v2.16b, v2.16b, v3.16b",
        "orr v0.16b, v0.16b, v2.16b",
        "umaxp v0.4s, v0.4s, v0.4s",
        "fmov x6, d0",
        "8:",
        "cmp x6, #0",
        "cset w0, eq",
        "ret",
    )
}

/// Negative, zero or positive as the first differing byte says. C ABI: x0, x1, x2.
///
/// # Safety
/// See `mem::compare`.
#[unsafe(naked)]
pub(crate) unsafe extern "C" fn compare(a: *const u8, b: *const u8, n: usize) -> i32 {
    naked_asm!(
        ".p2align 5",
        "cmp x0, x1",
        "b.eq 5f",
        "cmp x2, #16",
        "b.hs 4f",
        "add x4, x0, x2",
        "add x5, x1, x2",
        "tbz x2, #3, 2f", // 8 to 15
        "ldr x6, [x0]",
        "ldr x7, [x1]",
        "cmp x6, x7",
        "b.ne 8f",
        "ldr x6, [x4, #-8]",
        "ldr x7, [x5, #-8]",
        "b 8f",
        "2:",
        "tbz x2, #2, 3f", // 4 to 7
        "ldr w6, [x0]",
        "ldr w7, [x1]",
        "cmp x6, x7",
        "b.ne 8f",
        "ldr w6, [x4, #-4]",
        "ldr w7, [x5, #-4]",
        "b 8f",
        "3:",
        "cbz x2, 5f", // 1 to 3: first, middle, last, as one number
        "lsr x10, x2, #1",
        "ldrb w6, [x0]",
        "ldrb w7, [x1]",
        "ldrb w8, [x0, x10]",
        "ldrb w9, [x1, x10]",
        "orr w6, w8, w6, lsl #8",
        "orr w7, w9, w7, lsl #8",
        "ldrb w8, [x4, #-1]",
        "ldrb w9, [x5, #-1]",
        "orr w6, w8, w6, lsl #8",
        "orr w7, w9, w7, lsl #8",
        "sub w0, w6, w7",
        "ret",
        "5:",
        "mov w0, wzr",
        "ret",
        "4:", // sixteen at a time; the last sixteen may overlap what was equal before
        "ldp x6, x8, [x0], #16",
        "ldp x7, x9, [x1], #16",
        "cmp x6, x7",
        "b.ne 8f",
        "cmp x8, x9",
        "b.ne 7f",
        "sub x2, x2, #16",
        "cmp x2, #16",
        "b.hs 4b",
        "cbz x2, 5b",
        "add x0, x0, x2",
        "add x1, x1, x2",
        "sub x0, x0, #16",
        "sub x1, x1, #16",
        "mov x2, #16",
        "b 4b",
        "7:",
        "mov x6, x8",
        "mov x7, x9",
        "8:", // first byte highest, then compare as numbers
        "rev x6, x6",
        "rev x7, x7",
        "cmp x6, x7",
        "cset w0, hi",
        "csinv w0, w0, wzr, hs",
        "ret",
    )
}

/// Bytes before the first zero. C ABI: x0. Reads aligned sixteens, so never across the end of the last page.
///
/// # Safety
/// See `mem::strlen`.
#[unsafe(naked)]
pub(crate) unsafe extern "C" fn strlen(s: *const u8) -> usize {
    naked_asm!(
        "and x1, x0, #-16",
        "ldr q0, [x1]",
        "cmeq v0.16b, v0.16b, #0",
        "shrn v0.8b, v0.8h, #4", // four bits for each byte
        "fmov x2, d0",
        "lsl x3, x0, #2", // shifts count modulo 64: four times the low four bits
        "lsr x2, x2, x3", // what lies before the start does not count
        "cbz x2, 2f",
        "rbit x2, x2",
        "clz x2, x2",
        "lsr x0, x2, #2",
        "ret",
        "2:",
        "ldr q0, [x1, #16]!",
        "cmeq v0.16b, v0.16b, #0",
        "shrn v0.8b, v0.8h, #4",
        "fmov x2, d0",
        "cbz x2, 2b",
        "rbit x2, x2",
        "clz x2, x2",
        "sub x1, x1, x0",
        "add x0, x1, x2, lsr #2",
        "ret",
    )
}
