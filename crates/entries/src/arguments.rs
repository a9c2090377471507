//! What pointers of a program point to, looked at before an entry uses it: a nil or bad one is a panic of the goroutine, as in Go's own
//! functions, and not a fault of the runtime.

use goxide_gotypes::mem::raw;
use goxide_rt::memory::touch;

/// Looks at `n` elements at `p`.
///
/// # Safety
/// `p` points to so many, if the program's pointer is right. In a system entry, in which no region is open, and no frame owns what must be
/// dropped.
pub(crate) unsafe fn look_at<T>(p: *const T, n: usize) {
    // SAFETY: readable for so many bytes, if the program's pointer is right (this function's contract).
    touch(|by| unsafe { raw::probe(by, p.cast(), n * size_of::<T>()) });
}
