//! Conversions to interfaces, assertions, and what reflect asks about types.

use crate::arguments::look_at;
use core::ptr::{null, null_mut};
use goxide_alloc::layout::PointerLayout;
use goxide_gotypes::iface::{Ifaces, boxing};
use goxide_gotypes::types::layout::{SLICE, STRING};
use goxide_gotypes::types::{Eface, GoSlice, GoStr, Iface, InterfaceType, Itab, NameOff, TextOff, Type, TypeOff};
use goxide_rt::bulk;
use goxide_rt::heapdump::each_pointer;
use goxide_rt::links::links;
use goxide_rt::memory::{LONG, quick};
use goxide_rt::persistent::GoPersistent;
use goxide_rt::raise::or_raise;
use goxide_rt::state::{RT, symtab};
use goxide_rt::token::{Processor, System};

pub(super) fn ifaces() -> Ifaces<'static, GoPersistent> {
    Ifaces { space: &RT.space, itabs: &RT.itabs, mem: &GoPersistent }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_convI2I(sys: System<'_>, dst: *const InterfaceType, src: *const Itab) -> *const Itab {
    // SAFETY: compiled code's descriptors. No frame owns what must be dropped, and no region is open.
    unsafe { or_raise(ifaces().conv_i2i(dst, src), sys) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_assertE2I_fast(inter: *const InterfaceType, typ: *const Type) -> *const Itab {
    if typ.is_null() {
        return null_mut();
    }
    // SAFETY: compiled code's descriptors. What is not in the table, or is known to fail, is for the slow half.
    unsafe {
        let tab = RT.itabs.find(inter, typ);
        if !tab.is_null() && (*tab).implements() { tab } else { null_mut() }
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_assertE2I(sys: System<'_>, inter: *const InterfaceType, typ: *const Type) -> *const Itab {
    // SAFETY: compiled code's descriptors. No frame owns what must be dropped, and no region is open.
    unsafe { or_raise(ifaces().assert_e2i(inter, typ), sys) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_assertI2I_fast(inter: *const InterfaceType, tab: *const Itab) -> *const Itab {
    if tab.is_null() {
        return null_mut();
    }
    // SAFETY: compiled code's method table.
    unsafe {
        if (*tab).inter == inter {
            return tab;
        }
        gx_runtime_assertE2I_fast(inter, (*tab).typ)
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_assertI2I(sys: System<'_>, inter: *const InterfaceType, tab: *const Itab) -> *const Itab {
    // SAFETY: compiled code's descriptor and method table. No frame owns what must be dropped, and no region is open.
    unsafe { or_raise(ifaces().assert_i2i(inter, tab), sys) }
}

// The fast halves answer what the table knows, also that an assertion fails; 0 and 1 ask for the other half.

/// # Safety
/// `inter` is a descriptor with methods, and `typ` null or a descriptor; `data` is the data word of an interface with that
/// type.
#[inline(always)]
unsafe fn try_known(inter: *const InterfaceType, typ: *const Type, data: *mut u8) -> Iface {
    // SAFETY: compiled code's descriptors. A type without methods is not remembered, and implements nothing that is asserted here.
    unsafe {
        if typ.is_null() || Type::uncommon(typ).is_none() {
            return Iface::NIL;
        }
        let tab = RT.itabs.find(inter, typ);
        if tab.is_null() {
            Iface { tab, data: core::ptr::without_provenance_mut(1) }
        } else if (*tab).implements() {
            Iface { tab, data }
        } else {
            Iface::NIL
        }
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_assertE2I2_fast(inter: *const InterfaceType, typ: *const Type, data: *mut u8) -> Iface {
    // SAFETY: compiled code's value.
    unsafe { try_known(inter, typ, data) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_assertI2I2_fast(inter: *const InterfaceType, tab: *const Itab, data: *mut u8) -> Iface {
    // SAFETY: compiled code's value.
    unsafe {
        if tab.is_null() {
            return Iface::NIL;
        }
        if (*tab).inter == inter { Iface { tab, data } } else { try_known(inter, (*tab).typ, data) }
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_assertE2I2(
    _: System<'_>,
    inter: *const InterfaceType,
    typ: *const Type,
    data: *mut u8,
) -> Iface {
    // SAFETY: compiled code's value.
    unsafe { ifaces().assert_e2i2(inter, Eface { typ, data }) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_assertI2I2(
    _: System<'_>,
    inter: *const InterfaceType,
    tab: *const Itab,
    data: *mut u8,
) -> Iface {
    // SAFETY: compiled code's value.
    unsafe { ifaces().assert_i2i2(inter, Iface { tab, data }) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_reflect_ifaceE2I(
    mut sys: System<'_>,
    inter: *const InterfaceType,
    typ: *const Type,
    data: *mut u8,
    dst: *mut Iface,
) {
    // SAFETY: reflect's value and destination. No frame owns what must be dropped, and no region is open.
    unsafe { or_raise(ifaces().iface_e2i(&sys.mem(), inter, Eface { typ, data }, dst), sys) }
}

// Boxing. The fast halves allocate from the cache alone.

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_convT_fast(proc: Processor<'_>, t: *const Type, v: *const u8) -> *mut u8 {
    // SAFETY: compiled code's value.
    unsafe {
        if goxide_rt::barrier::is_on() {
            return null_mut();
        }
        let p = quick(proc, (*t).size, t, false);
        if !p.is_null() {
            goxide_sys::mem::copy(p, v, (*t).size);
        }
        p
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_convT(mut sys: System<'_>, t: *const Type, v: *const u8) -> *mut u8 {
    // SAFETY: compiled code's value; it lies in the caller's frame, which keeps what it points to alive.
    unsafe {
        let size = (*t).size;
        if size > LONG {
            let layout = if (*t).has_pointers() { t } else { null() };
            return bulk::object(sys, size, layout, v, size, 0..0, [0; 3]);
        }
        boxing::conv_t(&sys.mem(), t, v)
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_convTnoptr_fast(proc: Processor<'_>, t: *const Type, v: *const u8) -> *mut u8 {
    // SAFETY: compiled code's value.
    unsafe {
        let p = quick(proc, (*t).size, core::ptr::null(), false);
        if !p.is_null() {
            goxide_sys::mem::copy(p, v, (*t).size);
        }
        p
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_convTnoptr(mut sys: System<'_>, t: *const Type, v: *const u8) -> *mut u8 {
    // SAFETY: compiled code's value.
    unsafe {
        let size = (*t).size;
        if size > LONG {
            return bulk::object(sys, size, null(), v, size, 0..0, [0; 3]);
        }
        boxing::conv_t_noptr(&sys.mem(), t, v)
    }
}

macro_rules! number {
    ($fast:ident $slow:ident $ty:ty, $conv:path) => {
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $fast(proc: Processor<'_>, v: usize) -> *mut u8 {
            let v = v as $ty;
            if (v as usize) < 256 {
                // SAFETY: the table has 256 words.
                return unsafe { links().static_values.add(v as usize) }.cast_mut().cast();
            }
            // SAFETY: memory without pointers.
            unsafe {
                let p = quick(proc, size_of::<$ty>(), core::ptr::null(), false);
                if !p.is_null() {
                    p.cast::<$ty>().write(v);
                }
                p
            }
        }

        #[unsafe(no_mangle)]
        extern "C" fn $slow(mut sys: System<'_>, v: usize) -> *mut u8 {
            $conv(&sys.mem(), v as $ty)
        }
    };
}

number!(gx_runtime_convT16_fast gx_runtime_convT16 u16, boxing::conv_t16);
number!(gx_runtime_convT32_fast gx_runtime_convT32 u32, boxing::conv_t32);
number!(gx_runtime_convT64_fast gx_runtime_convT64 u64, boxing::conv_t64);

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_convTstring_fast(proc: Processor<'_>, ptr: *const u8, len: usize) -> *mut u8 {
    if len == 0 {
        return links().zero_val;
    }
    if goxide_rt::barrier::is_on() {
        return null_mut();
    }
    // SAFETY: memory for a string.
    unsafe {
        let p = quick(proc, 16, &raw const STRING, false).cast::<GoStr>();
        if !p.is_null() {
            p.write(GoStr { ptr, len });
        }
        p.cast()
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_convTstring(mut sys: System<'_>, ptr: *const u8, len: usize) -> *mut u8 {
    // SAFETY: compiled code's string, which is held.
    sys.holding(ptr, |mut sys| unsafe { boxing::conv_tstring(&sys.mem(), GoStr { ptr, len }) })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_convTslice_fast(proc: Processor<'_>, ptr: *mut u8, len: usize, cap: usize) -> *mut u8 {
    if ptr.is_null() {
        return links().zero_val;
    }
    if goxide_rt::barrier::is_on() {
        return null_mut();
    }
    // SAFETY: memory for a slice.
    unsafe {
        let p = quick(proc, 24, &raw const SLICE, false).cast::<GoSlice>();
        if !p.is_null() {
            p.write(GoSlice { ptr, len, cap });
        }
        p.cast()
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_convTslice(mut sys: System<'_>, ptr: *mut u8, len: usize, cap: usize) -> *mut u8 {
    // SAFETY: compiled code's slice, which is held.
    sys.holding(ptr, |mut sys| unsafe { boxing::conv_tslice(&sys.mem(), GoSlice { ptr, len, cap }) })
}

// Offsets, names, links.

/// The value, or the end: an offset that leads nowhere.
fn or_bad<T>(v: Option<T>) -> T {
    match v {
        Some(v) => v,
        None => goxide_rt::fatal::throw(b"runtime: name, type or text offset base pointer out of range"),
    }
}

#[unsafe(no_mangle)]
extern "C" fn gx_reflect_resolveNameOff(_: System<'_>, at: *const u8, off: i32) -> *const u8 {
    or_bad(RT.space.name(at, NameOff(off))).0
}

#[unsafe(no_mangle)]
extern "C" fn gx_reflect_resolveTypeOff(_: System<'_>, at: *const u8, off: i32) -> *const Type {
    or_bad(RT.space.typ(at, TypeOff(off)))
}

#[unsafe(no_mangle)]
extern "C" fn gx_reflect_resolveTextOff(_: System<'_>, at: *const u8, off: i32) -> usize {
    or_bad(RT.space.text(at, TextOff(off)))
}

#[unsafe(no_mangle)]
extern "C" fn gx_reflect_addReflectOff(sys: System<'_>, p: *mut u8) -> i32 {
    if goxide_rt::barrier::is_on() {
        // From now on only the registry may know of it, and what that holds may have been visited already.
        goxide_rt::barrier::shade(sys.into_processor(), p as usize)
    }
    RT.space.offsets.add(&GoPersistent, p)
}

/// `reflect.typelinks` of the one module there is.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_typelinks0(_: System<'_>, out: *const [*mut usize; 2]) {
    let md = symtab().first();
    // SAFETY: the words of Go's out parameter: a pointer's and a slice's.
    unsafe {
        *(*out)[0] = md.types;
        let links = md.typelinks;
        (*out)[1].cast::<GoSlice>().write(GoSlice { ptr: links.ptr.cast_mut().cast(), len: links.len, cap: links.len });
    }
}

/// A byte per word, up to the last pointer, of the object that `p` points to: whether it is a pointer. On the heap that is what
/// the allocation said, whatever the descriptor says; elsewhere the descriptor of the pointer is asked.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_gcbits0(sys: System<'_>, t: *const Type, p: *const u8, out: *mut GoSlice) {
    // SAFETY: reflect's tests give a pointer to a living value and its descriptor; layouts of the heap are descriptors too.
    unsafe {
        let (mut of_bits, mut ty, mut size) = (0, Type::elem(t), (*Type::elem(t)).size);
        if let Some((_, index, span)) = RT.heap.object_of(p.addr()) {
            (ty, size) = (core::ptr::null(), RT.heap.large_size(span));
            match RT.heap.pointer_layout_of(span, index) {
                PointerLayout::NoScan | PointerLayout::Opaque(0) => {}
                PointerLayout::Bits(bits) => of_bits = bits,
                // Values are whole; what is left of a size class holds none.
                PointerLayout::Opaque(descriptor) => {
                    ty = descriptor as *const Type;
                    size -= size % (*ty).size.max(1);
                }
            }
        }
        let each = |mut f: &mut dyn FnMut(usize)| {
            (0..64).filter(|i| of_bits >> i & 1 != 0).for_each(&mut f);
            if !ty.is_null() {
                each_pointer(ty, size, |offset| f(offset / 8));
            }
        };
        let mut n = 0;
        each(&mut |word| n = word + 1);
        let bytes = goxide_rt::memory::allocate_bytes(sys, n.max(1), true);
        each(&mut |word| *bytes.add(word) = 1);
        *out = GoSlice { ptr: bytes, len: n, cap: n };
    }
}

fn two(s: GoStr) -> goxide_rt::words::Two {
    goxide_rt::words::Two(s.ptr as usize, s.len)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_textOfType(_: System<'_>, t: *const Type) -> goxide_rt::words::Two {
    // SAFETY: a descriptor of the program's, or the nil of a zero TypeAssertionError, at the beginning of a system entry.
    unsafe {
        look_at(t, 1);
        two(goxide_gotypes::space::spelling::type_string(&RT.space, t))
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_pkgPathOfType(_: System<'_>, t: *const Type) -> goxide_rt::words::Two {
    // SAFETY: a descriptor of the program's, or the nil of a zero TypeAssertionError, at the beginning of a system entry.
    unsafe {
        look_at(t, 1);
        two(goxide_gotypes::space::spelling::pkg_path(&RT.space, t))
    }
}
