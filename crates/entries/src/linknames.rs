//! What packages outside of std pull from package runtime by `//go:linkname`: the block of goroot/boundary.txt with that name.
//! Where such a package has copied a structure of Go's runtime (a `funcInfo`, the head of an `m`), the layout is Go 1.21's.
//! Not here: what is another entry under a second name, and what std calls as well.

use crate::compare::GoHasher;
use crate::symbols::raw_name;
use core::ptr::null;
use goxide_chan::Chan;
use goxide_gotypes::mem::{Hasher as _, hash};
use goxide_gotypes::types::Itab;
use goxide_gotypes::types::{Eface, GoStr, Iface, InterfaceType, Type};
use goxide_rt::arch;
use goxide_rt::barrier;
use goxide_rt::call::call_on_g0;
use goxide_rt::fatal;
use goxide_rt::frames::{caller_pc, stub_frame_end};
use goxide_rt::links::FuncVal;
use goxide_rt::raise::or_raise;
use goxide_rt::reason::Reason;
use goxide_rt::records::GoM;
use goxide_rt::sched;
use goxide_rt::state::{G, M, RT, g, m, symtab};
use goxide_rt::stderr::Stderr;
use goxide_rt::token::{Processor, System};
use goxide_rt::words::Two;
use goxide_sched::state::Status;
use goxide_symtab::Symtab;
use goxide_symtab::functab::RawFunc;
use goxide_symtab::inline::RawCall;
use goxide_symtab::moduledata::ModuleData;

// Parking.

/// What `gopark` is given: the function that may still refuse, and its argument.
struct Commit {
    f: FuncVal,
    lock: usize,
}

/// The goroutine is parked and can be woken: Go's `unlockf(g, lock)` makes it known to those who will, or refuses.
///
/// # Safety
/// As an `Unlock` of the scheduler's; `at` is the address of a [`Commit`] in the frame of `gx_runtime_gopark`.
unsafe fn commit(t: *mut G, at: usize) -> bool {
    // SAFETY: the record lies in the frame of `gx_runtime_gopark`, on this system stack, whose token was used up. The thread keeps its
    // processor until the scheduler takes another goroutine, borrows nothing of its part and holds no lock; the context of `t` was saved by
    // the entry's stub. The function is one for the system stack by gopark's contract. It is the last to use `t`.
    unsafe {
        let c = &*(at as *const Commit);
        call_on_g0(System::assume(), c.f, &[t as usize, c.lock, 0, 0, 0]) as u8 != 0
    }
}

/// `gopark(unlockf func(*g, unsafe.Pointer) bool, lock unsafe.Pointer, reason waitReason, traceReason, traceskip)`: nothing that
/// the two pointers lead to can go away in the meantime, since no collection gets past a thread that is in an entry.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_gopark(
    sys: System<'_>,
    f: FuncVal,
    lock: usize,
    reason: usize,
    _trace: usize,
    _skip: usize,
) -> ! {
    if sys.is_g0() {
        fatal::throw(b"runtime: mcall called on m->g0 stack");
    }
    // SAFETY: in an entry of a goroutine, not of g0; the waker learns of the goroutine from `f`. The scheduler calls `commit` with the address
    // of a `Commit` in this frame, before anything else uses this stack.
    unsafe {
        let c = Commit { f, lock };
        let unlock = if f.is_null() { None } else { Some(commit as unsafe fn(*mut G, usize) -> bool) };
        sched::park_on_g0(sys, unlock, &raw const c as usize, Reason::of_number(reason))
    }
}

/// Go's words for a goroutine that cannot be made ready.
///
/// # Safety
/// `t` is a goroutine; on g0.
#[cold]
unsafe fn not_waiting(t: *mut G) -> ! {
    use goxide_symtab::Sink as _;
    let mut out = Stderr::new();
    // SAFETY: two descriptors.
    unsafe {
        let g0 = (*m()).g0;
        for (head, t) in [(&b"runtime:   gp: gp="[..], t), (b"runtime: getg:  g=", g0)] {
            let waiting = t != g0;
            out.put(head);
            out.put_hex(t as usize);
            out.put(b", goid=");
            out.put_uint((*t).id);
            out.put(if waiting { b", gp->atomicstatus=" } else { b",  g->atomicstatus=" });
            out.put_uint(u64::from((*t).state.get().number()));
            out.put(b"\n");
        }
    }
    drop(out);
    fatal::throw_on_system(b"bad g->status in ready")
}

/// `goready(gp *g, traceskip int)`: the caller has the duty to wake the goroutine, which `gopark` has parked.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_goready(sys: System<'_>, t: *mut G, _skip: usize) {
    // SAFETY: the pointer is what `unlockf` was given; descriptors are never freed.
    unsafe {
        if (*t).state.get().plain() != Status::WAITING {
            not_waiting(t);
        }
        sched::ready(sys, t, true);
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_goyield(sys: System<'_>) -> ! {
    // SAFETY: in an entry of a goroutine.
    unsafe { sched::yield_here_on_g0(sys) }
}

/// Makes sure that a thread looks for work, if a processor is free.
#[unsafe(no_mangle)]
extern "C" fn gx_runtime_wakep(_: System<'_>) {
    sched::wake_proc();
}

/// As `entersyscall`, before a call that will surely block: the processor is handed over at once.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_entersyscallblock(mut sys: System<'_>) {
    // SAFETY: in a system entry, of whose stub the caller is; it does nothing but the call until exitsyscall.
    unsafe {
        let gp = g();
        let end = stub_frame_end(sys.lend(), gp);
        sched::enter_syscall_block(sys, end, caller_pc(gp), (*gp).ctx.bp);
    }
}

// Threads.

/// What a package can read of this thread's `m`, at offsets that it has copied from Go's: `g0`, `curg`.
///
/// # Safety
/// `mp` is this thread.
unsafe fn picture(mp: *mut M) -> *mut GoM {
    // SAFETY: this thread's own descriptor.
    unsafe {
        let at = &raw mut (*mp).ext.go_m;
        (*at).g0 = (*mp).g0;
        (*at).curg = g();
        at
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_getm() -> *mut GoM {
    // SAFETY: this thread's descriptor.
    unsafe { picture(m()) }
}

/// Keeps the goroutine on its thread, until as many calls of `releasem`.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_acquirem(mut proc: Processor<'_>) -> *mut GoM {
    // SAFETY: this thread's descriptor.
    unsafe { picture(proc.pin()) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_releasem(mut sys: System<'_>, _: *mut GoM) {
    sys.unpin();
}

#[unsafe(no_mangle)]
extern "C" fn gx_runtime_procyield(turns: u32) {
    for _ in 0..turns {
        core::hint::spin_loop();
    }
}

#[unsafe(no_mangle)]
extern "C" fn gx_runtime_osyield(_: System<'_>) {
    goxide_sys::process::sched_yield();
}

/// The thread sleeps, and its processor with it, as in Go.
#[unsafe(no_mangle)]
extern "C" fn gx_runtime_usleep(_: System<'_>, us: u32) {
    goxide_sys::process::usleep(us);
}

// Clocks.

#[unsafe(no_mangle)]
extern "C" fn gx_runtime_cputicks(_: System<'_>) -> u64 {
    arch::cpu_ticks()
}

#[unsafe(no_mangle)]
extern "C" fn gx_runtime_walltime(_: System<'_>) -> Two {
    let (sec, nsec) = goxide_sys::time::walltime();
    Two(sec as usize, nsec as usize)
}

// Hashes.

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_stringHash(p: *const u8, len: usize, seed: usize) -> usize {
    // SAFETY: the bytes of the string that the program passes.
    unsafe { GoHasher.text(GoStr { ptr: p, len }, seed) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_bytesHash(p: *const u8, len: usize, _cap: usize, seed: usize) -> usize {
    // SAFETY: the bytes of the slice that the program passes.
    unsafe { GoHasher.bytes(p, seed, len) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_int32Hash(v: u32, seed: usize) -> usize {
    // SAFETY: a word in this frame.
    unsafe { GoHasher.word32((&raw const v).cast(), seed) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_int64Hash(v: u64, seed: usize) -> usize {
    // SAFETY: a word in this frame.
    unsafe { GoHasher.word64((&raw const v).cast(), seed) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_efaceHash(mut sys: System<'_>, typ: *const Type, data: *mut u8, seed: usize) -> usize {
    let value = Eface { typ, data };
    // SAFETY: the two words are those of an interface value that the program passes. No frame owns what must be dropped, and no region is
    // open.
    unsafe { or_raise(hash::eface_hash(&sys.mem(), &GoHasher, (&raw const value).cast(), seed), sys) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_ifaceHash(mut sys: System<'_>, tab: *const Itab, data: *mut u8, seed: usize) -> usize {
    let value = Iface { tab, data };
    // SAFETY: the two words are those of an interface value that the program passes. No frame owns what must be dropped, and no region is
    // open.
    unsafe { or_raise(hash::iface_hash(&sys.mem(), &GoHasher, (&raw const value).cast(), seed), sys) }
}

// Memory and types.

/// `atomicwb(ptr *unsafe.Pointer, new unsafe.Pointer)`: the barrier of a store that the caller makes itself.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_atomicwb(proc: Processor<'_>, p: *mut usize, new: usize) {
    if barrier::is_on() {
        // SAFETY: `p` is the pointer slot that the program is about to store to.
        unsafe { barrier::record(proc, p, new) }
    }
}

/// The buffer's slot `i`.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_chanbuf(c: *const Chan, i: usize) -> *mut u8 {
    // SAFETY: a channel of the program's, whose buffer has slot `i`.
    unsafe { (*c).slot(i) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_getitab(
    sys: System<'_>,
    inter: *const InterfaceType,
    typ: *const Type,
    can_fail: usize,
) -> *const Itab {
    // SAFETY: the program passes two descriptors. No frame owns what must be dropped, and no region is open.
    unsafe {
        if (*inter).methods.len == 0 {
            fatal::throw(b"internal error - misuse of itab");
        }
        if goxide_rt::words::truth(can_fail) {
            return super::ifaces::ifaces().assert_e2i2(inter, Eface { typ, data: core::ptr::null_mut() }).tab;
        }
        or_raise(super::ifaces::ifaces().assert_e2i(inter, typ), sys)
    }
}

/// `findObject(p, refBase, refOff uintptr) (base uintptr, s *mspan, objIndex uintptr)`. The span is the allocator's own.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_findObject(_: System<'_>, p: usize, _base: usize, _off: usize, out: *mut [usize; 4]) {
    let found = RT.heap.object_of(p).map_or([0; 4], |(start, index, span)| [start, &raw const *span as usize, index, 0]);
    // SAFETY: the stub's four words.
    unsafe { *out = found }
}

/// Checks the tables of a module that a program has made.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_moduledataverify1(_: System<'_>, md: *const ModuleData) {
    // SAFETY: the module that the program made, with the linker's layout. Only the tables that `verify` looks at are read.
    let checked = unsafe { Symtab::new(&*md) }.verify();
    if let Err(what) = checked {
        fatal::throw(what.as_bytes())
    }
}

// Functions.

/// Go's `funcInfo` in two words.
#[unsafe(no_mangle)]
extern "C" fn gx_runtime_findfunc(_: System<'_>, pc: usize) -> Two {
    symtab().find_func(pc).map_or(Two(0, 0), |f| Two(f.as_ptr() as usize, &raw const *f.module() as usize))
}

/// # Safety
/// `f` was given by `findfunc`. (Otherwise the program ends.)
unsafe fn func(f: *const RawFunc) -> goxide_symtab::functab::Func<'static> {
    match symtab().func_of_record(f) {
        Some(f) => f,
        None => fatal::throw(b"goxide: a funcInfo that findfunc did not give"),
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_funcline1(
    _: System<'_>,
    f: *const RawFunc,
    _module: usize,
    pc: usize,
    _strict: usize,
    out: *mut [usize; 4],
) {
    // SAFETY: a function that findfunc gave; the stub's four words.
    unsafe {
        let (file, line) = if f.is_null() { (&b"?"[..], 0) } else { func(f).file_line(pc) };
        *out = [file.as_ptr() as usize, file.len(), line as usize, 0];
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_funcNameForPrint(sys: System<'_>, p: *const u8, len: usize) -> Two {
    // SAFETY: the bytes of a string that is one of the linker's, or lives as long as what shows it.
    let s = unsafe { super::symbols::display(sys, core::slice::from_raw_parts(p, len)) };
    Two(s.ptr as usize, s.len)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_inlineTree(_: System<'_>, f: *const RawFunc, _module: usize) -> *const RawCall {
    // SAFETY: `f` is null, or a function that findfunc gave.
    unsafe { if f.is_null() { null() } else { func(f).inline_tree() } }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_inlineIndex(_: System<'_>, f: *const RawFunc, _module: usize, pc: usize) -> i32 {
    // SAFETY: `f` is null, or a function that findfunc gave.
    unsafe { if f.is_null() { -1 } else { func(f).inline_index(pc) } }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_inlineParent(
    _: System<'_>,
    f: *const RawFunc,
    _module: usize,
    tree: *const RawCall,
    i: i32,
) -> usize {
    if tree.is_null() || i < 0 {
        return 0;
    }
    // SAFETY: `f` is a function that findfunc gave and `tree` its tree, not null; the index is one that the tree's function
    // gave.
    unsafe { func(f).entry() + (*tree.add(i as usize)).parent_pc as usize }
}

/// Go's `srcFunc`.
#[repr(C)]
struct SrcFunc {
    module: *const ModuleData,
    name_off: i32,
    start_line: i32,
    func_id: u8,
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_inlineSource(
    _: System<'_>,
    f: *const RawFunc,
    module: *const ModuleData,
    tree: *const RawCall,
    i: i32,
    out: *mut SrcFunc,
) {
    // SAFETY: `f` is a function that findfunc gave, `tree` null or its tree, and the index one that the tree's function
    // gave; the result is a place in the frame of the Go function that called.
    unsafe {
        *out = if tree.is_null() || i < 0 {
            let f = func(f);
            SrcFunc { module, name_off: f.name_off(), start_line: f.start_line(), func_id: f.id().0 }
        } else {
            let call = &*tree.add(i as usize);
            SrcFunc { module, name_off: call.name_off, start_line: call.start_line, func_id: call.func_id }
        };
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_nameAtOffset(_: System<'_>, module: *const ModuleData, off: i32) -> Two {
    // SAFETY: a module and an offset that the functions above gave.
    let name = unsafe { raw_name(module, off) };
    Two(name.as_ptr() as usize, name.len())
}
