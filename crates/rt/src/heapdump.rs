//! `debug.WriteHeapDump`: all objects, goroutines with their frames, global variables, finalizers, statistics and the memory
//! profile, as documented for "go1.7 heap dump", with the world stopped.
//!
//! What Go knows and this runtime does not is 0: the kernel's numbers of threads. Tasks of the runtime without Go frames are
//! left out.

use crate::gc::{finalizers, globals};
use crate::memstats::MemStats;
use crate::panics::record::{Defer, Panic};
use crate::profile;
use crate::state::{G, GC, M, RT, symtab};
use crate::unwind;
use core::mem::MaybeUninit;
use core::sync::atomic::Ordering::Relaxed;
use goxide_alloc::layout::PointerLayout;
use goxide_alloc::span::State;
use goxide_alloc::sweep::Swept;
use goxide_gc::{Kind, special::Payload};
use goxide_gotypes::profile::dump::{HEADER, Tag, Writer};
use goxide_gotypes::space::spelling::{pkg_path, type_name, type_string};
use goxide_gotypes::types::{Type, kind};
use goxide_sched::state::Status;
use goxide_symtab::gcprog;
use goxide_symtab::stackmap::BitVector;
use goxide_symtab::unwind::{Limits, Mode, Unwinder};
use goxide_symtab::{Native, PcCache};

/// Types that are remembered as written.
const TYPES: usize = 256;

struct Dump<F: FnMut(&[u8])> {
    w: Writer<F>,
    /// By their hashes; a type that was pushed out is written again.
    types: [*const Type; TYPES],
}

/// Writes the dump to a descriptor. What cannot be written is lost.
///
/// # Safety
/// The world is stopped, by the goroutine `me`, which stands in an entry.
pub unsafe fn write(fd: i32, me: *mut G) {
    // SAFETY: the world is stopped by `me`, which stands in an entry (this function's contract): nothing changes in the
    // meantime, processors are in no hands but this thread's, and no goroutine runs.
    unsafe {
        while RT.heap.sweep_one() != Swept::Nothing {}
        let mut stats = MaybeUninit::<MemStats>::uninit();
        MemStats::fill(stats.as_mut_ptr());
        // Objects that caches have handed out are distinguished from free ones.
        RT.sched.for_each_proc(|p| (*p).ext.cache.publish());
        let out = |bytes: &[u8]| {
            let _ = goxide_sys::io::write_all(fd, bytes);
        };
        let mut d = Dump { w: Writer::new(out), types: [core::ptr::null(); TYPES] };
        d.w.raw(HEADER);
        d.params();
        RT.itabs.each(|tab| {
            d.type_of(tab.typ);
            d.w.tag(Tag::Itab);
            d.w.ints(&[(&raw const *tab).addr(), tab.typ.addr()]);
        });
        d.objects();
        RT.sched.for_each_task(|gp| d.goroutine(gp, me));
        RT.sched.for_each_thread(|m: *mut M| {
            d.w.tag(Tag::Thread);
            d.w.ints(&[m.addr(), (*m).id as usize, 0]);
        });
        for (tag, (addr, size, mask)) in [Tag::Data, Tag::Bss].into_iter().zip(globals::masked()) {
            d.w.tag(tag);
            d.w.int(addr as u64);
            d.w.bytes(core::slice::from_raw_parts(addr as *const u8, size));
            d.bits(BitVector::new(size / 8, mask), 0);
            d.w.end_pointers();
        }
        d.specials(Kind::Finalizer, |w, object, payload| finalizer(w, Tag::Finalizer, object, payload));
        finalizers::each_queued(|object, payload| finalizer(&mut d.w, Tag::QueuedFinalizer, object, payload));
        d.w.tag(Tag::MemStats);
        for n in stats.assume_init_ref().dumped() {
            d.w.int(n);
        }
        d.profile();
        d.specials(Kind::Note, |w, object, payload| {
            w.tag(Tag::AllocSample);
            w.ints(&[object, payload[1]]);
        });
        d.w.tag(Tag::Eof);
        d.w.flush();
    }
}

/// A finalizer's record: the object, the function value and its code, the types of parameter and pointer.
///
/// # Safety
/// `payload` is that of a finalizer's record.
unsafe fn finalizer<F: FnMut(&[u8])>(w: &mut Writer<F>, tag: Tag, object: usize, payload: &Payload) {
    let [func, _, param, ptr] = *payload;
    w.tag(tag);
    // SAFETY: a function value points to its code's address.
    w.ints(&[object, func, unsafe { *(func as *const usize) }, param, ptr]);
}

impl<F: FnMut(&[u8])> Dump<F> {
    fn params(&mut self) {
        let (lo, hi) = RT.heap.address_range();
        self.w.tag(Tag::Params);
        const LITTLE_ENDIAN: usize = 0;
        self.w.ints(&[LITTLE_ENDIAN, size_of::<usize>(), lo, hi]);
        self.w.bytes(crate::arch::GOARCH);
        // SAFETY: set by the linker.
        self.w.bytes(unsafe { (*crate::links::links().build_version).as_bytes() });
        self.w.int(u64::from(RT.cpus.load(Relaxed)));
    }

    /// # Safety
    /// `t` is null or a descriptor.
    unsafe fn type_of(&mut self, t: *const Type) {
        // SAFETY: null or a descriptor.
        unsafe {
            if t.is_null() {
                return;
            }
            let place = &mut self.types[(*t).hash as usize % TYPES];
            if *place == t {
                return;
            }
            *place = t;
            self.w.tag(Tag::Type);
            self.w.ints(&[t.addr(), (*t).size]);
            let (package, name) = (pkg_path(&RT.space, t), type_name(&RT.space, t));
            let (package, name) = (package.as_bytes(), name.as_bytes());
            if Type::uncommon(t).is_none() || package.is_empty() {
                self.w.bytes(type_string(&RT.space, t).as_bytes());
            } else {
                self.w.int((package.len() + 1 + name.len()) as u64);
                self.w.raw(package);
                self.w.raw(b".");
                self.w.raw(name);
            }
            let has_pointer_in_interface = (*t).kind_bits & kind::DIRECT_IFACE == 0 || (*t).ptr_bytes != 0;
            self.w.int(u64::from(has_pointer_in_interface));
        }
    }

    /// The pointers that a mask shows, from an offset on.
    fn bits(&mut self, bits: BitVector, offset: usize) {
        let _ = bits.try_each(|i| {
            self.w.pointer_at(offset + i * 8);
            Ok::<(), ()>(())
        });
    }

    /// # Safety
    /// The world is stopped by this thread.
    unsafe fn objects(&mut self) {
        RT.heap.for_each_span(|span| {
            if span.state() != State::InUse {
                return;
            }
            let size = span.elem_size();
            // SAFETY: the world is stopped and all is swept: the span stays.
            for i in (0..span.nelems()).filter(|&i| unsafe { span.allocated(i) }) {
                let at = span.base() + i * size;
                self.w.tag(Tag::Object);
                self.w.int(at as u64);
                // SAFETY: an allocated object, which nothing writes to now. Its layout is about words inside it.
                unsafe {
                    self.w.bytes(core::slice::from_raw_parts(at as *const u8, size));
                    match RT.heap.pointer_layout_of(span, i) {
                        PointerLayout::NoScan | PointerLayout::Opaque(0) => {}
                        PointerLayout::Bits(bits) => self.bits(BitVector::new(64, bits.to_le_bytes().as_ptr()), 0),
                        PointerLayout::Opaque(ty) => self.row(ty as *const Type, size),
                    }
                }
                self.w.end_pointers();
            }
        });
    }

    /// The pointers of a row of values that fills `size` bytes.
    ///
    /// # Safety
    /// `ty` is a descriptor.
    unsafe fn row(&mut self, ty: *const Type, size: usize) {
        // SAFETY: `ty` is a descriptor (this function's contract).
        unsafe { each_pointer(ty, size, |offset| self.w.pointer_at(offset)) }
    }

    /// # Safety
    /// The world is stopped by `me`, which stands in a system entry; `gp` is a goroutine.
    unsafe fn goroutine(&mut self, gp: *mut G, me: *mut G) {
        // SAFETY: the world is stopped: it does not run, or it is `me`, which stands in an entry.
        unsafe {
            let d = &*gp;
            let s = d.state.get();
            if d.ext.rust_task || s == Status::IDLE || s == Status::DEAD {
                return;
            }
            let start = unwind::start(gp, s);
            let in_syscall = d.syscall_sp != 0 && s != Status::RUNNING;
            let sp = if in_syscall { d.syscall_sp } else { d.ctx.sp };
            let (status, reason) = if gp == me { (Status::WAITING, "dumping heap") } else { (s, d.wait_reason.text()) };
            self.w.tag(Tag::Goroutine);
            self.w.ints(&[
                gp.addr(),
                sp,
                d.id as usize,
                d.spawn_pc,
                status.number() as usize,
                usize::from(d.is_system()),
                0,
            ]);
            self.w.int(d.wait_since as u64);
            self.w.bytes(reason.as_bytes());
            self.w.ints(&[d.ctx.ctxt, d.thread.addr(), d.host1, d.host0]);
            if !d.stack.is_none() {
                let limits = unwind::limits(gp);
                let mut pcs = PcCache::new();
                if let Ok(u) = Unwinder::<Native>::new(symtab(), &mut pcs, start, limits, Mode::BestEffort) {
                    self.frames(u, &mut pcs, limits);
                }
            }
            Defer::each(d.host1 as *const Defer, |at, d| {
                self.w.tag(Tag::Defer);
                let code = if d.func.is_null() { 0 } else { *d.func };
                self.w.ints(&[at.addr(), gp.addr(), d.sp, d.pc, d.func.addr(), code, d.link.addr()]);
            });
            let mut p = d.host0 as *const Panic;
            while let Some(panic) = p.as_ref() {
                self.w.tag(Tag::Panic);
                let (ty, data) = (panic.arg.typ.addr(), panic.arg.data.addr());
                self.w.ints(&[p.addr(), gp.addr(), ty, data, 0, panic.link.addr()]);
                p = panic.link;
            }
        }
    }

    /// # Safety
    /// The stack that `u` walks, within `limits`, does not change in the meantime.
    unsafe fn frames<'m>(&mut self, mut u: Unwinder<'m, Native>, pcs: &mut PcCache<'m>, limits: Limits) {
        // The frame that this one called: its stack pointer, where its arguments are, which of these are pointers.
        let (mut callee_sp, mut args_at, mut args) = (0, 0, BitVector::EMPTY);
        for depth in 0.. {
            let frame = *u.frame();
            // SAFETY: the frame is the unwinder's, and its stack does not change.
            unsafe {
                let maps = if u.is_inexact() { None } else { frame.maps::<Native>(pcs, limits).ok() };
                self.w.tag(Tag::Frame);
                self.w.ints(&[frame.sp, depth, callee_sp]);
                let size = frame.fp.saturating_sub(frame.sp);
                self.w.bytes(core::slice::from_raw_parts(frame.sp as *const u8, size));
                self.w.ints(&[frame.func.entry(), frame.pc, frame.continpc]);
                self.w.bytes(frame.func.name());
                if depth > 0 {
                    self.bits(args, usize::wrapping_sub(args_at, frame.sp));
                }
                if let Some(maps) = &maps {
                    self.bits(maps.locals, maps.locals_addr(&frame).wrapping_sub(frame.sp));
                }
                self.w.end_pointers();
                (callee_sp, args_at) = (frame.sp, frame.argp);
                args = maps.map_or(BitVector::EMPTY, |m| m.args);
            }
            if !matches!(u.step(pcs), Ok(true)) {
                return;
            }
        }
    }

    /// # Safety
    /// The world is stopped by this thread; `f` may be called with the payload of a record of that kind.
    unsafe fn specials(&mut self, wanted: Kind, f: unsafe fn(&mut Writer<F>, usize, &Payload)) {
        RT.heap.for_each_span(|span| {
            let each = |kind, object, payload: &Payload| {
                if kind == wanted {
                    // SAFETY: the payload is that of the kind.
                    unsafe { f(&mut self.w, object, payload) }
                }
            };
            // SAFETY: a span of the heap; the world is stopped and all is swept, so it stays.
            unsafe { GC.each_special(span, each) };
        });
    }

    fn profile(&mut self) {
        profile::with(|table| {
            for r in table.iter() {
                self.w.tag(Tag::MemProf);
                self.w.ints(&[(&raw const *r).addr(), r.size(), r.stack().len()]);
                for (i, &pc) in r.stack().iter().enumerate() {
                    let Some(f) = symtab().find_func(pc) else {
                        self.w.bytes(b"(0x0)");
                        self.w.bytes(b"?");
                        self.w.int(0);
                        continue;
                    };
                    self.w.bytes(f.name());
                    let (file, line) = f.file_line(if i > 0 && pc > f.entry() { pc - 1 } else { pc });
                    self.w.bytes(file);
                    self.w.int(line as u64);
                }
                self.w.int(r.counts().allocs);
                self.w.int(r.counts().frees);
            }
        });
    }
}

/// Calls `f` with the offset of each pointer in a row of values of a type that fills `size` bytes.
///
/// # Safety
/// `ty` is a descriptor of the program's.
pub unsafe fn each_pointer(ty: *const Type, size: usize, mut f: impl FnMut(usize)) {
    // SAFETY: `ty` is a descriptor (this function's contract), whose mask or program has a bit for each word of
    // `ptr_bytes`.
    unsafe {
        let words = (*ty).ptr_bytes / 8;
        if words == 0 || (*ty).size == 0 {
            return;
        }
        for at in (0..size).step_by((*ty).size) {
            let mut put = |i: usize| {
                if at + i * 8 < size {
                    f(at + i * 8);
                }
                Ok::<(), ()>(())
            };
            if let Some(program) = goxide_gotypes::types::gcprog::program(ty) {
                let _ = gcprog::try_each(program, 0..words, &mut put);
            } else {
                let _ = BitVector::new(words, (*ty).gc_data).try_each(&mut put);
            }
        }
    }
}
