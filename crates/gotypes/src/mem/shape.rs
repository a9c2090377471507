//! The shape of a type whose values are plain memory, strings and again plain memory, in one word: found once, so that hashing and
//! comparing such values does not walk the descriptor each time. Fields of nested structs and elements of arrays are joined.
//!
//! Types whose values are a few numbers and interfaces, or an interface alone, have a shape too, which `mixed` knows.
//!
//! Not here: all other types, which `hash` and `equal` walk.

use super::hash::Hasher;
use super::mixed::Mixed;
use super::raw::{Access, equal, equal_short};
use crate::types::{ArrayType, GoStr, StructType, Type, kind};

/// How values of a type are hashed and compared: by their parts, if these are plain bytes, then strings, then plain bytes.
///
/// | bits | |
/// |---|---|
/// | 0..7 | plain bytes in front, 64 at most |
/// | 7..9 | strings, three at most, from the next word on |
/// | 9..14 | plain bytes right behind them |
/// | 0..7, 9..14 | without strings: the parts of a [`Mixed`] shape, if there are any |
/// | 14 | up to two words in front, one string, nothing behind it |
/// | 15 | the shape was found |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct Shape(u16);

const FRONT: usize = 64;
const TEXTS: usize = 3;
const BACK: usize = 31;
const SIMPLE: u16 = 1 << 14;
const FOUND: u16 = 1 << 15;
/// Plain bytes that are taken as two words.
const SHORT: usize = 16;
/// Bytes of a string.
const TEXT: usize = size_of::<GoStr>();
/// How deeply structs and arrays may nest.
const LEVELS: usize = 4;

const _: () = assert!(FRONT < 1 << 7 && TEXTS < 1 << 2 && BACK < 1 << 5 && Mixed::WIDTH <= 7 + 5);

/// A struct or an array at `offset`, of which part `next` is to be looked at.
#[derive(Clone, Copy)]
struct Level {
    typ: *const Type,
    offset: usize,
    next: usize,
}

/// The parts so far.
#[derive(Default)]
struct Parts {
    front: usize,
    texts: usize,
    back: usize,
}

impl Parts {
    /// Where the strings begin.
    #[inline(always)]
    fn text_at(&self) -> usize {
        self.front.next_multiple_of(size_of::<usize>())
    }

    /// Where the plain bytes behind them do.
    #[inline(always)]
    fn back_at(&self) -> usize {
        self.text_at() + TEXT * self.texts
    }

    /// Whether plain bytes join these.
    fn plain(&mut self, offset: usize, n: usize) -> bool {
        let back_at = self.back_at();
        let (part, at, most) = if self.texts == 0 { (&mut self.front, 0, FRONT) } else { (&mut self.back, back_at, BACK) };
        let joins = offset == at + *part && n <= most - *part;
        if joins {
            *part += n;
        }
        joins
    }

    /// Whether a string joins these.
    fn text(&mut self, offset: usize) -> bool {
        let joins = offset == self.back_at() && self.back == 0 && self.texts < TEXTS;
        if joins {
            self.texts += 1;
        }
        joins
    }
}

impl Shape {
    /// Nothing is known of it. Zero, so that memory that was cleared says so.
    pub const UNKNOWN: Shape = Shape(0);
    /// Values of such types must be walked.
    const OTHER: Shape = Shape(FOUND);

    /// The shape whose word this is.
    #[inline(always)]
    pub const fn from_word(word: u16) -> Shape {
        Shape(word)
    }

    /// The word that stands for it.
    #[inline(always)]
    pub const fn word(self) -> u16 {
        self.0
    }

    /// The shape of a type's values. Takes little stack and bounded time, whatever the type.
    ///
    /// # Safety
    /// `t` is a descriptor.
    #[cold]
    #[inline(never)]
    pub unsafe fn of(t: *const Type) -> Shape {
        // SAFETY: as for this function; an array, a struct or an interface is asked for its parts.
        unsafe {
            let shape = Shape::in_parts(t);
            // Plain memory as a whole is hashed as such.
            if shape != Shape::OTHER
                || (*t).is_regular_memory()
                || !matches!((*t).kind(), kind::ARRAY | kind::STRUCT | kind::INTERFACE)
            {
                return shape;
            }
            let mixed = Mixed::of(t).word();
            Shape(FOUND | mixed & 0x7f | mixed << 2 & 0x1f << 9)
        }
    }

    /// The shape of a type's values, if they are plain bytes and strings.
    ///
    /// # Safety
    /// As for [`Shape::of`].
    unsafe fn in_parts(t: *const Type) -> Shape {
        let mut levels = [Level { typ: t, offset: 0, next: 0 }; LEVELS];
        let mut depth = 1;
        let mut parts = Parts::default();
        // SAFETY: `t` is a descriptor (this function's contract), and so are those of fields and elements.
        unsafe {
            // Elements without size may be without number: here they all have one.
            if (*t).size == 0 || !matches!((*t).kind(), kind::ARRAY | kind::STRUCT) {
                return Shape::OTHER;
            }
            while depth > 0 {
                let level = levels.get_unchecked_mut(depth - 1);
                let (typ, offset) = if (*level.typ).kind() == kind::ARRAY {
                    let array = level.typ.cast::<ArrayType>();
                    if level.next == (*array).len {
                        depth -= 1;
                        continue;
                    }
                    ((*array).elem, level.next * (*(*array).elem).size)
                } else {
                    let Some(f) = StructType::fields(level.typ.cast()).get(level.next) else {
                        depth -= 1;
                        continue;
                    };
                    // Not compared, so a gap. That ends it, as there may be very many of them.
                    if f.name.is_blank() {
                        return Shape::OTHER;
                    }
                    (f.typ, f.offset)
                };
                level.next += 1;
                let offset = level.offset + offset;
                let ty = &*typ;
                let joins = if ty.is_regular_memory() {
                    ty.size == 0 || parts.plain(offset, ty.size)
                } else {
                    match ty.kind() {
                        kind::STRING => parts.text(offset),
                        kind::ARRAY | kind::STRUCT if depth < LEVELS && ty.size != 0 => {
                            *levels.get_unchecked_mut(depth) = Level { typ, offset, next: 0 };
                            depth += 1;
                            true
                        }
                        _ => false,
                    }
                };
                if !joins {
                    return Shape::OTHER;
                }
            }
        }
        if parts.texts == 0 {
            return Shape::OTHER;
        }
        let simple = parts.front != 0 && parts.front <= SHORT && parts.texts == 1 && parts.back == 0;
        let word = FOUND | parts.front as u16 | (parts.texts as u16) << 7 | (parts.back as u16) << 9;
        Shape(word | if simple { SIMPLE } else { 0 })
    }

    /// The shape as one that is hashed and compared in few instructions, if it is such a one.
    #[inline(always)]
    pub const fn simple(self) -> Option<Simple> {
        if self.0 & SIMPLE == 0 {
            return None;
        }
        let front = self.0 as usize & 0x7f;
        let (two, at) = (front > 8, front.next_multiple_of(8));
        Some(Simple { two, spare: 8 * (at - front) as u32 })
    }

    /// Whether it has parts, of which values are made: then they can be hashed and compared here.
    #[inline(always)]
    pub const fn has_parts(self) -> bool {
        self.0 & (TEXTS as u16) << 7 != 0
    }

    /// The parts of one that has no strings, if it is [`Mixed`].
    #[inline(always)]
    pub const fn mixed(self) -> Option<Mixed> {
        // The first part's code is there if any is.
        if self.has_parts() || self.0 & 7 == 0 {
            return None;
        }
        Some(Mixed::from_word(self.0 & 0x7f | self.0 >> 2 & 0x1f << 7))
    }

    #[inline(always)]
    const fn parts(self) -> Parts {
        Parts { front: self.0 as usize & 0x7f, texts: (self.0 >> 7) as usize & TEXTS, back: (self.0 >> 9) as usize & BACK }
    }

    /// Hash of the value at `p`: a lone string's is that of its bytes.
    ///
    /// # Safety
    /// The shape has parts; `p` points to a whole value of such a type.
    #[inline(always)]
    pub unsafe fn hash<H: Hasher + ?Sized>(self, h: &H, by: Access<'_>, p: *const u8, seed: usize) -> usize {
        if let Some(simple) = self.simple() {
            // SAFETY: a whole value of the shape (this function's contract).
            return unsafe { simple.hash(h, by, p, seed) };
        }
        let parts = self.parts();
        // SAFETY: a whole value of the shape (this function's contract): its parts are where the shape says, a string's bytes are
        // readable, and there is a string, of two words.
        unsafe {
            let mut before = 0;
            if parts.front != 0 {
                before = if parts.front <= SHORT {
                    let (a, b) = short_front(p, parts.front);
                    h.pair(a, b, seed)
                } else {
                    h.bytes(p, seed, parts.front)
                };
            }
            if parts.back != 0 {
                // Not as the bytes in front, so that equal ones do not cancel each other.
                let (p, seed) = (p.add(parts.back_at()), seed.rotate_left(32));
                let hash = if parts.back <= SHORT {
                    let (a, b) = short_back(p, parts.back);
                    h.pair(a, b, seed)
                } else {
                    h.bytes(p, seed, parts.back)
                };
                before ^= hash.rotate_left(32);
            }
            let mut text = p.add(parts.text_at()).cast::<GoStr>();
            let mut left = parts.texts;
            loop {
                before = h.text_after(*text, seed, before);
                left -= 1;
                if left == 0 {
                    return before;
                }
                text = text.add(1);
            }
        }
    }

    /// Whether two values are equal. As in compiled code, the bytes of strings are looked at only if all else is equal.
    ///
    /// # Safety
    /// The shape has parts; `a` and `b` point to whole values of such a type.
    #[inline(always)]
    pub unsafe fn equal(self, by: Access<'_>, a: *const u8, b: *const u8) -> bool {
        let parts = self.parts();
        // SAFETY: whole values of the shape (this function's contract): their parts are where the shape says, strings' bytes are
        // readable, and there is a string, of two words. Strings are compared by bytes when they are known to be of equal length.
        unsafe {
            if parts.front != 0 {
                let n = parts.front;
                let same = if n <= SHORT { short_front(a, n) == short_front(b, n) } else { equal(by, a, b, n) };
                if !same {
                    return false;
                }
            }
            if parts.back != 0 {
                let (a, b, n) = (a.add(parts.back_at()), b.add(parts.back_at()), parts.back);
                let same = if n <= SHORT { short_back(a, n) == short_back(b, n) } else { equal(by, a, b, n) };
                if !same {
                    return false;
                }
            }
            let (mut a, mut b) = (a.add(parts.text_at()).cast::<GoStr>(), b.add(parts.text_at()).cast::<GoStr>());
            if (*a).len != (*b).len || parts.texts > 1 && !same_lengths(a, b, parts.texts) {
                return false;
            }
            let mut left = parts.texts;
            loop {
                if (*a).ptr != (*b).ptr && !equal_short(by, (*a).ptr, (*b).ptr, (*a).len) {
                    return false;
                }
                left -= 1;
                if left == 0 {
                    return true;
                }
                (a, b) = (a.add(1), b.add(1));
            }
        }
    }
}

/// One or two words of plain memory, and a string: a [`Shape`] taken apart.
#[derive(Clone, Copy, Debug)]
pub struct Simple {
    /// The string is the third and fourth word, not the second and third.
    two: bool,
    /// Bits at the end of the last plain word that do not belong to the value.
    spare: u32,
}

impl Simple {
    /// The plain words, of which there may be only one, and the string.
    ///
    /// # Safety
    /// `p` points to a value of the shape.
    #[inline(always)]
    unsafe fn take(self, p: *const u8) -> (u64, u64, GoStr) {
        // SAFETY: a value of the shape (this function's contract): one or two words, and a string, aligned to words.
        unsafe {
            let p = p.cast::<u64>();
            let (first, last) = (p.read(), p.add(usize::from(self.two)).read() << self.spare);
            (if self.two { first } else { last }, last, p.add(1 + usize::from(self.two)).cast::<GoStr>().read())
        }
    }

    /// As [`Shape::hash`].
    ///
    /// # Safety
    /// As for [`Shape::hash`].
    #[inline(always)]
    pub unsafe fn hash<H: Hasher + ?Sized>(self, h: &H, _: Access<'_>, p: *const u8, seed: usize) -> usize {
        // SAFETY: a whole value of the shape (this function's contract), whose string's bytes are readable.
        unsafe {
            let (first, last, text) = self.take(p);
            h.text_after(text, seed, h.pair(first, last, seed))
        }
    }

    /// As [`Shape::equal`].
    ///
    /// # Safety
    /// As for [`Shape::equal`].
    #[inline(always)]
    pub unsafe fn equal(self, by: Access<'_>, a: *const u8, b: *const u8) -> bool {
        // SAFETY: whole values of the shape (this function's contract), whose strings' bytes are readable; of the same length when they
        // are looked at.
        unsafe {
            let ((a0, a1, a), (b0, b1, b)) = (self.take(a), self.take(b));
            a0 ^ b0 | a1 ^ b1 | (a.len ^ b.len) as u64 == 0 && (a.ptr == b.ptr || equal_short(by, a.ptr, b.ptr, a.len))
        }
    }
}

/// Whether so many strings have the same lengths, without the first.
///
/// # Safety
/// Both point to `n` strings.
#[inline(always)]
unsafe fn same_lengths(a: *const GoStr, b: *const GoStr, n: usize) -> bool {
    // SAFETY: so many strings each (this function's contract).
    (1..n).all(|i| unsafe { (*a.add(i)).len == (*b.add(i)).len })
}

/// All of a few bytes in front of a string, in two words. A word may reach into the string's own: what it has of that is shifted out.
///
/// # Safety
/// `n` is not 0 nor above [`SHORT`]; so many bytes and a string behind them are readable at `p`.
#[inline(always)]
unsafe fn short_front(p: *const u8, n: usize) -> (u64, u64) {
    let spare = 8 * (8 - n.min(8));
    // SAFETY: each word lies within the bytes and the string (this function's contract), aligned or not.
    let word = |at: usize| u64::from_le(unsafe { p.add(at).cast::<u64>().read_unaligned() }) << spare;
    (word(0), word(n.max(8) - 8))
}

/// All of a few bytes behind a string, in two words, as [`short_front`].
///
/// # Safety
/// `n` is not 0 nor above [`SHORT`]; so many bytes at `p`, and a string before it, are readable.
#[inline(always)]
unsafe fn short_back(p: *const u8, n: usize) -> (u64, u64) {
    let spare = 8 * (8 - n.min(8));
    // SAFETY: each word lies within the string and the bytes (this function's contract), aligned or not.
    let word = |before: usize| u64::from_le(unsafe { p.add(n).sub(before).cast::<u64>().read_unaligned() }) >> spare;
    (word(n.max(8)), word(8))
}
