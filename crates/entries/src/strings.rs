//! Strings: concatenation and conversions. The leaves make what fits into the caller's buffer, or what the cache has room for.

use core::ptr::{null, null_mut};
use goxide_alloc::size_class::MAX_SMALL;
use goxide_gotypes::mem::{Access, raw};
use goxide_gotypes::text::strings::{ConcatPlan, TMP_SIZE};
use goxide_gotypes::text::{strings, utf8};
use goxide_gotypes::types::GoStr;
use goxide_rt::bulk;
use goxide_rt::links::links;
use goxide_rt::long_text;
use goxide_rt::memory::{LONG, quick, round_up};
use goxide_rt::raise::or_raise;
use goxide_rt::token::{Processor, System};
use goxide_rt::words::Two;

/// A string as an entry answers it.
fn two(s: GoStr) -> Two {
    Two(s.ptr as usize, s.len)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_concatstrings(
    mut sys: System<'_>,
    tmp: *mut u8,
    parts: *const GoStr,
    n: usize,
    _cap: usize,
) -> Two {
    // SAFETY: the parts are in the caller's frame, which keeps them alive; in a system entry that answers a string. No frame owns what must be
    // dropped, and no region is open.
    unsafe {
        let all = if n == 0 { &[][..] } else { core::slice::from_raw_parts(parts, n) };
        match strings::concat_plan(all, !tmp.is_null(), sys.stack()) {
            Ok(ConcatPlan::Ready(s)) => two(s),
            Ok(ConcatPlan::Join(total)) if total > LONG => two(long_text::concat(sys, parts, n, total)),
            Ok(ConcatPlan::Join(total)) => two(strings::concat_join(&sys.mem(), tmp, all, total)),
            Err(fault) => two(or_raise(Err(fault), sys)),
        }
    }
}

/// A leaf.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_intstring_fast(proc: Processor<'_>, tmp: *mut u8, v: i64) -> Two {
    let (bytes, n) = utf8::encode(i32::try_from(v).unwrap_or(utf8::RUNE_ERROR));
    // SAFETY: compiled code's buffer has four bytes of room, and so has what the cache gives.
    unsafe {
        let to = if tmp.is_null() { quick(proc, 4, null(), false) } else { tmp };
        if !to.is_null() {
            to.cast::<u32>().write_unaligned(bytes.to_le());
        }
        Two(to as usize, n)
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_intstring(mut sys: System<'_>, tmp: *mut u8, v: i64) -> Two {
    // SAFETY: compiled code's buffer or null.
    unsafe { two(strings::from_rune(&sys.mem(), tmp, v)) }
}

/// A leaf. It answers no empty string, whose pointer is null.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_slicebytetostring_fast(proc: Processor<'_>, tmp: *mut u8, ptr: *const u8, n: usize) -> Two {
    // SAFETY: compiled code's bytes, and buffer or null. The table of small values has a word for each byte.
    unsafe {
        if n == 1 {
            return Two(links().static_values.add(usize::from(*ptr)) as usize, 1);
        }
        if tmp.is_null() || n > TMP_SIZE {
            return new_string(proc, ptr, n);
        }
        if n == 0 {
            return Two(0, 0);
        }
        raw::copy_short(Access::of_leaf(), tmp, ptr, n);
        Two(tmp as usize, n)
    }
}

/// A string of its own; 0 if the cache has no room for it. Apart, as what follows, so that what fits into the caller's buffer needs no registers for it.
///
/// # Safety
/// In a leaf; `ptr` has `n` bytes.
#[inline(never)]
unsafe fn new_string(proc: Processor<'_>, ptr: *const u8, n: usize) -> Two {
    // SAFETY: in a leaf; `ptr` has `n` bytes (this function's contract), and as many has what the cache gives, which is no pointers.
    unsafe {
        if n.wrapping_sub(1) >= MAX_SMALL {
            return Two(0, 0);
        }
        let to = quick(proc, n, null(), false);
        if !to.is_null() {
            raw::copy_short(Access::of_leaf(), to, ptr, n);
        }
        Two(to as usize, n)
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_slicebytetostring(mut sys: System<'_>, tmp: *mut u8, ptr: *const u8, n: usize) -> Two {
    // SAFETY: compiled code's bytes, which are held, and buffer or null; in a system entry that answers a string.
    unsafe {
        if n > LONG {
            let p = bulk::object(sys, n, core::ptr::null(), ptr, n, 0..0, [n, 0, 0]);
            return Two(p as usize, n);
        }
        two(sys.holding(ptr, |mut sys| strings::from_bytes(&sys.mem(), tmp, ptr, n)))
    }
}

#[unsafe(no_mangle)]
extern "C" fn gx_runtime_slicebytetostringtmp(ptr: *const u8, n: usize) -> Two {
    Two(ptr as usize, n)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_slicerunetostring(
    mut sys: System<'_>,
    tmp: *mut u8,
    runes: *const i32,
    n: usize,
    _cap: usize,
) -> Two {
    // SAFETY: compiled code's slice, which is held, and buffer or null; in a system entry that answers a string.
    unsafe {
        if n > LONG / size_of::<i32>() {
            return two(long_text::from_runes(sys, runes, n));
        }
        two(sys.holding(runes, |mut sys| strings::from_runes(&sys.mem(), tmp, runes, n)))
    }
}

/// A leaf.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_stringtoslicebyte_fast(
    proc: Processor<'_>,
    tmp: *mut u8,
    ptr: *const u8,
    len: usize,
    out: *mut [usize; 4],
) -> *mut u8 {
    if tmp.is_null() || len > TMP_SIZE {
        // SAFETY: in a leaf; compiled code's string, and the stub's words.
        return unsafe { new_bytes(proc, ptr, len, out) };
    }
    // SAFETY: compiled code's string and buffer, the stub's four words. No other value is in the buffer, so that clearing it first changes
    // nothing of the string.
    unsafe {
        tmp.cast::<[u64; TMP_SIZE / 8]>().write_unaligned([0; TMP_SIZE / 8]);
        raw::copy_short(Access::of_leaf(), tmp, ptr, len);
        (*out)[1] = len;
        (*out)[2] = TMP_SIZE;
        tmp
    }
}

/// A slice of its own; null if the cache has no room for it.
///
/// # Safety
/// In a leaf; `ptr` has `len` bytes, and `out` is the stub's words.
#[inline(never)]
unsafe fn new_bytes(proc: Processor<'_>, ptr: *const u8, len: usize, out: *mut [usize; 4]) -> *mut u8 {
    // SAFETY: in a leaf; `ptr` has `len` bytes, and the words are the stub's (this function's contract). What the cache gives has no pointers,
    // and room for `cap` bytes, which are not fewer than `len`.
    unsafe {
        if len.wrapping_sub(1) >= MAX_SMALL {
            return null_mut();
        }
        let cap = round_up(len);
        let to = quick(proc, cap, null(), false);
        if !to.is_null() {
            raw::copy_short(Access::of_leaf(), to, ptr, len);
            raw::clear(Access::of_own(), to.add(len), cap - len);
            (*out)[1] = len;
            (*out)[2] = cap;
        }
        to
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_stringtoslicebyte(
    mut sys: System<'_>,
    tmp: *mut u8,
    ptr: *const u8,
    len: usize,
    out: *mut [usize; 4],
) {
    // SAFETY: compiled code's string, which is held, and buffer or null; the stub's four words. A long one is answered next, with its length and capacity.
    unsafe {
        if len > LONG {
            let cap = round_up(len);
            let p = bulk::object(sys, cap, core::ptr::null(), ptr, len, len..cap, [len, cap, 0]);
            *out = [p as usize, len, cap, 0];
            return;
        }
        let s = sys.holding(ptr, |mut sys| strings::to_bytes(&sys.mem(), tmp, GoStr { ptr, len }));
        *out = [s.ptr as usize, s.len, s.cap, 0];
    }
}

/// A leaf.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_stringtoslicerune_fast(
    proc: Processor<'_>,
    tmp: *mut i32,
    ptr: *const u8,
    len: usize,
    out: *mut [usize; 4],
) -> *mut i32 {
    // SAFETY: compiled code's string, and buffer or null; the stub's four words. What the cache gives has room for `cap` runes, which are not
    // fewer than `n`, and no pointers; `n` of them are written, and what is behind them is cleared.
    unsafe {
        if len > MAX_SMALL / size_of::<i32>() {
            return null_mut();
        }
        let by = Access::of_leaf();
        let n = utf8::count(raw::bytes(by, ptr, len));
        let (to, cap) = if !tmp.is_null() && n <= TMP_SIZE {
            (tmp, TMP_SIZE)
        } else if n == 0 {
            return null_mut();
        } else {
            let room = round_up(n * size_of::<i32>());
            (quick(proc, room, null(), false).cast(), room / size_of::<i32>())
        };
        if !to.is_null() {
            strings::decode_runes(by, GoStr { ptr, len }, &mut 0, to, n);
            raw::clear(Access::of_own(), to.add(n).cast(), (cap - n) * size_of::<i32>());
            (*out)[1] = n;
            (*out)[2] = cap;
        }
        to
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_stringtoslicerune(
    mut sys: System<'_>,
    tmp: *mut i32,
    ptr: *const u8,
    len: usize,
    out: *mut [usize; 4],
) {
    // SAFETY: compiled code's string, which is held, and buffer or null; the stub's four words, in a system entry that answers a slice. No
    // frame owns what must be dropped, and no region is open.
    unsafe {
        if len > LONG {
            *out = long_text::to_runes(sys, GoStr { ptr, len });
            return;
        }
        let s = sys.holding(ptr, |mut sys| strings::to_runes(&sys.mem(), tmp, GoStr { ptr, len }));
        let s = or_raise(s, sys);
        *out = [s.ptr as usize, s.len, s.cap, 0];
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_decoderune(ptr: *const u8, len: usize, at: usize) -> Two {
    if at >= len {
        return Two(utf8::RUNE_ERROR as usize, at + 1);
    }
    // SAFETY: compiled code's string, whose pointer is not null as it is not empty: `len - at` bytes of it lie behind the first `at`.
    let rest = unsafe { core::slice::from_raw_parts(ptr.add(at), len - at) };
    match utf8::decode_pair(rest) {
        Some(rune) => Two(rune as u32 as usize, at + 2),
        None => decode_others(rest, at),
    }
}

/// [`gx_runtime_decoderune`] for what is not two bytes, so that those are decoded in as few steps as there can be.
#[inline(never)]
fn decode_others(rest: &[u8], at: usize) -> Two {
    let (rune, n) = utf8::decode(rest);
    Two(rune as u32 as usize, at + n)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_countrunes(ptr: *const u8, len: usize) -> usize {
    // SAFETY: compiled code's string.
    utf8::count(unsafe { GoStr { ptr, len }.as_bytes() })
}

/// A string of any length, on the system stack.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_countrunes_long(sys: System<'_>, ptr: *const u8, len: usize) -> usize {
    // SAFETY: compiled code's string.
    unsafe { long_text::count_runes(sys, GoStr { ptr, len }) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_internal_syscall_unix_gostring(mut sys: System<'_>, p: *const u8) -> Two {
    // SAFETY: a C string.
    unsafe { two(strings::from_c(&sys.mem(), p)) }
}
