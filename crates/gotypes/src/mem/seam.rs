//! What this part of the runtime asks of the allocator and the collector.

use super::raw::Access;
use crate::types::Type;

/// Memory of the Go heap, and the collector's write barriers.
///
/// Who calls: the functions of `iface`, `mem`, `slices`, `text` and `types` that make or move Go values, on the stack
/// and thread that their own caller chose. An instance is a handle; all methods take `&self`.
///
/// # Safety
/// Implementations give memory that is valid, writable, and belongs to the caller alone until it is published; it is
/// aligned to 8 if `size` is a multiple of 8, to 4 if a multiple of 4, to 2 if even.
pub unsafe trait Mem {
    /// A block of at least `size` bytes. Never null: an implementation that runs out ends the program.
    ///
    /// `ty` says where pointers are, null means nowhere. If `size` is a multiple of the type's size, the block is an
    /// array of it. With `zero` the block is cleared; a block with pointers is always asked for cleared.
    /// `size` 0 gives an address that may be shared by all such blocks.
    ///
    /// # Safety
    /// `ty` is null or a descriptor that outlives the block.
    unsafe fn alloc(&self, size: usize, ty: *const Type, zero: bool) -> *mut u8;

    /// How many bytes [`Mem::alloc`] really sets aside when asked for `size`. Costs a table look-up.
    fn round_up(&self, size: usize) -> usize;

    /// Whether the collector is marking, so that stores of pointers must be announced. The answer holds until the
    /// caller's next safepoint.
    fn write_barrier_on(&self) -> bool;

    /// Announces that `new` is about to be stored in `slot`. Called only while the barrier is on.
    ///
    /// # Safety
    /// `slot` is a readable pointer slot; `new` is 0 or a Go pointer.
    unsafe fn barrier_ptr(&self, slot: *mut usize, new: usize);

    /// Announces that `size` bytes at `src` are about to be copied to `dst`, or that `dst` is about to be cleared if
    /// `src` is 0. Both begin at the start of a value; `size` may end before its scalar tail, and is a multiple of 8.
    /// Called only while the barrier is on.
    ///
    /// # Safety
    /// Both ranges are readable. `dst` may lie in the heap, in data, in bss, or on a stack (then nothing need be done).
    unsafe fn barrier_bulk(&self, dst: usize, src: usize, size: usize);

    /// Announces the pointers in a block that was just allocated and filled by a copy. The copy may come first, since the caller
    /// reaches no safepoint in between and the block is the caller's alone; so what is announced is read from memory that is there.
    ///
    /// # Safety
    /// `size` bytes at `dst` are readable and begin at the start of a value.
    unsafe fn barrier_bulk_fresh(&self, dst: usize, size: usize) {
        // SAFETY: `size` bytes at `dst` are readable (this function's contract), as source and destination of the same
        // copy.
        unsafe { self.barrier_bulk(dst, dst, size) }
    }

    /// Runs `f`, which touches memory that the program named: behind its pointers, in its strings and slices. If it is not there the
    /// fault is the program's: `f` never comes back, and the goroutine panics where it called the entry, so that nothing may be alive
    /// in the entry then that must be dropped, unlocked or finished. `f` itself takes no lock, allocates nothing, and changes nothing but
    /// what it makes. Regions do not nest. Costs two stores.
    ///
    /// By default, a fault ends the process as ever.
    #[inline(always)]
    fn touch<R>(&self, f: impl FnOnce(Access<'_>) -> R) -> R {
        // SAFETY: an implementation without faults of its own: the accesses are plain ones.
        f(unsafe { Access::new() })
    }

    /// Largest size of a block.
    fn max_alloc(&self) -> usize {
        1 << 48
    }

    /// Address of values that have no size.
    fn zero_base(&self) -> *mut u8 {
        static ZERO_BASE: u64 = 0;
        (&raw const ZERO_BASE).cast_mut().cast()
    }

    /// 256 little-endian words, each holding its index: boxes for small numbers and one-byte strings.
    fn small_values(&self) -> *const u64 {
        (&raw const SMALL_VALUES).cast()
    }

    /// At least 24 bytes that are zero and stay so: the box of empty strings and nil slices.
    fn zero_value(&self) -> *const u8 {
        static ZERO: [u64; 4] = [0; 4];
        (&raw const ZERO).cast()
    }
}

static SMALL_VALUES: [u64; 256] = {
    let mut t = [0; 256];
    let mut i = 0;
    while i < 256 {
        t[i] = i as u64;
        i += 1;
    }
    t
};

/// Memory that is never given back, for the runtime's own tables.
///
/// # Safety
/// The memory is zeroed, valid and writable forever, and used by nothing else.
pub unsafe trait Persistent {
    /// A zeroed block. Never null: an implementation that runs out ends the program. `align` is a power of two.
    fn persistent(&self, size: usize, align: usize) -> *mut u8;
}
