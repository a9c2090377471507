//! `SetFinalizer`, and the goroutine that calls finalizers: `runtime.runfinq`, which asks for one after the other here.
//!
//! A finalizer is a special record (goxide-gc) whose words are the function, the bytes of its results, the type of its
//! parameter and the type of the pointer. Those whose objects sweeping found unreachable wait in a queue, in that order; they are
//! roots until they are given back.

use super::super::raise::or_raise;
use super::super::{G, RT, barrier, fatal, g};
use super::{GC, marker};
use crate::iface::assert::Ifaces;
use crate::links::{first_module, links};
use crate::rt::host::Reason;
use crate::rt::memory::GoPersistent;
use crate::types::desc::{FuncType, InterfaceType, PtrType};
use crate::types::spelling::type_string;
use crate::types::{Eface, Type, kind};
use core::ptr::null_mut;
use core::sync::atomic::{AtomicBool, AtomicPtr, Ordering::*};
use goxide_gc::{Kind, Special, Tracer};
use goxide_sys::Lock;

struct Queue {
    head: *mut Special,
    tail: *mut Special,
}
// SAFETY: records in the queue belong to the holder of the lock.
unsafe impl Send for Queue {}
static QUEUE: Lock<Queue> = Lock::new(Queue { head: null_mut(), tail: null_mut() });

/// The goroutine, once there is a finalizer.
static TASK: AtomicPtr<G> = AtomicPtr::new(null_mut());
/// It is calling one: it counts as the user's then.
static CALLING: AtomicBool = AtomicBool::new(false);
/// It is parked, and the thread that makes this false must ready it.
static ASLEEP: AtomicBool = AtomicBool::new(false);

/// What `runtime.runfinq` is given; goroot/runtime/mem.go has the same fields.
#[repr(C)]
struct Call {
    func: usize,
    /// The argument: a pointer, or an interface's two words.
    arg: [usize; 2],
    /// Bytes for results.
    results: usize,
}

/// Whether `gp` is that goroutine, in a finalizer of the user's.
pub fn is_calling(gp: *mut G) -> bool {
    gp == TASK.load(Acquire) && CALLING.load(Relaxed)
}

/// Sweeping found the object of `s` unreachable.
///
/// # Safety
/// Nothing else has the record.
pub unsafe fn queue(s: *mut Special) {
    let mut q = QUEUE.lock();
    // SAFETY: the caller's record; those in the queue are ours under the lock.
    unsafe {
        (*s).next = null_mut();
        match q.tail.as_mut() {
            Some(t) => t.next = s,
            None => q.head = s,
        }
    }
    q.tail = s;
}

/// Wakes the goroutine if there is something for it. On g0.
pub fn wake() {
    if !QUEUE.lock().head.is_null() && ASLEEP.swap(false, AcqRel) {
        // SAFETY: the thread that makes ASLEEP false has the duty to ready it.
        unsafe { RT.sched.ready(TASK.load(Acquire), false) }
    }
}

/// Calls `f` with the object and the payload of each record in the queue.
pub fn each_queued(mut f: impl FnMut(usize, &goxide_gc::special::Payload)) {
    let q = QUEUE.lock();
    let mut s = q.head;
    // SAFETY: records in the queue are ours under the lock.
    while let Some(r) = unsafe { s.as_ref() } {
        f(r.object, &r.payload);
        s = r.next;
    }
}

/// Fills in the next call; false if there is none.
unsafe fn next(call: *mut Call) -> bool {
    let s = {
        let mut q = QUEUE.lock();
        let s = q.head;
        // SAFETY: records in the queue are ours under the lock.
        let Some(r) = (unsafe { s.as_ref() }) else { return false };
        q.head = r.next;
        if q.head.is_null() {
            q.tail = null_mut();
        }
        s
    };
    // SAFETY: the record is ours now; its types are descriptors. `call` is the caller's.
    unsafe {
        let [func, results, param, ptr] = (*s).payload;
        let object = (*s).object;
        if GC.is_marking() {
            // From the queue, a root, to a stack that may have been scanned.
            barrier::shade(object);
            barrier::shade(func);
        }
        let param = param as *const Type;
        let arg = if (*param).kind() == kind::INTERFACE {
            if InterfaceType::methods(param.cast()).is_empty() {
                [ptr, object]
            } else {
                let ifaces = Ifaces { space: &RT.space, itabs: &RT.itabs, mem: &GoPersistent };
                let e = Eface { typ: ptr as *const Type, data: object as *mut u8 };
                let i = or_raise(ifaces.assert_e2i(param.cast::<InterfaceType>(), e.typ));
                [i as usize, object]
            }
        } else {
            [object, 0]
        };
        *call = Call { func, arg, results };
        CALLING.store(true, Relaxed);
        GC.free_special(s);
    }
    true
}

/// Parks the goroutine until there is something to call.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_nextFinalizer(call: *mut Call) {
    unsafe fn found(gp: *mut G) {
        // SAFETY: the goroutine is about to go on; the place for the call moved with its stack.
        unsafe {
            if next((*gp).ext.in_flight[0] as *mut Call) {
                (*gp).ext.in_flight[0] = 0;
            } else {
                wait(gp)
            }
        }
    }
    unsafe fn stay(_gp: *mut G, _: usize) -> bool {
        ASLEEP.store(true, SeqCst);
        QUEUE.lock().head.is_null() || !ASLEEP.swap(false, SeqCst)
    }
    unsafe fn wait(gp: *mut G) -> ! {
        // SAFETY: on g0 of this thread's goroutine.
        unsafe {
            (*gp).on_resume = Some(found);
            RT.sched.park_on_g0(gp, Some(stay), 0, Reason::FinalizerWait as u8)
        }
    }
    // SAFETY: in a system entry; Go's structure.
    unsafe {
        let gp = g();
        CALLING.store(false, Relaxed);
        if next(call) {
            return;
        }
        (*gp).ext.in_flight[0] = call as usize;
        wait(gp)
    }
}

/// The goroutine, made for the first finalizer.
unsafe fn begin() {
    static MADE: AtomicBool = AtomicBool::new(false);
    if MADE.swap(true, AcqRel) {
        return;
    }
    GC.watch_specials();
    // SAFETY: in a system entry.
    unsafe {
        let f = links().run_finalizers;
        let t = RT.sched.spawn_with(*f, f as usize, crate::entries::sched::return_pc(), 0, null_mut(), |t| {
            super::begin_task(t, f as usize, 0);
            TASK.store(t, Release);
        });
        RT.sched.mark_system(t);
    }
}

/// Whether `p` is a global variable.
fn is_global(p: usize) -> bool {
    let md = first_module();
    [(md.noptrdata, md.enoptrdata), (md.data, md.edata), (md.bss, md.ebss), (md.noptrbss, md.enoptrbss)]
        .iter()
        .any(|&(lo, hi)| p >= lo && p < hi)
}

fn refuse(parts: &[&[u8]]) -> ! {
    let mut text = crate::text::print::ByteSink::<512>::new();
    for p in parts {
        crate::text::print::Sink::write(&mut text, p);
    }
    fatal::throw(text.bytes())
}

/// Whether a finalizer that takes `param` can be given a `ptr`.
unsafe fn accepts(param: *const Type, ptr: *const Type) -> bool {
    // SAFETY: descriptors.
    unsafe {
        if param == ptr {
            return true;
        }
        match (*param).kind() {
            kind::POINTER => {
                (Type::uncommon(param).is_none() || Type::uncommon(ptr).is_none())
                    && (*param.cast::<PtrType>()).elem == (*ptr.cast::<PtrType>()).elem
            }
            kind::INTERFACE => {
                let ifaces = Ifaces { space: &RT.space, itabs: &RT.itabs, mem: &GoPersistent };
                InterfaceType::methods(param.cast()).is_empty() || !ifaces.try_get(param.cast(), ptr).is_null()
            }
            _ => false,
        }
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_setFinalizer0(ot: *const Type, o: *mut u8, ft: *const Type, f: *mut u8) {
    // SAFETY: in a system entry; the types are those of interfaces.
    unsafe {
        let name = |t| type_string(&RT.space, t).as_bytes();
        if ot.is_null() {
            fatal::throw(b"runtime.SetFinalizer: first argument is nil");
        }
        if (*ot).kind() != kind::POINTER {
            refuse(&[b"runtime.SetFinalizer: first argument is ", name(ot), b", not pointer"]);
        }
        let elem = (*ot.cast::<PtrType>()).elem;
        if elem.is_null() {
            fatal::throw(b"nil elem type!");
        }
        let addr = o as usize;
        let Some((base, _, span)) = RT.heap.object_of(addr) else {
            if o == links().zero_base || is_global(addr) {
                return;
            }
            fatal::throw(b"runtime.SetFinalizer: pointer not in allocated block")
        };
        // An inner byte of an object is allowed if it could come from a block of tiny ones.
        if addr != base && ((*elem).ptr_bytes != 0 || (*elem).size >= goxide_alloc::size_class::TINY) {
            fatal::throw(b"runtime.SetFinalizer: pointer not at beginning of allocated block");
        }
        if ft.is_null() {
            GC.remove_special(span, addr, Kind::Finalizer);
            return;
        }
        if (*ft).kind() != kind::FUNC {
            refuse(&[b"runtime.SetFinalizer: second argument is ", name(ft), b", not a function"]);
        }
        let (all, n_in) = FuncType::signature(ft.cast());
        let pass = b"runtime.SetFinalizer: cannot pass ";
        if (*ft.cast::<FuncType>()).is_variadic() {
            refuse(&[pass, name(ot), b" to finalizer ", name(ft), b" because dotdotdot"]);
        }
        if n_in != 1 || !accepts(all[0], ot) {
            refuse(&[pass, name(ot), b" to finalizer ", name(ft)]);
        }
        let mut results = 0usize;
        for &t in &all[1..] {
            results = results.next_multiple_of(usize::from((*t).align).max(1)) + (*t).size;
        }
        begin();
        let payload = [f as usize, results.next_multiple_of(8), all[0] as usize, ot as usize];
        let mut t = GC.is_marking().then(|| Tracer::new(&GC, marker()));
        if !GC.add_special(span, addr, Kind::Finalizer, payload, t.as_mut()) {
            fatal::throw_on_system(b"runtime.SetFinalizer: finalizer already set");
        }
        if let Some(mut t) = t {
            t.publish();
        }
    }
}
