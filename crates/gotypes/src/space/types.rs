//! Where descriptors, names and methods lie: resolving the 32-bit offsets that descriptors hold.
//!
//! An offset counts from the start of the module that the descriptor itself lies in. What lies in no module was made
//! by `reflect`, and its offsets are numbers in a registry.

use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

use super::offsets::ReflectOffsets;
use crate::mem::seam::Mem;
use crate::types::desc::{TextOff, Type, TypeOff};
use crate::types::itab::Itab;
use crate::types::name::Name;
use crate::types::name::NameOff;
use crate::types::values::{GoSlice, GoStr};

/// A piece of a module's text, where the linker split it.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct TextSection {
    /// First offset.
    pub vaddr: usize,
    /// One past the last offset.
    pub end: usize,
    /// Where it was loaded.
    pub base: usize,
}

/// What this part of the runtime must know of a module.
#[derive(Debug)]
pub struct Module {
    /// Start of types and names.
    pub types: usize,
    /// Their end.
    pub etypes: usize,
    /// Start of code.
    pub text: usize,
    /// Its end.
    pub etext: usize,
    /// `[]TextSection`; with fewer than two entries, text is one block.
    pub text_sections: GoSlice,
    /// `[]int32`: offsets of the types that `reflect` may look for by name, sorted by it.
    pub typelinks: GoSlice,
    /// `[]*Itab`: method tables that the compiler made.
    pub itablinks: GoSlice,
    next: AtomicPtr<Module>,
}

impl Module {
    /// A module without links; fill in the public fields.
    pub const fn new(types: usize, etypes: usize, text: usize, etext: usize) -> Module {
        Module {
            types,
            etypes,
            text,
            etext,
            text_sections: GoSlice::NIL,
            typelinks: GoSlice::NIL,
            itablinks: GoSlice::NIL,
            next: AtomicPtr::new(core::ptr::null_mut()),
        }
    }

    /// The compiler's method tables.
    ///
    /// # Safety
    /// `itablinks` is the linker's.
    pub unsafe fn itabs(&self) -> &[*const Itab] {
        // SAFETY: the linker's list holds such pointers.
        unsafe { self.itablinks.as_slice() }
    }

    /// Address of the code at `off`, or `None` if that is outside of the text.
    pub fn text_addr(&self, off: u32) -> Option<usize> {
        let off = off as usize;
        let mut addr = self.text + off;
        if self.text_sections.len > 1 {
            // SAFETY: the linker's list holds such sections.
            let sections: &[TextSection] = unsafe { self.text_sections.as_slice() };
            let last = sections.len() - 1;
            for (i, s) in sections.iter().enumerate() {
                // The last section includes its end, which the function table mentions.
                if off >= s.vaddr && (off < s.end || (i == last && off == s.end)) {
                    addr = s.base + (off - s.vaddr);
                    break;
                }
            }
            if addr > self.etext {
                return None;
            }
        }
        Some(addr)
    }
}

// SAFETY: a module is constant once it is registered; `next` is atomic.
unsafe impl Sync for Module {}
// SAFETY: a module is constant once it is registered, and belongs to no thread.
unsafe impl Send for Module {}

/// All modules, and what `reflect` made.
pub struct TypeSpace {
    modules: AtomicPtr<Module>,
    /// What `reflect` registered.
    pub offsets: ReflectOffsets,
    unreachable: AtomicUsize,
}

impl TypeSpace {
    /// No modules.
    pub const fn new() -> TypeSpace {
        TypeSpace {
            modules: AtomicPtr::new(core::ptr::null_mut()),
            offsets: ReflectOffsets::new(),
            unreachable: AtomicUsize::new(0),
        }
    }

    /// Appends a module. Called while the program starts, by one thread.
    pub fn add_module(&self, m: &'static Module) {
        let mut link = &self.modules;
        loop {
            let p = link.load(Ordering::Acquire);
            if p.is_null() {
                // Pairs with the Acquire loads of readers.
                link.store(core::ptr::from_ref(m).cast_mut(), Ordering::Release);
                return;
            }
            // SAFETY: registered modules live forever.
            link = unsafe { &(*p).next };
        }
    }

    /// Sets the code that stands for methods which the linker dropped.
    pub fn set_unreachable_method(&self, pc: usize) {
        self.unreachable.store(pc, Ordering::Relaxed);
    }

    /// The modules, in order.
    pub fn modules(&self) -> impl Iterator<Item = &'static Module> {
        let mut p = self.modules.load(Ordering::Acquire);
        core::iter::from_fn(move || {
            // SAFETY: registered modules live forever.
            let m = unsafe { p.as_ref()? };
            p = m.next.load(Ordering::Acquire);
            Some(m)
        })
    }

    /// The module whose types section holds `addr`.
    #[inline]
    pub fn module_of_type(&self, addr: usize) -> Option<&'static Module> {
        self.modules().find(|m| addr >= m.types && addr < m.etypes)
    }

    /// The name at `off`, as seen from something at `base`. `None`: no such name (the program is broken).
    pub fn name(&self, base: *const u8, off: NameOff) -> Option<Name> {
        if off.0 == 0 {
            return Some(Name::NONE);
        }
        match self.module_of_type(base as usize) {
            Some(m) => {
                let p = m.types.wrapping_add_signed(off.0 as isize);
                (p <= m.etypes).then_some(Name(p as *const u8))
            }
            None => {
                let p = self.offsets.get(off.0);
                (!p.is_null()).then_some(Name(p))
            }
        }
    }

    /// The type at `off`, as seen from something at `base`: null if the linker dropped it, `None` if the program is
    /// broken.
    pub fn typ(&self, base: *const u8, off: TypeOff) -> Option<*const Type> {
        if off.0 == 0 || off.0 == -1 && self.module_of_type(base as usize).is_some() {
            return Some(core::ptr::null());
        }
        match self.module_of_type(base as usize) {
            Some(m) => {
                let p = m.types.wrapping_add_signed(off.0 as isize);
                (p <= m.etypes).then_some(p as *const Type)
            }
            None => {
                let p = self.offsets.get(off.0);
                (!p.is_null()).then_some(p.cast())
            }
        }
    }

    /// The code at `off`, as seen from the descriptor `base`; `None` if the program is broken.
    pub fn text(&self, base: *const u8, off: TextOff) -> Option<usize> {
        match self.module_of_type(base as usize) {
            Some(_) if off.0 == -1 => Some(self.unreachable.load(Ordering::Relaxed)),
            Some(m) => m.text_addr(off.0 as u32),
            None => {
                let p = self.offsets.get(off.0);
                (!p.is_null()).then_some(p as usize)
            }
        }
    }

    /// A name's text; empty if it cannot be resolved.
    ///
    /// # Safety
    /// `base` and `off` come from one descriptor.
    pub unsafe fn name_text(&self, base: *const u8, off: NameOff) -> GoStr {
        // SAFETY: offsets in descriptors lead to well-formed names.
        unsafe { self.name(base, off).unwrap_or(Name::NONE).text() }
    }

    /// The import path that belongs to an unexported name, if the name itself carries it.
    ///
    /// # Safety
    /// `n` is null or well formed.
    pub unsafe fn pkg_path_of(&self, n: Name) -> GoStr {
        // SAFETY: the name is null, which carries no path, or well formed (this function's contract); the path is a name in the same module.
        unsafe {
            match n.pkg_path_off() {
                Some(off) => self.name_text(n.0, off),
                None => GoStr::EMPTY,
            }
        }
    }

    /// What `reflect.typelinks` answers: `[]unsafe.Pointer`, the start of each module's types, and `[][]int32`.
    ///
    /// Both arrays are freshly allocated and hold no pointer into the heap.
    pub fn typelinks(&self, mem: &impl Mem) -> (GoSlice, GoSlice) {
        let n = self.modules().count();
        // SAFETY: blocks without pointers, written in full below.
        unsafe {
            let sections = mem.alloc(n * 8, core::ptr::null(), true);
            let offsets = mem.alloc(n * 24, core::ptr::null(), true);
            for (i, m) in self.modules().take(n).enumerate() {
                *sections.cast::<usize>().add(i) = m.types;
                *offsets.cast::<GoSlice>().add(i) = m.typelinks;
            }
            (GoSlice { ptr: sections, len: n, cap: n }, GoSlice { ptr: offsets, len: n, cap: n })
        }
    }
}

impl Default for TypeSpace {
    fn default() -> Self {
        Self::new()
    }
}
