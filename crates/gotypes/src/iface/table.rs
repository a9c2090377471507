//! The process-wide table of method tables.
//!
//! Looking up takes no lock: readers load the current bucket array and probe it. Adding takes the lock, fills the
//! method table, and stores its address with Release into a free bucket; a reader that loads it with Acquire sees it
//! whole. Growing copies into a larger array and publishes that; readers of the old one may miss what was added since,
//! and then come here under the lock. Arrays are never freed; together the old ones are no larger than the current one.
//!
//! A type that does not implement an interface is remembered too, by a method table without methods.

use core::mem::size_of;
use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

use goxide_sys::RawMutex;

use super::methods::fill;
use crate::mem::Persistent;
use crate::space::{Module, TypeSpace};
use crate::types::Itab;
use crate::types::{GoStr, InterfaceType, Type};

/// Buckets of the first array. It is part of the table, so that start-up needs no memory.
const FIRST: usize = 512;

type Bucket = AtomicPtr<Itab>;

/// A bucket array.
#[repr(C)]
struct Array {
    /// Shift that leaves an index from a 64-bit product.
    shift: u32,
    buckets: *const Bucket,
}

/// The table. One per process, usually a static.
#[repr(C)]
pub struct ItabTable {
    lock: RawMutex,
    /// Null: still the first array.
    current: AtomicPtr<Array>,
    /// Entries; changed under the lock.
    count: AtomicUsize,
    first: [Bucket; FIRST],
}

// SAFETY: all shared state is atomic; method tables are constant once published.
unsafe impl Sync for ItabTable {}
// SAFETY: all shared state is atomic or under the lock, which any thread may take; method tables are constant once
// published.
unsafe impl Send for ItabTable {}

/// # Safety
/// Both are descriptors.
#[inline(always)]
unsafe fn home(inter: *const InterfaceType, typ: *const Type, shift: u32) -> usize {
    // SAFETY: both are descriptors (this function's contract). The compiler's hashes differ enough; the product spreads
    // them.
    let h = unsafe { (*inter).typ.hash ^ (*typ).hash.rotate_left(16) };
    (u64::from(h).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> shift) as usize
}

impl ItabTable {
    /// An empty table.
    pub const fn new() -> ItabTable {
        ItabTable {
            lock: RawMutex::new(),
            current: AtomicPtr::new(core::ptr::null_mut()),
            count: AtomicUsize::new(0),
            first: [const { AtomicPtr::new(core::ptr::null_mut()) }; FIRST],
        }
    }

    /// Shift and buckets in use.
    #[inline(always)]
    fn array(&self) -> (u32, *const Bucket) {
        // Pairs with the Release store in `grow`.
        let a = self.current.load(Ordering::Acquire);
        if a.is_null() {
            return (64 - FIRST.trailing_zeros(), self.first.as_ptr());
        }
        // SAFETY: arrays live forever and are constant except for their buckets.
        unsafe { ((*a).shift, (*a).buckets) }
    }

    /// The table of the pair if it is known already, or null. No lock, no call, bounded stack: fit for a leaf.
    ///
    /// The result may be a remembered failure: see [`Itab::implements`].
    ///
    /// # Safety
    /// Both are descriptors.
    #[inline]
    pub unsafe fn find(&self, inter: *const InterfaceType, typ: *const Type) -> *const Itab {
        let (shift, buckets) = self.array();
        // SAFETY: the index is reduced to the array's size; published method tables are whole.
        unsafe {
            let mask = (1usize << (64 - shift)) - 1;
            let mut i = home(inter, typ, shift);
            loop {
                // Pairs with the Release store in `insert`.
                let tab = (*buckets.add(i)).load(Ordering::Acquire);
                if tab.is_null() || ((*tab).inter == inter && (*tab).typ == typ) {
                    return tab;
                }
                i = (i + 1) & mask;
            }
        }
    }

    /// The table of the pair, made if need be. `Err` names a method that `typ` lacks.
    ///
    /// The first call for a pair takes the lock and memory: system stack.
    ///
    /// # Errors
    /// The name of a method that `typ` lacks.
    ///
    /// # Safety
    /// Both are descriptors known to `space`; `inter` has methods.
    pub unsafe fn get(
        &self,
        space: &TypeSpace,
        mem: &impl Persistent,
        inter: *const InterfaceType,
        typ: *const Type,
    ) -> Result<*const Itab, GoStr> {
        // SAFETY: both are descriptors known to `space`, and `inter` has methods (this function's contract); a table that
        // is not null is constant.
        unsafe {
            let tab = self.get_any(space, mem, inter, typ);
            if !tab.is_null() && (*tab).implements() {
                return Ok(tab);
            }
            Err(super::methods::missing_method(space, inter, typ).unwrap_or(GoStr::EMPTY))
        }
    }

    /// Like [`ItabTable::get`], but null if a method is missing.
    ///
    /// # Safety
    /// As for [`ItabTable::get`].
    pub unsafe fn try_get(
        &self,
        space: &TypeSpace,
        mem: &impl Persistent,
        inter: *const InterfaceType,
        typ: *const Type,
    ) -> *const Itab {
        // SAFETY: both are descriptors known to `space`, and `inter` has methods (this function's contract); a table that
        // is not null is constant.
        unsafe {
            let tab = self.get_any(space, mem, inter, typ);
            if !tab.is_null() && (*tab).implements() { tab } else { core::ptr::null() }
        }
    }

    /// A table with or without methods; null for types that have no methods at all, which are not worth remembering.
    ///
    /// # Safety
    /// As for [`ItabTable::get`].
    unsafe fn get_any(
        &self,
        space: &TypeSpace,
        mem: &impl Persistent,
        inter: *const InterfaceType,
        typ: *const Type,
    ) -> *const Itab {
        // SAFETY: both are descriptors.
        unsafe {
            if Type::uncommon(typ).is_none() {
                return core::ptr::null();
            }
            let tab = self.find(inter, typ);
            if !tab.is_null() {
                return tab;
            }
            self.lock.lock();
            let mut tab = self.find(inter, typ);
            if tab.is_null() {
                let n = (*inter).methods.len;
                let fresh = mem.persistent(Itab::size_for(n), 8).cast::<Itab>();
                (*fresh).inter = inter;
                (*fresh).typ = typ;
                // Tables made here take no part in type switches, so they need no hash.
                fill(space, fresh);
                self.insert(mem, fresh);
                tab = fresh;
            }
            self.lock.unlock();
            tab
        }
    }

    /// Adds the tables that the compiler made. Called once per module, while the program starts.
    ///
    /// # Safety
    /// The module's links are the linker's.
    pub unsafe fn add_module(&self, mem: &impl Persistent, m: &Module) {
        self.lock.lock();
        // SAFETY: the lock is held; the links are method tables.
        unsafe {
            for &tab in m.itabs() {
                self.insert(mem, tab.cast_mut());
            }
            self.lock.unlock();
        }
    }

    /// Calls `f` with each table. Either nothing is added in the meantime, or `f` may miss it.
    pub fn each(&self, mut f: impl FnMut(&Itab)) {
        let (shift, buckets) = self.array();
        for i in 0..1usize << (64 - shift) {
            // SAFETY: `i` is within the array; published method tables live forever.
            if let Some(tab) = unsafe { (*buckets.add(i)).load(Ordering::Acquire).as_ref() } {
                f(tab);
            }
        }
    }

    /// Number of tables.
    pub fn len(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// # Safety
    /// The lock is held; `tab` is whole and will not change.
    unsafe fn insert(&self, mem: &impl Persistent, tab: *mut Itab) {
        let count = self.count.load(Ordering::Relaxed);
        let (shift, _) = self.array();
        if (count + 1) * 2 > 1usize << (64 - shift) {
            // SAFETY: the lock is held.
            unsafe { self.grow(mem, 65 - shift) };
        }
        let (shift, buckets) = self.array();
        // SAFETY: at most half of the buckets are taken.
        unsafe {
            if place(buckets, shift, tab) {
                self.count.store(count + 1, Ordering::Relaxed);
            }
        }
    }

    /// # Safety
    /// The lock is held.
    unsafe fn grow(&self, mem: &impl Persistent, bits: u32) {
        let buckets = mem.persistent(size_of::<Bucket>() << bits, 8).cast::<Bucket>();
        let array = mem.persistent(size_of::<Array>(), 8).cast::<Array>();
        self.each(|tab| {
            // SAFETY: the new array is ours alone and large enough; zeroed memory is null pointers.
            unsafe { place(buckets, 64 - bits, core::ptr::from_ref(tab).cast_mut()) };
        });
        // SAFETY: freshly allocated.
        unsafe { array.write(Array { shift: 64 - bits, buckets }) };
        // Pairs with the Acquire load in `array`.
        self.current.store(array, Ordering::Release);
    }
}

/// Puts a table into the first free bucket of its chain; `false` if its pair is there already (a table may be linked
/// from several modules).
///
/// # Safety
/// The array has a free bucket, and the caller alone writes to it.
unsafe fn place(buckets: *const Bucket, shift: u32, tab: *mut Itab) -> bool {
    // SAFETY: indices are reduced to the array's size.
    unsafe {
        let mask = (1usize << (64 - shift)) - 1;
        let mut i = home((*tab).inter, (*tab).typ, shift);
        loop {
            let b = &*buckets.add(i);
            let there = b.load(Ordering::Relaxed);
            if there.is_null() {
                // Pairs with the Acquire load in `find`.
                b.store(tab, Ordering::Release);
                return true;
            }
            if (*there).inter == (*tab).inter && (*there).typ == (*tab).typ {
                return false;
            }
            i = (i + 1) & mask;
        }
    }
}

impl Default for ItabTable {
    fn default() -> Self {
        Self::new()
    }
}
