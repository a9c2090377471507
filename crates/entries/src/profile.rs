//! The profiles that programs ask for: memory, goroutines, threads; heap dumps.

use core::ptr::null_mut;
use goxide_gotypes::mem::Mem as _;
use goxide_gotypes::profile::DEPTH;
use goxide_rt::memory::GoMem;
use goxide_rt::reason::Reason;
use goxide_rt::sched;
use goxide_rt::state::{G, RT, g};
use goxide_rt::words::{Two, truth};
use goxide_rt::{gc, profile};
use goxide_sched::state::Status;

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

/// Go's `runtime.StackRecord`.
type StackRecord = [usize; DEPTH];

/// Takes the stacks of all goroutines, the current one's first, into the records whose address and number wait in the
/// in-flight array, and their labels beside them, if there is room; answers their number and whether there was.
///
/// # Safety
/// As a finish half of `t`, which has stopped the world; its in-flight array has the records, their number, and null or as
/// many labels.
unsafe fn all_goroutines(t: *mut G) {
    // SAFETY: the world is stopped: no goroutine runs, this thread's stands in an entry. Go's slices have room.
    unsafe {
        let [to, len, labels, ..] = core::mem::take(&mut (*t).ext.in_flight);
        let is_users = |gp: *mut G, s: Status| !(*gp).is_system() && s != Status::IDLE && s != Status::DEAD;
        let mut n = 0;
        RT.sched.for_each_task(|gp| n += usize::from(is_users(gp, (*gp).state.get())));
        (*t).ctx.regs[0] = n;
        (*t).ctx.regs[1] = usize::from(n <= len);
        if n > len {
            return;
        }
        let (to, labels) = (to as *mut StackRecord, labels as *mut usize);
        let mut i = 0;
        let mut put = |gp: *mut G, s: Status| {
            let mut pcs = [0; DEPTH];
            profile::stack_of(gp, gc::stack::start(gp, s), 0, &mut pcs);
            to.add(i).write(pcs);
            if !labels.is_null() {
                if GoMem.write_barrier_on() {
                    GoMem.barrier_ptr(labels.add(i), (*gp).ext.labels);
                }
                *labels.add(i) = (*gp).ext.labels;
            }
            i += 1;
        };
        put(t, Status::RUNNING);
        RT.sched.for_each_task(|gp| {
            let s = (*gp).state.get();
            if gp != t && is_users(gp, s) {
                put(gp, s);
            }
        });
    }
}

/// # Safety
/// In a system entry; `to` has room for `len` records, and `labels` is null or has room for as many labels.
unsafe fn goroutine_profile(to: *mut StackRecord, len: usize, labels: *mut usize) -> ! {
    // SAFETY: in a system entry. If the slices are on the goroutine's stack, the in-flight array moves with it.
    unsafe {
        let gp = g();
        (*gp).ext.in_flight = [to as usize, len, labels as usize, 0, 0];
        sched::with_world_stopped_on_g0(gp, Reason::Semacquire, all_goroutines)
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_goroutineProfile0(to: *mut StackRecord, len: usize, _cap: usize) -> Two {
    // SAFETY: Go's slice.
    unsafe { goroutine_profile(to, len, null_mut()) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_pprof_runtime_goroutineProfileWithLabels(
    to: *mut StackRecord,
    len: usize,
    _cap: usize,
    labels: *mut usize,
    n_labels: usize,
    _labels_cap: usize,
) -> Two {
    // SAFETY: Go's slices.
    unsafe { goroutine_profile(to, len, if n_labels == len { labels } else { null_mut() }) }
}

/// A record for each thread. Nothing is known of what made it: threads are made as processors need them, not by calls of the
/// program.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_threadCreateProfile0(to: *mut StackRecord, len: usize, _cap: usize) -> Two {
    let n = RT.sched.thread_count() as usize;
    if n > len {
        return Two(n, 0);
    }
    // SAFETY: Go's slice has room for `len` records.
    unsafe { core::slice::from_raw_parts_mut(to, n) }.fill([0; DEPTH]);
    Two(n, 1)
}

/// # Safety
/// As a finish half of `t`, which has stopped the world; its in-flight array has the descriptor's number.
unsafe fn dump(t: *mut G) {
    // SAFETY: the world is stopped, by this goroutine.
    unsafe {
        let fd = core::mem::take(&mut (*t).ext.in_flight[0]);
        goxide_rt::heapdump::write(fd as i32, t);
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_debug_WriteHeapDump(fd: usize) {
    // SAFETY: in a system entry. The in-flight array holds a number for once, which no pointer is.
    unsafe {
        let gp = g();
        (*gp).ext.in_flight[0] = fd;
        sched::with_world_stopped_on_g0(gp, Reason::Semacquire, dump)
    }
}
