//! amd64: moving and filling bytes. Comparing them is in `compare.rs`.
//!
//! Why assembly: a loop over bytes in Rust is compiled into a call of `memcpy` or `memset`, which is what we define;
//! and callers run these on stacks with a few hundred bytes left, so there must be no spill.
//!
//! Shape of each: up to 128 bytes by loads that overlap in the middle, all done before the first store, so that it
//! does not matter how the ranges lie. Beyond, an aligned loop (AVX where the kernel saves its state, else SSE2)
//! with the unaligned head and tail held in registers; very long runs go to `rep movsb`/`rep stosb` where the
//! processor says that these are fast. Registers used: rax rcx rdx rsi rdi r8-r11 xmm0-xmm8. Stack used: none, except
//! in a call of more than 128 bytes that comes before `cpu::init` (it then asks the processor first).

use core::arch::naked_asm;
use core::sync::atomic::{AtomicU32, Ordering};

use super::features;
use crate::features::bit;

/// What the loops may use: 0 before detection, then `KNOWN` and others of these bits.
pub(super) static CHOICE: AtomicU32 = AtomicU32::new(0);
const KNOWN: u32 = 1;
const AVX: u32 = 2;
pub(super) const AVX2: u32 = 4;
const ERMS: u32 = 8;

/// From this length on `rep movsb` is used. Below, the AVX loop is at least as fast on every size that was measured
/// (Zen 3: 512 bytes 7 ns against 20, 16 KiB 178 against 178). Above, the two are as fast as each other where the caches hold the
/// ranges; beyond them the string instruction spares reading the lines that it overwrites (Sapphire Rapids, pieces of 64 KiB of much
/// memory: a MiB in 186 us against 201). Long work comes in pieces of this length, and each piece should have that.
const REP_COPY: usize = 64 << 10;
/// From this length on `rep stosb` is used, for the same reason (Zen 3: 4 KiB in 49 ns against 71; Sapphire Rapids: a MiB of much memory
/// in 137 us against 189, and 28 against 28 where the caches hold it).
const REP_FILL: usize = 32 << 10;

/// Takes over what `detect` found.
pub(super) fn choose(bits: u32) {
    let pick = |have: u32, then: u32| if bits & have != 0 { then } else { 0 };
    let choice = KNOWN | pick(bit::avx, AVX) | pick(bit::avx2, AVX2) | pick(bit::erms, ERMS);
    CHOICE.store(choice, Ordering::Relaxed);
}

extern "C" fn first_use() {
    choose(features::found());
}

/// The loop that copies upwards, `4 * $w` bytes a turn, and the return. In: rdi, rsi, rdx > 8 * $w, rax the result.
macro_rules! copy_up {
    ($load:literal, $store:literal, $r:literal, $w:literal, $w2:literal, $w3:literal, $w4:literal, $end:literal) => {
        concat!(
            $load,
            " ",
            $r,
            "4, [rsi]\n", // head
            $load,
            " ",
            $r,
            "5, [rsi + rdx - ",
            $w,
            "]\n", // tail
            $load,
            " ",
            $r,
            "6, [rsi + rdx - ",
            $w2,
            "]\n",
            $load,
            " ",
            $r,
            "7, [rsi + rdx - ",
            $w3,
            "]\n",
            $load,
            " ",
            $r,
            "8, [rsi + rdx - ",
            $w4,
            "]\n",
            "lea r10, [rdi + rdx - ",
            $w4,
            "]\n", // where the tail goes
            "and rdi, -",
            $w,
            "\n",
            "add rdi, ",
            $w,
            "\n", // first aligned place above the start
            "sub rsi, rax\n",
            "add rsi, rdi\n", // the source moves along
            ".p2align 4\n",
            "77:\n",
            $load,
            " ",
            $r,
            "0, [rsi]\n",
            $load,
            " ",
            $r,
            "1, [rsi + ",
            $w,
            "]\n",
            $load,
            " ",
            $r,
            "2, [rsi + ",
            $w2,
            "]\n",
            $load,
            " ",
            $r,
            "3, [rsi + ",
            $w3,
            "]\n",
            "add rsi, ",
            $w4,
            "\n",
            $store,
            " [rdi], ",
            $r,
            "0\n",
            $store,
            " [rdi + ",
            $w,
            "], ",
            $r,
            "1\n",
            $store,
            " [rdi + ",
            $w2,
            "], ",
            $r,
            "2\n",
            $store,
            " [rdi + ",
            $w3,
            "], ",
            $r,
            "3\n",
            "add rdi, ",
            $w4,
            "\n",
            "cmp rdi, r10\n",
            "jb 77b\n",
            $load,
            " [r10 + ",
            $w3,
            "], ",
            $r,
            "5\n",
            $load,
            " [r10 + ",
            $w2,
            "], ",
            $r,
            "6\n",
            $load,
            " [r10 + ",
            $w,
            "], ",
            $r,
            "7\n",
            $load,
            " [r10], ",
            $r,
            "8\n",
            $load,
            " [rax], ",
            $r,
            "4\n",
            $end,
            "\n",
            "ret"
        )
    };
}

/// As `copy_up`, downwards.
macro_rules! copy_down {
    ($load:literal, $store:literal, $r:literal, $w:literal, $w2:literal, $w3:literal, $w4:literal, $end:literal) => {
        concat!(
            $load,
            " ",
            $r,
            "4, [rsi + rdx - ",
            $w,
            "]\n", // tail
            $load,
            " ",
            $r,
            "5, [rsi]\n", // head
            $load,
            " ",
            $r,
            "6, [rsi + ",
            $w,
            "]\n",
            $load,
            " ",
            $r,
            "7, [rsi + ",
            $w2,
            "]\n",
            $load,
            " ",
            $r,
            "8, [rsi + ",
            $w3,
            "]\n",
            "lea r10, [rdi + rdx - ",
            $w,
            "]\n", // where the tail goes
            "lea r11, [rdi + ",
            $w4,
            "]\n", // the head ends there
            "lea rcx, [rdi + rdx - 1]\n",
            "and rcx, -",
            $w,
            "\n", // last aligned place below the end
            "sub rsi, rdi\n",
            "add rsi, rcx\n", // the source moves along
            ".p2align 4\n",
            "77:\n",
            $load,
            " ",
            $r,
            "0, [rsi - ",
            $w,
            "]\n",
            $load,
            " ",
            $r,
            "1, [rsi - ",
            $w2,
            "]\n",
            $load,
            " ",
            $r,
            "2, [rsi - ",
            $w3,
            "]\n",
            $load,
            " ",
            $r,
            "3, [rsi - ",
            $w4,
            "]\n",
            "sub rsi, ",
            $w4,
            "\n",
            $store,
            " [rcx - ",
            $w,
            "], ",
            $r,
            "0\n",
            $store,
            " [rcx - ",
            $w2,
            "], ",
            $r,
            "1\n",
            $store,
            " [rcx - ",
            $w3,
            "], ",
            $r,
            "2\n",
            $store,
            " [rcx - ",
            $w4,
            "], ",
            $r,
            "3\n",
            "sub rcx, ",
            $w4,
            "\n",
            "cmp rcx, r11\n",
            "ja 77b\n",
            $load,
            " [rax], ",
            $r,
            "5\n",
            $load,
            " [rax + ",
            $w,
            "], ",
            $r,
            "6\n",
            $load,
            " [rax + ",
            $w2,
            "], ",
            $r,
            "7\n",
            $load,
            " [rax + ",
            $w3,
            "], ",
            $r,
            "8\n",
            $load,
            " [r10], ",
            $r,
            "4\n",
            $end,
            "\n",
            "ret"
        )
    };
}

/// Copies `n` bytes, overlapping or not; returns `dst`. C ABI: rdi, rsi, rdx.
///
/// # Safety
/// See `mem::copy`.
#[unsafe(naked)]
pub unsafe extern "C" fn copy(dst: *mut u8, src: *const u8, n: usize) -> *mut u8 {
    naked_asm!(
        ".p2align 5",
        "mov rax, rdi",
        "cmp rdx, 16",
        "jae 3f",
        "cmp edx, 8",
        "jae 2f",
        "cmp edx, 4",
        "jae 4f",
        "test edx, edx",
        "je 5f",
        // 1 to 3: first, middle, last
        "mov r10, rdx",
        "shr r10",
        "movzx ecx, byte ptr [rsi]",
        "movzx r8d, byte ptr [rsi + r10]",
        "movzx r9d, byte ptr [rsi + rdx - 1]",
        "mov [rdi], cl",
        "mov [rdi + r10], r8b",
        "mov [rdi + rdx - 1], r9b",
        "5:",
        "ret",
        "4:", // 4 to 7
        "mov ecx, [rsi]",
        "mov r8d, [rsi + rdx - 4]",
        "mov [rdi], ecx",
        "mov [rdi + rdx - 4], r8d",
        "ret",
        "2:", // 8 to 15
        "mov rcx, [rsi]",
        "mov r8, [rsi + rdx - 8]",
        "mov [rdi], rcx",
        "mov [rdi + rdx - 8], r8",
        "ret",
        ".p2align 4",
        "3:",
        "movdqu xmm0, [rsi]",
        "movdqu xmm1, [rsi + rdx - 16]",
        "cmp rdx, 32",
        "ja 4f",
        "movdqu [rdi], xmm0",
        "movdqu [rdi + rdx - 16], xmm1",
        "ret",
        "4:",
        "movdqu xmm2, [rsi + 16]",
        "movdqu xmm3, [rsi + rdx - 32]",
        "cmp rdx, 64",
        "ja 5f",
        "movdqu [rdi], xmm0",
        "movdqu [rdi + 16], xmm2",
        "movdqu [rdi + rdx - 32], xmm3",
        "movdqu [rdi + rdx - 16], xmm1",
        "ret",
        "5:",
        "cmp rdx, 128",
        "ja 6f",
        "movdqu xmm4, [rsi + 32]",
        "movdqu xmm5, [rsi + 48]",
        "movdqu xmm6, [rsi + rdx - 64]",
        "movdqu xmm7, [rsi + rdx - 48]",
        "movdqu [rdi], xmm0",
        "movdqu [rdi + 16], xmm2",
        "movdqu [rdi + 32], xmm4",
        "movdqu [rdi + 48], xmm5",
        "movdqu [rdi + rdx - 64], xmm6",
        "movdqu [rdi + rdx - 48], xmm7",
        "movdqu [rdi + rdx - 32], xmm3",
        "movdqu [rdi + rdx - 16], xmm1",
        "ret",
        "6:", // more than 128
        "mov ecx, [rip + {choice}]",
        "test ecx, ecx",
        "je 9f",
        "7:",
        "mov r8, rdi",
        "sub r8, rsi", // how far the destination is above the source
        "test cl, {avx}",
        "je 8f",
        "cmp rdx, 256",
        "ja 2f",
        "vmovdqu ymm0, [rsi]",
        "vmovdqu ymm1, [rsi + 32]",
        "vmovdqu ymm2, [rsi + 64]",
        "vmovdqu ymm3, [rsi + 96]",
        "vmovdqu ymm4, [rsi + rdx - 128]",
        "vmovdqu ymm5, [rsi + rdx - 96]",
        "vmovdqu ymm6, [rsi + rdx - 64]",
        "vmovdqu ymm7, [rsi + rdx - 32]",
        "vmovdqu [rdi], ymm0",
        "vmovdqu [rdi + 32], ymm1",
        "vmovdqu [rdi + 64], ymm2",
        "vmovdqu [rdi + 96], ymm3",
        "vmovdqu [rdi + rdx - 128], ymm4",
        "vmovdqu [rdi + rdx - 96], ymm5",
        "vmovdqu [rdi + rdx - 64], ymm6",
        "vmovdqu [rdi + rdx - 32], ymm7",
        "vzeroupper",
        "ret",
        "2:",
        "cmp r8, rdx",
        "jb 4f", // the destination starts inside the source: downwards
        "cmp rdx, {rep}",
        "jb 3f",
        "test cl, {erms}",
        "je 3f",
        "neg r8",
        "cmp r8, rdx",
        "jb 3f", // overlapping the other way, where the string instruction is slow
        "mov rcx, rdx",
        "rep movsb",
        "ret",
        "3:",
        copy_up!("vmovdqu", "vmovdqa", "ymm", "32", "64", "96", "128", "vzeroupper"),
        "4:",
        copy_down!("vmovdqu", "vmovdqa", "ymm", "32", "64", "96", "128", "vzeroupper"),
        "8:", // without AVX
        "cmp r8, rdx",
        "jb 4f",
        copy_up!("movdqu", "movdqa", "xmm", "16", "32", "48", "64", ""),
        "4:",
        copy_down!("movdqu", "movdqa", "xmm", "16", "32", "48", "64", ""),
        "9:", // the processor has not been asked yet
        "push rdi",
        "push rsi",
        "push rdx",
        "call {first_use}",
        "pop rdx",
        "pop rsi",
        "pop rdi",
        "mov rax, rdi",
        "mov ecx, [rip + {choice}]",
        "jmp 7b",
        choice = sym CHOICE,
        first_use = sym first_use,
        avx = const AVX,
        erms = const ERMS,
        rep = const REP_COPY,
    )
}

/// A routine that sets bytes: its head puts the length into rdx and the pattern into rcx and xmm0. A copy for each, so that none begins
/// with a jump.
macro_rules! filling {
    ($(#[$doc:meta])* $vis:vis $name:ident($($arg:ident: $ty:ty),*) $($head:literal),*) => {
        $(#[$doc])*
        #[unsafe(naked)]
        $vis unsafe extern "C" fn $name($($arg: $ty),*) -> *mut u8 {
            naked_asm!(
                ".p2align 5",
                $($head,)*
                "mov rax, rdi",
                "cmp rdx, 16",
                "jae 3f",
                "cmp edx, 8",
                "jae 2f",
                "cmp edx, 4",
                "jae 4f",
                "test edx, edx",
                "je 5f",
                "mov r10, rdx", // 1 to 3: first, middle, last
                "shr r10",
                "mov [rdi], cl",
                "mov [rdi + r10], cl",
                "mov [rdi + rdx - 1], cl",
                "5:",
                "ret",
                "4:",
                "mov [rdi], ecx",
                "mov [rdi + rdx - 4], ecx",
                "ret",
                "2:",
                "mov [rdi], rcx",
                "mov [rdi + rdx - 8], rcx",
                "ret",
                ".p2align 4",
                "3:",
                "movdqu [rdi], xmm0",
                "movdqu [rdi + rdx - 16], xmm0",
                "cmp rdx, 32",
                "ja 4f",
                "ret",
                "4:",
                "movdqu [rdi + 16], xmm0",
                "movdqu [rdi + rdx - 32], xmm0",
                "cmp rdx, 64",
                "ja 5f",
                "ret",
                "5:",
                "cmp rdx, 128",
                "ja 6f",
                "movdqu [rdi + 32], xmm0",
                "movdqu [rdi + 48], xmm0",
                "movdqu [rdi + rdx - 64], xmm0",
                "movdqu [rdi + rdx - 48], xmm0",
                "ret",
                "6:", // more than 128; both ends are done for 32 bytes
                "mov r9d, [rip + {choice}]",
                "test r9d, r9d",
                "je 9f",
                "7:",
                "test r9b, {avx}",
                "je 8f",
                "vinsertf128 ymm0, ymm0, xmm0, 1",
                "cmp rdx, 256",
                "ja 2f",
                "vmovdqu [rdi + 32], ymm0",
                "vmovdqu [rdi + 64], ymm0",
                "vmovdqu [rdi + 96], ymm0",
                "vmovdqu [rdi + rdx - 128], ymm0",
                "vmovdqu [rdi + rdx - 96], ymm0",
                "vmovdqu [rdi + rdx - 64], ymm0",
                "vzeroupper",
                "ret",
                "2:",
                "lea r10, [rdi + rdx - 128]", // the last 128 are done apart
                "and rdi, -32",
                "add rdi, 32", // up to here the head has been done
                "cmp rdx, {rep}",
                "jb 3f",
                "test r9b, {erms}",
                "jne 4f",
                ".p2align 4",
                "3:",
                "vmovdqa [rdi], ymm0",
                "vmovdqa [rdi + 32], ymm0",
                "vmovdqa [rdi + 64], ymm0",
                "vmovdqa [rdi + 96], ymm0",
                "add rdi, 128",
                "cmp rdi, r10",
                "jb 3b",
                "vmovdqu [r10], ymm0",
                "vmovdqu [r10 + 32], ymm0",
                "vmovdqu [r10 + 64], ymm0",
                "vmovdqu [r10 + 96], ymm0",
                "vzeroupper",
                "ret",
                "4:", // the string instruction, from the aligned place to the end
                "vzeroupper",
                "mov r8, rax",
                "mov eax, ecx",
                "lea rcx, [r10 + 128]",
                "sub rcx, rdi",
                "rep stosb",
                "mov rax, r8",
                "ret",
                "8:", // without AVX
                "lea r10, [rdi + rdx - 64]",
                "and rdi, -16",
                "add rdi, 16",
                "3:",
                "movdqa [rdi], xmm0",
                "movdqa [rdi + 16], xmm0",
                "movdqa [rdi + 32], xmm0",
                "movdqa [rdi + 48], xmm0",
                "add rdi, 64",
                "cmp rdi, r10",
                "jb 3b",
                "movdqu [r10], xmm0",
                "movdqu [r10 + 16], xmm0",
                "movdqu [r10 + 32], xmm0",
                "movdqu [r10 + 48], xmm0",
                "ret",
                "9:", // the processor has not been asked yet
                "push rdi",
                "push rcx",
                "push rdx",
                "call {first_use}",
                "pop rdx",
                "pop rcx",
                "pop rdi",
                "mov rax, rdi",
                "movq xmm0, rcx",
                "punpcklqdq xmm0, xmm0",
                "mov r9d, [rip + {choice}]",
                "jmp 7b",
                choice = sym CHOICE,
                first_use = sym first_use,
                avx = const AVX,
                erms = const ERMS,
                rep = const REP_FILL,
            )
        }
    };
}

filling! {
    /// Sets `n` bytes to the low byte of `byte`; returns `dst`. C ABI: rdi, esi, rdx.
    ///
    /// # Safety
    /// See `mem::fill`.
    pub(crate) fill(dst: *mut u8, byte: i32, n: usize)
    "movzx ecx, sil", "mov r8, 0x0101010101010101", "imul rcx, r8", "movq xmm0, rcx", "punpcklqdq xmm0, xmm0"
}

filling! {
    /// Sets `n` bytes to zero; returns `dst`. C ABI: rdi, rsi.
    ///
    /// # Safety
    /// See `mem::clear`.
    pub clear(dst: *mut u8, n: usize)
    "mov rdx, rsi", "xor ecx, ecx", "pxor xmm0, xmm0"
}

#[cfg(test)]
mod tests {
    use super::super::equal;
    use super::*;

    /// Runs `body` with each kind of loop in turn. Other tests may run in the meantime: every choice is right for
    /// them.
    pub fn with_each_choice(mut body: impl FnMut()) {
        crate::cpu::init();
        let best = CHOICE.load(Ordering::Relaxed);
        for choice in [0, KNOWN, best & !ERMS, best] {
            CHOICE.store(choice, Ordering::Relaxed);
            body();
        }
        CHOICE.store(best, Ordering::Relaxed);
    }

    #[test]
    fn every_kind_of_loop_copies_and_fills() {
        with_each_choice(|| {
            for n in [129, 255, 256, 257, 300, 1000, 4095, 4096, 5000, REP_COPY, REP_FILL + 77] {
                for (from, to) in [(0, 3), (3, 0), (0, 200), (200, 0), (0, n + 9), (n + 9, 0), (5, 5)] {
                    let len = 2 * n + 300;
                    let mut got: Vec<u8> = (0..len as u32).map(|i| (i * 7 + i / 256) as u8).collect();
                    let mut want = got.clone();
                    want.copy_within(from..from + n, to);
                    // SAFETY: all ranges lie in the vector.
                    unsafe { copy(got.as_mut_ptr().add(to), got.as_ptr().add(from), n) };
                    assert!(got == want, "{n} {from} {to}");
                    want[to..to + n].fill(9);
                    // SAFETY: the bytes from `to` on lie in the vector.
                    unsafe { fill(got.as_mut_ptr().add(to), 0x109, n) };
                    assert!(got == want, "{n} {from} {to}");
                    // SAFETY: both vectors have `len` bytes, and `n` from `from` on lie in them.
                    unsafe {
                        assert!(equal(got.as_ptr(), want.as_ptr(), len));
                        want[from + n - 1] ^= 1;
                        assert!(!equal(got.as_ptr().add(from), want.as_ptr().add(from), n));
                    }
                }
            }
        });
    }
}
