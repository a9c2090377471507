//! What lives in a hosted heap: plain Rust structs whose pointers are [`Slot`]s ([`Object`]), arrays of pointers
//! ([`Array`]), and bytes ([`Bytes`]); the reference to one of them that is good until the next safepoint ([`Ref`]); and the
//! descriptors that show the collector where the slots are ([`Shape`]).

use super::state::Mutator;
use core::marker::PhantomData;
use core::ops::{Deref, Range};
use core::ptr::NonNull;
use core::sync::atomic::{AtomicUsize, Ordering::*};
use goxide_alloc::Layout;
use goxide_alloc::size_class::MAX_BITMAP;

/// A pointer field of an object: null, or an object of type `T`.
///
/// Slots are read and written through the [`Ref`] of the object they are in ([`Ref::get`], [`Ref::set`]); one that is not in
/// the heap is null forever. The word is an atomic: threads that race for a slot see one value or the other.
#[repr(transparent)]
pub struct Slot<T> {
    word: AtomicUsize,
    what: PhantomData<fn() -> T>,
}

impl<T> Slot<T> {
    /// A null pointer.
    pub const fn null() -> Slot<T> {
        Slot { word: AtomicUsize::new(0), what: PhantomData }
    }
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self::null()
    }
}

/// A type whose values live in the heap. Made by [`object!`](crate::object).
///
/// Values are shared between threads and never dropped: what is not a slot is written once, when the object is made, or is
/// an atomic. Types with a destructor, or aligned to more than 8 bytes, do not compile when they are allocated.
///
/// # Safety
/// At each offset of `SLOTS` the type has a [`Slot`], and at no two of them the same one.
pub unsafe trait Object: Send + Sync + Sized + 'static {
    /// Offsets in bytes of the slots, ascending. A slot that is missing here cannot be stored to.
    const SLOTS: &'static [usize];
}

/// Makes a struct an [`Object`], given the names of its [`Slot`] fields in the
/// order of their declaration. The struct is `#[repr(C)]`.
///
/// ```
/// use goxide_gc::hosted::Slot;
///
/// #[repr(C)]
/// struct Cons {
///     tag: u64,
///     car: Slot<Cons>,
///     cdr: Slot<Cons>,
/// }
/// goxide_gc::object!(Cons { car, cdr });
/// ```
#[macro_export]
macro_rules! object {
    ($type:ty { $($slot:ident),* $(,)? }) => {
        // SAFETY: the function below compiles for fields of type `Slot` only.
        unsafe impl $crate::hosted::Object for $type {
            const SLOTS: &'static [usize] = {
                #[allow(dead_code, unused_variables)]
                fn are_slots(o: &$type) {
                    fn is_slot<T>(_: &$crate::hosted::Slot<T>) {}
                    $(is_slot(&o.$slot);)*
                }
                &[$(::core::mem::offset_of!($type, $slot)),*]
            };
        }
    };
}

/// Offsets in ascending order: a struct's fields may lie in another than that of their declaration. For the derive macro.
#[cfg(feature = "derive")]
#[doc(hidden)]
pub const fn in_order<const N: usize>(mut offsets: [usize; N]) -> [usize; N] {
    let mut sorted = 1;
    while sorted < N {
        let mut i = sorted;
        while i > 0 && offsets[i - 1] > offsets[i] {
            offsets.swap(i - 1, i);
            i -= 1;
        }
        sorted += 1;
    }
    offsets
}

/// A reference to an object, as long as no safepoint passes: it borrows the mutator, and whatever may be a safepoint borrows
/// that mutably. What is to live longer goes into a [`Root`](super::Root), a [`Global`](super::Global) or a slot.
pub struct Ref<'m, T> {
    object: NonNull<T>,
    until: PhantomData<(&'m Mutator, *const T)>,
}

impl<T> Clone for Ref<'_, T> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Ref<'_, T> {}

impl<T> PartialEq for Ref<'_, T> {
    /// Whether both are the same object.
    #[inline(always)]
    fn eq(&self, other: &Self) -> bool {
        self.object == other.object
    }
}

impl<T> Eq for Ref<'_, T> {}

impl<'m, T> Ref<'m, T> {
    /// # Safety
    /// `object` is the address of an object of type `T`, alive until the next safepoint of the mutator that `'m` borrows.
    #[inline(always)]
    pub(crate) unsafe fn from_address(object: usize) -> Ref<'m, T> {
        // SAFETY: the address of a live object is not null. Addresses of the heap are exposed: they come from the system.
        let object = unsafe { NonNull::new_unchecked(core::ptr::with_exposed_provenance_mut(object)) };
        Ref { object, until: PhantomData }
    }

    /// Where the object is; it never moves.
    #[inline(always)]
    pub fn address(self) -> usize {
        self.object.as_ptr().expose_provenance()
    }

    /// The same object, its type forgotten.
    #[inline(always)]
    pub fn any(self) -> Ref<'m, Any> {
        Ref { object: self.object.cast(), until: PhantomData }
    }

    /// The same object as one of another type.
    ///
    /// # Safety
    /// The object was allocated as a `U`, or as a `#[repr(C)]` type that begins with one, slots at the same places.
    #[inline(always)]
    pub unsafe fn cast<U>(self) -> Ref<'m, U> {
        Ref { object: self.object.cast(), until: PhantomData }
    }
}

impl<'m, T: Object> Ref<'m, T> {
    /// The object, for as long as the reference is good.
    #[inline(always)]
    pub fn object(self) -> &'m T {
        // SAFETY: alive until the next safepoint; nothing has `&mut` to it, and `T` is Sync.
        unsafe { self.object.as_ref() }
    }

    /// Reads a slot.
    #[inline(always)]
    pub fn get<U>(self, slot: impl for<'a> FnOnce(&'a T) -> &'a Slot<U>) -> Option<Ref<'m, U>> {
        // SAFETY: a slot of this object, or, if the caller plays tricks, one that is null forever.
        unsafe { load(&slot(self.object()).word) }
    }

    /// Writes a slot, through the write barrier. While no cycle marks, this costs a test more than the store.
    ///
    /// # Panics
    /// If `slot` does not choose a slot of this object that [`Object::SLOTS`] lists.
    #[inline(always)]
    pub fn set<U>(self, m: &Mutator, slot: impl for<'a> FnOnce(&'a T) -> &'a Slot<U>, value: Option<Ref<'_, U>>) {
        let slot = &slot(self.object()).word;
        let offset = (core::ptr::from_ref(slot) as usize).wrapping_sub(self.address());
        assert!(T::SLOTS.contains(&offset), "not one of the object's slots");
        m.store(slot, value.map_or(0, Ref::address));
    }
}

impl<T: Object> Deref for Ref<'_, T> {
    type Target = T;
    #[inline(always)]
    fn deref(&self) -> &T {
        self.object()
    }
}

/// # Safety
/// The slot is in a live object of the heap that `'m` borrows a mutator of, or null.
#[inline(always)]
unsafe fn load<'m, U>(slot: &AtomicUsize) -> Option<Ref<'m, U>> {
    // Acquire pairs with the Release of `Mutator::store`: who sees the pointer sees what the object was made with.
    match slot.load(Acquire) {
        0 => None,
        // SAFETY: slots hold live objects of their type. What is reachable now stays until this thread's next safepoint: a
        // cycle cannot begin before, and if one is marking, the barrier records what is overwritten.
        p => Some(unsafe { Ref::from_address(p) }),
    }
}

/// An object of any type.
pub struct Any {
    _nothing: (),
}

/// A row of pointers, null at first.
#[repr(C)]
pub struct Array<T> {
    len: usize,
    items: [Slot<T>; 0],
}

impl<'m, T> Ref<'m, Array<T>> {
    /// How many pointers there are.
    #[inline(always)]
    pub fn len(self) -> usize {
        // SAFETY: alive; the length was written when the array was made.
        unsafe { (*self.object.as_ptr()).len }
    }

    /// Whether there is none.
    #[inline(always)]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    #[inline(always)]
    fn word(self, i: usize) -> &'m AtomicUsize {
        assert!(i < self.len(), "index {i} of an array of {}", self.len());
        // SAFETY: below the length; alive until the next safepoint.
        unsafe { &*(&raw const (*self.object.as_ptr()).items).cast::<AtomicUsize>().add(i) }
    }

    /// Reads an element.
    ///
    /// # Panics
    /// If there is none at `i`.
    #[inline(always)]
    pub fn at(self, i: usize) -> Option<Ref<'m, T>> {
        // SAFETY: a slot of a live object.
        unsafe { load(self.word(i)) }
    }

    /// Writes an element, through the write barrier.
    ///
    /// # Panics
    /// If there is none at `i`.
    #[inline(always)]
    pub fn put(self, m: &Mutator, i: usize, value: Option<Ref<'_, T>>) {
        m.store(self.word(i), value.map_or(0, Ref::address));
    }
}

/// Bytes without pointers, as they were when it was made.
#[repr(C)]
pub struct Bytes {
    len: usize,
    bytes: [u8; 0],
}

impl<'m> Ref<'m, Bytes> {
    /// The bytes.
    #[inline(always)]
    pub fn bytes(self) -> &'m [u8] {
        let p = self.object.as_ptr();
        // SAFETY: alive; so many bytes were written when the object was made, and nothing writes them again.
        unsafe { core::slice::from_raw_parts((&raw const (*p).bytes).cast(), (*p).len) }
    }
}

/// Where the slots of an object are.
pub(crate) struct Shape {
    /// Offsets of the slots; not looked at if all words are pointers.
    slots: &'static [usize],
    /// Every word is a pointer (an array; its length is no address).
    row: bool,
    ptr_bytes: usize,
    /// Bit per word, of the first 64.
    mask: [u8; MAX_BITMAP / 8 / 8],
}

static ROW: Shape = Shape { slots: &[], row: true, ptr_bytes: 8, mask: [1, 0, 0, 0, 0, 0, 0, 0] };

struct Of<T>(PhantomData<T>);

impl<T: Object> Of<T> {
    const SHAPE: &'static Shape = &Shape::of::<T>();
}

impl Shape {
    const fn of<T: Object>() -> Shape {
        assert!(size_of::<T>() > 0 && align_of::<T>() <= 8, "objects have a size, and are aligned to 8 at most");
        assert!(!core::mem::needs_drop::<T>(), "objects are not dropped; give them a finalizer");
        let mut shape = Shape { slots: T::SLOTS, row: false, ptr_bytes: 0, mask: [0; 8] };
        let mut i = 0;
        while i < T::SLOTS.len() {
            let at = T::SLOTS[i];
            assert!(at.is_multiple_of(8) && at >= shape.ptr_bytes && at + 8 <= size_of::<T>(), "slots in ascending order");
            if at < MAX_BITMAP {
                shape.mask[at / 64] |= 1 << (at / 8 % 8);
            }
            shape.ptr_bytes = at + 8;
            i += 1;
        }
        shape
    }

    /// The layout of a `T`, with its size.
    #[inline(always)]
    pub fn layout<T: Object>() -> (usize, Layout) {
        let shape = Of::<T>::SHAPE;
        let size = size_of::<T>().next_multiple_of(8);
        let opaque = if shape.ptr_bytes == 0 { 0 } else { core::ptr::from_ref(shape).expose_provenance() };
        (size, Layout { opaque, elem_size: size, ptr_bytes: shape.ptr_bytes, mask: shape.mask.as_ptr() })
    }

    /// The layout of rows of pointers.
    pub fn row() -> Layout {
        let opaque = (&raw const ROW).expose_provenance();
        Layout { opaque, elem_size: 8, ptr_bytes: 8, mask: ROW.mask.as_ptr() }
    }

    /// Calls `f` with the ranges of words in `range` that are pointers: offset in bytes, and how many.
    pub fn each(&self, range: Range<usize>, mut f: impl FnMut(usize, usize)) {
        if self.row {
            return f(range.start, range.len() / 8);
        }
        let first = self.slots.partition_point(|&at| at < range.start);
        for &at in self.slots[first..].iter().take_while(|&&at| at < range.end) {
            f(at, 1);
        }
    }
}

/// The word behind a slot's type, for arrays whose length has been checked.
pub(crate) const ARRAY_HEAD: usize = size_of::<usize>();
const _: () = assert!(size_of::<Slot<Any>>() == 8 && size_of::<Array<Any>>() == ARRAY_HEAD && size_of::<Bytes>() == 8);
