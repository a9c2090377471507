//! For this crate's tests: a world of hand-made type descriptors, memory that can be watched, and the tables' reader.
#![allow(dead_code, missing_docs, clippy::undocumented_unsafe_blocks, clippy::missing_safety_doc)]

use std::alloc::{Layout, alloc_zeroed};
use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicUsize, Ordering};

use goxide_gotypes::iface::{Ifaces, ItabTable};
use goxide_gotypes::mem::{Mem, Persistent};
use goxide_gotypes::space::{Module, TypeSpace};
use goxide_gotypes::types::{
    ArrayType, FuncType, GoSlice, GoStr, IMethod, InterfaceType, Method, Name, NameOff, PtrType, StructField, StructType,
    TextOff, Type, TypeOff, UncommonType, kind, tflag,
};

/// Where the fake module's code begins.
pub const TEXT: usize = 0x40_0000;
const ROOM: usize = 1 << 20;

const SIZE_CLASSES: [usize; 67] = [
    8, 16, 24, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 256, 288, 320, 352, 384, 416, 448, 480,
    512, 576, 640, 704, 768, 896, 1024, 1152, 1280, 1408, 1536, 1792, 2048, 2304, 2688, 3072, 3200, 3456, 4096, 4864, 5376,
    6144, 6528, 6784, 6912, 8192, 9472, 9728, 10240, 10880, 12288, 13568, 14336, 16384, 18432, 19072, 20480, 21760, 24576,
    27264, 28672, 32768,
];

/// What Go 1.21's allocator sets aside for `n` bytes.
pub fn round_up(n: usize) -> usize {
    match SIZE_CLASSES.iter().find(|&&c| c >= n) {
        Some(_) if n == 0 => 0,
        Some(&c) if n < 32768 => c,
        _ => n.checked_next_multiple_of(8192).unwrap_or(n),
    }
}

/// Events at the seam, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    Alloc { size: usize, typed: bool, zero: bool },
    Ptr { slot: usize, new: usize },
    Bulk { dst: usize, src: usize, size: usize },
    Fresh { dst: usize, size: usize },
}

/// Memory that is never freed, exactly as large as asked for, and dirty unless it was asked for clear.
#[derive(Default)]
pub struct TestMem {
    pub barrier: Cell<bool>,
    pub events: RefCell<Vec<Event>>,
}

impl TestMem {
    pub fn with_barrier() -> TestMem {
        let m = TestMem::default();
        m.barrier.set(true);
        m
    }

    pub fn take(&self) -> Vec<Event> {
        self.events.take()
    }
}

unsafe impl Mem for TestMem {
    unsafe fn alloc(&self, size: usize, ty: *const Type, zero: bool) -> *mut u8 {
        self.events.borrow_mut().push(Event::Alloc { size, typed: !ty.is_null(), zero });
        if size == 0 {
            return self.zero_base();
        }
        let words = vec![0u64; size.div_ceil(8)].leak();
        let p = words.as_mut_ptr().cast::<u8>();
        if !zero {
            unsafe { core::ptr::write_bytes(p, 0xa5, size) };
        }
        p
    }
    fn round_up(&self, size: usize) -> usize {
        round_up(size)
    }
    fn write_barrier_on(&self) -> bool {
        self.barrier.get()
    }
    unsafe fn barrier_ptr(&self, slot: *mut usize, new: usize) {
        self.events.borrow_mut().push(Event::Ptr { slot: slot as usize, new });
    }
    unsafe fn barrier_bulk(&self, dst: usize, src: usize, size: usize) {
        self.events.borrow_mut().push(Event::Bulk { dst, src, size });
    }
    unsafe fn barrier_bulk_fresh(&self, dst: usize, size: usize) {
        self.events.borrow_mut().push(Event::Fresh { dst, size });
    }
}

/// Persistent memory; counts its blocks.
#[derive(Default)]
pub struct Forever(pub AtomicUsize);

unsafe impl Persistent for Forever {
    fn persistent(&self, size: usize, align: usize) -> *mut u8 {
        self.0.fetch_add(1, Ordering::Relaxed);
        unsafe { alloc_zeroed(Layout::from_size_align(size, align).unwrap()) }
    }
}

/// A method to be declared: name, package (unexported ones carry none or their own), type, code.
#[derive(Clone, Copy)]
pub struct M<'a>(pub &'a str, pub Option<&'a str>, pub *const Type, pub i32);

/// A module being made.
pub struct World {
    pub space: &'static TypeSpace,
    pub module: &'static Module,
    pub itabs: &'static ItabTable,
    pub forever: &'static Forever,
    base: *mut u8,
    used: Cell<usize>,
    hash: Cell<u32>,
}

pub fn exported(name: &str) -> bool {
    name.starts_with(|c: char| c.is_uppercase())
}

impl Default for World {
    fn default() -> Self {
        World::new()
    }
}

impl World {
    pub fn new() -> World {
        let base = unsafe { alloc_zeroed(Layout::from_size_align(ROOM, 8).unwrap()) };
        let space: &'static TypeSpace = Box::leak(Box::new(TypeSpace::new()));
        let at = base as usize;
        let module: &'static Module = Box::leak(Box::new(Module::new(at, at + ROOM, TEXT, TEXT + 0x10_0000)));
        space.add_module(module);
        space.set_unreachable_method(TEXT + 0xdead);
        World {
            space,
            module,
            itabs: Box::leak(Box::new(ItabTable::new())),
            forever: Box::leak(Box::new(Forever::default())),
            base,
            used: Cell::new(8),
            hash: Cell::new(1),
        }
    }

    pub fn ifaces(&self) -> Ifaces<'static, Forever> {
        Ifaces { space: self.space, itabs: self.itabs, mem: self.forever }
    }

    fn room(&self, n: usize, align: usize) -> *mut u8 {
        let at = self.used.get().next_multiple_of(align);
        self.used.set(at + n);
        assert!(at + n <= ROOM);
        unsafe { self.base.add(at) }
    }

    fn put<T>(&self, v: T) -> *mut T {
        let p = self.room(size_of::<T>(), 8).cast::<T>();
        unsafe { p.write(v) };
        p
    }

    pub fn off<T>(&self, p: *const T) -> i32 {
        (p as usize - self.base as usize) as i32
    }

    fn array<T: Copy>(&self, v: &[T]) -> GoSlice {
        let p = self.room(size_of_val(v), 8).cast::<T>();
        unsafe { core::ptr::copy_nonoverlapping(v.as_ptr(), p, v.len()) };
        GoSlice { ptr: p.cast(), len: v.len(), cap: v.len() }
    }

    /// An encoded name.
    pub fn name_with(&self, text: &str, tag: &str, embedded: bool, pkg: Option<&str>) -> Name {
        let pkg = pkg.map(|p| self.off(self.name(p).0));
        let mut b = vec![
            u8::from(exported(text))
                | u8::from(!tag.is_empty()) << 1
                | u8::from(pkg.is_some()) << 2
                | u8::from(embedded) << 3,
        ];
        for s in [text, tag].into_iter().take(if tag.is_empty() { 1 } else { 2 }) {
            let mut n = s.len();
            while n >= 0x80 {
                b.push(n as u8 | 0x80);
                n >>= 7;
            }
            b.push(n as u8);
            b.extend_from_slice(s.as_bytes());
        }
        if let Some(off) = pkg {
            b.extend_from_slice(&off.to_le_bytes());
        }
        let p = self.room(b.len(), 1);
        unsafe { core::ptr::copy_nonoverlapping(b.as_ptr(), p, b.len()) };
        Name(p)
    }

    pub fn name(&self, text: &str) -> Name {
        self.name_with(text, "", false, None)
    }

    fn head(&self, text: &str, k: u8, size: usize, ptr_bytes: usize) -> Type {
        self.hash.set(self.hash.get().wrapping_mul(0x0100_0193) ^ 0x811c);
        let uncomparable = [kind::SLICE, kind::MAP, kind::FUNC].contains(&k);
        Type {
            size,
            ptr_bytes,
            hash: self.hash.get(),
            tflag: 0,
            align: 8,
            field_align: 8,
            kind_bits: k,
            equal: if uncomparable { core::ptr::null() } else { 8 as *const _ },
            gc_data: core::ptr::null(),
            str: NameOff(self.off(self.name(text).0)),
            ptr_to_this: TypeOff(0),
        }
    }

    /// Puts a descriptor, its package and methods one behind the other.
    fn emit<T>(&self, desc: T, pkg: Option<&str>, methods: &[M<'_>]) -> *mut T {
        let Some(pkg) = pkg else {
            return self.put(desc);
        };
        let pkg_path = NameOff(if pkg.is_empty() { 0 } else { self.off(self.name(pkg).0) });
        let mut list: Vec<Method> = Vec::new();
        for &M(name, mpkg, mtyp, ifn) in methods {
            list.push(Method {
                name: NameOff(self.off(self.name_with(name, "", false, mpkg).0)),
                mtyp: TypeOff(self.off(mtyp)),
                ifn: TextOff(ifn),
                tfn: TextOff(ifn),
            });
        }
        let p = self.put(desc);
        unsafe { (*p.cast::<Type>()).tflag |= tflag::UNCOMMON };
        let u = self.put(UncommonType {
            pkg_path,
            mcount: list.len() as u16,
            xcount: methods.iter().filter(|m| exported(m.0)).count() as u16,
            moff: 0,
            unused: 0,
        });
        let list = self.array(&list);
        unsafe { (*u).moff = (list.ptr as usize - u as usize) as u32 };
        p
    }

    /// A basic type; predeclared if `text` has no dot.
    pub fn basic(&self, text: &str, k: u8) -> *const Type {
        let size = match k {
            kind::BOOL | kind::INT8 | kind::UINT8 => 1,
            kind::INT16 | kind::UINT16 => 2,
            kind::INT32 | kind::UINT32 | kind::FLOAT32 => 4,
            kind::COMPLEX128 | kind::STRING => 16,
            _ => 8,
        };
        let ptr = matches!(k, kind::STRING | kind::UNSAFE_POINTER);
        let mut t = self.head(text, k, size, if ptr { 8 } else { 0 });
        t.tflag |= tflag::NAMED;
        if !(kind::FLOAT32..=kind::COMPLEX128).contains(&k) && k != kind::STRING {
            t.tflag |= tflag::REGULAR_MEMORY;
        }
        if k == kind::UNSAFE_POINTER {
            t.kind_bits |= kind::DIRECT_IFACE;
        }
        let pkg = text.split_once('.').map_or("", |(p, _)| p);
        self.emit(t, Some(pkg), &[])
    }

    /// A defined integer type with methods.
    pub fn with_methods(&self, text: &str, pkg: &str, methods: &[M<'_>]) -> *const Type {
        let mut t = self.head(text, kind::INT, 8, 0);
        t.tflag |= tflag::NAMED | tflag::REGULAR_MEMORY;
        self.emit(t, Some(pkg), methods)
    }

    pub fn func(&self, text: &str) -> *const Type {
        let typ = self.head(text, kind::FUNC, 8, 8);
        self.put(FuncType { typ, in_count: 0, out_count: 0 }).cast()
    }

    pub fn func_of(&self, text: &str, ins: &[*const Type], outs: &[*const Type], named: Option<&str>) -> *const Type {
        let typ = self.head(text, kind::FUNC, 8, 8);
        let f = FuncType { typ, in_count: ins.len() as u16, out_count: outs.len() as u16 };
        // The uncommon part, if any, comes between descriptor and parameters, so it must not put its methods there.
        let p = self.emit(f, named, &[]);
        for &t in ins.iter().chain(outs) {
            self.put(t);
        }
        p.cast_const().cast()
    }

    pub fn pointer(&self, text: &str, elem: *const Type) -> *const Type {
        let mut typ = self.head(text, kind::POINTER | kind::DIRECT_IFACE, 8, 8);
        typ.tflag |= tflag::REGULAR_MEMORY;
        self.put(PtrType { typ, elem }).cast_const().cast()
    }

    pub fn slice(&self, text: &str, elem: *const Type) -> *const Type {
        let typ = self.head(text, kind::SLICE, 24, 8);
        self.put(PtrType { typ, elem }).cast_const().cast()
    }

    pub fn array_of(&self, text: &str, elem: *const Type, len: usize) -> *const Type {
        let e = unsafe { &*elem };
        let ptr_bytes = if e.ptr_bytes == 0 || len == 0 { 0 } else { e.size * (len - 1) + e.ptr_bytes };
        let mut typ = self.head(text, kind::ARRAY, e.size * len, ptr_bytes);
        typ.tflag |= e.tflag & tflag::REGULAR_MEMORY;
        typ.equal = e.equal;
        self.put(ArrayType { typ, elem, slice: core::ptr::null(), len }).cast_const().cast()
    }

    /// A struct; `regular` if it may be treated as plain memory.
    pub fn struct_of(&self, text: &str, pkg: &str, fields: &[(&str, *const Type, usize)], regular: bool) -> *const Type {
        let list: Vec<StructField> = fields
            .iter()
            .map(|&(n, typ, offset)| {
                let (n, tag) = n.split_once('`').unwrap_or((n, ""));
                StructField { name: self.name_with(n, tag, false, None), typ, offset }
            })
            .collect();
        let end = fields.last().map_or(0, |f| f.2 + unsafe { (*f.1).size });
        let ptr_bytes = fields
            .iter()
            .map(|f| if unsafe { (*f.1).ptr_bytes } == 0 { 0 } else { f.2 + unsafe { (*f.1).ptr_bytes } })
            .max()
            .unwrap_or(0);
        let mut typ = self.head(text, kind::STRUCT, end.next_multiple_of(8), ptr_bytes);
        if regular {
            typ.tflag |= tflag::REGULAR_MEMORY;
        }
        if fields.iter().any(|f| f.0 != "_" && unsafe { (*f.1).equal.is_null() }) {
            typ.equal = core::ptr::null();
        }
        let fields = self.array(&list);
        self.put(StructType { typ, pkg_path: self.name(pkg), fields }).cast_const().cast()
    }

    /// An interface of package `pkg`; methods are name, own package, type.
    pub fn interface(&self, text: &str, pkg: &str, methods: &[(&str, Option<&str>, *const Type)]) -> *const InterfaceType {
        let list: Vec<IMethod> = methods
            .iter()
            .map(|&(n, p, t)| IMethod {
                name: NameOff(self.off(self.name_with(n, "", false, p).0)),
                typ: TypeOff(self.off(t)),
            })
            .collect();
        let typ = self.head(text, kind::INTERFACE, 16, 16);
        let methods = self.array(&list);
        self.put(InterfaceType { typ, pkg_path: self.name(pkg), methods })
    }

    /// Bytes in the module, for data that must lie there.
    pub fn typelink<T>(&self, p: *const T) -> TypeOff {
        TypeOff(self.off(p))
    }
}

pub fn text(s: GoStr) -> String {
    String::from_utf8_lossy(unsafe { s.as_bytes() }).into_owned()
}

pub fn go(s: &str) -> GoStr {
    let s: &'static str = s.to_owned().leak();
    GoStr::of(s)
}

/// Rows of a table, comments left out.
pub fn rows(table: &str) -> impl Iterator<Item = Vec<&str>> {
    table.lines().filter(|l| !l.starts_with('#')).map(|l| l.split('\t').collect())
}
