//! Standard error as a sink, and the lock that keeps what is written there together. Without the lock lines stay whole, as long as there is room for
//! one: they are written at their ends.

use crate::state::{RT, m};
use goxide_symtab::Sink;

/// Standard error, a piece at a time.
pub struct Stderr {
    buf: [u8; 512],
    len: usize,
}

impl Stderr {
    /// Nothing written yet.
    pub const fn new() -> Stderr {
        Stderr { buf: [0; 512], len: 0 }
    }

    /// Writes out what was collected.
    #[inline(never)]
    pub fn flush(&mut self) {
        // What standard error does not take is lost.
        let _ = goxide_sys::io::write_all(2, &self.buf[..self.len]);
        self.len = 0;
    }

    /// Makes room: writes out the lines that are whole, or what there is if none is.
    #[cold]
    fn spill(&mut self) {
        let Some(end) = self.buf[..self.len].iter().rposition(|&b| b == b'\n') else { return self.flush() };
        // What standard error does not take is lost.
        let _ = goxide_sys::io::write_all(2, &self.buf[..=end]);
        self.buf.copy_within(end + 1..self.len, 0);
        self.len -= end + 1;
    }
}

impl Default for Stderr {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Stderr {
    fn drop(&mut self) {
        self.flush();
    }
}

impl Sink for Stderr {
    /// Takes text; writes out when there is no room for more. Out of line: it is called in many places, none of them in a hurry.
    #[inline(never)]
    fn put(&mut self, bytes: &[u8]) {
        for piece in bytes.chunks(self.buf.len()) {
            while self.len + piece.len() > self.buf.len() {
                self.spill();
            }
            self.buf[self.len..self.len + piece.len()].copy_from_slice(piece);
            self.len += piece.len();
        }
    }
}

/// Takes the lock that serialises what Go's `print` and the tracebacks write; nests.
pub fn print_lock() {
    let mp = m();
    // SAFETY: this thread's own descriptor.
    unsafe {
        if (*mp).ext.print_locks == 0 {
            RT.print_lock.lock();
        }
        (*mp).ext.print_locks += 1;
    }
}

/// Undoes one [`print_lock`].
pub fn print_unlock() {
    let mp = m();
    // SAFETY: this thread's own descriptor; it holds the lock if the count says so.
    unsafe {
        (*mp).ext.print_locks -= 1;
        if (*mp).ext.print_locks == 0 {
            RT.print_lock.unlock();
        }
    }
}
