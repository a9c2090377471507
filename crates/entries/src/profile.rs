//! The profiles that programs ask for: memory, goroutines, threads, waiting, processor time; heap dumps.

use crate::arch::growth_returns;
use crate::arguments::look_at;
use core::ptr::null_mut;
use goxide_gotypes::profile::DEPTH;
use goxide_gotypes::types::GoSlice;
use goxide_rt::barrier;
use goxide_rt::parts::Joints;
use goxide_rt::reason::Reason;
use goxide_rt::sched::{self, Stopped};
use goxide_rt::state::{G, RT};
use goxide_rt::token::System;
use goxide_rt::wait_profile::{self, Which};
use goxide_rt::words::{Two, truth};
use goxide_rt::{cpu_profile, profile, unwind};
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
unsafe extern "C" fn gx_runtime_memProfile0(
    _: System<'_>,
    to: *mut MemRecord,
    len: usize,
    _cap: usize,
    unused_too: usize,
) -> Two {
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
struct AllGoroutines;

impl Stopped for AllGoroutines {
    unsafe fn stopped(mut sys: System<'_>, t: *mut G) {
        let [to, len, labels, ..] = sys.take_held();
        // SAFETY: descriptors stay.
        let is_users = |gp: *mut G, s: Status| s != Status::IDLE && s != Status::DEAD && unsafe { !(*gp).is_system() };
        let mut n = 0;
        // SAFETY: descriptors stay.
        RT.sched.for_each_task(|gp| n += usize::from(is_users(gp, unsafe { (*gp).state.get() })));
        *sys.answer() = [n, usize::from(n <= len), 0, 0];
        if n > len {
            return;
        }
        let (to, labels) = (to as *mut StackRecord, labels as *mut usize);
        let mut i = 0;
        // SAFETY: the world is stopped: no goroutine runs, and this thread's stands in an entry, so that frames stay as they are, and
        // labels too. Go's slices, whose words are held, have room for as many records and labels as there are goroutines.
        let mut put = |gp: *mut G, s: Status| unsafe {
            let mut pcs = [0; DEPTH];
            profile::stack_of(sys.processor(), gp, unwind::start(gp, s), 0, &mut pcs);
            to.add(i).write(pcs);
            if !labels.is_null() {
                if barrier::is_on() {
                    barrier::record(sys.processor(), labels.add(i), (*gp).ext.labels);
                }
                *labels.add(i) = (*gp).ext.labels;
            }
            i += 1;
        };
        put(t, Status::RUNNING);
        RT.sched.for_each_task(|gp| {
            // SAFETY: descriptors stay.
            let s = unsafe { (*gp).state.get() };
            if gp != t && is_users(gp, s) {
                put(gp, s);
            }
        });
    }
}

/// # Safety
/// In a system entry; `to` has room for `len` records, and `labels` is null or has room for as many labels.
unsafe fn goroutine_profile(mut sys: System<'_>, to: *mut StackRecord, len: usize, labels: *mut usize) -> ! {
    // SAFETY: in a system entry. If the slices are on the goroutine's stack, the in-flight array moves with it.
    unsafe {
        *sys.held() = [to as usize, len, labels as usize, 0, 0];
        sched::with_world_stopped::<AllGoroutines>(sys, Reason::Semacquire)
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_goroutineProfile0(sys: System<'_>, to: *mut StackRecord, len: usize, _cap: usize) -> Two {
    // SAFETY: Go's slice.
    unsafe { goroutine_profile(sys, to, len, null_mut()) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_pprof_runtime_goroutineProfileWithLabels(
    sys: System<'_>,
    to: *mut StackRecord,
    len: usize,
    _cap: usize,
    labels: *mut usize,
    n_labels: usize,
    _labels_cap: usize,
) -> Two {
    // SAFETY: Go's slices.
    unsafe { goroutine_profile(sys, to, len, if n_labels == len { labels } else { null_mut() }) }
}

/// A record for each thread. Nothing is known of what made it: threads are made as processors need them, not by calls of the
/// program.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_threadCreateProfile0(_: System<'_>, to: *mut StackRecord, len: usize, _cap: usize) -> Two {
    let n = sched::thread_count() as usize;
    if n > len {
        return Two(n, 0);
    }
    // SAFETY: Go's slice has room for `len` records; nothing is owned here yet.
    unsafe {
        look_at(to, n);
        core::slice::from_raw_parts_mut(to, n)
    }
    .fill([0; DEPTH]);
    Two(n, 1)
}

/// `runtime.SetBlockProfileRate`.
#[unsafe(no_mangle)]
extern "C" fn gx_runtime_SetBlockProfileRate(_: System<'_>, rate: isize) {
    wait_profile::set_block_rate(rate.max(0) as u64);
}

/// `runtime.SetMutexProfileFraction`: what it was; a negative rate only asks.
#[unsafe(no_mangle)]
extern "C" fn gx_runtime_SetMutexProfileFraction(_: System<'_>, rate: isize) -> usize {
    match u64::try_from(rate) {
        Ok(rate) => wait_profile::set_mutex_rate(rate) as usize,
        Err(_) => wait_profile::mutex_rate() as usize,
    }
}

/// `runtime.blockevent`, which tests pull: a wait of the current goroutine. `skip` 1 stands for what calls this.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_blockevent(sys: System<'_>, nanos: i64, skip: usize) {
    // SAFETY: in a system entry.
    unsafe { wait_profile::blocked(sys, goxide_rt::state::g(), nanos, (skip as u8).wrapping_sub(1)) }
}

/// Go's `runtime.BlockProfileRecord`; goroot/runtime/prof.go has the same fields.
#[repr(C)]
struct BlockRecord {
    count: i64,
    cycles: i64,
    stack: StackRecord,
}

/// A profile of waiting: how many records there are, and whether they were given.
///
/// # Safety
/// `to` has room for `len` records.
unsafe fn waits(which: Which, to: *mut BlockRecord, len: usize) -> Two {
    wait_profile::with(which, |table| {
        let n = table.len();
        if n > len {
            return Two(n, 0);
        }
        for (i, (stack, waits)) in table.iter().enumerate() {
            // What counted for less than one has still been seen, and is divided by.
            let record = BlockRecord { count: (waits.count as i64).max(1), cycles: waits.nanos, stack: padded(stack) };
            // SAFETY: there is room for `len` records (this function's contract).
            unsafe { to.add(i).write(record) }
        }
        Two(n, 1)
    })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_blockProfile0(_: System<'_>, to: *mut BlockRecord, len: usize, _cap: usize) -> Two {
    // SAFETY: Go's slice.
    unsafe { waits(Which::Block, to, len) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_mutexProfile0(_: System<'_>, to: *mut BlockRecord, len: usize, _cap: usize) -> Two {
    // SAFETY: Go's slice.
    unsafe { waits(Which::Mutex, to, len) }
}

#[unsafe(no_mangle)]
extern "C" fn gx_runtime_setCPUProfileRate0(_: System<'_>, hz: isize, growth: usize, system: usize) {
    cpu_profile::set_rate(hz, Joints { growth_returns: growth_returns(), growth, system });
}

/// How many words and records [`gx_runtime_readCPUProfile0`] needs room for.
#[unsafe(no_mangle)]
extern "C" fn gx_runtime_pendingCPUProfile(_: System<'_>) -> Two {
    let (words, records) = cpu_profile::pending();
    Two(words, records)
}

/// Go's `runtime.cpuRead`; goroot/runtime/prof.go has the same fields.
#[repr(C)]
struct CpuRead {
    words: GoSlice,
    labels: GoSlice,
    n_words: usize,
    n_labels: usize,
    end: bool,
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_readCPUProfile0(mut sys: System<'_>, to: *mut CpuRead) {
    // SAFETY: package runtime's record, in the frame of readCPUProfile, which waits for this; its two slices have the lengths that they say.
    unsafe {
        let CpuRead { words, labels, n_words, n_labels, end } = &mut *to;
        *end = cpu_profile::read(words.len, |record, label| {
            // Each record is three words long at least, and there are at most so many words.
            words.ptr.cast::<u64>().add(*n_words).copy_from_nonoverlapping(record.as_ptr(), record.len());
            let slot = labels.ptr.cast::<usize>().add(*n_labels);
            if barrier::is_on() {
                barrier::record(sys.processor(), slot, label);
            }
            *slot = label;
            *n_words += record.len();
            *n_labels += 1;
        });
    }
}

/// Writes to the file descriptor that is held.
struct Dump;

impl Stopped for Dump {
    unsafe fn stopped(mut sys: System<'_>, t: *mut G) {
        let [fd, ..] = sys.take_held();
        // SAFETY: the world is stopped, by this goroutine, which stands in an entry.
        unsafe { goxide_rt::heapdump::write(fd as i32, t) }
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_debug_WriteHeapDump(mut sys: System<'_>, fd: usize) {
    // SAFETY: in a system entry. The in-flight array holds a number for once, which no pointer is.
    unsafe {
        sys.held()[0] = fd;
        sched::with_world_stopped::<Dump>(sys, Reason::Semacquire)
    }
}
