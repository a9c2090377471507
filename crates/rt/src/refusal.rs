//! The kernel gives no more memory: how the program ends.

use crate::fatal;
use crate::stderr::Stderr;
use goxide_alloc::Refusal;

/// Out of memory: for what the runtime keeps beside the heap.
#[cold]
pub fn out_of_memory() -> ! {
    refused(Refusal::Memory)
}

/// The heap gets no more pages. Go says how much was asked for where there is no address space, on the stack of the caller; and
/// nothing but the fact where the kernel refuses the memory, on the system stack.
#[cold]
pub fn refused(why: Refusal) -> ! {
    use goxide_symtab::Sink as _;
    let Refusal::Space { asked, in_use } = why else { fatal::throw_on_system(b"runtime: out of memory") };
    let mut out = Stderr::new();
    out.put(b"runtime: out of memory: cannot allocate ");
    out.put_uint(asked as u64);
    out.put(b"-byte block (");
    out.put_uint(in_use as u64);
    out.put(b" in use)\n");
    drop(out);
    fatal::throw(b"out of memory")
}
