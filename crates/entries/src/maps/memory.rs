//! What the memory of a map of a Go type is to goxide-maps. Not here: its keys (`schema`).

use core::ptr::{null, null_mut};
use goxide_gotypes::mem::{self, Mem as _};
use goxide_gotypes::types::{MapType, Type, layout};
use goxide_maps::{self as maps, Memory, Meta};
use goxide_rt::memory::GoMem;

/// Memory for one type of map.
#[derive(Clone, Copy)]
pub(super) struct GoMaps<'t, const QUIET: bool = false> {
    map_type: *const MapType,
    mem: GoMem<'t, QUIET>,
}

impl<'t, const QUIET: bool> GoMaps<'t, QUIET> {
    /// # Safety
    /// `t` is the descriptor of a map type.
    #[inline(always)]
    pub(super) unsafe fn new(t: *const MapType, mem: GoMem<'t, QUIET>) -> GoMaps<'t, QUIET> {
        GoMaps { map_type: t, mem }
    }

    #[inline(always)]
    fn typ(&self) -> &MapType {
        // SAFETY: a descriptor (`new`), and descriptors of the program live forever.
        unsafe { &*self.map_type }
    }

    /// A row of values, clear.
    ///
    /// # Safety
    /// `t` is null or a descriptor.
    unsafe fn clear_row(&self, size: usize, t: *const Type) -> *mut u8 {
        // SAFETY: `t` is null or a descriptor (this function's contract), which outlives any memory.
        unsafe { self.mem.alloc_apart(size, t, true) }
    }
}

// SAFETY: Go's heap gives zeroed, aligned memory that the collector keeps; moves are typed.
unsafe impl<const QUIET: bool> Memory for GoMaps<'_, QUIET> {
    fn alloc_groups(&self, n: usize) -> *mut u8 {
        let bucket = self.typ().bucket;
        // SAFETY: the compiler's type of one group.
        unsafe {
            match (*bucket).size.checked_mul(n) {
                Some(size) => self.clear_row(size, bucket),
                None => null_mut(),
            }
        }
    }

    fn alloc_controls(&self, n: usize) -> *mut u64 {
        // SAFETY: memory without pointers.
        unsafe { self.clear_row(n * 8, null()).cast() }
    }

    fn alloc_directory(&self, n: usize) -> *mut maps::Entry {
        // SAFETY: an array of pointers.
        unsafe { self.clear_row(n * size_of::<maps::Entry>(), &raw const layout::POINTER).cast() }
    }

    fn alloc_metas(&self, n: usize) -> *mut Meta {
        // SAFETY: memory without pointers.
        unsafe { self.clear_row(n * size_of::<Meta>(), null()).cast() }
    }

    fn alloc_key(&self) -> *mut u8 {
        let t = self.typ().key;
        // SAFETY: a descriptor.
        unsafe { self.clear_row((*t).size, t) }
    }

    fn alloc_elem(&self) -> *mut u8 {
        let t = self.typ().elem;
        // SAFETY: a descriptor.
        unsafe { self.clear_row((*t).size, t) }
    }

    unsafe fn copy_key(&self, dst: *mut u8, src: *const u8) {
        // SAFETY: both point to memory for a key of the map's type that does not overlap (the trait's contract); a key of
        // the program's is there, since it was hashed.
        unsafe { mem::moves::move_value(&self.mem, self.typ().key, dst, src) }
    }

    unsafe fn copy_elem(&self, dst: *mut u8, src: *const u8) {
        // SAFETY: both point to memory for an element of the map's type that does not overlap (the trait's contract), in
        // the map's own memory.
        unsafe { mem::moves::move_value(&self.mem, self.typ().elem, dst, src) }
    }

    #[inline(always)]
    unsafe fn clear_key(&self, slot: *mut u8) {
        // SAFETY: `slot` points to a key of the map's type (the trait's contract), in the map's own memory.
        unsafe { mem::moves::clear_value(&self.mem, self.typ().key, slot) }
    }

    #[inline(always)]
    unsafe fn clear_elem(&self, slot: *mut u8) {
        // SAFETY: `slot` points to an element of the map's type (the trait's contract), in the map's own memory.
        unsafe { mem::moves::clear_value(&self.mem, self.typ().elem, slot) }
    }

    unsafe fn clear_groups(&self, groups: *mut u8, n: usize) {
        // SAFETY: `groups` points to `n` groups of the map's type (the trait's contract), which its bucket type describes,
        // in the map's own memory.
        unsafe { mem::moves::clear_array(&self.mem, self.typ().bucket, groups, n) }
    }

    #[inline(always)]
    unsafe fn store_pointer(&self, slot: *mut *mut u8, value: *mut u8) {
        // SAFETY: `slot` may be written (the trait's contract), and so be read; it is a pointer slot of the map's own
        // memory.
        unsafe {
            if self.mem.write_barrier_on() {
                self.mem.barrier_ptr(slot.cast(), value as usize);
            }
            slot.write(value);
        }
    }

    fn plain_copies(&self) -> bool {
        !self.mem.write_barrier_on()
    }

    fn random(&self) -> u64 {
        goxide_rt::random::fastrand64()
    }

    fn hash_seed(&self) -> u64 {
        goxide_rt::random::hash_seed()
    }
}
