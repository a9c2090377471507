//! Clearing and copying memory of more than `LONG` bytes, in pieces.
//!
//! A new object with pointers has no layout to the collector until it is clear: a marker that meets it earlier takes
//! what it still holds for plain bytes. By then it is black, and all its pointers are nil, as in any object made while marking.

use crate::barrier;
use crate::gc::charge;
use crate::memory::{LONG, allocate_bytes, allocate_uncleared, touch};
use crate::pieces::{self, DST, SRC, Work};
use crate::records::{Making, Pointers};
use crate::state::{RT, m, may_give_way};
use crate::token::System;
use core::ops::Range;
use goxide_gotypes::mem::raw;
use goxide_gotypes::types::Type;

/// Bytes of a piece: some tens of microseconds where each page is touched for the first time.
pub const PIECE: usize = 64 << 10;
/// Bytes of a piece each of whose words is recorded for the collector.
const RECORDED_PIECE: usize = 8 << 10;

impl Pointers {
    /// For an entry that compiled code calls behind its own test of the barrier: memmove and memclrNoHeapPointers.
    pub fn told() -> Pointers {
        Pointers::Told(marking())
    }

    /// Whether a piece is to be recorded now.
    fn is_recorded(self) -> bool {
        match self {
            Pointers::None => false,
            Pointers::Record => barrier::is_on(),
            Pointers::Told(before) => barrier::is_on() && marking() != before,
        }
    }
}

/// The collection that marks now.
fn marking() -> Option<u32> {
    barrier::is_on().then(|| crate::state::GC.cycle())
}

/// What an entry answers when the work is done.
#[derive(Clone, Copy)]
enum Answer {
    /// This word.
    Word(usize),
    /// The address of what was written, and these.
    Object([usize; 3]),
}

/// The work that is left, in bytes from the beginning of what is written.
#[derive(Clone, Copy)]
pub struct Bulk {
    /// What is written, if it is still to be made, of values with [`layout`](Self::layout).
    making: Making,
    /// To be cleared, before anything is copied there: from here
    clear: usize,
    /// to here.
    clear_end: usize,
    /// The layout of a new object, once it is clear. 0: none.
    layout: usize,
    /// Copied.
    copied: usize,
    /// To be copied in all.
    copy: usize,
    /// From the end to the beginning: the ranges overlap so.
    backwards: bool,
    /// What the collector hears of pointers in it.
    pointers: Pointers,
    /// What the entry answers.
    answer: Answer,
}

impl Bulk {
    const NONE: Bulk = Bulk {
        making: Making::NONE,
        clear: 0,
        clear_end: 0,
        layout: 0,
        copied: 0,
        copy: 0,
        backwards: false,
        pointers: Pointers::None,
        answer: Answer::Word(0),
    };
}

/// Clears `n` bytes at `dst`.
///
/// # Safety
/// In a system entry without results, which returns next. The range is writable, and in whole words if it is to be recorded.
pub unsafe fn clear(sys: System<'_>, dst: *mut u8, n: usize, pointers: Pointers) {
    if n <= PIECE && !pointers.is_recorded() {
        // SAFETY: the range is writable (this function's contract), and the access provides for a fault. One piece, that
        // nobody is told of.
        return touch(|access| unsafe { raw::clear(access, dst, n) });
    }
    // SAFETY: in a system entry that answers nothing, and returns next (this function's contract). The range is held.
    unsafe { pieces::run(sys, [0, dst as usize, 0, 0], Bulk { clear_end: n, pointers, ..Bulk::NONE }) };
}

/// Copies `n` bytes; the ranges may overlap. `answer` is what the entry answers.
///
/// # Safety
/// In a system entry, which returns that next. The ranges are valid, and in whole words if they are to be recorded.
pub unsafe fn copy(sys: System<'_>, dst: *mut u8, src: *const u8, n: usize, pointers: Pointers, answer: usize) {
    if n <= PIECE && !pointers.is_recorded() {
        // SAFETY: the ranges are valid (this function's contract), and the access provides for a fault. One piece, that
        // nobody is told of.
        return touch(|access| unsafe { raw::copy(access, dst, src, n) });
    }
    let backwards = (dst as usize).wrapping_sub(src as usize) < n;
    let answer = Answer::Word(answer);
    let work = Bulk { copy: n, backwards, pointers, answer, ..Bulk::NONE };
    // SAFETY: in a system entry that returns the answer next (this function's contract), which is the work's. Both ranges are held.
    unsafe { pieces::run(sys, [0, dst as usize, src as usize, 0], work) };
}

/// A new object of `size` bytes, more than `LONG`, whose first `copy` bytes are those at `src`. The bytes of `rest` are clear;
/// with pointers, all others are too. `words` are what the entry answers besides the object.
///
/// # Safety
/// In a system entry, which returns the object next and nothing else but `words`. `ty` is null (no pointers) or a descriptor
/// of which the object holds a row. `src` is readable for `copy` bytes.
pub unsafe fn object(
    sys: System<'_>,
    size: usize,
    ty: *const Type,
    src: *const u8,
    copy: usize,
    rest: Range<usize>,
    words: [usize; 3],
) -> *mut u8 {
    // SAFETY: in a system entry that returns the object and `words` next, which is what the work answers; `ty` is null or a descriptor
    // (this function's contract). What is copied is held.
    unsafe { pieces::run(sys, [0, 0, src as usize, 0], Bulk::object(size, ty, copy, rest, words))[0] as *mut u8 }
}

impl Bulk {
    /// [`object`] as a part of other work, with what is copied held at [`SRC`]. The object is held at [`DST`] as soon as it is made.
    ///
    /// # Safety
    /// As for [`object`], but for what the entry answers.
    pub unsafe fn object(size: usize, ty: *const Type, copy: usize, rest: Range<usize>, words: [usize; 3]) -> Bulk {
        let pointers = if ty.is_null() { Pointers::None } else { Pointers::Record };
        let (clear, clear_end, answer) = (rest.start, rest.end, Answer::Object(words));
        let (making, layout) = (Making::of(size), ty as usize);
        Bulk { making, clear, clear_end, layout, copy, pointers, answer, ..Bulk::NONE }
    }
}

/// A step on the way to a large object, which is held at [`DST`] when it is made. False: it goes on after the next safepoint.
///
/// # Safety
/// In a piece of work. `ty` is null or a descriptor; the object is more than `LONG` bytes.
unsafe fn make(mut sys: System<'_>, making: &mut Making, ty: *const Type) -> bool {
    // Without a safepoint next it would only hold up others.
    // SAFETY: this thread.
    if unsafe { may_give_way(m()) } && !charge::advance(sys.lend(), making) {
        return false;
    }
    // SAFETY: `ty` is null or a descriptor, and the object is more than `LONG` bytes (this function's contract).
    sys.held()[DST] = unsafe { allocate_uncleared(sys.lend(), core::mem::take(&mut making.size), ty) } as usize;
    true
}

/// The same for bytes, which are not cleared and may be few.
///
/// # Safety
/// In a piece of work.
pub unsafe fn make_bytes(mut sys: System<'_>, making: &mut Making) -> bool {
    if making.size > LONG {
        // SAFETY: in a piece of work (this function's contract); null is no descriptor, and the size was looked at.
        return unsafe { make(sys, making, core::ptr::null()) };
    }
    sys.held()[DST] = allocate_bytes(sys.lend(), core::mem::take(&mut making.size), false) as usize;
    true
}

// SAFETY: what is written is held at `DST`, what is read at `SRC`.
unsafe impl Work for Bulk {
    unsafe fn piece(&mut self, mut sys: System<'_>) -> Option<[usize; 4]> {
        if self.making.size != 0 {
            let size = self.making.size;
            // SAFETY: a piece; the layout is the object's descriptor.
            if unsafe { make(sys.lend(), &mut self.making, self.layout as *const Type) } {
                // What lies behind the last value counts as more of them to the collector, up to the span's end.
                let span = RT.heap.span_of(sys.held()[DST]);
                let (is_clear, whole) = span.map_or((true, size), |s| (!s.needzero(), s.elem_size()));
                if is_clear {
                    (self.clear, self.clear_end) = (0, 0);
                } else if self.layout != 0 {
                    (self.clear, self.clear_end) = (0, whole);
                }
            }
            return None;
        }
        let (dst, src) = (sys.held()[DST], sys.held()[SRC]);
        // Pointers lie in whole words: where the ranges do not, the caller has announced none.
        let whole = (dst | src | self.copy | self.clear_end).is_multiple_of(8);
        let recorded = whole && self.pointers.is_recorded();
        let most = if recorded { RECORDED_PIECE } else { PIECE };
        // SAFETY: the ranges are the entry's arguments, or its new object; between two calls of this they only move with the stack.
        unsafe {
            if self.clear < self.clear_end {
                let (at, n) = (self.clear, (self.clear_end - self.clear).min(most));
                // What a new object holds are no pointers yet.
                if recorded && self.layout == 0 {
                    touch(|_| barrier::record_bulk(sys.processor(), dst + at, 0, n));
                }
                touch(|access| raw::clear(access, (dst + at) as *mut u8, n));
                self.clear += n;
                return None;
            }
            if self.layout != 0 {
                RT.heap.set_layout(dst as *mut u8, self.layout);
                self.layout = 0;
            }
            let n = (self.copy - self.copied).min(most);
            let at = if self.backwards { self.copy - self.copied - n } else { self.copied };
            if recorded && n != 0 {
                touch(|_| barrier::record_bulk(sys.processor(), dst + at, src + at, n));
            }
            touch(|access| raw::copy(access, (dst + at) as *mut u8, (src + at) as *const u8, n));
            self.copied += n;
        }
        if self.copied < self.copy {
            return None;
        }
        Some(match self.answer {
            Answer::Word(word) => [word, 0, 0, 0],
            Answer::Object([b, c, d]) => [dst, b, c, d],
        })
    }
}
