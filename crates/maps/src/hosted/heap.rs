//! The system allocator as a map's memory. What cursors may still look at is put aside until none lives.
use super::key::{Key, boxed_value, group_size};
use crate::hash::hash64;
use crate::header::{Entry, Meta};
use crate::seam::Memory;
use core::fmt;
use core::marker::PhantomData;
use std::alloc::{Layout, alloc, alloc_zeroed, dealloc, handle_alloc_error};
use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// There is no room for a map of the capacity asked for: beyond the address space, or (with the size that was refused)
/// beyond the memory.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CapacityError(pub(crate) Option<Layout>);

impl fmt::Display for CapacityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            None => f.write_str("a map of this capacity does not fit the address space"),
            Some(layout) => write!(f, "no memory for a map of {} bytes", layout.size()),
        }
    }
}

impl std::error::Error for CapacityError {}

/// The memory of one map. `aside` is touched by operations that hold the map exclusively.
pub(super) struct Heap<K, V> {
    /// Number of cursors that live.
    pub live: Arc<AtomicUsize>,
    random: AtomicU64,
    pub aside: RefCell<Aside>,
    _of: PhantomData<(K, V)>,
}

/// What is no longer part of the map.
#[derive(Default)]
pub(super) struct Aside {
    tables: Vec<(*mut u8, *mut u64, usize)>,
    /// Boxed keys of former entries.
    pub keys: Vec<*mut u8>,
    /// Boxed values (`Option<V>`) of former entries.
    pub values: Vec<*mut u8>,
    /// Where the value of the entry deleted last lies: its box or its slot.
    pub deleted: Option<*mut u8>,
}

impl Aside {
    pub fn is_empty(&self) -> bool {
        self.tables.is_empty() && self.keys.is_empty() && self.values.is_empty()
    }
}

fn zeroed(layout: Layout) -> *mut u8 {
    if layout.size() == 0 {
        return core::ptr::without_provenance_mut(layout.align());
    }
    // SAFETY: the size is not zero.
    let p = unsafe { alloc_zeroed(layout) };
    if p.is_null() {
        handle_alloc_error(layout);
    }
    p
}

/// # Safety
/// `p` came from `zeroed(layout)` and is not used any more.
pub(super) unsafe fn free(p: *mut u8, layout: Layout) {
    if !p.is_null() && layout.size() != 0 {
        // SAFETY: from `zeroed` with this layout, and not used any more.
        unsafe { dealloc(p, layout) }
    }
}

/// # Safety
/// `p` is a box of a valid `T` that is not used any more.
unsafe fn drop_box<T>(p: *mut u8) {
    // SAFETY: a box of a valid `T` that is not used any more. The box is freed first, so also if dropping the value
    // panics.
    unsafe {
        let value = p.cast::<T>().read();
        free(p, Layout::new::<T>());
        drop(value);
    }
}

fn array<T>(n: usize) -> Layout {
    Layout::array::<T>(n).expect("a map of this size does not fit the address space")
}

/// Whether a map of `n` entries can be had. Its tables are allocated one by one, and memory would run out in the midst of
/// that, if not the machine; so one that is large is asked for in one piece first, which shows at once.
pub(super) fn check<K: Key, V>(n: usize) -> Result<(), CapacityError> {
    const LARGE: usize = 1 << 24;
    // As `init` does: at most seven of eight slots are taken, and a table has a power of two of groups. A group has a
    // control word of its own beside the one in it, and no more than its share of a directory entry.
    let bytes = n
        .checked_mul(8)
        .and_then(|n| n.div_ceil(7).checked_next_power_of_two())
        .and_then(|slots| (slots / 8).checked_mul(const { group_size::<K, V>() + 16 }))
        .filter(|bytes| *bytes <= isize::MAX as usize - 8)
        .ok_or(CapacityError(None))?;
    if bytes > LARGE {
        let layout = Layout::from_size_align(bytes, 8).map_err(|_| CapacityError(None))?;
        // SAFETY: the size is not zero; what is given is not touched, and given back.
        unsafe {
            let p = alloc(layout);
            if p.is_null() {
                return Err(CapacityError(Some(layout)));
            }
            dealloc(std::hint::black_box(p), layout);
        }
    }
    Ok(())
}

impl<K: Key, V> Heap<K, V> {
    pub fn new() -> Self {
        // Each `RandomState` of a thread has keys of its own.
        Self::with_seed(std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), 0u8))
    }

    /// Memory whose random numbers follow from a seed.
    pub fn with_seed(seed: u64) -> Self {
        Heap {
            live: Arc::new(AtomicUsize::new(0)),
            random: AtomicU64::new(seed),
            aside: RefCell::default(),
            _of: PhantomData,
        }
    }

    fn groups(n: usize) -> Layout {
        let bytes = n.saturating_mul(const { group_size::<K, V>() });
        Layout::from_size_align(bytes, 8).expect("a map of this size does not fit the address space")
    }

    /// Whether no cursor needs what is put aside. Acquire: pairs with the release in `Cursor::drop`.
    pub fn unobserved(&self) -> bool {
        self.live.load(Ordering::Acquire) == 0
    }

    /// Frees a table that nothing uses.
    ///
    /// # Safety
    /// It came from `alloc_groups(n)` and, unless null, `alloc_controls(n)`.
    pub unsafe fn free_table(&self, groups: *mut u8, controls: *mut u64, n: usize) {
        // SAFETY: from `alloc_groups` and `alloc_controls` of `n`, or null, whose layouts these are.
        unsafe {
            free(groups, Self::groups(n));
            free(controls.cast(), array::<u64>(n));
        }
    }

    /// Frees what was put aside.
    ///
    /// # Safety
    /// Nothing needs it any more.
    pub unsafe fn sweep(&self) {
        let aside = self.aside.take();
        // SAFETY: all of it came from this heap; boxes of former entries hold valid keys and values.
        unsafe {
            for (groups, controls, n) in aside.tables {
                self.free_table(groups, controls, n);
            }
            for value in aside.values {
                drop_box::<Option<V>>(value);
            }
            for key in aside.keys {
                drop_box::<K>(key);
            }
        }
    }
}

// SAFETY: what is allocated is zeroed and of the size asked for; what is retired is kept while a cursor lives.
unsafe impl<K: Key, V> Memory for Heap<K, V> {
    fn alloc_groups(&self, n: usize) -> *mut u8 {
        zeroed(Self::groups(n))
    }
    fn alloc_controls(&self, n: usize) -> *mut u64 {
        zeroed(array::<u64>(n)).cast()
    }
    fn alloc_directory(&self, n: usize) -> *mut Entry {
        zeroed(array::<Entry>(n)).cast()
    }
    fn alloc_metas(&self, n: usize) -> *mut Meta {
        zeroed(array::<Meta>(n)).cast()
    }
    fn alloc_key(&self) -> *mut u8 {
        zeroed(Layout::new::<K>())
    }
    fn alloc_elem(&self) -> *mut u8 {
        let value = zeroed(Layout::new::<Option<V>>());
        // SAFETY: memory for an `Option<V>`.
        unsafe { value.cast::<Option<V>>().write(None) };
        value
    }
    unsafe fn retire_table(&self, groups: *mut u8, controls: *mut u64, n: usize) {
        // The value of an entry that was just deleted is taken out of its table afterwards.
        if self.unobserved() && self.aside.borrow().deleted.is_none() {
            // SAFETY: the table is no longer part of a map; no cursor looks at it.
            unsafe { self.free_table(groups, controls, n) }
        } else {
            self.aside.borrow_mut().tables.push((groups, controls, n));
        }
    }
    unsafe fn retire_directory(&self, directory: *mut Entry, metas: *mut Meta, n: usize) {
        // SAFETY: the directory is no longer part of a map; iterators do not hold directories.
        unsafe {
            free(directory.cast(), array::<Entry>(n));
            free(metas.cast(), array::<Meta>(n));
        }
    }
    unsafe fn retire_boxes(&self, key: *mut u8, elem: *mut u8) {
        let mut aside = self.aside.borrow_mut();
        if !key.is_null() {
            aside.keys.push(key);
        }
        if !elem.is_null() {
            aside.values.push(elem);
            aside.deleted = Some(elem);
        }
    }
    unsafe fn copy_key(&self, dst: *mut u8, src: *const u8) {
        // SAFETY: both point to memory for a key, and do not overlap.
        unsafe { dst.cast::<K>().copy_from_nonoverlapping(src.cast(), 1) }
    }
    unsafe fn copy_elem(&self, dst: *mut u8, src: *const u8) {
        // Only values in slots are moved; boxes are passed on.
        // SAFETY: both point to memory for an element, and do not overlap.
        unsafe { dst.cast::<V>().copy_from_nonoverlapping(src.cast(), 1) }
    }
    unsafe fn clear_key(&self, _: *mut u8) {}
    unsafe fn clear_elem(&self, slot: *mut u8) {
        self.aside.borrow_mut().deleted = Some(slot);
    }
    unsafe fn clear_groups(&self, groups: *mut u8, n: usize) {
        // SAFETY: `n` groups of this map.
        unsafe { groups.write_bytes(0, Self::groups(n).size()) }
    }
    unsafe fn store_pointer(&self, slot: *mut *mut u8, value: *mut u8) {
        // SAFETY: the slot may be written.
        unsafe { slot.write(value) }
    }
    fn plain_copies(&self) -> bool {
        true
    }
    fn random(&self) -> u64 {
        let n = self.random.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        hash64(n, !n)
    }
}

/// Memory for the copy of a map: copying a key or a value clones it.
pub(super) struct Cloning<'a, K, V>(pub &'a Heap<K, V>);

// SAFETY: memory is the heap's own: zeroed, of the size asked for, and kept while a cursor lives.
unsafe impl<K: Key + Clone, V: Clone> Memory for Cloning<'_, K, V> {
    fn alloc_groups(&self, n: usize) -> *mut u8 {
        self.0.alloc_groups(n)
    }
    fn alloc_controls(&self, n: usize) -> *mut u64 {
        self.0.alloc_controls(n)
    }
    fn alloc_directory(&self, n: usize) -> *mut Entry {
        self.0.alloc_directory(n)
    }
    fn alloc_metas(&self, n: usize) -> *mut Meta {
        self.0.alloc_metas(n)
    }
    fn alloc_key(&self) -> *mut u8 {
        self.0.alloc_key()
    }
    fn alloc_elem(&self) -> *mut u8 {
        self.0.alloc_elem()
    }
    unsafe fn copy_key(&self, dst: *mut u8, src: *const u8) {
        // SAFETY: `src` points to a key, `dst` to memory for one.
        unsafe { dst.cast::<K>().write((*src.cast::<K>()).clone()) }
    }
    unsafe fn copy_elem(&self, dst: *mut u8, src: *const u8) {
        // SAFETY: the map gives a filled slot and an empty one; boxes hold options.
        unsafe {
            if const { boxed_value::<K, V>() } {
                dst.cast::<Option<V>>().write((*src.cast::<Option<V>>()).clone());
            } else {
                dst.cast::<V>().write((*src.cast::<V>()).clone());
            }
        }
    }
    unsafe fn clear_key(&self, _: *mut u8) {}
    unsafe fn clear_elem(&self, _: *mut u8) {}
    unsafe fn clear_groups(&self, groups: *mut u8, n: usize) {
        // SAFETY: `n` groups of this map (the trait's contract), which is the same for the memory within.
        unsafe { self.0.clear_groups(groups, n) }
    }
    unsafe fn store_pointer(&self, slot: *mut *mut u8, value: *mut u8) {
        // SAFETY: the slot may be written.
        unsafe { slot.write(value) }
    }
    fn plain_copies(&self) -> bool {
        false
    }
    fn random(&self) -> u64 {
        self.0.random()
    }
}
