//! A seam for the tests of the core: tasks are plain flags, parking is the test's own business.
//! Every call is counted, and its preconditions are asserted.
#![allow(dead_code)] // each test binary uses its own part

use goxide_chan::{Chan, Elem, Seam, Waiter};
use std::cell::{Cell, RefCell};

/// A task: whether it was readied, and its select race.
#[derive(Default, Debug)]
pub struct T {
    pub readied: Cell<u32>,
    pub claimed: Cell<bool>,
}

impl T {
    pub fn handle(&self) -> *const T {
        self
    }

    /// Whether the task was readied since the last question.
    pub fn take_ready(&self) -> bool {
        let n = self.readied.take();
        assert!(n <= 1, "readied {n} times");
        n == 1
    }
}

/// The seam. `pointers` makes it refuse plain moves, so that all go through `copy_elem` and so on.
#[derive(Default)]
pub struct S {
    pub seed: Cell<u32>,
    pub order: RefCell<Vec<*const T>>,
    pub copies: Cell<u32>,
    pub hands: Cell<u32>,
    pub clears: Cell<u32>,
}

unsafe impl Seam for S {
    type Task = *const T;

    unsafe fn ready(&self, t: *const T, w: *mut Waiter) {
        // SAFETY: tests keep tasks, waiters and channels alive.
        unsafe {
            assert!((*w).fired);
            assert_eq!((*w).task.cast_const().cast::<T>(), t);
            let c = &*(*w).chan;
            assert!(c.try_lock(), "readied under the channel's lock");
            c.unlock();
            (*t).readied.set((*t).readied.get() + 1);
        }
        self.order.borrow_mut().push(t);
    }

    unsafe fn copy_elem(&self, c: &Chan, dst: *mut u8, src: *const u8) {
        assert!(!c.try_lock());
        self.copies.set(self.copies.get() + 1);
        // SAFETY: valid for an element.
        unsafe { std::ptr::copy_nonoverlapping(src, dst, c.elem_size()) }
    }

    unsafe fn hand_elem(&self, c: &Chan, dst: *mut u8, src: *const u8) {
        assert!(!c.try_lock());
        self.hands.set(self.hands.get() + 1);
        // SAFETY: valid for an element.
        unsafe { std::ptr::copy_nonoverlapping(src, dst, c.elem_size()) }
    }

    unsafe fn clear_elem(&self, c: &Chan, dst: *mut u8) {
        self.clears.set(self.clears.get() + 1);
        // SAFETY: valid for an element.
        unsafe { dst.write_bytes(0, c.elem_size()) }
    }

    unsafe fn arm(&self, t: *const T) {
        // SAFETY: tests keep tasks alive.
        unsafe { (*t).claimed.set(false) }
    }

    unsafe fn claim(&self, t: *const T) -> bool {
        // SAFETY: tests keep tasks alive.
        unsafe { !(*t).claimed.replace(true) }
    }

    fn random(&self, n: u32) -> u32 {
        let x = self.seed.get().wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        self.seed.set(x);
        ((u64::from(x) * u64::from(n)) >> 32) as u32
    }
}

/// A channel with its buffer.
pub struct Ch {
    pub chan: Box<Chan>,
    buf: Vec<u64>,
    size: usize,
}

impl Ch {
    pub fn new(cap: usize, size: usize, pointer_free: bool) -> Self {
        let mut buf = vec![0u64; (cap * size).div_ceil(8)];
        let elem = Elem { size: size as u32, pointer_free, ty: 42 };
        // SAFETY: the buffer is big enough and lives as long as the channel.
        let chan = Box::new(unsafe { Chan::new(buf.as_mut_ptr().cast(), cap, elem) });
        Self { chan, buf, size }
    }

    pub fn words(cap: usize) -> Self {
        Self::new(cap, 8, true)
    }

    pub fn ptr(&self) -> *mut Chan {
        (&raw const *self.chan).cast_mut()
    }

    /// The buffer's bytes.
    pub fn raw(&self) -> Vec<u8> {
        let n = self.chan.cap() * self.size;
        // SAFETY: the vector has at least `n` bytes.
        unsafe { std::slice::from_raw_parts(self.buf.as_ptr().cast::<u8>(), n).to_vec() }
    }
}

impl std::ops::Deref for Ch {
    type Target = Chan;
    fn deref(&self) -> &Chan {
        &self.chan
    }
}
