//! Maps: Go's map types as schemas of goxide-maps, their memory from Go's heap, and the entries of compiled code and reflect.

mod long;
mod memory;
mod schema;

use core::ptr::null_mut;
use goxide_gotypes::mem;
use goxide_gotypes::text::fault::msg;
use goxide_gotypes::types::{GoSlice, MapType, Type, kind, layout};
use goxide_maps::{self as maps, Fast32, Fast64, FastPointer, FastStr, Iter, Map, ShortStr, Str};
use goxide_rt::fatal;
use goxide_rt::links::links;
use goxide_rt::memory::{MAX_ALLOC, allocate, touch};
use goxide_rt::raise::plain;
use goxide_rt::state::RT;
use goxide_rt::token::{Processor, System};
use goxide_rt::words::Two;
use memory::GoMaps;
use schema::*;

/// What an absent key's look-up points to.
#[inline(always)]
fn or_zero(p: *mut u8) -> *mut u8 {
    if p.is_null() { links().zero_val } else { p }
}

#[inline(always)]
fn with_ok(p: *mut u8, zero: *mut u8) -> Two {
    if p.is_null() { Two(zero as usize, 0) } else { Two(p as usize, 1) }
}

// Making.

/// A map's header: its three pointer words are the collector's.
static HEADER: Type = layout::block(size_of::<Map>(), size_of::<Map>(), kind::STRUCT, &[maps::MAP_PTR_MASK as u8]);

/// A map without tables.
fn new_map(sys: System<'_>) -> *mut Map {
    // SAFETY: memory for a header, of which zero bytes are one.
    unsafe {
        let h: *mut Map = allocate(sys, size_of::<Map>(), &raw const HEADER, true).cast();
        (*h).seed = goxide_rt::random::hash_seed() as u32;
        h
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_makemap_small(sys: System<'_>) -> *mut Map {
    new_map(sys)
}

/// Bytes of a map from which on room for the whole is made before its tables.
const LARGE_MAP: usize = 64 << 20;

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_makemap(mut sys: System<'_>, t: *const MapType, hint: isize, h: *mut Map) -> *mut Map {
    // SAFETY: compiled code's descriptor, and null or an empty header in its frame; in a system entry that answers the map.
    unsafe {
        let h = if h.is_null() { new_map(sys.lend()) } else { h };
        if (*h).seed == 0 {
            (*h).seed = goxide_rt::random::hash_seed() as u32;
        }
        // A hint too large to allocate is ignored: as in Go, where a group for each entry is more than there can be.
        let hint = hint.max(0) as usize;
        let group = (*(*t).bucket).size;
        if hint.checked_mul(group).is_some_and(|n| n <= MAX_ALLOC) {
            // Whether there is memory is asked of the whole at once, not when most of the tables are made.
            if let Some(bytes) = maps::bytes_for(hint, group).filter(|&n| n >= LARGE_MAP)
                && let Err(why) = RT.heap.make_room(bytes)
            {
                goxide_rt::refusal::refused(why)
            }
            return long::make(sys, t, h, hint);
        }
        h
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_makemap2(sys: System<'_>, t: *const MapType, hint: isize) -> *mut Map {
    // SAFETY: compiled code's descriptor; in a system entry that answers the map.
    unsafe { gx_runtime_makemap(sys, t, hint, null_mut()) }
}

// Look-ups.

/// What `then` makes of the element of `key`, if there is one; of an error, if the system half has the answer.
///
/// # Safety
/// Compiled code's map of type `t` and key, in a leaf entry.
#[inline(always)]
unsafe fn access_in_place<R>(
    t: *const MapType,
    h: *const Map,
    key: *const u8,
    then: impl Fn(Result<Option<*mut u8>, ()>) -> R,
) -> R {
    // SAFETY: a map of type `t`, and a key of such maps (this function's contract).
    unsafe {
        match in_leaf(t, h) {
            Leaf::Simple(schema) => maps::access_then(&schema, h, key, then),
            Leaf::Shaped(schema) => maps::access_then(&schema, h, key, then),
            Leaf::Mixed(schema) => maps::access_then(&schema, h, key, then),
            Leaf::Other(schema) => maps::access_then(&schema, h, key, then),
        }
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_mapaccess1_fast(t: *const MapType, h: *const Map, key: *const u8) -> *mut u8 {
    // SAFETY: compiled code's map and key. A leaf.
    unsafe { access_in_place(t, h, key, one) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_mapaccess2_fast(t: *const MapType, h: *const Map, key: *const u8) -> Two {
    // SAFETY: compiled code's map and key. A leaf.
    unsafe { access_in_place(t, h, key, two) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_mapaccess1_fat_fast(
    t: *const MapType,
    h: *const Map,
    key: *const u8,
    zero: *mut u8,
) -> *mut u8 {
    // SAFETY: compiled code's map and key. A leaf.
    unsafe { access_in_place(t, h, key, |found| found.map_or(null_mut(), |p| p.unwrap_or(zero))) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_mapaccess2_fat_fast(
    t: *const MapType,
    h: *const Map,
    key: *const u8,
    zero: *mut u8,
) -> Two {
    // SAFETY: compiled code's map and key. A leaf.
    unsafe { access_in_place(t, h, key, |found| found.map_or(Two(0, 0), |p| with_ok(p.unwrap_or(null_mut()), zero))) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_mapaccess1(
    mut sys: System<'_>,
    t: *const MapType,
    h: *const Map,
    key: *const u8,
) -> *mut u8 {
    // SAFETY: compiled code's map and key.
    unsafe { or_zero(done(maps::access(&in_system(t, h, sys.mem()), h, key), sys)) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_mapaccess2(mut sys: System<'_>, t: *const MapType, h: *const Map, key: *const u8) -> Two {
    // SAFETY: compiled code's map and key, in a system entry.
    unsafe { with_ok(done(maps::access(&in_system(t, h, sys.mem()), h, key), sys), links().zero_val) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_mapaccess1_fat(
    mut sys: System<'_>,
    t: *const MapType,
    h: *const Map,
    key: *const u8,
    zero: *mut u8,
) -> *mut u8 {
    // SAFETY: compiled code's map and key, in a system entry.
    unsafe {
        let p = done(maps::access(&in_system(t, h, sys.mem()), h, key), sys);
        if p.is_null() { zero } else { p }
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_mapaccess2_fat(
    mut sys: System<'_>,
    t: *const MapType,
    h: *const Map,
    key: *const u8,
    zero: *mut u8,
) -> Two {
    // SAFETY: compiled code's map and key, in a system entry.
    unsafe { with_ok(done(maps::access(&in_system(t, h, sys.mem()), h, key), sys), zero) }
}

/// What a look-up for one result answers.
#[inline(always)]
fn one<E>(found: Result<Option<*mut u8>, E>) -> *mut u8 {
    match found {
        Ok(Some(p)) => p,
        Ok(None) => links().zero_val,
        Err(_) => null_mut(),
    }
}

/// What a look-up for two results answers.
#[inline(always)]
fn two<E>(found: Result<Option<*mut u8>, E>) -> Two {
    match found {
        Ok(Some(p)) => Two(p as usize, 1),
        Ok(None) => Two(links().zero_val as usize, 0),
        Err(_) => Two(0, 0),
    }
}

/// The two look-ups, fast and slow halves, for one key type. The fast half leaves misuse to the slow one, and keys that are not `$short` to
/// functions like itself: the calls that those take cost the others registers.
macro_rules! access {
    ($way:ident, $short:expr, $schema:path, $all:path, $in_system:path, ($($arg:ident: $ty:ty),*), $key:expr, $one_fast:ident $one:ident $two_fast:ident $two:ident) => {
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $one_fast(t: *const MapType, h: *const Map, $($arg: $ty),*) -> *mut u8 {
            /// # Safety
            /// As for the entry.
            #[inline(never)]
            unsafe extern "C" fn any(t: *const MapType, h: *const Map, $($arg: $ty),*) -> *mut u8 {
                // SAFETY: compiled code's map and key. A leaf.
                unsafe { maps::access_then(&$all(shape(t)), h, $key, one) }
            }
            // SAFETY: compiled code's map and key. A leaf.
            unsafe { if $short { maps::$way(&$schema(shape(t)), h, $key, one) } else { any(t, h, $($arg),*) } }
        }

#[unsafe(no_mangle)]
        unsafe extern "C" fn $one(sys: System<'_>, t: *const MapType, h: *const Map, $($arg: $ty),*) -> *mut u8 {
            // SAFETY: compiled code's map and key, in a system entry.
            unsafe {
                look(h);
                or_zero(done(maps::access(&$in_system(shape(t)), h, $key), sys))
            }
        }

        #[unsafe(no_mangle)]
        unsafe extern "C" fn $two_fast(t: *const MapType, h: *const Map, $($arg: $ty),*) -> Two {
            /// # Safety
            /// As for the entry.
            #[inline(never)]
            unsafe extern "C" fn any(t: *const MapType, h: *const Map, $($arg: $ty),*) -> Two {
                // SAFETY: compiled code's map and key. A leaf.
                unsafe { maps::access_then(&$all(shape(t)), h, $key, two) }
            }
            // SAFETY: compiled code's map and key. A leaf.
            unsafe { if $short { maps::$way(&$schema(shape(t)), h, $key, two) } else { any(t, h, $($arg),*) } }
        }

        #[unsafe(no_mangle)]
        unsafe extern "C" fn $two(sys: System<'_>, t: *const MapType, h: *const Map, $($arg: $ty),*) -> Two {
            // SAFETY: compiled code's map and key, in a system entry.
            unsafe {
                look(h);
                with_ok(done(maps::access(&$in_system(shape(t)), h, $key), sys), links().zero_val)
            }
        }
    };
}

access!(access_then, true, Fast32, Fast32, Fast32, (key: usize), key as u32,
    gx_runtime_mapaccess1_fast32_fast gx_runtime_mapaccess1_fast32
    gx_runtime_mapaccess2_fast32_fast gx_runtime_mapaccess2_fast32);
access!(access_then, true, Fast64, Fast64, Fast64, (key: u64), key,
    gx_runtime_mapaccess1_fast64_fast gx_runtime_mapaccess1_fast64
    gx_runtime_mapaccess2_fast64_fast gx_runtime_mapaccess2_fast64);
access!(access_in_pieces, len <= ShortStr::MAX, ShortStr, FastStr, touched_str, (ptr: *const u8, len: usize), Str { ptr, len },
    gx_runtime_mapaccess1_faststr_fast gx_runtime_mapaccess1_faststr
    gx_runtime_mapaccess2_faststr_fast gx_runtime_mapaccess2_faststr);

// Assignment.

/// # Safety
/// In an entry, whose frames own nothing that must be dropped, and where no region is open. `h` is null or a map, if the program's pointer is
/// right.
#[inline(always)]
unsafe fn not_nil(h: *mut Map, sys: System<'_>) {
    if h.is_null() {
        // SAFETY: no frame owns what must be dropped, and no region is open (this function's contract).
        unsafe { plain(sys, msg::NIL_MAP) }
    }
    // SAFETY: a map, if the program's pointer is right; no region is open (this function's contract).
    unsafe { look(h) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_mapassign_fast(
    mut proc: Processor<'_>,
    t: *const MapType,
    h: *mut Map,
    key: *const u8,
) -> *mut u8 {
    if h.is_null() {
        return null_mut();
    }
    // SAFETY: compiled code's map and key. What only tries allocates nothing.
    unsafe {
        let Some(mem) = proc.quiet_mem() else { return null_mut() };
        let memory = GoMaps::new(t, mem);
        note_shape(t, h);
        match in_leaf(t, h) {
            Leaf::Simple(schema) => maps::try_assign(&schema, &memory, h, key).unwrap_or(null_mut()),
            Leaf::Shaped(schema) => maps::try_assign(&schema, &memory, h, key).unwrap_or(null_mut()),
            Leaf::Mixed(schema) => maps::try_assign(&schema, &memory, h, key).unwrap_or(null_mut()),
            Leaf::Other(schema) => maps::try_assign(&schema, &memory, h, key).unwrap_or(null_mut()),
        }
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_mapassign(mut sys: System<'_>, t: *const MapType, h: *mut Map, key: *const u8) -> *mut u8 {
    // SAFETY: compiled code's map and key.
    unsafe {
        not_nil(h, sys.lend());
        note_shape(t, h);
        let (schema, memory) = parts(&mut sys, t, h);
        let slot = maps::assign(&schema, &memory, h, key);
        done(slot, sys)
    }
}

macro_rules! assign {
    ($schema:path, $in_system:path, ($($arg:ident: $ty:ty),*), $key:expr, $fast:ident $slow:ident) => {
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $fast(mut proc: Processor<'_>, t: *const MapType, h: *mut Map, $($arg: $ty),*) -> *mut u8 {
            if h.is_null() {
                return null_mut();
            }
            // SAFETY: compiled code's map and key. What only tries allocates nothing.
            unsafe {
                let Some(mem) = proc.quiet_mem() else { return null_mut() };
                let memory = GoMaps::new(t, mem);
                maps::try_assign(&$schema(shape(t)), &memory, h, $key).unwrap_or(null_mut())
            }
        }

        #[unsafe(no_mangle)]
        unsafe extern "C" fn $slow(mut sys: System<'_>, t: *const MapType, h: *mut Map, $($arg: $ty),*) -> *mut u8 {
            // SAFETY: compiled code's map, which then is not null, and key. No frame owns what must be dropped, and no region is open.
            unsafe {
                not_nil(h, sys.lend());
                let slot = maps::assign(&$in_system(shape(t)), &GoMaps::new(t, sys.mem()), h, $key);
                done(slot, sys)
            }
        }
    };
}

assign!(Fast32, Fast32, (key: usize), key as u32, gx_runtime_mapassign_fast32_fast gx_runtime_mapassign_fast32);
assign!(Fast64, Fast64, (key: u64), key, gx_runtime_mapassign_fast64_fast gx_runtime_mapassign_fast64);
assign!(FastPointer, FastPointer, (key: *mut u8), key, gx_runtime_mapassign_fast64ptr_fast gx_runtime_mapassign_fast64ptr);
assign!(FastStr, touched_str, (ptr: *const u8, len: usize), Str { ptr, len },
    gx_runtime_mapassign_faststr_fast gx_runtime_mapassign_faststr);

// Deletion.

/// The fast half; as those of the macro below.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_mapdelete_fast(
    mut proc: Processor<'_>,
    t: *const MapType,
    h: *mut Map,
    key: *const u8,
) -> usize {
    // SAFETY: compiled code's map and key. To delete allocates nothing.
    unsafe {
        let Some(mem) = proc.quiet_mem() else { return 0 };
        let memory = GoMaps::new(t, mem);
        usize::from(match in_leaf(t, h) {
            Leaf::Simple(schema) => maps::delete(&schema, &memory, h, key).is_ok(),
            Leaf::Shaped(schema) => maps::delete(&schema, &memory, h, key).is_ok(),
            Leaf::Mixed(schema) => maps::delete(&schema, &memory, h, key).is_ok(),
            Leaf::Other(schema) => maps::delete(&schema, &memory, h, key).is_ok(),
        })
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_mapdelete(mut sys: System<'_>, t: *const MapType, h: *mut Map, key: *const u8) -> usize {
    // SAFETY: compiled code's map and key. No frame owns what must be dropped, and no region is open.
    unsafe {
        let (schema, memory) = parts(&mut sys, t, h);
        let deleted = maps::delete(&schema, &memory, h, key);
        done(deleted, sys);
    }
    1
}

/// The two halves of a deletion, for one key type. The fast one, while nothing need be recorded for the collector; it answers whether it did
/// it, and leaves misuse to the slow one.
macro_rules! delete {
    ($schema:path, $in_system:path, ($($arg:ident: $ty:ty),*), $key:expr, $fast:ident $slow:ident) => {
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $fast(mut proc: Processor<'_>, t: *const MapType, h: *mut Map, $($arg: $ty),*) -> usize {
            // SAFETY: compiled code's map and key. To delete allocates nothing.
            unsafe {
                let Some(mem) = proc.quiet_mem() else { return 0 };
                let memory = GoMaps::new(t, mem);
                usize::from(maps::delete(&$schema(shape(t)), &memory, h, $key).is_ok())
            }
        }

        #[unsafe(no_mangle)]
        unsafe extern "C" fn $slow(mut sys: System<'_>, t: *const MapType, h: *mut Map, $($arg: $ty),*) -> usize {
            // SAFETY: compiled code's map and key. No frame owns what must be dropped, and no region is open.
            unsafe {
                look(h);
                let deleted = maps::delete(&$in_system(shape(t)), &GoMaps::new(t, sys.mem()), h, $key);
                done(deleted, sys);
            }
            1
        }
    };
}

// A key of eight bytes may be a pointer: it is stored like a number, and clearing it is the same except for the barrier, which `clear_key`
// sees to.
delete!(Fast32, Fast32, (key: usize), key as u32, gx_runtime_mapdelete_fast32_fast gx_runtime_mapdelete_fast32);
delete!(Fast64, Fast64, (key: u64), key, gx_runtime_mapdelete_fast64_fast gx_runtime_mapdelete_fast64);
delete!(FastStr, touched_str, (ptr: *const u8, len: usize), Str { ptr, len },
    gx_runtime_mapdelete_faststr_fast gx_runtime_mapdelete_faststr);

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_mapclear(sys: System<'_>, t: *const MapType, h: *mut Map) {
    // SAFETY: compiled code's map; in a system entry that answers nothing, and returns next.
    unsafe { long::clear(sys, t, h) }
}

// Iteration.

/// A leaf, while nothing need be recorded: goes to the first entry, if that is near.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_mapiterinit_fast(
    mut proc: Processor<'_>,
    t: *const MapType,
    h: *mut Map,
    it: *mut Iter,
) -> usize {
    // SAFETY: compiled code's (or reflect's) map, and room for an iterator. What is done allocates nothing.
    unsafe {
        let Some(mem) = proc.quiet_mem() else { return 0 };
        maps::iter_begin(&unhashed(t), &GoMaps::new(t, mem), h, it, t.cast_mut().cast());
        if (*it).map().is_null() { 1 } else { turn(proc, it) }
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_mapiterinit(mut sys: System<'_>, t: *const MapType, h: *mut Map, it: *mut Iter) {
    // SAFETY: compiled code's (or reflect's) map, and room for an iterator; in a system entry that answers nothing, and returns next.
    unsafe {
        let (schema, memory) = parts(&mut sys, t, h);
        maps::iter_begin(&schema, &memory, h, it, t.cast_mut().cast());
        long::next(sys, t, it);
    }
}

/// A leaf. A step in a group needs no frame: all else is elsewhere, which is jumped to.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_mapiternext_fast(mut proc: Processor<'_>, it: *mut Iter) -> usize {
    // SAFETY: an iterator that was begun keeps its type. A step allocates nothing.
    unsafe {
        let t: *const MapType = (*it).kind.cast();
        let Some(mem) = proc.quiet_mem() else { return turn(proc, it) };
        match maps::iter_step(&unhashed(t), &GoMaps::new(t, mem), it) {
            maps::Step::Entry => 1,
            maps::Step::Group => next_group(proc, it),
            maps::Step::Other => turn(proc, it),
        }
    }
}

/// A step to another group of the table, while nothing need be recorded.
///
/// # Safety
/// In a leaf, which has just come to the end of a group with the iterator `it`.
#[inline(never)]
unsafe extern "C" fn next_group(mut proc: Processor<'_>, it: *mut Iter) -> usize {
    // SAFETY: an iterator that was begun keeps its type, and is at the end of a group (this function's contract). A step allocates nothing.
    unsafe {
        let t: *const MapType = (*it).kind.cast();
        match proc.quiet_mem() {
            Some(mem) if maps::iter_group(&unhashed(t), &GoMaps::new(t, mem), it) => 1,
            _ => turn(proc, it),
        }
    }
}

/// What there is to do in a leaf besides: the way to another table, or steps that are recorded.
///
/// # Safety
/// In a leaf; `it` is an iterator of compiled code that was begun.
#[inline(never)]
unsafe extern "C" fn turn(mut proc: Processor<'_>, it: *mut Iter) -> usize {
    // SAFETY: an iterator that was begun keeps its type (this function's contract). What is done allocates nothing.
    unsafe {
        let t: *const MapType = (*it).kind.cast();
        if let Some(mem) = proc.quiet_mem() {
            return usize::from(maps::iter_turn(&unhashed(t), &GoMaps::new(t, mem), it));
        }
        usize::from(maps::iter_turn(&unhashed(t), &GoMaps::new(t, proc.leaf_mem()), it))
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_mapiternext(sys: System<'_>, it: *mut Iter) {
    // SAFETY: an iterator that was begun keeps its type; in a system entry that answers nothing, and returns next.
    unsafe { long::next(sys, (*it).kind.cast(), it) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_reflect_mapiterkey(it: *const Iter) -> *mut u8 {
    // SAFETY: reflect's iterator.
    unsafe { (*it).key }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_reflect_mapiterelem(it: *const Iter) -> *mut u8 {
    // SAFETY: reflect's iterator.
    unsafe { (*it).elem }
}

// Reflection.

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_reflect_maplen(h: *const Map) -> usize {
    // SAFETY: reflect's map.
    if h.is_null() { 0 } else { unsafe { (*h).count } }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_reflect_mapaccess(
    mut sys: System<'_>,
    t: *const MapType,
    h: *const Map,
    key: *const u8,
) -> *mut u8 {
    // SAFETY: reflect's map and key; null for an absent key.
    unsafe { done(maps::access(&in_system(t, h, sys.mem()), h, key), sys) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_reflect_mapaccess_faststr(
    sys: System<'_>,
    t: *const MapType,
    h: *const Map,
    ptr: *const u8,
    len: usize,
) -> *mut u8 {
    // SAFETY: reflect's map and key, in a system entry; null for an absent key.
    unsafe {
        look(h);
        done(maps::access(&touched_str(shape(t)), h, Str { ptr, len }), sys)
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_reflect_mapassign0(
    mut sys: System<'_>,
    t: *const MapType,
    h: *mut Map,
    key: *const u8,
    elem: *const u8,
) {
    // SAFETY: reflect's map, which is not null, key and element, in a system entry.
    unsafe {
        not_nil(h, sys.lend());
        note_shape(t, h);
        let (schema, memory) = parts(&mut sys, t, h);
        let slot = maps::assign(&schema, &memory, h, key);
        let slot = done(slot, sys.lend());
        set_elem(sys, t, slot, elem);
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_reflect_mapassign_faststr0(
    mut sys: System<'_>,
    t: *const MapType,
    h: *mut Map,
    ptr: *const u8,
    len: usize,
    elem: *const u8,
) {
    // SAFETY: reflect's map, which is not null, key and element, in a system entry.
    unsafe {
        not_nil(h, sys.lend());
        let slot = maps::assign(&touched_str(shape(t)), &GoMaps::new(t, sys.mem()), h, Str { ptr, len });
        let slot = done(slot, sys.lend());
        set_elem(sys, t, slot, elem);
    }
}

/// Sets an element from memory that the program named: it is looked at before the barrier and the copy are.
///
/// # Safety
/// `t` is the descriptor of a map type, `slot` the place for an element of such a map, and `elem` points
/// to an element.
unsafe fn set_elem(mut sys: System<'_>, t: *const MapType, slot: *mut u8, elem: *const u8) {
    // SAFETY: an element, looked at before in a region, and the map's place for it (this function's contract).
    unsafe {
        touch(|by| mem::raw::probe(by, elem, (*(*t).elem).size));
        mem::moves::move_value(&sys.mem(), (*t).elem, slot, elem);
    }
}

// Package maps.

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_maps_clone(mut sys: System<'_>, t: *const MapType, h: *mut Map) -> Two {
    let copy = new_map(sys.lend());
    // SAFETY: a map in an interface; in a system entry that answers type and copy.
    unsafe {
        long::clone(sys, t, h, copy);
        Two(t as usize, copy as usize)
    }
}

/// Appends each key (or element) to the slice at `out`, which has room for them.
///
/// # Safety
/// In a system entry; `h` is null or a map of type `t`, and `out` a slice of its keys, or of its elements if `elems`.
unsafe fn collect(mut sys: System<'_>, t: *const MapType, h: *mut Map, out: *mut GoSlice, elems: bool) {
    // SAFETY: `h` is null or a map of the type, and `out` a slice of its keys or elements (this function's contract), to which no more is
    // written than it has room for. No frame owns what must be dropped, and no region is open.
    unsafe {
        let mut it = Iter::new();
        let (schema, memory) = parts(&mut sys, t, h);
        let begun = maps::iter_init(&schema, &memory, h, &mut it, t.cast_mut().cast());
        done(begun, sys.lend());
        let ty = if elems { (*t).elem } else { (*t).key };
        let mut n = 0;
        while !it.key.is_null() {
            if n >= (*out).cap {
                fatal::fatal(b"concurrent map read and map write");
            }
            let from = if elems { it.elem } else { it.key };
            mem::moves::move_value(&sys.mem(), ty, (*out).ptr.add(n * (*ty).size), from);
            n += 1;
            let (schema, memory) = parts(&mut sys, t, h);
            let next = maps::iter_next(&schema, &memory, &mut it);
            done(next, sys.lend());
        }
        (*out).len = n;
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_maps_keys(sys: System<'_>, t: *const MapType, h: *mut Map, out: *mut GoSlice) {
    // SAFETY: package maps gives a map, and a slice of its keys with capacity for them, unless the map is changed at the same time.
    unsafe { collect(sys, t, h, out, false) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_maps_values(sys: System<'_>, t: *const MapType, h: *mut Map, out: *mut GoSlice) {
    // SAFETY: package maps gives a map, and a slice of its elements with capacity for them, unless the map is changed at the same time.
    unsafe { collect(sys, t, h, out, true) }
}
