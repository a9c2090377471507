//! Equality and hashing of values, as compiled code and its closures ask for them. Those of fixed sizes are leaves; those
//! that look into interfaces walk descriptors and can panic, so they are system entries, with leaves before those of equality for what can
//! be compared in place.

use goxide_gotypes::mem::{self, Access, Hasher};
use goxide_gotypes::types::{Eface, GoStr, Iface, Itab, Type, kind};
use goxide_maps::hash;
use goxide_rt::memory::touch;
use goxide_rt::raise::{fault, or_raise, within};
use goxide_rt::token::System;
use goxide_rt::words::{DECIDED_FALSE, decided};

/// The memory hash behind all of Go's.
pub struct GoHasher;

impl Hasher for GoHasher {
    // One copy for all who hash by descriptor; the schemas of string keys have their own.
    #[inline(never)]
    unsafe fn bytes(&self, p: *const u8, seed: usize, n: usize) -> usize {
        // SAFETY: `n` bytes at `p` are readable (the trait's contract).
        unsafe { hash::hash_memory(p, n, seed as u64) as usize }
    }

    // The same as the schemas of integer keys use: reflect and iterations look up in their maps too.
    #[inline]
    unsafe fn word32(&self, p: *const u8, seed: usize) -> usize {
        // SAFETY: four readable bytes.
        hash::hash32(unsafe { p.cast::<u32>().read_unaligned() }, seed as u64) as usize
    }

    #[inline]
    unsafe fn word64(&self, p: *const u8, seed: usize) -> usize {
        // SAFETY: eight readable bytes.
        hash::hash64(unsafe { p.cast::<u64>().read_unaligned() }, seed as u64) as usize
    }

    // Of a key with several strings each is hashed in place.
    #[inline(always)]
    unsafe fn text(&self, s: GoStr, seed: usize) -> usize {
        // SAFETY: a string's bytes are readable.
        unsafe { hash::hash_memory(s.ptr, s.len, seed as u64) as usize }
    }

    #[inline(always)]
    fn pair(&self, a: u64, b: u64, seed: usize) -> usize {
        hash::hash_pair(a, b, seed as u64) as usize
    }

    #[inline(always)]
    unsafe fn text_after(&self, s: GoStr, seed: usize, before: usize) -> usize {
        // SAFETY: a string's bytes are readable.
        unsafe { hash::hash_after(s.ptr, s.len, seed as u64, before as u64) as usize }
    }

    fn random(&self) -> usize {
        goxide_rt::random::fastrand64() as usize
    }
}

macro_rules! equal {
    ($($name:ident $ty:ty),*) => {
        $(#[unsafe(no_mangle)]
        unsafe extern "C" fn $name(a: *const u8, b: *const u8) -> bool {
            // SAFETY: compiled code's values.
            unsafe { mem::raw::equal_as::<$ty>(Access::of_leaf(), a, b) }
        })*
    };
}

equal! {
    gx_runtime_memequal8 u8, gx_runtime_memequal16 u16, gx_runtime_memequal32 u32, gx_runtime_memequal64 u64,
    gx_runtime_memequal128 u128, gx_runtime_f32equal f32, gx_runtime_f64equal f64, gx_runtime_c64equal [f32; 2],
    gx_runtime_c128equal [f64; 2]
}

#[unsafe(no_mangle)]
extern "C" fn gx_runtime_memequal0(_: *const u8, _: *const u8) -> bool {
    true
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_strequal(a: *const GoStr, b: *const GoStr) -> bool {
    // SAFETY: compiled code's strings.
    unsafe { mem::equal::str_equal(Access::of_leaf(), *a, *b) }
}

/// A leaf.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_interequal_fast(a: *const Iface, b: *const Iface) -> usize {
    // SAFETY: compiled code's values, whose data words are those of the type.
    unsafe {
        let (a, b) = (*a, *b);
        if a.tab != b.tab {
            return DECIDED_FALSE;
        }
        gx_runtime_ifaceeq_fast(a.tab, a.data, b.data)
    }
}

/// A leaf.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_nilinterequal_fast(a: *const Eface, b: *const Eface) -> usize {
    // SAFETY: compiled code's values, whose data words are those of the type.
    unsafe {
        let (a, b) = (*a, *b);
        if a.typ != b.typ {
            return DECIDED_FALSE;
        }
        gx_runtime_efaceeq_fast(a.typ, a.data, b.data)
    }
}

/// A leaf.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_efaceeq_fast(t: *const Type, x: *const u8, y: *const u8) -> usize {
    if t.is_null() {
        return 1;
    }
    // SAFETY: compiled code's type, and the data words of two interfaces that hold it.
    unsafe { data_equal_here(t, x, y) }
}

/// A leaf.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_ifaceeq_fast(tab: *const Itab, x: *const u8, y: *const u8) -> usize {
    if tab.is_null() {
        return 1;
    }
    // SAFETY: compiled code's method table, and the data words of two interfaces that have it.
    unsafe { data_equal_here((*tab).typ, x, y) }
}

/// [`data_equal`] as far as a leaf goes, and what that answers: here for numbers and whatever else is one word of plain memory, and in a
/// function that this ends with for the rest.
///
/// # Safety
/// In a leaf. `t` is a descriptor, and `x` and `y` are data words of interfaces that hold it.
#[inline(always)]
unsafe fn data_equal_here(t: *const Type, x: *const u8, y: *const u8) -> usize {
    // SAFETY: in a leaf; `t` is a descriptor, and `x` and `y` are values of its type, or point to such (this function's contract): to eight
    // bytes each where the type says so.
    unsafe {
        // What is plain memory can be compared.
        if (*t).is_boxed_word() {
            return decided(x.cast::<u64>().read_unaligned() == y.cast::<u64>().read_unaligned());
        }
        other_data_equal_here(t, x, y)
    }
}

/// [`data_equal_here`] for everything else.
///
/// # Safety
/// As there.
#[inline(never)]
unsafe extern "C" fn other_data_equal_here(t: *const Type, x: *const u8, y: *const u8) -> usize {
    // SAFETY: in a leaf; `t` is a descriptor, and `x` and `y` are values of its type, or point to such (this function's contract).
    unsafe {
        let by = Access::of_leaf();
        if (*t).kind() == kind::STRING {
            let (a, b) = (*x.cast::<GoStr>(), *y.cast::<GoStr>());
            return decided(a.len == b.len && (a.ptr == b.ptr || mem::raw::equal_short(by, a.ptr, b.ptr, a.len)));
        }
        if !(*t).is_comparable() {
            return 0;
        }
        if (*t).is_direct_iface() {
            return decided(x == y);
        }
        if (*t).is_regular_memory() {
            return decided(x == y || mem::raw::equal_short(by, x, y, (*t).size));
        }
        // Values with parts: a copy of that walk for leaves would be two kilobytes of each program.
        0
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_interequal(sys: System<'_>, a: *const Iface, b: *const Iface) -> bool {
    // SAFETY: compiled code's values, whose data words are those of the type.
    unsafe {
        let (a, b) = touch(|_| (*a, *b));
        a.tab == b.tab && (a.tab.is_null() || data_equal(sys, (*a.tab).typ, a.data, b.data))
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_nilinterequal(sys: System<'_>, a: *const Eface, b: *const Eface) -> bool {
    // SAFETY: compiled code's values, whose data words are those of the type.
    unsafe {
        let (a, b) = touch(|_| (*a, *b));
        a.typ == b.typ && data_equal(sys, a.typ, a.data, b.data)
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_efaceeq(sys: System<'_>, t: *const Type, x: *mut u8, y: *mut u8) -> bool {
    // SAFETY: compiled code's type, or null, and the data words of two interfaces that hold it.
    unsafe { data_equal(sys, t, x, y) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_ifaceeq(sys: System<'_>, tab: *const Itab, x: *mut u8, y: *mut u8) -> bool {
    // SAFETY: compiled code's method table, and the data words of two interfaces that have it.
    unsafe { tab.is_null() || data_equal(sys, (*tab).typ, x, y) }
}

/// Whether interfaces with these data words are equal, if both hold a `t` (null: nothing).
///
/// # Safety
/// In an entry, whose frames own nothing that must be dropped. `t` is null or a descriptor, and `x` and `y` are data words of interfaces
/// that hold it.
#[inline(always)]
unsafe fn data_equal(mut sys: System<'_>, t: *const Type, x: *const u8, y: *const u8) -> bool {
    // SAFETY: `t` is null or a descriptor, and the data words are those of values of it; where these cannot be compared, no frame owns
    // what must be dropped (this function's contract), and the region in which they were looked at is over.
    unsafe {
        let equal = mem::eface_equal(&sys.mem(), t, x, y);
        equal.unwrap_or_else(|u| uncomparable(sys, u, t, x, y))
    }
}

/// Raises the error that values of type `t` cannot be compared, at `x` and `y`, or what lies inside of them.
///
/// # Safety
/// In an entry, whose frames own nothing that must be dropped, and where no region is open. `t` is a descriptor, `u` its own or that of a
/// type in it, and `x` and `y` are data words of interfaces that hold it.
#[cold]
unsafe fn uncomparable(sys: System<'_>, u: mem::Uncomparable, t: *const Type, x: *const u8, y: *const u8) -> ! {
    // SAFETY: no frame owns what must be dropped, and no region is open (this function's contract). A type that is not itself what cannot
    // be compared has a function that compares two values.
    unsafe { if u.0 == t { fault(sys, u.into()) } else { within(sys, (*t).equal.cast(), x, y, u.into()) } }
}

macro_rules! memhash {
    ($($name:ident $n:expr),*) => {
        $(#[unsafe(no_mangle)]
        unsafe extern "C" fn $name(p: *const u8, seed: usize) -> usize {
            // SAFETY: compiled code's value.
            unsafe { GoHasher.bytes(p, seed, $n) }
        })*
    };
}

memhash! { gx_runtime_memhash8 1, gx_runtime_memhash16 2, gx_runtime_memhash128 16 }

#[unsafe(no_mangle)]
extern "C" fn gx_runtime_memhash0(_: *const u8, seed: usize) -> usize {
    seed
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_memhash(p: *const u8, seed: usize, n: usize) -> usize {
    // SAFETY: compiled code's memory.
    unsafe { GoHasher.bytes(p, seed, n) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_memhash32(p: *const u8, seed: usize) -> usize {
    // SAFETY: compiled code's value.
    unsafe { GoHasher.word32(p, seed) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_memhash64(p: *const u8, seed: usize) -> usize {
    // SAFETY: compiled code's value.
    unsafe { GoHasher.word64(p, seed) }
}

macro_rules! typed_hash {
    ($($name:ident $f:path),*) => {
        $(#[unsafe(no_mangle)]
        unsafe extern "C" fn $name(p: *const u8, seed: usize) -> usize {
            // SAFETY: compiled code's value.
            unsafe { $f(&GoHasher, p, seed) }
        })*
    };
}

typed_hash! {
    gx_runtime_f32hash mem::hash::f32_hash, gx_runtime_f64hash mem::hash::f64_hash, gx_runtime_c64hash mem::hash::c64_hash,
    gx_runtime_c128hash mem::hash::c128_hash
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_strhash(s: *const GoStr, seed: usize) -> usize {
    // SAFETY: compiled code's string.
    unsafe { GoHasher.text(*s, seed) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_interhash(mut sys: System<'_>, p: *const u8, seed: usize) -> usize {
    // SAFETY: compiled code's value. No frame owns what must be dropped, and no region is open.
    unsafe { or_raise(mem::hash::iface_hash(&sys.mem(), &GoHasher, p, seed), sys) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_nilinterhash(mut sys: System<'_>, p: *const u8, seed: usize) -> usize {
    // SAFETY: compiled code's value. No frame owns what must be dropped, and no region is open.
    unsafe { or_raise(mem::hash::eface_hash(&sys.mem(), &GoHasher, p, seed), sys) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_reflect_typehash(mut sys: System<'_>, t: *const Type, p: *const u8, seed: usize) -> usize {
    // SAFETY: reflect's descriptor and a value of it. No frame owns what must be dropped, and no region is open.
    unsafe { or_raise(mem::hash_by_type(&sys.mem(), &GoHasher, t, p, seed), sys) }
}
