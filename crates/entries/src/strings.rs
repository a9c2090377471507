//! Strings: concatenation and conversions.

use goxide_gotypes::mem::Mem as _;
use goxide_gotypes::text::strings::ConcatPlan;
use goxide_gotypes::text::{strings, utf8};
use goxide_gotypes::types::GoStr;
use goxide_rt::bulk;
use goxide_rt::long_text;
use goxide_rt::memory::{GoMem, LONG};
use goxide_rt::raise::or_raise;
use goxide_rt::state::g;
use goxide_rt::words::Two;

/// A string as an entry answers it.
fn two(s: GoStr) -> Two {
    Two(s.ptr as usize, s.len)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_concatstrings(tmp: *mut u8, parts: *const GoStr, n: usize, _cap: usize) -> Two {
    // SAFETY: in a system entry; the parts are in the caller's frame, which keeps them alive.
    unsafe {
        let stack = (*g()).stack;
        let all = if n == 0 { &[][..] } else { core::slice::from_raw_parts(parts, n) };
        let stack = (stack.lo, stack.hi);
        if let Ok(ConcatPlan::Join(total)) = strings::concat_plan(all, !tmp.is_null(), stack)
            && total > LONG
        {
            return two(long_text::concat(parts, n, total));
        }
        two(or_raise(strings::concat(&GoMem, stack, tmp, all)))
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_intstring(tmp: *mut u8, v: i64) -> Two {
    // SAFETY: compiled code's buffer or null.
    unsafe { two(strings::from_rune(&GoMem, tmp, v)) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_slicebytetostring(tmp: *mut u8, ptr: *const u8, n: usize) -> Two {
    // SAFETY: compiled code's bytes; they stay alive in the in-flight array.
    unsafe {
        if n > LONG {
            let p = bulk::object(n, core::ptr::null(), ptr, n, 0..0, [n, 0, 0]);
            return Two(p as usize, n);
        }
        (*g()).ext.in_flight[0] = ptr as usize;
        let s = strings::from_bytes(&GoMem, tmp, ptr, n);
        (*g()).ext.in_flight[0] = 0;
        two(s)
    }
}

#[unsafe(no_mangle)]
extern "C" fn gx_runtime_slicebytetostringtmp(ptr: *const u8, n: usize) -> Two {
    Two(ptr as usize, n)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_slicerunetostring(tmp: *mut u8, runes: *const i32, n: usize, _cap: usize) -> Two {
    // SAFETY: in a system entry; compiled code's slice, which the in-flight array keeps alive, and buffer or null.
    unsafe {
        if n > LONG / size_of::<i32>() {
            return two(long_text::from_runes(runes, n));
        }
        (*g()).ext.in_flight[0] = runes as usize;
        let s = strings::from_runes(&GoMem, tmp, runes, n);
        (*g()).ext.in_flight[0] = 0;
        two(s)
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_stringtoslicebyte(tmp: *mut u8, ptr: *const u8, len: usize, out: *mut [usize; 4]) {
    // SAFETY: in a system entry; compiled code's string, which the in-flight array keeps alive, and buffer or null; the
    // stub's four words. A long one is answered next, with its length and capacity.
    unsafe {
        if len > LONG {
            let cap = GoMem.round_up(len);
            let p = bulk::object(cap, core::ptr::null(), ptr, len, len..cap, [len, cap, 0]);
            *out = [p as usize, len, cap, 0];
            return;
        }
        (*g()).ext.in_flight[0] = ptr as usize;
        let s = strings::to_bytes(&GoMem, tmp, GoStr { ptr, len });
        (*g()).ext.in_flight[0] = 0;
        *out = [s.ptr as usize, s.len, s.cap, 0];
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_stringtoslicerune(tmp: *mut i32, ptr: *const u8, len: usize, out: *mut [usize; 4]) {
    // SAFETY: in a system entry; compiled code's string, which the in-flight array keeps alive, and buffer or null; the
    // stub's four words.
    unsafe {
        if len > LONG {
            *out = long_text::to_runes(GoStr { ptr, len });
            return;
        }
        (*g()).ext.in_flight[0] = ptr as usize;
        let s = or_raise(strings::to_runes(&GoMem, tmp, GoStr { ptr, len }));
        (*g()).ext.in_flight[0] = 0;
        *out = [s.ptr as usize, s.len, s.cap, 0];
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_decoderune(ptr: *const u8, len: usize, at: usize) -> Two {
    // SAFETY: compiled code's string.
    let (rune, next) = utf8::decode_at(unsafe { GoStr { ptr, len }.as_bytes() }, at);
    Two(rune as usize, next)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_countrunes(ptr: *const u8, len: usize) -> usize {
    // SAFETY: compiled code's string.
    utf8::count(unsafe { GoStr { ptr, len }.as_bytes() })
}

/// A string of any length, on the system stack.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_countrunes_long(ptr: *const u8, len: usize) -> usize {
    // SAFETY: compiled code's string.
    unsafe { long_text::count_runes(GoStr { ptr, len }) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_internal_syscall_unix_gostring(p: *const u8) -> Two {
    // SAFETY: a C string.
    unsafe { two(strings::from_c(&GoMem, p)) }
}
