//! The shape of a type whose values are plain memory, strings and again plain memory, in one word: found once, so that hashing and
//! comparing such values does not walk the descriptor each time. Fields of nested structs and elements of arrays are joined.
//!
//! Not here: all other types, which `hash` and `equal` walk.

use super::hash::Hasher;
use super::raw::{Access, equal_short};
use crate::types::{ArrayType, GoStr, StructType, Type, kind};

/// How values of a type are hashed and compared: by their parts, if these are plain bytes, then strings, then plain bytes.
///
/// | bits | |
/// |---|---|
/// | 0..7 | plain bytes in front, 64 at most |
/// | 7..9 | strings, three at most, from the next word on; none: values of the type have another shape |
/// | 9..15 | plain bytes right behind them |
/// | 15 | the shape was found |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct Shape(u16);

const FRONT: usize = 64;
const TEXTS: usize = 3;
const BACK: usize = 63;
const FOUND: u16 = 1 << 15;
/// Bytes of a string.
const TEXT: usize = size_of::<GoStr>();
/// How deeply structs and arrays may nest.
const LEVELS: usize = 4;

const _: () = assert!(FRONT < 1 << 7 && TEXTS < 1 << 2 && BACK < 1 << 6);

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
        let (part, at, most) =
            if self.texts == 0 { (&mut self.front, 0, FRONT) } else { (&mut self.back, back_at, BACK) };
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
        Shape(FOUND | parts.front as u16 | (parts.texts as u16) << 7 | (parts.back as u16) << 9)
    }

    /// Whether it has parts, of which values are made: then they can be hashed and compared here.
    #[inline(always)]
    pub const fn has_parts(self) -> bool {
        self.0 & (TEXTS as u16) << 7 != 0
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
    pub unsafe fn hash<H: Hasher + ?Sized>(self, h: &H, _: Access<'_>, p: *const u8, seed: usize) -> usize {
        let parts = self.parts();
        // SAFETY: a whole value of the shape (this function's contract): its parts are where the shape says, a string's bytes are
        // readable, and there is a string.
        unsafe {
            let mut before = if parts.front != 0 { h.part(p, seed, parts.front) } else { 0 };
            if parts.back != 0 {
                // Not as the bytes in front, so that equal ones do not cancel each other.
                before ^= h.part(p.add(parts.back_at()), seed.rotate_left(32), parts.back).rotate_left(32);
            }
            let texts = p.add(parts.text_at()).cast::<GoStr>();
            let mut at = 0;
            loop {
                before = h.text_after(*texts.add(at), seed, before);
                at += 1;
                if at == parts.texts {
                    return before;
                }
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
        // readable, and there is a string. Strings are compared by bytes when they are known to be of equal length.
        unsafe {
            if parts.front != 0 && !equal_short(by, a, b, parts.front) {
                return false;
            }
            if parts.back != 0 && !equal_short(by, a.add(parts.back_at()), b.add(parts.back_at()), parts.back) {
                return false;
            }
            let (a, b) = (a.add(parts.text_at()).cast::<GoStr>(), b.add(parts.text_at()).cast::<GoStr>());
            let mut at = 0;
            loop {
                if (*a.add(at)).len != (*b.add(at)).len {
                    return false;
                }
                at += 1;
                if at == parts.texts {
                    break;
                }
            }
            at = 0;
            loop {
                let (x, y) = (*a.add(at), *b.add(at));
                if x.ptr != y.ptr && !equal_short(by, x.ptr, y.ptr, x.len) {
                    return false;
                }
                at += 1;
                if at == parts.texts {
                    return true;
                }
            }
        }
    }
}
