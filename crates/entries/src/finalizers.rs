//! `SetFinalizer`, and how the goroutine that calls finalizers waits for the next one.

use goxide_gc::{Kind, Tracer};
use goxide_gotypes::iface::assert::Ifaces;
use goxide_gotypes::space::spelling::type_string;
use goxide_gotypes::types::desc::{FuncType, InterfaceType, PtrType};
use goxide_gotypes::types::{Type, kind};
use goxide_rt::fatal;
use goxide_rt::gc::finalizers::{self, Call};
use goxide_rt::gc::marker::marker;
use goxide_rt::links::{FuncVal, first_module, links};
use goxide_rt::next_finalizer;
use goxide_rt::persistent::GoPersistent;
use goxide_rt::state::{GC, RT, g};
use goxide_rt::token::System;

/// Parks the goroutine until there is something to call.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_nextFinalizer(sys: System<'_>, call: *mut Call) {
    // SAFETY: in a system entry of the goroutine that calls finalizers; Go's structure, in its frame.
    unsafe {
        finalizers::is_done();
        next_finalizer::next(sys, g(), call)
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
    let mut text = goxide_gotypes::text::print::ByteSink::<512>::new();
    for p in parts {
        goxide_gotypes::text::print::Sink::put(&mut text, p);
    }
    fatal::throw(text.bytes())
}

/// Whether a finalizer that takes `param` can be given a `ptr`.
///
/// # Safety
/// Both are descriptors.
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

/// How many bytes a function's results take on the stack.
///
/// # Safety
/// They are descriptors.
unsafe fn results_size(types: &[*const Type]) -> usize {
    // SAFETY: descriptors (this function's contract).
    let place = |end: usize, &t: &*const Type| unsafe { end.next_multiple_of(usize::from((*t).align).max(1)) + (*t).size };
    types.iter().fold(0, place).next_multiple_of(8)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_setFinalizer0(
    mut sys: System<'_>,
    ot: *const Type,
    o: *mut u8,
    ft: *const Type,
    f: *mut u8,
    run: FuncVal,
) {
    // SAFETY: the types are those of interfaces, and `run` is `runtime.runfinq`. `o` and `f` are kept by the caller's frame, and with the first
    // its object's span; this thread has a processor, without which marking does not end, and whose marker it is.
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
        finalizers::begin(sys.lend(), run);
        let payload = [f as usize, results_size(&all[1..]), all[0] as usize, ot as usize];
        let mut t = GC.is_marking().then(|| Tracer::new(&GC, marker(sys.processor())));
        if !GC.add_special(span, addr, Kind::Finalizer, payload, t.as_mut()) {
            fatal::throw_on_system(b"runtime.SetFinalizer: finalizer already set");
        }
        if let Some(mut t) = t {
            t.publish();
        }
    }
}
