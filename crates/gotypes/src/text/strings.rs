//! Strings: joining, comparing, and converting from and to bytes, runes and C strings.
//!
//! The compiler passes a small buffer on the caller's stack (`tmp`, [`TMP_SIZE`] bytes or elements) where it knows that
//! the result does not outlive the call's frame; null says that it may.

use core::cmp::Ordering;

use super::fault::Fault;
use super::utf8;
use crate::mem::{Access, Mem, raw};
use crate::types::{GoSlice, GoStr};

/// Room of a temporary buffer.
pub const TMP_SIZE: usize = 32;

/// What joining strings takes.
#[derive(Clone, Copy, Debug)]
pub enum ConcatPlan {
    /// No memory: this is the result.
    Ready(GoStr),
    /// So many bytes, to be filled by [`concat_fill`].
    Join(usize),
}

/// Plans the joining of `parts`. If only one of them is not empty, it is the result, unless its bytes lie on the
/// goroutine's stack (`stack`, from low to high) and the result may outlive the frame (`tmp` is false).
///
/// # Errors
/// The fatal error of a length that no word holds.
///
/// # Safety
/// All parts are whole strings.
#[inline]
pub unsafe fn concat_plan(parts: &[GoStr], tmp: bool, stack: (usize, usize)) -> Result<ConcatPlan, Fault> {
    let (mut total, mut count, mut last) = (0usize, 0usize, GoStr::EMPTY);
    for p in parts {
        if p.len == 0 {
            continue;
        }
        // Lengths are Go ints, so a sum beyond them is too long.
        match total.checked_add(p.len) {
            Some(t) if t <= isize::MAX as usize => total = t,
            _ => return Err(Fault::Throw("string concatenation too long")),
        }
        count += 1;
        last = *p;
    }
    Ok(match count {
        0 => ConcatPlan::Ready(GoStr::EMPTY),
        1 if tmp || !(stack.0..stack.1).contains(&(last.ptr as usize)) => ConcatPlan::Ready(last),
        _ => ConcatPlan::Join(total),
    })
}

/// Copies the parts one after the other.
///
/// # Safety
/// All parts are whole strings; `to` has room for their sum.
#[inline]
pub unsafe fn concat_fill(by: Access<'_>, parts: &[GoStr], mut to: *mut u8) {
    for p in parts {
        // SAFETY: `p` is a whole string, and what is left of `to` has room for it, since `to` had room for all (this
        // function's contract).
        unsafe {
            raw::copy(by, to, p.ptr, p.len);
            to = to.add(p.len);
        }
    }
}

/// `parts[0] + parts[1] + ...` (`concatstrings` and its siblings).
///
/// # Errors
/// The fatal error of a length that no word holds.
///
/// # Safety
/// All parts are whole strings; `tmp` is null or has [`TMP_SIZE`] bytes.
#[inline]
pub unsafe fn concat(mem: &impl Mem, stack: (usize, usize), tmp: *mut u8, parts: &[GoStr]) -> Result<GoStr, Fault> {
    // SAFETY: all parts are whole strings; `tmp` is null or has TMP_SIZE bytes (this function's contract). The plan has their sum.
    unsafe {
        match concat_plan(parts, !tmp.is_null(), stack)? {
            ConcatPlan::Ready(s) => Ok(s),
            ConcatPlan::Join(len) => Ok(concat_join(mem, tmp, parts, len)),
        }
    }
}

/// Does what [`concat_plan`] planned: `len` bytes.
///
/// # Safety
/// All parts are whole strings, and `len` is their sum; `tmp` is null or has [`TMP_SIZE`] bytes.
#[inline]
pub unsafe fn concat_join(mem: &impl Mem, tmp: *mut u8, parts: &[GoStr], len: usize) -> GoStr {
    // SAFETY: all parts are whole strings, read within `touch`; `tmp` is null or has TMP_SIZE bytes; `len` is the sum of the parts (this
    // function's contract), for which `bytes_for` gives room.
    unsafe {
        let to = bytes_for(mem, tmp, len);
        mem.touch(|by| concat_fill(by, parts, to));
        GoStr { ptr: to, len }
    }
}

/// Room for the bytes of a string: the buffer if it will do.
///
/// # Safety
/// `tmp` is null or has [`TMP_SIZE`] bytes.
#[inline]
unsafe fn bytes_for(mem: &impl Mem, tmp: *mut u8, len: usize) -> *mut u8 {
    if !tmp.is_null() && len <= TMP_SIZE {
        tmp
    } else {
        // SAFETY: no pointers.
        unsafe { mem.alloc(len, core::ptr::null(), false) }
    }
}

/// `string(bytes)` (`slicebytetostring`).
///
/// # Safety
/// `ptr` has `n` bytes; `tmp` is null or has [`TMP_SIZE`] bytes.
#[inline]
pub unsafe fn from_bytes(mem: &impl Mem, tmp: *mut u8, ptr: *const u8, n: usize) -> GoStr {
    // SAFETY: `ptr` has `n` bytes, which are read within `touch`; `tmp` is null or has TMP_SIZE bytes (this function's
    // contract); `bytes_for` gives room for `n`. The table of small values has a word for each byte.
    unsafe {
        match n {
            0 => GoStr::EMPTY,
            1 => GoStr { ptr: mem.small_values().add(usize::from(mem.touch(|_| *ptr))).cast(), len: 1 },
            _ => {
                let to = bytes_for(mem, tmp, n);
                mem.touch(|by| raw::copy(by, to, ptr, n));
                GoStr { ptr: to, len: n }
            }
        }
    }
}

/// `[]byte(s)` (`stringtoslicebyte`).
///
/// # Safety
/// `s` is a whole string; `tmp` is null or has [`TMP_SIZE`] bytes.
pub unsafe fn to_bytes(mem: &impl Mem, tmp: *mut u8, s: GoStr) -> GoSlice {
    // SAFETY: `s` is a whole string, read within `touch`; `tmp` is null or has TMP_SIZE bytes (this function's contract),
    // and is used if `s` fits; otherwise the block has `cap` bytes, not fewer than `s.len`. Beyond the length all room,
    // which is our own, is cleared.
    unsafe {
        let (ptr, cap) = if !tmp.is_null() && s.len <= TMP_SIZE {
            (tmp, TMP_SIZE)
        } else {
            let cap = mem.round_up(s.len);
            (mem.alloc(cap, core::ptr::null(), false), cap)
        };
        mem.touch(|by| raw::copy(by, ptr, s.ptr, s.len));
        raw::clear(Access::of_own(), ptr.add(s.len), cap - s.len);
        GoSlice { ptr, len: s.len, cap }
    }
}

/// `[]rune(s)` (`stringtoslicerune`); here `tmp` has room for [`TMP_SIZE`] runes.
///
/// # Errors
/// The fatal error of runes that need more memory than can be asked for.
///
/// # Safety
/// `s` is a whole string; `tmp` is null or has that room.
#[inline]
pub unsafe fn to_runes(mem: &impl Mem, tmp: *mut i32, s: GoStr) -> Result<GoSlice, Fault> {
    // SAFETY: `s` is a whole string, read within `touch`; `tmp` is null or has room for TMP_SIZE runes (this function's
    // contract), and is used if `n` is not above that; otherwise the block has room for `cap` runes, not fewer than `n`.
    // `n` runes are written; beyond them all room is cleared.
    unsafe {
        let n = mem.touch(|by| utf8::count(raw::bytes(by, s.ptr, s.len)));
        let (ptr, cap) = if !tmp.is_null() && n <= TMP_SIZE {
            (tmp, TMP_SIZE)
        } else {
            if n > mem.max_alloc() / 4 {
                return Err(Fault::Throw("out of memory"));
            }
            let room = mem.round_up(n * 4);
            (mem.alloc(room, core::ptr::null(), false).cast(), room / 4)
        };
        mem.touch(|by| decode_runes(by, s, &mut 0, ptr, n));
        raw::clear(Access::of_own(), ptr.add(n).cast(), (cap - n) * 4);
        Ok(GoSlice { ptr: ptr.cast(), len: n, cap })
    }
}

/// Writes the next `n` runes of `s` from byte `at` on, which is moved behind them. What lies behind the string's end counts as bad bytes.
///
/// # Safety
/// `s` is a whole string, which nothing changes while the access lasts; `to` has room for `n` runes.
pub unsafe fn decode_runes(by: Access<'_>, s: GoStr, at: &mut usize, to: *mut i32, n: usize) {
    // SAFETY: `s` is a whole string, so readable for its length, and nothing changes it while the access lasts; `to` has room for `n`
    // runes (this function's contract): `i` stays below `n`, and eight are written where eight are left.
    unsafe {
        let bytes = raw::bytes(by, s.ptr, s.len);
        let mut i = 0;
        while i < n {
            // Eight bytes are widened at once. Those behind the first that is no plain text are overwritten next.
            if n - i >= 8
                && let Some((chunk, _)) = bytes.get(*at..).and_then(<[u8]>::split_first_chunk::<8>)
            {
                to.add(i).cast::<[i32; 8]>().write_unaligned(chunk.map(i32::from));
                let plain = utf8::plain(*chunk);
                i += plain;
                *at += plain;
                if plain == 8 {
                    continue;
                }
            }
            let (r, next) = utf8::decode_at(bytes, *at);
            *to.add(i) = r;
            *at = next;
            i += 1;
        }
    }
}

/// `string(runes)` (`slicerunetostring`).
///
/// # Safety
/// `runes` points to `n` runes, which another goroutine may be changing; `tmp` is null or has [`TMP_SIZE`] bytes.
pub unsafe fn from_runes(mem: &impl Mem, tmp: *mut u8, runes: *const i32, n: usize) -> GoStr {
    // SAFETY: `runes` points to `n` runes, read within `touch` and each at once; `tmp` is null or has TMP_SIZE bytes (this
    // function's contract); `to` has `size` bytes. Should the runes change under way, the string is cut, not overrun.
    unsafe {
        let size = mem.touch(|by| encoded_size(by, runes, n));
        if size == 0 {
            return GoStr::EMPTY;
        }
        let to = bytes_for(mem, tmp, size);
        let len = mem.touch(|by| encode_runes(by, runes, n, to, size));
        GoStr { ptr: to, len }
    }
}

/// Bytes that `n` runes take.
///
/// # Safety
/// `runes` points to `n` runes, which another goroutine may be changing.
pub unsafe fn encoded_size(by: Access<'_>, runes: *const i32, n: usize) -> usize {
    _ = by;
    // SAFETY: `runes` points to `n` runes (this function's contract), and `i` stays below `n`; each is read once, and at once, so it
    // is one that was there, though others may be changing it.
    (0..n).map(|i| utf8::encoded_len(unsafe { core::ptr::read_volatile(runes.add(i)) })).sum()
}

/// Writes the UTF-8 form of up to `n` runes, as many as there is room for; how many bytes that took.
///
/// # Safety
/// `runes` points to `n` runes, which another goroutine may be changing; `to` has `room` bytes.
pub unsafe fn encode_runes(by: Access<'_>, runes: *const i32, n: usize, to: *mut u8, room: usize) -> usize {
    _ = by;
    let mut at = 0;
    // SAFETY: `runes` points to `n` runes, and `to` has `room` bytes (this function's contract). `i` stays below `n`, and each rune is
    // read once, and at once, though others may be changing it. `at` is never above `room`: four bytes are written where four are
    // left, else `k` where `k` are, and `k` is what `at` moves on by.
    unsafe {
        for i in 0..n {
            let (bytes, k) = utf8::encode(core::ptr::read_volatile(runes.add(i)));
            if room - at >= 4 {
                // What is too much is overwritten by the next, or left out.
                to.add(at).cast::<u32>().write_unaligned(bytes.to_le());
            } else if at + k <= room {
                for j in 0..k {
                    *to.add(at + j) = (bytes >> (8 * j)) as u8;
                }
            } else {
                break;
            }
            at += k;
        }
    }
    at
}

/// `string(rune)` (`intstring`); here `tmp` has four bytes.
///
/// # Safety
/// `tmp` is null or has that room.
pub unsafe fn from_rune(mem: &impl Mem, tmp: *mut u8, v: i64) -> GoStr {
    let (bytes, n) = utf8::encode(i32::try_from(v).unwrap_or(utf8::RUNE_ERROR));
    // SAFETY: four bytes of room either way.
    unsafe {
        let to = if tmp.is_null() { mem.alloc(4, core::ptr::null(), false) } else { tmp };
        to.cast::<u32>().write_unaligned(bytes.to_le());
        GoStr { ptr: to, len: n }
    }
}

/// Order of two strings by bytes: -1, 0 or 1 (`cmpstring`).
///
/// # Safety
/// Both are whole strings.
#[inline]
pub unsafe fn compare(a: GoStr, b: GoStr) -> isize {
    // SAFETY: both are whole strings (this function's contract), whose bytes nothing changes: Go's strings are constant.
    match unsafe { a.as_bytes().cmp(b.as_bytes()) } {
        Ordering::Less => -1,
        Ordering::Equal => 0,
        Ordering::Greater => 1,
    }
}

/// Length of a C string; 0 for null (`findnull`).
///
/// # Safety
/// `p` is null or points to bytes that end with a zero.
pub unsafe fn find_null(p: *const u8) -> usize {
    if p.is_null() {
        return 0;
    }
    let mut n = 0;
    // SAFETY: single bytes up to the zero; then whole aligned words, which never cross into another page.
    unsafe {
        while !(p as usize + n).is_multiple_of(8) {
            if *p.add(n) == 0 {
                return n;
            }
            n += 1;
        }
        loop {
            let w = p.add(n).cast::<u64>().read();
            // A zero byte borrows from the bit above it.
            let zeros = w.wrapping_sub(0x0101_0101_0101_0101) & !w & 0x8080_8080_8080_8080;
            if zeros != 0 {
                return n + (u64::from_le(zeros).trailing_zeros() / 8) as usize;
            }
            n += 8;
        }
    }
}

/// A Go string with the bytes of a C string (`gostring`).
///
/// # Safety
/// As for [`find_null`].
pub unsafe fn from_c(mem: &impl Mem, p: *const u8) -> GoStr {
    // SAFETY: `p` is null or points to bytes that end with a zero (this function's contract), as many before it as
    // `find_null` says.
    unsafe { from_c_len(mem, p, mem.touch(|_| find_null(p))) }
}

/// A Go string with a copy of `n` bytes (`gostringn`).
///
/// # Safety
/// `p` has `n` bytes.
pub unsafe fn from_c_len(mem: &impl Mem, p: *const u8, n: usize) -> GoStr {
    if n == 0 {
        return GoStr::EMPTY;
    }
    // SAFETY: `p` has `n` bytes (this function's contract), read within `touch`; so has the new block, which has no
    // pointers.
    unsafe {
        let to = mem.alloc(n, core::ptr::null(), false);
        mem.touch(|by| raw::copy(by, to, p, n));
        GoStr { ptr: to, len: n }
    }
}

/// A Go string over the bytes of a C string that lives forever (`gostringnocopy`).
///
/// # Safety
/// As for [`find_null`].
pub unsafe fn from_c_in_place(p: *const u8) -> GoStr {
    // SAFETY: `p` is null or points to bytes that end with a zero (this function's contract).
    let len = unsafe { find_null(p) };
    GoStr { ptr: p, len }
}
