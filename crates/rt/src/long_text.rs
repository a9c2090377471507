//! Joining and converting long strings, in pieces. Short ones are `goxide_gotypes::text::strings`' in one go; conversions between
//! strings and bytes are copies, `bulk`'s.

use crate::bulk::{PIECE, make_bytes};
use crate::fatal;
use crate::memory::{MAX_ALLOC, round_up, touch};
use crate::pieces::{self, DST, SRC, Work};
use crate::records::Making;
use crate::token::System;
use goxide_gotypes::mem::{Access, raw};
use goxide_gotypes::text::{strings, utf8};
use goxide_gotypes::types::GoStr;

/// Bytes or runes of a piece that is decoded: some tens of microseconds.
const TEXT_PIECE: usize = 16 << 10;

/// Joins `n` strings that are `total` bytes together: the entry answers address and length.
///
/// # Safety
/// As for [`pieces::run`]. `parts` points to `n` whole strings, more than none of them with bytes, which nobody changes; they are roots where it
/// is held.
pub unsafe fn concat(sys: System<'_>, parts: *const GoStr, n: usize, total: usize) -> GoStr {
    let making = Making::of(total);
    // SAFETY: in a system entry, which answers next what this gives (this function's contract): the string's two words. The parts, which
    // the work reads, are whole strings and held.
    unsafe {
        let [ptr, len, ..] =
            pieces::run(sys, [0, 0, parts as usize, 0], Concat { making, parts: n, part: 0, at: 0, done: 0, total });
        GoStr { ptr: ptr as *const u8, len }
    }
}

/// The parts are at `SRC`, the string is at `DST`.
#[derive(Clone, Copy)]
struct Concat {
    making: Making,
    parts: usize,
    /// The next byte to be copied: in which part, and where in it.
    part: usize,
    at: usize,
    /// Copied, and to be copied in all.
    done: usize,
    total: usize,
}

// SAFETY: the parts and the new string are held.
unsafe impl Work for Concat {
    unsafe fn piece(&mut self, mut sys: System<'_>) -> Option<[usize; 4]> {
        if self.making.size != 0 {
            // SAFETY: a piece.
            unsafe { make_bytes(sys, &mut self.making) };
            return None;
        }
        let (to, parts) = (sys.held()[DST], sys.held()[SRC] as *const GoStr);
        let (mut left, mut looked) = (PIECE, 0);
        while self.part < self.parts && left > 0 && looked < TEXT_PIECE {
            // SAFETY: so many parts are there.
            let part = unsafe { *parts.add(self.part) };
            // The room is what the parts were together.
            let n = (part.len - self.at).min(left).min(self.total - self.done);
            // SAFETY: within the part and the new string.
            touch(|by| unsafe {
                raw::copy(by, (to + self.done) as *mut u8, part.ptr.wrapping_add(self.at), n);
            });
            self.done += n;
            self.at += n;
            left -= n;
            looked += 1;
            if self.at == part.len {
                (self.part, self.at) = (self.part + 1, 0);
            }
        }
        (self.part == self.parts).then_some([to, self.total, 0, 0])
    }
}

/// Number of runes: the entry answers it.
///
/// # Safety
/// As for [`pieces::run`]; `s` is a whole string.
pub unsafe fn count_runes(sys: System<'_>, s: GoStr) -> usize {
    // SAFETY: in a system entry, which answers next what this gives (this function's contract): their number. The string is whole and held.
    unsafe { pieces::run(sys, [0, 0, s.ptr as usize, 0], Count { len: s.len, at: 0, runes: 0 })[0] }
}

/// The string is at `SRC`.
#[derive(Clone, Copy)]
struct Count {
    len: usize,
    at: usize,
    runes: usize,
}

impl Count {
    /// Counts on; true at the string's end.
    ///
    /// # Safety
    /// `ptr` has `self.len` bytes.
    unsafe fn some(&mut self, ptr: *const u8) -> bool {
        let rest = self.len - self.at;
        // SAFETY: a part of the string.
        touch(|by| unsafe {
            let bytes = raw::bytes(by, ptr.wrapping_add(self.at), rest);
            let n = if rest > TEXT_PIECE { utf8::cut(bytes, TEXT_PIECE) } else { rest };
            self.runes += utf8::count(bytes.get(..n).unwrap_or(bytes));
            self.at += n;
        });
        self.at == self.len
    }
}

// SAFETY: the string is held.
unsafe impl Work for Count {
    unsafe fn piece(&mut self, mut sys: System<'_>) -> Option<[usize; 4]> {
        // SAFETY: the string of the entry.
        unsafe { self.some(sys.held()[SRC] as *const u8) }.then_some([self.runes, 0, 0, 0])
    }
}

/// `[]rune(s)`: the entry answers address, length and capacity.
///
/// # Safety
/// As for [`pieces::run`]; `s` is a whole string, too long for a temporary buffer.
pub unsafe fn to_runes(sys: System<'_>, s: GoStr) -> [usize; 4] {
    let count = Count { len: s.len, at: 0, runes: 0 };
    // SAFETY: in a system entry, which answers next what this gives (this function's contract): the slice's three words. The string is whole
    // and held.
    unsafe {
        pieces::run(sys, [0, 0, s.ptr as usize, 0], ToRunes { count, making: Making::NONE, cap: 0, at: 0, filled: 0 })
    }
}

/// The string is at `SRC`, and once they are counted the runes are at `DST`.
#[derive(Clone, Copy)]
struct ToRunes {
    count: Count,
    making: Making,
    cap: usize,
    /// Bytes decoded, and runes written.
    at: usize,
    filled: usize,
}

// SAFETY: the string and the runes are held.
unsafe impl Work for ToRunes {
    unsafe fn piece(&mut self, mut sys: System<'_>) -> Option<[usize; 4]> {
        let (dst, src) = (sys.held()[DST], sys.held()[SRC]);
        let ptr = src as *const u8;
        // SAFETY: the string of the entry; the array has room for as many runes as were counted, and for the rest that is cleared.
        unsafe {
            if dst == 0 {
                if self.making.size != 0 {
                    make_bytes(sys, &mut self.making);
                } else if self.count.some(ptr) {
                    if self.count.runes > MAX_ALLOC / 4 {
                        fatal::throw(b"out of memory");
                    }
                    let room = round_up(self.count.runes * 4);
                    self.cap = room / 4;
                    self.making = Making::of(room);
                }
                return None;
            }
            let to = dst as *mut i32;
            let n = (self.count.runes - self.filled).min(TEXT_PIECE);
            let s = GoStr { ptr, len: self.count.len };
            touch(|by| strings::decode_runes(by, s, &mut self.at, to.add(self.filled), n));
            self.filled += n;
            if self.filled < self.count.runes {
                return None;
            }
            raw::clear(Access::of_own(), to.add(self.filled).cast(), (self.cap - self.filled) * 4);
        }
        Some([dst, self.filled, self.cap, 0])
    }
}

/// `string(runes)`: the entry answers address and length.
///
/// # Safety
/// As for [`pieces::run`]. `runes` points to `n` runes, which another goroutine may be changing; `n` is above the size of a temporary buffer.
pub unsafe fn from_runes(sys: System<'_>, runes: *const i32, n: usize) -> GoStr {
    // SAFETY: in a system entry, which answers next what this gives (this function's contract): the string's two words. The runes are held.
    unsafe {
        let [ptr, len, ..] = pieces::run(
            sys,
            [0, 0, runes as usize, 0],
            FromRunes { making: Making::NONE, runes: n, size: 0, next: 0, written: 0 },
        );
        GoStr { ptr: ptr as *const u8, len }
    }
}

/// The runes are at `SRC`, and once their size is known the string is at `DST`.
#[derive(Clone, Copy)]
struct FromRunes {
    making: Making,
    runes: usize,
    size: usize,
    /// The next rune to be looked at, first for its size and then to be written.
    next: usize,
    written: usize,
}

// SAFETY: the runes and the string are held.
unsafe impl Work for FromRunes {
    unsafe fn piece(&mut self, mut sys: System<'_>) -> Option<[usize; 4]> {
        // SAFETY: the runes of the entry; no more is written than there is room.
        unsafe {
            if self.making.size != 0 {
                make_bytes(sys, &mut self.making);
                return None;
            }
            let (dst, src) = (sys.held()[DST], sys.held()[SRC]);
            let n = (self.runes - self.next).min(TEXT_PIECE);
            let from = (src as *const i32).wrapping_add(self.next);
            self.next += n;
            if dst == 0 {
                self.size += touch(|by| strings::encoded_size(by, from, n));
                if self.next == self.runes {
                    self.next = 0;
                    self.making = Making::of(self.size);
                }
                return None;
            }
            let to = (dst as *mut u8).add(self.written);
            let room = self.size - self.written;
            self.written += touch(|by| strings::encode_runes(by, from, n, to, room));
        }
        (self.next == self.runes).then_some([sys.held()[DST], self.written, 0, 0])
    }
}
