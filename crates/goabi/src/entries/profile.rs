//! The profiles that programs ask for: memory, goroutines, threads.

use super::{Two, truth};
use crate::profile::DEPTH;
use crate::rt::profile;

/// Go's `runtime.MemProfileRecord`; goroot/runtime/prof.go has the same fields.
#[repr(C)]
struct MemRecord {
    alloc_bytes: i64,
    free_bytes: i64,
    alloc_objects: i64,
    free_objects: i64,
    stack: [usize; DEPTH],
}

/// A stack as records have it: ends at the first 0.
fn padded(stack: &[usize]) -> [usize; DEPTH] {
    core::array::from_fn(|i| stack.get(i).copied().unwrap_or(0))
}

/// `runtime.MemProfile`: how many records there are, and whether they were given.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_memProfile0(to: *mut MemRecord, len: usize, _cap: usize, unused_too: usize) -> Two {
    profile::with(|table| {
        table.show_something();
        let wanted = || table.iter().filter(|r| truth(unused_too) || !r.is_unused());
        let n = wanted().count();
        if n > len {
            return Two(n, 0);
        }
        for (i, r) in wanted().enumerate() {
            let c = r.counts();
            // SAFETY: Go's slice has room for `len` records.
            unsafe {
                to.add(i).write(MemRecord {
                    alloc_bytes: c.alloc_bytes as i64,
                    free_bytes: c.free_bytes as i64,
                    alloc_objects: c.allocs as i64,
                    free_objects: c.frees as i64,
                    stack: padded(r.stack()),
                })
            }
        }
        Two(n, 1)
    })
}
