//! What a map must know of its keys and elements ([`Schema`]), and the ready-made schemas for integer and string keys.
use crate::hash;
use crate::seam::Memory;
use core::convert::Infallible;

/// The shape of a map's groups, and how its keys are hashed and compared.
///
/// A group is `{ control: [u8; 8], keys: [slot; 8], elems: [slot; 8], unused: word }`. A key slot holds the key, or, if keys
/// are indirect, a pointer to it; likewise the elements.
///
/// The methods are called on the stack of the operation, in the midst of it: they must not call back into the map, nor move
/// the stack on which the map or a key lies.
///
/// # Safety
/// Slot sizes and the group size must fit each other and stay the same; `store` must make `load` and `equal` see the key.
pub unsafe trait Schema {
    /// A key as operations receive it.
    type Key: Copy;
    /// Why a key cannot be hashed or compared; `Infallible` if all can.
    type Error;
    /// Whether a map of one group is searched by comparing keys, without hashing (if hashing costs more).
    const SCAN_SMALL: bool = false;
    /// Lines of a group that a look-up in a large map asks for ahead: few where the first have most of the keys, since a key that is not there needs
    /// none.
    const LINES_AHEAD: usize = 3;

    /// Bytes of a group.
    fn group_size(&self) -> usize;
    /// Bytes of a key slot.
    fn key_slot(&self) -> usize;
    /// Bytes of an element slot.
    fn elem_slot(&self) -> usize;
    /// Key slots hold pointers to keys.
    #[inline(always)]
    fn indirect_key(&self) -> bool {
        false
    }
    /// Element slots hold pointers to elements.
    #[inline(always)]
    fn indirect_elem(&self) -> bool {
        false
    }
    /// All keys equal themselves.
    #[inline(always)]
    fn reflexive_key(&self) -> bool {
        true
    }
    /// Equal keys may differ, and assignment stores the new one.
    #[inline(always)]
    fn need_key_update(&self) -> bool {
        false
    }
    /// Look-ups in an empty map must hash the key, for the error.
    #[inline(always)]
    fn hash_may_fail(&self) -> bool {
        false
    }

    /// The key's hash, of which the upper 32 bits are used. Equal keys have equal hashes; keys that do not equal
    /// themselves need not.
    ///
    /// # Errors
    /// If the key has no hash.
    ///
    /// # Safety
    /// `key` is valid.
    unsafe fn hash(&self, key: Self::Key, seed: u64) -> Result<u64, Self::Error>;
    /// Looks at the memory of a key that is about to be deleted from a map which is searched without hashing it: what is not there is found
    /// out here, as the hash would, whatever the map holds.
    ///
    /// # Safety
    /// `key` is valid.
    #[inline(always)]
    unsafe fn probe(&self, key: Self::Key) {
        _ = key;
    }
    /// Whether `key` equals the stored key.
    ///
    /// # Errors
    /// If the keys cannot be compared.
    ///
    /// # Safety
    /// Both are valid.
    unsafe fn equal(&self, key: Self::Key, stored: *const u8) -> Result<bool, Self::Error>;
    /// A stored key, as operations receive it.
    ///
    /// # Safety
    /// `stored` points to a key that lives as long as the result is used.
    unsafe fn load(&self, stored: *const u8) -> Self::Key;
    /// Stores a key in memory that holds none or an equal one.
    ///
    /// # Safety
    /// `to` points to memory for a key; `key` is valid.
    unsafe fn store<M: Memory>(&self, memory: &M, to: *mut u8, key: Self::Key);
}

/// Sizes that the ready-made schemas are given.
///
/// # Safety
/// They are those of groups with the schema's key slots, and stay the same.
pub unsafe trait Sizes: Copy {
    /// Bytes of an element slot.
    fn elem_slot(self) -> usize;
    /// Bytes of a group.
    fn group_size(self) -> usize;
}

/// Sizes as numbers.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Bytes of an element slot.
    pub elem_slot: usize,
    /// Bytes of a group.
    pub group_size: usize,
}

impl Shape {
    /// The shape with `key` and `elem` bytes per slot. Both multiples of their alignments, which are at most eight.
    pub const fn new(key: usize, elem: usize) -> Shape {
        Shape { elem_slot: elem, group_size: 8 + 8 * key + 8 * elem + 8 }
    }
}

// SAFETY: numbers, of which those that give them answer that they fit.
unsafe impl Sizes for Shape {
    #[inline(always)]
    fn elem_slot(self) -> usize {
        self.elem_slot
    }
    #[inline(always)]
    fn group_size(self) -> usize {
        self.group_size
    }
}

macro_rules! shape {
    ($key_slot:expr) => {
        type Error = Infallible;
        const LINES_AHEAD: usize = if $key_slot > 8 { 2 } else { 1 };
        #[inline(always)]
        fn group_size(&self) -> usize {
            self.0.group_size()
        }
        #[inline(always)]
        fn key_slot(&self) -> usize {
            $key_slot
        }
        #[inline(always)]
        fn elem_slot(&self) -> usize {
            self.0.elem_slot()
        }
    };
}

/// Keys of four bytes without pointers, compared bit by bit.
#[derive(Clone, Copy, Debug)]
pub struct Fast32<Z = Shape>(pub Z);

// SAFETY: a key slot is the four bytes that `store` writes and the others read.
unsafe impl<Z: Sizes> Schema for Fast32<Z> {
    type Key = u32;
    shape!(4);
    #[inline(always)]
    unsafe fn hash(&self, key: u32, seed: u64) -> Result<u64, Infallible> {
        Ok(hash::hash32(key, seed))
    }
    #[inline(always)]
    unsafe fn equal(&self, key: u32, stored: *const u8) -> Result<bool, Infallible> {
        // SAFETY: `stored` points to a key.
        Ok(unsafe { self.load(stored) } == key)
    }
    #[inline(always)]
    unsafe fn load(&self, stored: *const u8) -> u32 {
        // SAFETY: `stored` points to a key; key slots are aligned by the group's layout.
        unsafe { stored.cast::<u32>().read() }
    }
    #[inline(always)]
    unsafe fn store<M: Memory>(&self, _: &M, to: *mut u8, key: u32) {
        // SAFETY: `to` is memory for a key.
        unsafe { to.cast::<u32>().write(key) }
    }
}

/// Keys of eight bytes without pointers, compared bit by bit.
#[derive(Clone, Copy, Debug)]
pub struct Fast64<Z = Shape>(pub Z);

// SAFETY: a key slot is the eight bytes that `store` writes and the others read.
unsafe impl<Z: Sizes> Schema for Fast64<Z> {
    type Key = u64;
    shape!(8);
    #[inline(always)]
    unsafe fn hash(&self, key: u64, seed: u64) -> Result<u64, Infallible> {
        Ok(hash::hash64(key, seed))
    }
    #[inline(always)]
    unsafe fn equal(&self, key: u64, stored: *const u8) -> Result<bool, Infallible> {
        // SAFETY: `stored` points to a key.
        Ok(unsafe { self.load(stored) } == key)
    }
    #[inline(always)]
    unsafe fn load(&self, stored: *const u8) -> u64 {
        // SAFETY: `stored` points to a key; key slots are aligned by the group's layout.
        unsafe { stored.cast::<u64>().read() }
    }
    #[inline(always)]
    unsafe fn store<M: Memory>(&self, _: &M, to: *mut u8, key: u64) {
        // SAFETY: `to` is memory for a key.
        unsafe { to.cast::<u64>().write(key) }
    }
}

/// Keys that are one pointer, compared as such. Hashes as [`Fast64`].
#[derive(Clone, Copy, Debug)]
pub struct FastPointer<Z = Shape>(pub Z);

// SAFETY: a key slot is the pointer that `store` writes and the others read.
unsafe impl<Z: Sizes> Schema for FastPointer<Z> {
    type Key = *mut u8;
    shape!(8);
    #[inline(always)]
    unsafe fn hash(&self, key: *mut u8, seed: u64) -> Result<u64, Infallible> {
        Ok(hash::hash64(key.addr() as u64, seed))
    }
    #[inline(always)]
    unsafe fn equal(&self, key: *mut u8, stored: *const u8) -> Result<bool, Infallible> {
        // SAFETY: `stored` points to a key.
        Ok(unsafe { self.load(stored) } == key)
    }
    #[inline(always)]
    unsafe fn load(&self, stored: *const u8) -> *mut u8 {
        // SAFETY: `stored` points to a key; key slots are aligned by the group's layout.
        unsafe { stored.cast::<*mut u8>().read() }
    }
    #[inline(always)]
    unsafe fn store<M: Memory>(&self, memory: &M, to: *mut u8, key: *mut u8) {
        // SAFETY: `to` is memory for a key.
        unsafe { memory.store_pointer(to.cast(), key) }
    }
}

/// A string key: `len` bytes at `ptr`.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Str {
    /// The bytes; anything if there are none.
    pub ptr: *const u8,
    /// Their number.
    pub len: usize,
}

impl Str {
    /// # Safety
    /// `len` bytes at `ptr` are readable and stay as they are for `'a`.
    #[inline(always)]
    unsafe fn bytes<'a>(self) -> &'a [u8] {
        if self.len == 0 {
            return &[];
        }
        // SAFETY: there are bytes, and they are readable and stay as they are for `'a` (this function's contract).
        unsafe { core::slice::from_raw_parts(self.ptr, self.len) }
    }
}

/// String keys. Assignment stores the new key, as it may be part of a smaller allocation.
#[derive(Clone, Copy, Debug)]
pub struct FastStr<Z = Shape>(pub Z);

// SAFETY: a key slot is the `Str` that `store` writes and the others read.
unsafe impl<Z: Sizes> Schema for FastStr<Z> {
    type Key = Str;
    shape!(16);
    const SCAN_SMALL: bool = true;
    #[inline(always)]
    fn need_key_update(&self) -> bool {
        true
    }
    #[inline(always)]
    unsafe fn hash(&self, key: Str, seed: u64) -> Result<u64, Infallible> {
        // SAFETY: `key` is valid.
        Ok(unsafe { hash::hash_memory(key.ptr, key.len, seed) })
    }
    #[inline(always)]
    unsafe fn probe(&self, key: Str) {
        /// No page is smaller.
        const PAGE: usize = 4096;
        // SAFETY: `key` is valid: its bytes are readable, of which a first and a last one are read only if there are some. Volatile, since
        // the values are not used.
        unsafe {
            if key.len != 0 {
                key.ptr.read_volatile();
                key.ptr.add(key.len - 1).read_volatile();
            }
            if key.len > PAGE {
                core::hint::black_box(hash::hash_memory(key.ptr, key.len, 0));
            }
        }
    }
    #[inline(always)]
    unsafe fn equal(&self, key: Str, stored: *const u8) -> Result<bool, Infallible> {
        // SAFETY: both are valid.
        unsafe {
            let other = self.load(stored);
            Ok(other.len == key.len && (other.ptr == key.ptr || same_bytes(key.bytes(), other.bytes())))
        }
    }
    #[inline(always)]
    unsafe fn load(&self, stored: *const u8) -> Str {
        // SAFETY: `stored` points to a key; key slots are aligned by the group's layout.
        unsafe { stored.cast::<Str>().read() }
    }
    #[inline(always)]
    unsafe fn store<M: Memory>(&self, memory: &M, to: *mut u8, key: Str) {
        // SAFETY: `to` is memory for a key.
        unsafe {
            memory.store_pointer(to.cast(), key.ptr.cast_mut());
            (&raw mut (*to.cast::<Str>()).len).write(key.len);
        }
    }
}

/// [`FastStr`] for keys of at most [`ShortStr::MAX`] bytes: nothing it does is a call. The map may hold longer keys besides.
#[derive(Clone, Copy, Debug)]
pub struct ShortStr<Z = Shape>(pub Z);

impl ShortStr<Shape> {
    /// The length of the longest key that may be asked for.
    pub const MAX: usize = hash::SHORT;
}

// SAFETY: a key slot is the `Str` that `store` writes and the others read.
unsafe impl<Z: Sizes> Schema for ShortStr<Z> {
    type Key = Str;
    shape!(16);
    const SCAN_SMALL: bool = true;
    #[inline(always)]
    fn need_key_update(&self) -> bool {
        true
    }
    #[inline(always)]
    unsafe fn hash(&self, key: Str, seed: u64) -> Result<u64, Infallible> {
        // SAFETY: `key` is valid, and short.
        Ok(unsafe { hash::hash_short(key.ptr, key.len, seed) })
    }
    #[inline(always)]
    unsafe fn probe(&self, key: Str) {
        // SAFETY: `key` is valid.
        unsafe { FastStr(self.0).probe(key) }
    }
    #[inline(always)]
    unsafe fn equal(&self, key: Str, stored: *const u8) -> Result<bool, Infallible> {
        // SAFETY: both are valid; where the lengths are equal, both are short.
        unsafe {
            let other = self.load(stored);
            Ok(other.len == key.len && (other.ptr == key.ptr || same_short(key.ptr, other.ptr, key.len)))
        }
    }
    #[inline(always)]
    unsafe fn load(&self, stored: *const u8) -> Str {
        // SAFETY: `stored` points to a key; key slots are aligned by the group's layout.
        unsafe { stored.cast::<Str>().read() }
    }
    #[inline(always)]
    unsafe fn store<M: Memory>(&self, memory: &M, to: *mut u8, key: Str) {
        // SAFETY: `to` is memory for a key, and `key` is valid.
        unsafe { FastStr(self.0).store(memory, to, key) }
    }
}

/// Equality of `n` bytes each, sixteen at most.
///
/// # Safety
/// `n` bytes are readable at both.
#[inline(always)]
unsafe fn same_short(a: *const u8, b: *const u8, n: usize) -> bool {
    // SAFETY: every read lies within the `n` bytes of both (this function's contract).
    unsafe {
        if n >= 8 {
            let eq = |at: usize| a.add(at).cast::<u64>().read_unaligned() ^ b.add(at).cast::<u64>().read_unaligned();
            eq(0) | eq(n - 8) == 0
        } else if n >= 4 {
            let eq = |at: usize| a.add(at).cast::<u32>().read_unaligned() ^ b.add(at).cast::<u32>().read_unaligned();
            eq(0) | eq(n - 4) == 0
        } else {
            // With no more registers than above.
            let two = |p: *const u8| p.add(n - 2).cast::<u16>().read_unaligned();
            n == 0 || *a == *b && (n == 1 || two(a) == two(b))
        }
    }
}

/// Equality of byte strings of the same length; short ones without a call.
#[inline(always)]
fn same_bytes(a: &[u8], b: &[u8]) -> bool {
    let n = a.len();
    let (whole_a, whole_b) = (a, b);
    let (a, b) = (a.as_ptr(), b.as_ptr());
    // SAFETY: every read lies within the `n` bytes of both.
    unsafe {
        if n <= hash::SHORT {
            return same_short(a, b, n);
        }
        let eq = |at: usize| a.add(at).cast::<u64>().read_unaligned() ^ b.add(at).cast::<u64>().read_unaligned();
        // The ends tell most strings apart.
        eq(0) | eq(n - 8) == 0 && if n <= 32 { eq(8) | eq(n - 16) == 0 } else { whole_a == whole_b }
    }
}
