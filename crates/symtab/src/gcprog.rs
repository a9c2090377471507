//! Programs that say where the pointers of a large value are, and a cursor that runs any part of one.
//!
//! A program writes a mask: one bit per word, 1 for a word that may be a pointer. It is a sequence of
//!
//! | first byte | meaning |
//! |---|---|
//! | `0000_0000` | end |
//! | `0nnn_nnnn` | the next `n` bits stand in the following `ceil(n / 8)` bytes, lowest bit first |
//! | `1000_0000 n c` | repeat the last `n` bits `c` times; both are varints |
//! | `1nnn_nnnn c` | the same with `n` in the first byte |
//!
//! What is repeated may hold repetitions itself, as arrays of structures of arrays do. A value is scanned in pieces, so that
//! a program is asked for a range of its bits, over and over: [`Cursor`] begins anywhere without writing what comes before.
//! A short period is a pattern in a register. A long one is walked by a *level* of its own, which moves through the
//! instructions that wrote the period and goes back to the first of them at its end. So a range costs the number of its bits
//! over the length of the runs in which they come, and the program's length for each time that a level is begun: once for
//! the range and once for each long repetition in it. No bit outside the range is written.
//!
//! Not here: masks of types (`crate::types::gcprog`).

use core::ops::Range;

/// Long repetitions inside of each other that have levels. Deeper ones are right too, but each run is looked up from the
/// program's start: the compiler flattens arrays of arrays, so that a level is an array in a structure in an array.
const LEVELS: usize = 8;
/// The longest period that is kept as a pattern.
const SHORT: usize = 64;
/// Bits that one load from a literal gives, whatever the offset in the first byte.
const LOAD: usize = 56;

/// An instruction, and the first bit that it writes.
#[derive(Clone, Copy)]
struct Place {
    inst: *const u8,
    at: usize,
}

#[derive(Clone, Copy)]
enum Inst {
    /// Bits from this address.
    Literal(*const u8),
    /// Bits from so far back.
    Repeat(usize),
    End,
}

/// An instruction that was read.
#[derive(Clone, Copy)]
struct Read {
    inst: Inst,
    /// How many bits it writes; those of the end are endless.
    len: usize,
    /// The instruction after it.
    next: Place,
}

impl Place {
    /// Reads the instruction.
    ///
    /// # Safety
    /// It is one of a whole program.
    #[inline]
    unsafe fn read(self) -> Read {
        let mut p = self.inst;
        // SAFETY: each read is of a byte that the encoding of a whole program says is there: the instruction's first byte, the
        // varints of a repetition. The bytes of a literal are passed over to the next instruction, which there is.
        unsafe {
            let op = *p;
            p = p.add(1);
            let n = usize::from(op & 0x7f);
            let (inst, len) = match (op & 0x80 != 0, n) {
                (false, 0) => return Read { inst: Inst::End, len: usize::MAX - self.at, next: self },
                (false, n) => {
                    let bits = p;
                    p = p.add(n.div_ceil(8));
                    (Inst::Literal(bits), n)
                }
                (true, n) => {
                    let n = if n == 0 { varint(&mut p) } else { n };
                    (Inst::Repeat(n), varint(&mut p).saturating_mul(n).min(usize::MAX / 2 - self.at))
                }
            };
            Read { inst, len, next: Place { inst: p, at: self.at + len } }
        }
    }

    /// The instruction that writes bit `want`, which this one or a later one does.
    ///
    /// # Safety
    /// As for [`Place::read`].
    unsafe fn seek(self, want: usize) -> Place {
        let mut place = self;
        loop {
            // SAFETY: an instruction of a whole program (this function's contract), or the one after an instruction that is
            // not the end, which is endless.
            let r = unsafe { place.read() };
            #[cfg(test)]
            tests::step();
            if want - place.at < r.len {
                return place;
            }
            place = r.next;
        }
    }
}

/// # Safety
/// `*p` is at a whole varint.
unsafe fn varint(p: &mut *const u8) -> usize {
    let (mut v, mut shift) = (0usize, 0u32);
    loop {
        // SAFETY: a whole varint is at `*p` (this function's contract): its bytes up to the first below 0x80 are there, and
        // one past a byte is at most the end of what it is in.
        let byte = unsafe {
            let byte = **p;
            *p = p.add(1);
            byte
        };
        v |= usize::from(byte & 0x7f).wrapping_shl(shift);
        shift += 7;
        if byte < 0x80 {
            return v;
        }
    }
}

/// The `n <= LOAD` bits from bit `off` on.
///
/// # Safety
/// They are there.
#[inline]
unsafe fn load(bits: *const u8, off: usize, n: usize) -> u64 {
    let mut word = 0u64;
    for i in off / 8..(off + n).div_ceil(8) {
        // SAFETY: a byte that holds one of the bits.
        word |= u64::from(unsafe { *bits.add(i) }) << (8 * (i - off / 8));
    }
    low(word >> (off % 8), n)
}

/// The low `n` bits.
#[inline]
fn low(word: u64, n: usize) -> u64 {
    if n < 64 { word & ((1 << n) - 1) } else { word }
}

/// Bits of a mask that follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// The bits, lowest first. Those from the 64th on are zero.
    pub bits: u64,
    /// How many there are: more than 64 only if all are zero.
    pub len: usize,
}

/// A walk through a part of the output.
#[derive(Clone, Copy)]
struct Level {
    /// From `hi` it goes back to `lo`.
    lo: usize,
    hi: usize,
    /// The instruction that writes bit `lo`.
    base: Place,
    /// The current instruction.
    place: Place,
    read: Read,
    /// The next bit.
    pos: usize,
    /// Bits still to be given.
    left: usize,
    /// Bits that the cursor had given when this level was last put to another place.
    moved: usize,
    /// The current instruction's period, as often as it fits, and how many bits that are (0: not made yet).
    pattern: (u64, usize),
}

impl Level {
    /// # Safety
    /// `base` is in a whole program and writes `lo`; `pos` is not before `lo`.
    unsafe fn at(lo: usize, hi: usize, base: Place, pos: usize, left: usize, given: usize) -> Level {
        // SAFETY: `base` is an instruction of a whole program (this function's contract), and so is what `seek` finds from
        // it.
        let (place, read) = unsafe {
            let place = base.seek(pos);
            (place, place.read())
        };
        Level { lo, hi, base, place, read, pos, left, moved: given, pattern: (0, 0) }
    }

    /// Goes on to the instruction that writes `pos`.
    ///
    /// # Safety
    /// The program is whole.
    #[inline]
    unsafe fn settle(&mut self, given: usize) {
        if self.pos == self.hi {
            // SAFETY: the level's own.
            *self = unsafe { Level::at(self.lo, self.hi, self.base, self.lo, self.left, given) };
        }
        while self.pos - self.place.at >= self.read.len {
            #[cfg(test)]
            tests::step();
            self.place = self.read.next;
            // SAFETY: the end is endless, so that it has not been passed.
            self.read = unsafe { self.place.read() };
            self.pattern = (0, 0);
        }
    }
}

/// Gives the bits of a range, in runs.
pub struct Cursor {
    start: Place,
    levels: [Level; LEVELS],
    depth: usize,
    given: usize,
    /// The last 64 bits that were given, the newest on top.
    last: u64,
}

impl Cursor {
    /// Begins at the start of `range`, in bits.
    ///
    /// # Safety
    /// `program` is at a whole program, which stays.
    pub unsafe fn new(program: *const u8, range: Range<usize>) -> Cursor {
        let start = Place { inst: program, at: 0 };
        // SAFETY: the first instruction of a whole program (this function's contract), which writes bit 0; no bit is before
        // that.
        let first = unsafe { Level::at(0, usize::MAX, start, range.start, range.len(), 0) };
        Cursor { start, levels: [first; LEVELS], depth: 0, given: 0, last: 0 }
    }

    fn give(&mut self, bits: u64, len: usize) -> Run {
        let l = &mut self.levels[self.depth];
        l.pos += len;
        l.left -= len;
        self.given += len;
        self.last = if len >= 64 {
            bits
        } else if len == 0 {
            self.last
        } else {
            self.last >> len | bits << (64 - len)
        };
        Run { bits, len }
    }

    /// The next run; `None` at the end of the range, or of the program.
    #[expect(clippy::should_implement_trait, reason = "an iterator's adaptors are of no use here")]
    pub fn next(&mut self) -> Option<Run> {
        loop {
            #[cfg(test)]
            tests::step();
            let given = self.given;
            let l = &mut self.levels[self.depth];
            if l.left == 0 {
                self.depth = self.depth.checked_sub(1)?;
                continue;
            }
            // SAFETY: `new` was promised a whole program.
            unsafe { l.settle(given) };
            let off = l.pos - l.place.at;
            let most = (l.read.len - off).min(l.left).min(l.hi - l.pos);
            match l.read.inst {
                Inst::End => return None,
                Inst::Literal(bits) => {
                    let n = most.min(LOAD);
                    // SAFETY: the literal has `len` bits.
                    let bits = unsafe { load(bits, off, n) };
                    return Some(self.give(bits, n));
                }
                // Nothing to repeat: no program of Go's.
                Inst::Repeat(n) if n > l.place.at => return Some(self.give(0, most)),
                Inst::Repeat(n) if n <= SHORT => {
                    if l.pattern.1 == 0 {
                        let from = l.place.at - n;
                        let period =
                            if off == 0 && given - l.moved >= n { self.last >> (64 - n) } else { self.window(from, n) };
                        self.levels[self.depth].pattern = replicate(period, n);
                    }
                    let (pattern, width) = self.levels[self.depth].pattern;
                    if pattern == 0 {
                        return Some(self.give(0, most));
                    }
                    let phase = off % width;
                    let n = most.min(width - phase);
                    return Some(self.give(low(pattern >> phase, n), n));
                }
                Inst::Repeat(n) => {
                    if self.depth + 1 == LEVELS {
                        let pos = l.pos;
                        let (bits, n) = self.lookup(pos, most);
                        return Some(self.give(bits, n));
                    }
                    let (lo, hi) = (l.place.at - n, l.place.at);
                    // SAFETY: `new` was promised a whole program; either place is at or before the instruction that writes `lo`.
                    let new = unsafe {
                        let base = if l.base.at <= lo { l.base } else { self.start }.seek(lo);
                        Level::at(lo, hi, base, lo + off % n, most, given)
                    };
                    // What the new level gives is this one's.
                    l.pos += most;
                    l.left -= most;
                    self.depth += 1;
                    self.levels[self.depth] = new;
                }
            }
        }
    }

    /// Some bits from bit `want` on, at most `most` and [`LOAD`]: looked up where they were copied from, from the start.
    fn lookup(&self, mut want: usize, mut most: usize) -> (u64, usize) {
        loop {
            // SAFETY: `new` was promised a whole program.
            let (place, r) = unsafe {
                let place = self.start.seek(want);
                (place, place.read())
            };
            let off = want - place.at;
            most = most.min(r.len - off);
            match r.inst {
                Inst::Literal(bits) => {
                    let n = most.min(LOAD);
                    // SAFETY: the literal has `len` bits.
                    return (unsafe { load(bits, off, n) }, n);
                }
                Inst::Repeat(n) if n <= place.at => {
                    most = most.min(n - off % n);
                    want = place.at - n + off % n;
                }
                Inst::Repeat(_) | Inst::End => return (0, most.min(LOAD)),
            }
        }
    }

    /// The `n <= 64` bits from bit `from` on.
    fn window(&self, from: usize, n: usize) -> u64 {
        let (mut word, mut have) = (0, 0);
        while have < n {
            let (bits, k) = self.lookup(from + have, n - have);
            word |= bits << have;
            have += k;
        }
        word
    }
}

/// A period of `n` bits as often as it fits in a word, and how many bits that are.
fn replicate(period: u64, n: usize) -> (u64, usize) {
    let width = 64 / n * n;
    let (mut pattern, mut have) = (period, n);
    while have < width {
        pattern |= pattern << have;
        have *= 2;
    }
    (low(pattern, width), width)
}

/// Calls `each` with the index of every word in `words` that holds a pointer, in order, until it fails.
///
/// # Errors
/// The first one of `each`.
///
/// # Safety
/// `program` is at a whole program.
#[inline]
pub unsafe fn try_each<E>(
    program: *const u8,
    words: Range<usize>,
    mut each: impl FnMut(usize) -> Result<(), E>,
) -> Result<(), E> {
    let mut at = words.start;
    // SAFETY: a whole program is at `program` (this function's contract), and stays for the duration of this call, which
    // the cursor does not outlive.
    let mut cursor = unsafe { Cursor::new(program, words) };
    while let Some(Run { mut bits, len }) = cursor.next() {
        while bits != 0 {
            each(at + bits.trailing_zeros() as usize)?;
            bits &= bits - 1;
        }
        at += len;
    }
    Ok(())
}

#[cfg(test)]
#[path = "gcprog_tests.rs"]
mod tests;
