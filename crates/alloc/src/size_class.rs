//! Size classes: which sizes small objects are rounded to, how many pages a span of each class has, and how to
//! divide by an element size with one multiplication.
//!
//! Only arithmetic lives here: no memory is touched. The 67 small sizes, and the pages per span, are fixed:
//! embedders' programs see them in the capacities and the memory statistics that they are shown. Everything else (objects, lookup
//! tables, magic numbers) is computed from them at compile time.

/// log2 of the page size.
pub const PAGE_SHIFT: u32 = 13;
/// Bytes in a heap page (a unit of this allocator, not of the processor).
pub const PAGE: usize = 1 << PAGE_SHIFT;
/// The largest size served from size classes; anything above has a span of its own.
pub const MAX_SMALL: usize = 32768;
/// Number of size classes; class 0 stands for large objects.
pub const CLASSES: usize = 68;
/// Number of span classes: each size class once for objects with pointers, once for objects without.
pub const SPAN_CLASSES: usize = CLASSES * 2;
/// Objects below this size and without pointers share 16-byte blocks.
pub const TINY: usize = 16;
/// The class that tiny blocks are taken from.
pub const TINY_CLASS: u8 = 2;
/// Up to this object size, pointer layout is kept as one bit per word; above, as one opaque word per object.
pub const MAX_BITMAP: usize = 512;
/// No span has more objects than this.
pub const MAX_OBJECTS: usize = 1024;
/// Words of the mark bitmap that each page has room for: one bit per 16 bytes.
pub const MARK_WORDS: usize = PAGE / 16 / 64;

/// Whether spans of a class keep their marks in the page's room: one page, objects of 16 bytes or more.
pub const fn has_page_marks(class: u8) -> bool {
    class >= 2 && PAGES[class as usize] == 1
}

/// Object size of each class. Class 0 (large) has none.
pub const SIZES: [u16; CLASSES] = [
    0, 8, 16, 24, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 256, 288, 320, 352, 384, 416, 448, 480,
    512, 576, 640, 704, 768, 896, 1024, 1152, 1280, 1408, 1536, 1792, 2048, 2304, 2688, 3072, 3200, 3456, 4096, 4864, 5376,
    6144, 6528, 6784, 6912, 8192, 9472, 9728, 10240, 10880, 12288, 13568, 14336, 16384, 18432, 19072, 20480, 21760, 24576,
    27264, 28672, 32768,
];

/// Pages in a span of each class. At most an eighth of a span is wasted at its tail. (The tests derive this table and
/// [`SIZES`] from that rule.)
pub const PAGES: [u8; CLASSES] = [
    0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 1, 2, 1, 2,
    1, 3, 2, 3, 1, 3, 2, 3, 4, 5, 6, 1, 7, 6, 5, 4, 3, 5, 7, 2, 9, 7, 5, 8, 3, 10, 7, 4,
];

/// Objects in a span of each class.
pub const OBJECTS: [u16; CLASSES] = {
    let mut objects = [0u16; CLASSES];
    let mut c = 1;
    while c < CLASSES {
        objects[c] = ((PAGES[c] as usize * PAGE) / SIZES[c] as usize) as u16;
        c += 1;
    }
    objects
};

/// `n / SIZES[c] == (n * MAGIC[c]) >> 32` for every offset `n` inside a span of class `c`. For class 0 the answer is
/// always 0, which is right as well: a large span holds one object.
pub const MAGIC: [u32; CLASSES] = {
    let mut magic = [0u32; CLASSES];
    let mut c = 1;
    while c < CLASSES {
        magic[c] = u32::MAX / SIZES[c] as u32 + 1;
        c += 1;
    }
    magic
};

const STEP_LOW: usize = 8;
const STEP_HIGH: usize = 128;
const LOW_MAX: usize = 1024;

/// Class of each size up to 1024, by (size + 7) / 8.
static LOW: [u8; LOW_MAX / STEP_LOW + 1] = {
    let mut table = [0u8; LOW_MAX / STEP_LOW + 1];
    let mut i = 1;
    let mut c = 1;
    // Size 0 is treated as the smallest class.
    table[0] = 1;
    while i < table.len() {
        while (SIZES[c] as usize) < i * STEP_LOW {
            c += 1;
        }
        table[i] = c as u8;
        i += 1;
    }
    table
};

const HIGH_LEN: usize = (MAX_SMALL - LOW_MAX) / STEP_HIGH + 1;

/// Class of each size from 1024 to 32768, by (size - 1024 + 127) / 128. Padded to 256 entries (of class 0), so that a
/// byte as index needs no check.
static HIGH: [u8; 256] = {
    let mut table = [0u8; 256];
    let mut i = 0;
    let mut c = 1;
    while i < HIGH_LEN {
        while (SIZES[c] as usize) < LOW_MAX + i * STEP_HIGH {
            c += 1;
        }
        table[i] = c as u8;
        i += 1;
    }
    table
};

// What the lookup tables and the users of this module rely on.
const _: () = {
    let mut c = 1;
    while c < CLASSES {
        let size = SIZES[c] as usize;
        assert!(size > SIZES[c - 1] as usize, "sizes ascend");
        assert!(size.is_multiple_of(8), "objects are whole words");
        // A size between two steps of a table must fall into the class of the step above it.
        assert!(size.is_multiple_of(if size <= LOW_MAX { STEP_LOW } else { STEP_HIGH }));
        assert!(OBJECTS[c] as usize <= MAX_OBJECTS);
        assert!((PAGES[c] as usize * PAGE) % size <= PAGES[c] as usize * PAGE / 8, "a span wastes too much");
        // Bitmap classes have one page, so their pointer bits never cross an arena.
        assert!(size > MAX_BITMAP || PAGES[c] == 1);
        // One opaque word per object fits into the room of one bit per word.
        assert!(size <= MAX_BITMAP || OBJECTS[c] as usize * 64 * 8 <= PAGES[c] as usize * PAGE);
        c += 1;
    }
    assert!(SIZES[CLASSES - 1] as usize == MAX_SMALL);
    assert!(SIZES[TINY_CLASS as usize] as usize == TINY);
};

/// The class serving `size`, which must be at most [`MAX_SMALL`] (above, the answer is some class or other). Size 0 falls
/// into the smallest class.
#[inline(always)]
pub fn class_of(size: usize) -> u8 {
    // Neither index needs a bounds check. (Shifts, since rounding division guards against an overflow.)
    if size <= LOW_MAX {
        LOW[(size + STEP_LOW - 1) >> STEP_LOW.trailing_zeros()]
    } else {
        HIGH[((size - LOW_MAX + STEP_HIGH - 1) >> STEP_HIGH.trailing_zeros()) as u8 as usize]
    }
}

/// The usable size of an allocation of `size` bytes: the class size, or whole pages above [`MAX_SMALL`]. A size too
/// large to be rounded comes back as it is (and cannot be allocated).
#[inline]
pub fn round_up(size: usize) -> usize {
    if size <= MAX_SMALL {
        if size == 0 {
            return SIZES[1] as usize;
        }
        // Every class has a size: no way to a panic, for callers that cannot have one.
        SIZES.get(class_of(size) as usize).map_or(MAX_SMALL, |&size| size as usize)
    } else {
        match size.checked_add(PAGE - 1) {
            Some(s) => s & !(PAGE - 1),
            None => size,
        }
    }
}

/// A size class together with whether its objects hold pointers: `class * 2 + noscan`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(transparent)]
pub struct SpanClass(u8);

impl SpanClass {
    /// The span class of size class `class`.
    ///
    /// # Panics
    /// If there is no such class: tables are indexed by span classes without a check.
    #[inline(always)]
    pub const fn new(class: u8, noscan: bool) -> Self {
        assert!((class as usize) < CLASSES, "no such size class");
        Self::known(class, noscan)
    }

    /// From its packed form.
    ///
    /// # Panics
    /// If that is not below [`SPAN_CLASSES`].
    #[inline(always)]
    pub const fn from_raw(raw: u8) -> Self {
        assert!((raw as usize) < SPAN_CLASSES, "no such span class");
        SpanClass(raw)
    }

    /// [`SpanClass::new`] of a class that [`class_of`] gave.
    #[inline(always)]
    pub(crate) const fn known(class: u8, noscan: bool) -> Self {
        debug_assert!((class as usize) < CLASSES);
        SpanClass(class << 1 | noscan as u8)
    }

    /// [`SpanClass::from_raw`] of what [`SpanClass::index`] gave.
    #[inline(always)]
    pub(crate) const fn of_index(index: u8) -> Self {
        debug_assert!((index as usize) < SPAN_CLASSES);
        SpanClass(index)
    }

    /// The span class for an object of `size` <= [`MAX_SMALL`] bytes; that of some class or other above.
    #[inline(always)]
    pub fn for_size(size: usize, noscan: bool) -> Self {
        Self::known(class_of(size), noscan)
    }

    /// The size class.
    #[inline(always)]
    pub const fn class(self) -> u8 {
        self.0 >> 1
    }

    /// Whether objects of this class hold no pointers.
    #[inline(always)]
    pub const fn noscan(self) -> bool {
        self.0 & 1 != 0
    }

    /// The packed form, below [`SPAN_CLASSES`].
    #[inline(always)]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rule behind the tables. Candidate sizes lie an eighth of the last power of two apart (but at least 8, 16
    /// from 32 on, and at most 256); each gets the fewest pages that waste at most an eighth. Candidates with the same
    /// pages and objects make one class, of the largest. At last, from 1024 on, sizes grow in steps of 128 as far as
    /// the number of objects permits.
    #[test]
    fn the_tables_follow_from_the_rule() {
        let mut classes: Vec<(usize, usize)> = vec![(0, 0)];
        let (mut size, mut step) = (8, 8);
        while size <= MAX_SMALL {
            if size.is_power_of_two() {
                step = match size {
                    2048.. => 256,
                    128.. => size / 8,
                    32.. => 16,
                    _ => 8,
                };
            }
            let pages = (1..).find(|p| p * PAGE % size <= p * PAGE / 8).unwrap();
            match classes.last_mut() {
                Some(last) if last.0 != 0 && last.1 == pages && pages * PAGE / last.0 == pages * PAGE / size => {
                    last.0 = size;
                }
                _ => classes.push((size, pages)),
            }
            size += step;
        }
        for (size, pages) in &mut classes[1..] {
            if *size >= 1024 {
                let bytes = *pages * PAGE;
                *size = bytes / (bytes / *size) / STEP_HIGH * STEP_HIGH;
            }
        }
        assert_eq!(classes.len(), CLASSES);
        for (c, (size, pages)) in classes.into_iter().enumerate() {
            assert_eq!((SIZES[c] as usize, PAGES[c] as usize), (size, pages), "class {c}");
        }
    }

    #[test]
    fn every_size_gets_the_smallest_class_that_holds_it() {
        for size in 1..=MAX_SMALL {
            let c = class_of(size) as usize;
            assert!(SIZES[c] as usize >= size && (SIZES[c - 1] as usize) < size, "size {size} class {c}");
            assert_eq!(round_up(size), SIZES[c] as usize);
        }
    }

    #[test]
    fn division_by_multiplication_is_exact_in_every_span() {
        for c in 1..CLASSES {
            for off in 0..PAGES[c] as usize * PAGE {
                let q = ((off as u64 * MAGIC[c] as u64) >> 32) as usize;
                assert_eq!(q, off / SIZES[c] as usize, "class {c} offset {off}");
            }
        }
    }

    /// Span classes are indices that nobody checks again.
    #[test]
    fn there_are_no_other_span_classes() {
        for raw in SPAN_CLASSES..=usize::from(u8::MAX) {
            assert!(std::panic::catch_unwind(|| SpanClass::from_raw(raw as u8)).is_err(), "{raw}");
            assert!(std::panic::catch_unwind(|| SpanClass::new(raw as u8, false)).is_err(), "{raw}");
        }
        for size in [0, MAX_SMALL + 1, usize::MAX / 2, usize::MAX] {
            assert!(SpanClass::for_size(size, true).index() < SPAN_CLASSES, "{size}");
        }
    }

    #[test]
    fn known_capacities() {
        assert_eq!(round_up(1025 * 8), 9472);
        assert_eq!(round_up(8_388_616), 8_396_800);
        assert_eq!(round_up(32768), 32768);
        assert_eq!(round_up(32769), 40960);
        assert_eq!(round_up(usize::MAX), usize::MAX);
        assert_eq!(round_up(0), 8);
    }

    #[test]
    fn span_class_packs() {
        let sc = SpanClass::for_size(100, true);
        assert_eq!((sc.class(), sc.noscan(), sc.index()), (9, true, 19));
        assert_eq!(SpanClass::from_raw(18), SpanClass::new(9, false));
    }
}
