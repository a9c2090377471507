//! What channels ask of the world around them, for goroutines that are numbers: the names of those that were woken are kept until the scene looks
//! at them. Nothing runs by itself.

use crate::random::Random;
use goxide_chan::{Chan, Seam, Waiter};
use std::cell::RefCell;
use std::collections::HashSet;

/// The seam of the scene's channels.
#[derive(Debug)]
pub struct World {
    /// Goroutines that were woken, in order.
    woken: RefCell<Vec<usize>>,
    /// Those whose select is open to be won.
    armed: RefCell<HashSet<usize>>,
    random: RefCell<Random>,
}

impl World {
    pub fn new(random: Random) -> World {
        World { woken: RefCell::default(), armed: RefCell::default(), random: RefCell::new(random) }
    }

    /// The goroutines that were woken since the last call.
    pub fn take_woken(&self) -> Vec<usize> {
        self.woken.take()
    }
}

// SAFETY: `claim` takes the goroutine out of the set that `arm` puts it in, so it says yes once; elements hold no pointers, so the crate moves
// them itself, and the copies are as its own would be.
unsafe impl Seam for World {
    type Task = usize;

    unsafe fn ready(&self, task: usize, _: *mut Waiter) {
        self.woken.borrow_mut().push(task);
    }

    unsafe fn copy_elem(&self, c: &Chan, dst: *mut u8, src: *const u8) {
        // SAFETY: both are valid for an element and do not overlap (the trait's contract).
        unsafe { dst.copy_from_nonoverlapping(src, c.elem_size()) }
    }

    unsafe fn clear_elem(&self, c: &Chan, dst: *mut u8) {
        // SAFETY: valid for an element (the trait's contract).
        unsafe { dst.write_bytes(0, c.elem_size()) }
    }

    unsafe fn arm(&self, task: usize) {
        self.armed.borrow_mut().insert(task);
    }

    unsafe fn claim(&self, task: usize) -> bool {
        self.armed.borrow_mut().remove(&task)
    }

    fn random(&self, n: u32) -> u32 {
        self.random.borrow_mut().below(n as usize) as u32
    }
}
