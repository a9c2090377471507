//! Where the pointers of a frame are: bitmaps for its locals and its arguments,
//! and records of the variables whose address is taken.

use super::arch::Arch;
use super::cache::PcCache;
use super::fault::{Fault, FaultKind};
use super::functab::Func;
use super::ids::FuncData;
use super::moduledata::RawBitVector;
use super::unwind::{Frame, Limits, read};
use crate::gcprog;

/// One bit per word: whether it holds a pointer.
#[derive(Clone, Copy, Debug)]
pub struct BitVector {
    n: usize,
    data: *const u8,
}

impl BitVector {
    /// No words.
    pub const EMPTY: Self = Self { n: 0, data: core::ptr::null() };

    /// `n` bits at `data`, lowest first.
    ///
    /// # Safety
    /// `data` holds them, and `(n + 7) / 8` bytes in all, as long as this or a
    /// copy is used.
    #[inline]
    pub const unsafe fn new(n: usize, data: *const u8) -> Self {
        Self { n, data }
    }

    /// How many words it describes.
    #[inline]
    pub const fn len(self) -> usize {
        self.n
    }

    /// Whether it describes none.
    #[inline]
    pub const fn is_empty(self) -> bool {
        self.n == 0
    }

    /// Whether word `i` holds a pointer; false past the end.
    #[inline]
    pub fn get(self, i: usize) -> bool {
        // SAFETY: `new` was promised `n` bits.
        i < self.n && unsafe { *self.data.add(i / 8) } >> (i % 8) & 1 != 0
    }

    /// Calls `each` with the index of every word that holds a pointer, in
    /// order, until it fails.
    ///
    /// # Errors
    /// The first one of `each`.
    #[inline(always)]
    pub fn try_each<E>(self, mut each: impl FnMut(usize) -> Result<(), E>) -> Result<(), E> {
        let mut i = 0;
        while i < self.n {
            // SAFETY: `i / 8` is below the number of bytes `new` was promised.
            let mut bits = unsafe { *self.data.add(i / 8) };
            if self.n - i < 8 {
                bits &= (1 << (self.n - i)) - 1;
            }
            while bits != 0 {
                each(i + bits.trailing_zeros() as usize)?;
                bits &= bits - 1;
            }
            i += 8;
        }
        Ok(())
    }
}

/// How a record says where its pointers are.
#[derive(Clone, Copy, Debug)]
enum Pointers {
    Mask(*const u8),
    Program(*const u8),
}

/// A variable of a frame whose address is taken: it can be reached through
/// pointers, and is not in the maps.
#[derive(Clone, Copy, Debug)]
pub struct StackObject {
    /// Offset from `varp` when negative, else from `argp`.
    pub off: i32,
    /// Its size in bytes.
    pub size: usize,
    /// How many bytes from its start may hold pointers.
    pub ptrdata: usize,
    pointers: Pointers,
}

impl StackObject {
    /// Its address in `frame`; `None` when the frame does not hold it yet, for
    /// the function is still making room.
    #[inline]
    pub fn addr(&self, frame: &Frame<'_>) -> Option<usize> {
        let base = if self.off < 0 { frame.varp } else { frame.argp };
        let addr = base.wrapping_add(self.off as isize as usize);
        (addr >= frame.sp).then_some(addr)
    }

    /// The pointer mask, one bit per word of [`ptrdata`](Self::ptrdata); `None`
    /// when a program describes it.
    #[inline]
    pub fn mask(&self) -> Option<BitVector> {
        match self.pointers {
            // SAFETY: the compiler wrote a mask of ptrdata bytes' words.
            Pointers::Mask(p) => Some(unsafe { BitVector::new(self.ptrdata / 8, p) }),
            Pointers::Program(_) => None,
        }
    }

    /// Calls `each` with the byte offset in the object of every word that holds
    /// a pointer, until it fails.
    ///
    /// # Errors
    /// The first one of `each`.
    #[inline]
    pub fn try_each_pointer<E>(&self, mut each: impl FnMut(usize) -> Result<(), E>) -> Result<(), E> {
        match self.pointers {
            Pointers::Mask(p) => {
                // SAFETY: the compiler wrote a mask of ptrdata bytes' words.
                let mask = unsafe { BitVector::new(self.ptrdata / 8, p) };
                mask.try_each(|i| each(i * 8))
            }
            Pointers::Program(p) => {
                // SAFETY: the compiler wrote a whole program, after its length in four bytes.
                unsafe { gcprog::try_each(p.add(4), 0..self.ptrdata / 8, |i| each(i * 8)) }
            }
        }
    }
}

/// Go's `runtime.stackObjectRecord`.
#[repr(C)]
#[derive(Clone, Copy)]
struct RawObject {
    off: i32,
    size: i32,
    /// Negated when the data is a program.
    ptrdata: i32,
    gcdata_off: u32,
}

const _: () = assert!(size_of::<RawObject>() == 16);

/// The stack objects of a frame, in order of offset.
#[derive(Clone, Copy, Debug)]
pub struct StackObjects<'m> {
    func: Func<'m>,
    records: *const u8,
    n: usize,
    /// Reflect's record of registers, in place of the function's own.
    reg_args: Option<StackObject>,
}

impl<'m> StackObjects<'m> {
    fn none(func: Func<'m>) -> Self {
        Self { func, records: core::ptr::null(), n: 0, reg_args: None }
    }

    #[inline]
    fn of(func: Func<'m>) -> Self {
        let Some(p) = func.funcdata(FuncData::STACK_OBJECTS) else {
            return Self::none(func);
        };
        let p = p.as_ptr();
        // SAFETY: the compiler wrote a count and that many records.
        let (n, records) = unsafe { (p.cast::<usize>().read_unaligned(), p.add(8)) };
        Self { func, records, n, reg_args: None }
    }

    #[cold]
    fn reg_args<A: Arch>(func: Func<'m>) -> Self {
        let object = StackObject {
            // Always the local with the highest address.
            off: -((A::REG_ARGS_SIZE as i32 + 7) & !7),
            size: A::REG_ARGS_SIZE,
            ptrdata: A::REG_ARGS_PTRDATA,
            pointers: Pointers::Mask(A::REG_ARGS_MASK.as_ptr()),
        };
        Self { func, records: core::ptr::null(), n: 1, reg_args: Some(object) }
    }

    /// How many there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.n
    }

    /// Whether there are none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.n == 0
    }

    /// Number `i`.
    #[inline]
    pub fn get(&self, i: usize) -> Option<StackObject> {
        if i >= self.n {
            return None;
        }
        if self.reg_args.is_some() {
            return self.reg_args;
        }
        // SAFETY: `of` found `n` records.
        let r = unsafe { self.records.cast::<RawObject>().add(i).read_unaligned() };
        let data = core::ptr::with_exposed_provenance(self.func.module().rodata + r.gcdata_off as usize);
        Some(StackObject {
            off: r.off,
            size: r.size as usize,
            ptrdata: r.ptrdata.unsigned_abs() as usize,
            pointers: if r.ptrdata < 0 { Pointers::Program(data) } else { Pointers::Mask(data) },
        })
    }

    /// All of them.
    #[inline]
    pub fn iter(&self) -> impl Iterator<Item = StackObject> + use<'_, 'm> {
        (0..self.n).filter_map(|i| self.get(i))
    }
}

/// Where the pointers of a frame are.
#[derive(Clone, Copy, Debug)]
pub struct FrameMaps<'m> {
    /// For the words that end at the frame's `varp`.
    pub locals: BitVector,
    /// For the words from the frame's `argp` on.
    pub args: BitVector,
    /// Variables whose address is taken.
    pub objects: StackObjects<'m>,
}

impl FrameMaps<'_> {
    /// Where the locals that the map describes begin.
    #[inline]
    pub fn locals_addr(&self, frame: &Frame<'_>) -> usize {
        frame.varp.wrapping_sub(self.locals.n * 8)
    }
}

/// Header of the bitmaps that the compiler writes for a function.
#[repr(C)]
#[derive(Clone, Copy)]
struct RawMaps {
    /// How many bitmaps.
    n: i32,
    /// Bits in each.
    nbit: i32,
}

/// What the arguments of a frame are.
enum Args {
    /// This many bytes, described by the function's maps.
    Sized(usize),
    /// The call that a stub of reflect stands for says so.
    Reflect(BitVector),
    /// A stub of reflect that has not begun: it has no arguments.
    ReflectUnstarted,
}

/// Go's `runtime.reflectMethodValue`: the start of what reflect's stubs get as
/// their closure.
#[repr(C)]
struct ReflectCall {
    entry: usize,
    map: *const RawBitVector,
    args_len: usize,
}

impl<'m> Frame<'m> {
    /// `kind` as a fault of this frame.
    #[cold]
    fn fault_of(&self, kind: FaultKind) -> Fault<'m> {
        Fault { kind, func: Some(self.func), pc: self.pc, sp: self.sp }
    }

    /// Where its pointers are. All empty when the frame will not run again.
    ///
    /// # Errors
    /// That the tables have no map for the frame, or one that does not fit it.
    ///
    /// # Safety
    /// The frame is one that an unwinder of architecture `A` with `limits` found
    /// and its stack is as it was.
    #[inline]
    pub unsafe fn maps<A: Arch>(&self, cache: &mut PcCache<'m>, limits: Limits) -> Result<FrameMaps<'m>, Fault<'m>> {
        let func = self.func;
        let mut maps = FrameMaps { locals: BitVector::EMPTY, args: BitVector::EMPTY, objects: StackObjects::none(func) };
        let pc = self.continpc;
        if pc == 0 {
            return Ok(maps);
        }
        // At the entry the first map holds, whatever the first instruction says.
        let mut index = -1;
        if pc != func.entry() {
            let Some(i) = cache.stack_map_before(func, pc) else {
                return Err(self.fault_of(FaultKind::BadTable));
            };
            index = i;
        }
        // Without an index it is taken to be in the prologue.
        let index = if index == -1 { 0 } else { index };

        let size = self.varp.wrapping_sub(self.sp);
        if size > A::UNTYPED_LOCALS {
            let addr = self.sp;
            let missing = FaultKind::UntypedLocals { addr, size };
            maps.locals = self.bitmap(FuncData::LOCALS_POINTER_MAPS, index, missing)?;
            if maps.locals.n * 8 > size || !limits.holds(addr, size) {
                return Err(self.fault_of(FaultKind::OutOfBounds(maps.locals_addr(self))));
            }
        }

        // SAFETY: an unwinder of `A` found the frame with these limits, and its stack is as it was (this function's
        // contract).
        match unsafe { self.args_info::<A>(limits) }? {
            Args::Sized(0) => {}
            Args::Sized(size) => {
                let missing = FaultKind::UntypedArgs { addr: self.argp, size };
                maps.args = self.bitmap(FuncData::ARGS_POINTER_MAPS, index, missing)?;
            }
            Args::Reflect(map) => {
                maps.args = map;
                maps.objects = StackObjects::reg_args::<A>(func);
            }
            Args::ReflectUnstarted => {}
        }
        if !limits.holds(self.argp, maps.args.n * 8) && maps.args.n != 0 {
            return Err(self.fault_of(FaultKind::OutOfBounds(self.argp)));
        }
        if maps.objects.reg_args.is_none() {
            maps.objects = StackObjects::of(func);
        }
        Ok(maps)
    }

    /// The bitmap numbered `index` of the function's data `which`.
    #[inline(always)]
    fn bitmap(&self, which: FuncData, index: i32, missing: FaultKind) -> Result<BitVector, Fault<'m>> {
        let Some(p) = self.func.funcdata(which) else {
            return Err(self.fault_of(missing));
        };
        let p = p.as_ptr();
        // SAFETY: the compiler wrote the header.
        let RawMaps { n, nbit } = unsafe { p.cast::<RawMaps>().read_unaligned() };
        if n <= 0 {
            return Err(self.fault_of(missing));
        }
        if nbit <= 0 {
            return Ok(BitVector::EMPTY);
        }
        if index < 0 || index >= n {
            let locals = which == FuncData::LOCALS_POINTER_MAPS;
            return Err(self.fault_of(FaultKind::BadMapIndex { index, count: n, locals }));
        }
        let bytes = (nbit as usize).div_ceil(8);
        // SAFETY: `n` bitmaps of `nbit` bits follow the header, each on whole
        // bytes, and `index` is below `n`.
        Ok(unsafe { BitVector::new(nbit as usize, p.add(8 + index as usize * bytes)) })
    }

    /// Bytes of the arguments and results that the frame's caller made room for.
    ///
    /// # Errors
    /// That what describes the arguments is not there, or does not fit the frame.
    ///
    /// # Safety
    /// As [`maps`](Self::maps).
    pub unsafe fn args_size<A: Arch>(&self, limits: Limits) -> Result<usize, Fault<'m>> {
        // SAFETY: an unwinder of `A` found the frame with these limits, and its stack is as it was (this function's
        // contract).
        Ok(match unsafe { self.args_info::<A>(limits) }? {
            Args::Sized(n) => n,
            Args::Reflect(map) => map.n * 8,
            Args::ReflectUnstarted => 0,
        })
    }

    /// # Safety
    /// As [`maps`](Self::maps).
    #[inline(always)]
    unsafe fn args_info<A: Arch>(&self, limits: Limits) -> Result<Args, Fault<'m>> {
        match self.func.args_size() {
            Some(n) => Ok(Args::Sized(n)),
            // SAFETY: an unwinder of `A` found the frame with these limits, and its stack is as it was (this function's
            // contract).
            None => unsafe { self.reflect_args::<A>(limits) },
        }
    }

    /// Reflect's stubs serve calls of any type: what their arguments are is
    /// said by their closure, which they keep at the bottom of their frame.
    ///
    /// # Safety
    /// As [`maps`](Self::maps).
    #[cold]
    unsafe fn reflect_args<A: Arch>(&self, limits: Limits) -> Result<Args, Fault<'m>> {
        if !matches!(self.func.name(), b"reflect.makeFuncStub" | b"reflect.methodValueCall") {
            return Ok(Args::Sized(0));
        }
        let entry = self.func.entry();
        let closure = self.sp + A::MIN_FRAME;
        let pushed = if A::USES_LR { 0 } else { 8 };
        if closure >= self.fp - pushed {
            // No frame yet: the first function of a goroutine that has not run,
            // of a type without arguments or results.
            if self.pc != entry {
                return Err(self.fault_of(FaultKind::ReflectMismatch));
            }
            return Ok(Args::ReflectUnstarted);
        }
        if !limits.holds(closure, 40) {
            return Err(self.fault_of(FaultKind::OutOfBounds(closure)));
        }
        // SAFETY: inside the limits; the stub has stored its closure there, and
        // four words on whether the results are valid.
        let (call, results_valid) = unsafe {
            let p: *const ReflectCall = core::ptr::with_exposed_provenance(read(closure));
            let valid: *const u8 = core::ptr::with_exposed_provenance(closure + 32);
            (&*p, *valid != 0)
        };
        if call.entry != entry {
            return Err(self.fault_of(FaultKind::ReflectMismatch));
        }
        // SAFETY: reflect made the map, and the closure keeps it alive.
        let mut map = unsafe { BitVector::new((*call.map).n as usize, (*call.map).data) };
        if !results_valid {
            map.n = map.n.min(call.args_len / 8);
        }
        Ok(Args::Reflect(map))
    }
}
