//! The profiles of blocking and of contended mutexes: which waits of goroutines are counted, and for which calls.
//!
//! While neither is on, a goroutine that is about to wait reads one word more, and so does what wakes it. What blocks carries the time at
//! which it began to wait in its own wait record; the profile of mutexes counts the time that an unlocking goroutine has held
//! others up, for the calls that unlock. Which waits count, and as how many, is `goxide_gotypes::profile::waits`.

use crate::parts::{WaitCounter, Waits};
use crate::profile::{TableMemory, stack_of};
use crate::random::fastrand64;
use crate::state::{G, RT, g};
use crate::token::System;
use crate::unwind;
use core::sync::atomic::Ordering::Relaxed;
use goxide_gotypes::profile::DEPTH;
use goxide_gotypes::profile::waits::{WaitTable, Weight};
use goxide_sys::Mutex;

/// Of how many nanoseconds of blocking one wait is counted; 0: the profile is off.
#[inline(always)]
pub fn block_rate() -> u64 {
    RT.waits.block_rate.load(Relaxed)
}

/// Of how many waits for mutexes one is counted; 0: the profile is off.
#[inline(always)]
pub fn mutex_rate() -> u64 {
    RT.waits.mutex_rate.load(Relaxed)
}

fn link_counter() {
    // A constant; nothing else refers to these functions.
    let counter: &'static WaitCounter = &WaitCounter { blocked: count_blocked, held_up: count_held_up };
    RT.waits.counter.store(core::ptr::from_ref(counter).cast_mut(), Relaxed);
}

/// Sets the rate of the profile of blocking.
pub fn set_block_rate(rate: u64) {
    link_counter();
    RT.waits.block_rate.store(rate, Relaxed);
}

/// Sets the rate of the profile of mutexes; what it was.
pub fn set_mutex_rate(rate: u64) -> u64 {
    link_counter();
    RT.waits.mutex_rate.swap(rate, Relaxed)
}

/// When a goroutine that waits from now on began to; 0 while the profile of blocking is off.
#[inline(always)]
pub fn began() -> usize {
    if block_rate() == 0 { 0 } else { goxide_sys::time::nanotime() as usize }
}

/// How long ago that was, but not 0.
#[cold]
pub fn since(began: usize) -> usize {
    (goxide_sys::time::nanotime() as usize).saturating_sub(began).max(1)
}

/// `t` has waited at a channel for so long; 0: it was not measured.
///
/// # Safety
/// `t` is about to go on at the entry in which it waited.
#[inline(always)]
pub unsafe fn waited(sys: System<'_>, t: *mut G, nanos: usize) {
    if nanos != 0 {
        // SAFETY: this function's contract is that of `blocked`.
        unsafe { blocked(sys, t, nanos as i64, NO_STUB) }
    }
}

/// Instead of a number of calls to skip: not even the entry's own stub, which stands for a statement of the language.
const NO_STUB: u8 = u8::MAX;

/// `t` has waited for so long: counts for its calls, but for the entry's own and `skip` more.
///
/// # Safety
/// `t` is about to go on at the entry in which it waited.
#[inline]
pub unsafe fn blocked(sys: System<'_>, t: *mut G, nanos: i64, skip: u8) {
    // SAFETY: null or the static; the rest is this function's contract.
    unsafe {
        if let Some(counter) = RT.waits.counter.load(Relaxed).as_ref() {
            (counter.blocked)(sys, t, nanos, skip)
        }
    }
}

/// # Safety
/// As for [`blocked`].
#[cold]
unsafe fn count_blocked(sys: System<'_>, t: *mut G, nanos: i64, skip: u8) {
    let Some(weight) = Weight::by_time(nanos, block_rate(), fastrand64()) else { return };
    // SAFETY: the goroutine's context is saved (this function's contract).
    unsafe { count(sys, t, &RT.waits.block, weight, skip) }
}

/// The current goroutine has held others up for so long, which its entry ends.
///
/// # Safety
/// In a system entry of the current goroutine.
#[inline]
pub unsafe fn held_up(sys: System<'_>, nanos: i64, skip: u8) {
    // SAFETY: null or the static; the rest is this function's contract.
    unsafe {
        if let Some(counter) = RT.waits.counter.load(Relaxed).as_ref() {
            (counter.held_up)(sys, nanos, skip)
        }
    }
}

/// # Safety
/// As for [`held_up`].
#[cold]
unsafe fn count_held_up(sys: System<'_>, nanos: i64, skip: u8) {
    let Some(weight) = Weight::by_number(nanos, mutex_rate(), fastrand64()) else { return };
    // SAFETY: the goroutine's context is saved: it is in a system entry (this function's contract).
    unsafe { count(sys, g(), &RT.waits.mutex, weight, skip) }
}

/// # Safety
/// The context of `t` is saved, and its frames stay.
unsafe fn count(sys: System<'_>, t: *mut G, table: &Mutex<WaitTable>, weight: Weight, skip: u8) {
    let mut pcs = [0; DEPTH];
    // SAFETY: the context of `t` is saved, and its frames stay (this function's contract).
    let n = unsafe { stack_of(sys.into_processor(), t, unwind::saved(t), usize::from(skip.wrapping_add(1)), &mut pcs) };
    table.lock().add(&TableMemory, &pcs[..n], weight);
}

/// The two profiles.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Which {
    /// Of blocking.
    Block,
    /// Of mutexes.
    Mutex,
}

/// Runs `f` on a profile.
pub fn with<R>(which: Which, f: impl FnOnce(&mut WaitTable) -> R) -> R {
    let Waits { block, mutex, .. } = &RT.waits;
    let table = match which {
        Which::Block => block,
        Which::Mutex => mutex,
    };
    f(&mut table.lock())
}
