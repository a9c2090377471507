//! Which number a call stack has that was numbered before, without reading the linker's tables for each of its frames.
//!
//! A goroutine that sends on a channel in a loop stands on the same frames each time. What tells them apart is cheap to read: where the entry
//! returns to, and the return addresses along the frame pointers, from the caller's frame on. Each processor remembers what number the last
//! stacks with such addresses got from the walk by tables, which alone says what the frames are: what is inlined, which are wrappers.
//! (Official Go takes the frame pointers' word for the stack itself, since 1.21.)
//!
//! A function without a frame has no frame pointer either, and what calls it is missed. The stub of an entry, innermost, is stepped over by the tables.
//! Further out there is such a function where one was interrupted: by a fault, whose panic is raised on top of it, or by the signal that
//! preempts. So a stack is remembered only if the frame pointers lead to the same frames as the tables ([`is_whole`]): two stacks with the same
//! key that both pass are the same.
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

/// The number of the stack with this key, from `walk` if it is not remembered, which says too whether it may be.
///
/// # Safety
/// `seen` is where the processor that this thread holds has what it remembers, which nothing else looks at.
pub unsafe fn number(seen: *mut *mut Seen, key: Option<u64>, walk: impl FnOnce() -> (u64, bool)) -> u64 {
    let Some(key) = key else { return walk().0 };
    // SAFETY: the word is the processor's, which this thread holds, and nothing else looks at what it leads to (this function's contract): `walk`
    // does not. What was made is zero bytes, and stays.
    unsafe {
        if (*seen).is_null() {
            *seen = GoPersistent.persistent(size_of::<Seen>(), align_of::<Seen>()).cast();
        }
        let slot = &raw mut (**seen).0[key as usize / 2 % Seen::STACKS];
        if (*slot).key != key {
            let (number, may_be) = walk();
            if !may_be {
                return number;
            }
            *slot = SeenStack { key, number };
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

/// Whether the frame pointers lead to every frame that the tables know of, from the caller of the entry's stub on.
///
/// # Safety
/// As for [`key`].
pub unsafe fn is_whole(cache: &mut PcCache<'static>, gp: *mut G) -> bool {
    let (mut chain, mut frames) = ([0; FRAMES], [0; FRAMES]);
    // SAFETY: the goroutine's context is saved, and its frames stay (this function's contract).
    unsafe {
        let limits = unwind::limits(gp);
        let Some(n) = returns((*gp).ctx.bp, limits, &mut chain) else { return false };
        let Ok(mut u) = Unwinder::<Native>::new(symtab(), cache, unwind::saved(gp), limits, Mode::BestEffort) else {
            return false;
        };
        let mut m = 0;
        while matches!(u.step(cache), Ok(true)) {
            if m == FRAMES {
                return false;
            }
            frames[m] = u.frame().pc;
            m += 1;
        }
        // The stub has a frame pointer of its own, or has none.
        let (chain, frames) = (&chain[..n], &frames[..m]);
        chain == frames || (m > 0 && chain == &frames[1..])
    }
}

/// The return addresses along the frame pointers from `fp` on, innermost first, and how many; none if the frame pointers lead nowhere.
///
/// # Safety
/// What lies within `limits` can be read.
unsafe fn returns(fp: usize, limits: Limits, pcs: &mut [usize; FRAMES]) -> Option<usize> {
    let mut n = 0;
    // SAFETY: this function's contract is that of `each_return`, which gives no more than there is room for.
    unsafe {
        each_return(fp, limits, |pc| {
            pcs[n] = pc;
            n += 1;
        })
    }
    .then_some(n)
}

/// `key` with the return addresses along the frame pointers from `fp` on.
///
/// # Safety
/// What lies within `limits` can be read.
unsafe fn follow(mut key: u64, fp: usize, limits: Limits) -> Option<u64> {
    // SAFETY: this function's contract is that of `each_return`.
    unsafe { each_return(fp, limits, |pc| key = mix(key, pc)) }.then_some(key | 1)
}

/// Calls `f` with the return addresses along the frame pointers from `fp` on, up to the outermost, whose frame pointer is 0, [`FRAMES`] at most.
/// False if they lead elsewhere.
///
/// # Safety
/// What lies within `limits` can be read.
unsafe fn each_return(mut fp: usize, limits: Limits, mut f: impl FnMut(usize)) -> bool {
    for _ in 0..FRAMES {
        if fp == 0 {
            return true;
        }
        if !limits.holds(fp, 16) || !fp.is_multiple_of(8) {
            return false;
        }
        // SAFETY: two words within the limits.
        let (next, pc) = unsafe { (*(fp as *const usize), *((fp + 8) as *const usize)) };
        f(pc);
        if next != 0 && next <= fp {
            return false;
        }
        fp = next;
    }
    false
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
