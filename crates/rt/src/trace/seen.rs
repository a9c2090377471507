//! Which number a call stack has that was numbered before, without reading the linker's tables for each of its frames.
//!
//! A goroutine that sends on a channel in a loop stands on the same frames each time. What tells them apart is cheap to read: where the entry
//! returns to, and the return addresses along the frame pointers, from the caller's frame on. Each processor remembers what number the last
//! stacks with such addresses got from the walk by tables, which alone says what the frames are: what is inlined, which are wrappers.
//! (Official Go takes the frame pointers' word for the stack itself, since 1.21.) A function without a frame has no frame pointer
//! either, and would be missed; the compiler makes none that calls another, so this can be the stub of the entry only, and it is stepped over
//! by the tables.
//!
//! Not here: the numbers (`tables`).

use crate::parts::{Seen, SeenStack};
use crate::persistent::GoPersistent;
use crate::state::{G, RT, symtab};
use crate::unwind;
use core::sync::atomic::Ordering::Relaxed;
use goxide_gotypes::mem::Persistent;
use goxide_symtab::unwind::{Limits, Mode, Unwinder};
use goxide_symtab::{Native, PcCache};

/// The most frames that are looked at: those of a deeper stack are walked each time.
const FRAMES: usize = 160;

/// The number of the stack with this key, from `walk` if it is not remembered.
///
/// # Safety
/// `seen` is where the processor that this thread holds has what it remembers, which nothing else looks at.
pub unsafe fn number(seen: *mut *mut Seen, key: Option<u64>, walk: impl FnOnce() -> u64) -> u64 {
    let Some(key) = key else { return walk() };
    // SAFETY: the word is the processor's, which this thread holds, and nothing else looks at what it leads to (this function's contract): `walk`
    // does not. What was made is zero bytes, and stays.
    unsafe {
        if (*seen).is_null() {
            *seen = GoPersistent.persistent(size_of::<Seen>(), align_of::<Seen>()).cast();
        }
        let slot = &raw mut (**seen).0[key as usize / 2 % Seen::STACKS];
        if (*slot).key != key {
            *slot = SeenStack { key, number: walk() };
        }
        (*slot).number
    }
}

/// What stands for the return addresses of the goroutine's frames, and for the trace, whose numbers are its own: 64 bits, of which no two
/// stacks of a program are likely to have the same. None if the frame pointers lead nowhere.
///
/// # Safety
/// `gp` is a goroutine with a stack, in a system entry of this thread, and its context is saved.
pub unsafe fn key(cache: &mut PcCache<'static>, gp: *mut G) -> Option<u64> {
    // SAFETY: the goroutine's context is saved, and its frames stay (this function's contract).
    unsafe {
        let limits = unwind::limits(gp);
        let start = unwind::saved(gp);
        // The stub and the function that calls it.
        let mut u = Unwinder::<Native>::new(symtab(), cache, start, limits, Mode::BestEffort).ok()?;
        if !u.step(cache).ok()? {
            return None;
        }
        let mut key = mix(u64::from(RT.trace.generation.load(Relaxed)), start.pc);
        key = mix(key, u.frame().pc);
        follow(key, (*gp).ctx.bp, limits)
    }
}

/// `key` with the return addresses along the frame pointers from `fp` on, up to the outermost, whose frame pointer is 0.
///
/// # Safety
/// What lies within `limits` can be read.
unsafe fn follow(mut key: u64, mut fp: usize, limits: Limits) -> Option<u64> {
    for _ in 0..FRAMES {
        if fp == 0 {
            return Some(key | 1);
        }
        if !limits.holds(fp, 16) || !fp.is_multiple_of(8) {
            return None;
        }
        // SAFETY: two words within the limits.
        let (next, pc) = unsafe { (*(fp as *const usize), *((fp + 8) as *const usize)) };
        key = mix(key, pc);
        if next != 0 && next <= fp {
            return None;
        }
        fp = next;
    }
    None
}

/// A multiplication whose upper half is folded onto the lower (as in wyhash).
fn mix(key: u64, word: usize) -> u64 {
    let product = u128::from(key ^ 0x9e37_79b9_7f4a_7c15) * u128::from(word as u64 ^ 0xd6e8_feb8_6659_fd93);
    (product as u64) ^ (product >> 64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stack of frames, each of which returns to the next of `pcs`, innermost first, and its lowest frame pointer.
    fn stack(pcs: &[usize], words: &mut [usize; 64]) -> (usize, Limits) {
        let base = words.as_ptr() as usize;
        for (i, pc) in pcs.iter().enumerate() {
            words[i * 3] = if i + 1 == pcs.len() { 0 } else { base + (i + 1) * 24 };
            words[i * 3 + 1] = *pc;
        }
        (base, Limits { lo: base, hi: base + size_of_val(words) })
    }

    fn key_of(pcs: &[usize]) -> Option<u64> {
        let mut words = [0; 64];
        let (fp, limits) = stack(pcs, &mut words);
        // SAFETY: the limits are those of the words.
        unsafe { follow(1, fp, limits) }
    }

    #[test]
    fn a_key_stands_for_each_return_address_and_their_order() {
        let pcs = [0x401000, 0x401010, 0x402000, 0x403000];
        let key = key_of(&pcs);
        assert!(key.is_some() && key == key_of(&pcs));
        for i in 0..pcs.len() {
            let mut other = pcs;
            other[i] += 1;
            assert_ne!(key, key_of(&other));
            assert_ne!(key, key_of(&pcs[..i]));
        }
        assert_ne!(key, key_of(&[0x401010, 0x401000, 0x402000, 0x403000]));
    }

    #[test]
    fn frame_pointers_that_lead_nowhere_give_no_key() {
        let mut words = [0; 64];
        let (fp, limits) = stack(&[1, 2, 3], &mut words);
        for wrong in [limits.hi, limits.hi - 8, limits.lo - 8, fp + 1, fp] {
            words[3] = wrong;
            // SAFETY: the limits are those of the words.
            assert_eq!(unsafe { follow(1, fp, limits) }, None, "{wrong:#x}");
        }
        // SAFETY: the limits are those of the words.
        assert_eq!(unsafe { follow(1, limits.hi, limits) }, None);
    }
}
