//! From a pc to its function, and from a function to its tables.

use core::marker::PhantomData;
use core::mem::{offset_of, size_of};
use core::ptr::NonNull;

use super::ids::{ARGS_SIZE_UNKNOWN, FuncData, FuncFlag, FuncId, PcData};
use super::moduledata::{ModuleData, PcHeader};
use super::pcvalue::{self, Runs};

/// Go's `runtime._func`. Offsets of its pc tables, then of its data, follow it.
#[repr(C)]
#[derive(Debug)]
#[allow(missing_docs, reason = "each is what Func's method of that name returns")]
pub struct RawFunc {
    pub entry_off: u32,
    pub name_off: i32,
    pub args: i32,
    pub deferreturn: u32,
    pub pcsp: u32,
    pub pcfile: u32,
    pub pcln: u32,
    pub npcdata: u32,
    pub cu_offset: u32,
    pub start_line: i32,
    pub func_id: u8,
    pub flag: u8,
    pub pad: u8,
    pub nfuncdata: u8,
}

const _: () = {
    assert!(size_of::<RawFunc>() == 44);
    assert!(offset_of!(RawFunc, deferreturn) == 12);
    assert!(offset_of!(RawFunc, npcdata) == 28);
    assert!(offset_of!(RawFunc, cu_offset) == 32);
    assert!(offset_of!(RawFunc, func_id) == 40);
    assert!(offset_of!(RawFunc, nfuncdata) == 43);
};

const BUCKET: usize = 4096;
const SUB_BUCKET: usize = 256;

/// The text of an unterminated-length C string.
///
/// # Safety
/// `p` is at a string that ends in a zero byte and that nothing writes during `'a`.
unsafe fn c_str<'a>(p: *const u8) -> &'a [u8] {
    let mut n = 0;
    // SAFETY: the terminator has not been passed.
    while unsafe { *p.add(n) } != 0 {
        n += 1;
    }
    // SAFETY: `n` bytes were just read.
    unsafe { core::slice::from_raw_parts(p, n) }
}

/// The tables of all modules of the program.
#[derive(Clone, Copy, Debug)]
pub struct Symtab<'m> {
    first: &'m ModuleData,
}

impl<'m> Symtab<'m> {
    /// The tables that begin with `first` (Go's `runtime.firstmoduledata`).
    ///
    /// # Safety
    /// For all of `'m`, `first` and the modules it leads to are as the Go 1.21
    /// linker writes them, and are not written to.
    #[inline]
    pub const unsafe fn new(first: &'m ModuleData) -> Self {
        Self { first }
    }

    /// The first module.
    #[inline]
    pub const fn first(self) -> &'m ModuleData {
        self.first
    }

    /// All modules, in order.
    pub fn modules(self) -> impl Iterator<Item = &'m ModuleData> {
        // SAFETY: `next` is null or the next module (`new`).
        core::iter::successors(Some(self.first), |m| unsafe { m.next.as_ref() })
    }

    /// The module whose text `pc` lies in.
    #[inline]
    pub fn find_module(self, pc: usize) -> Option<&'m ModuleData> {
        let mut md = self.first;
        loop {
            if md.minpc <= pc && pc < md.maxpc {
                return Some(md);
            }
            // SAFETY: `next` is null or the next module (`new`).
            md = unsafe { md.next.as_ref()? };
        }
    }

    /// The module whose data or bss `addr` lies in.
    pub fn find_data_module(self, addr: usize) -> Option<&'m ModuleData> {
        self.modules().find(|m| m.holds_data(addr))
    }

    /// The function that `pc` lies in. A pc in the padding after a function
    /// counts as that function's.
    #[inline]
    pub fn find_func(self, pc: usize) -> Option<Func<'m>> {
        let md = self.find_module(pc)?;
        let off = md.text_off(pc)?;
        // Buckets count from the first function's pc.
        let x = (off as usize).wrapping_add(md.text).wrapping_sub(md.minpc);
        // SAFETY: minpc <= pc < maxpc, so the bucket exists; the linker made
        // each (sub-)bucket name a function at or before its first pc, and the
        // table ends with an entry for maxpc, which ends the search.
        unsafe {
            let bucket = md.findfunctab.add(x / BUCKET);
            let sub = (*bucket).sub[(x % BUCKET) / SUB_BUCKET];
            let mut e = md.ftab.ptr.add((*bucket).idx as usize + sub as usize);
            while (*e.add(1)).entry_off <= off {
                e = e.add(1);
            }
            let raw = md.pclntable.ptr.add((*e).func_off as usize) as *mut RawFunc;
            Some(Func { raw: NonNull::new_unchecked(raw), md, _p: PhantomData })
        }
    }

    /// The function whose record is at `raw`: what Go's `*runtime.Func` points
    /// to, unless it is inlined. `None` when no module holds that record.
    pub fn func_of_record(self, raw: *const RawFunc) -> Option<Func<'m>> {
        let md = self.modules().find(|m| {
            let base = m.pclntable.ptr as usize;
            base <= raw as usize && (raw as usize) < base + m.pclntable.len
        })?;
        Some(Func { raw: NonNull::new(raw as *mut RawFunc)?, md, _p: PhantomData })
    }

    /// Checks what the linker wrote as far as it can be checked; what is wrong,
    /// in Go's words for the fatal error.
    ///
    /// # Errors
    /// What is wrong.
    pub fn verify(self) -> Result<(), &'static str> {
        for md in self.modules() {
            // SAFETY: the linker set it (`new`).
            let h = unsafe { &*md.pc_header };
            let ok = h.magic == PcHeader::MAGIC
                && h.pad == [0, 0]
                && matches!(h.min_lc, 1 | 4)
                && h.ptr_size == 8
                && h.text_start == md.text;
            if !ok {
                return Err("invalid function symbol table");
            }
            // SAFETY: the linker's slice.
            let ftab = unsafe { md.ftab.as_slice() };
            if ftab.is_empty() || ftab.windows(2).any(|w| w[0].entry_off > w[1].entry_off) {
                return Err("invalid runtime symbol table");
            }
            let min = md.text_addr(ftab[0].entry_off);
            let max = md.text_addr(ftab[ftab.len() - 1].entry_off);
            if md.minpc != min || md.maxpc != max {
                return Err("minpc or maxpc invalid");
            }
        }
        Ok(())
    }
}

/// A function of the program.
#[derive(Clone, Copy, Debug)]
pub struct Func<'m> {
    raw: NonNull<RawFunc>,
    md: &'m ModuleData,
    _p: PhantomData<&'m RawFunc>,
}

// SAFETY: it only points to tables that nothing writes.
unsafe impl Send for Func<'_> {}
// SAFETY: it only points to tables that nothing writes.
unsafe impl Sync for Func<'_> {}

impl PartialEq for Func<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.raw == other.raw
    }
}
impl Eq for Func<'_> {}

impl<'m> Func<'m> {
    /// Its record: the value of a Go `*runtime.Func`.
    #[inline]
    pub fn as_ptr(self) -> *const RawFunc {
        self.raw.as_ptr()
    }

    /// Its module.
    #[inline]
    pub fn module(self) -> &'m ModuleData {
        self.md
    }

    #[inline(always)]
    fn record(&self) -> &'m RawFunc {
        // SAFETY: `raw` is a record of a linker's table that lives for 'm.
        unsafe { self.raw.as_ref() }
    }

    /// Its first pc.
    #[inline]
    pub fn entry(self) -> usize {
        self.md.text_addr(self.record().entry_off)
    }

    /// Its name, with the import path.
    pub fn name(self) -> &'m [u8] {
        self.name_at(self.record().name_off)
    }

    /// Where its name is in the module's table of names.
    #[inline]
    pub fn name_off(self) -> i32 {
        self.record().name_off
    }

    /// The name at `off` in its module's table of names.
    pub fn name_at(self, off: i32) -> &'m [u8] {
        if off == 0 {
            return b"";
        }
        // SAFETY: offsets come from the linker's records, which name strings.
        unsafe { c_str(self.md.funcnametab.ptr.add(off as usize)) }
    }

    /// Bytes of its arguments and results on the stack, or
    /// [`ARGS_SIZE_UNKNOWN`].
    #[inline]
    pub fn args(self) -> i32 {
        self.record().args
    }

    /// Bytes of its arguments and results on the stack, when known.
    #[inline]
    pub fn args_size(self) -> Option<usize> {
        let n = self.record().args;
        (n != ARGS_SIZE_UNKNOWN).then_some(n as usize)
    }

    /// Offset of the call that runs its defers when it returns after a
    /// recovered panic; 0 when it defers nothing.
    #[inline]
    pub fn deferreturn(self) -> u32 {
        self.record().deferreturn
    }

    /// Whether it has a stack pointer table. Foreign code has none.
    #[inline]
    pub fn has_sp_table(self) -> bool {
        self.record().pcsp != 0
    }

    /// Which special function it is.
    #[inline]
    pub fn id(self) -> FuncId {
        FuncId(self.record().func_id)
    }

    /// What is special about it.
    #[inline]
    pub fn flag(self) -> FuncFlag {
        FuncFlag(self.record().flag)
    }

    /// Line of its `func` keyword.
    #[inline]
    pub fn start_line(self) -> i32 {
        self.record().start_line
    }

    /// log2 of the unit of pc deltas.
    #[inline(always)]
    fn unit_shift(self) -> u32 {
        // SAFETY: the linker set the header.
        unsafe { (*self.md.pc_header).min_lc }.trailing_zeros()
    }

    /// The run of the table at offset `off` that `pc` lies in.
    #[inline(always)]
    fn run_at(self, off: u32, pc: usize) -> Option<pcvalue::Run> {
        let unit = pc.saturating_sub(self.entry()) >> self.unit_shift();
        // SAFETY: a non-zero offset of the linker's is at a whole table.
        unsafe { pcvalue::find_run(self.md.pctab.ptr.add(off as usize), unit) }
    }

    /// The value for `pc` of the table at offset `off`: -1 when there is no
    /// table, `None` when the table does not reach `pc`.
    #[inline(never)]
    fn value_at(self, off: u32, pc: usize) -> Option<i32> {
        if off == 0 {
            return Some(-1);
        }
        Some(self.run_at(off, pc)?.value)
    }

    /// How far the stack pointer at `pc` is below where it was at the entry.
    pub fn sp_delta(self, pc: usize) -> Option<i32> {
        self.value_at(self.record().pcsp, pc)
    }

    /// The largest [`sp_delta`](Self::sp_delta) in the function.
    pub fn max_sp_delta(self) -> i32 {
        let off = self.record().pcsp;
        if off == 0 {
            return 0;
        }
        // SAFETY: a non-zero offset of the linker's is at a whole table.
        let runs = unsafe { Runs::new(self.md.pctab.ptr.add(off as usize)) };
        runs.map(|r| r.value).fold(0, i32::max)
    }

    #[inline(always)]
    fn pcdata_offset(self, table: PcData) -> u32 {
        if table.0 >= self.record().npcdata {
            return 0;
        }
        // SAFETY: npcdata offsets follow the record.
        unsafe { *self.raw.as_ptr().add(1).cast::<u32>().add(table.0 as usize) }
    }

    /// The value of `table` for `pc`: -1 when the function has no such table,
    /// `None` when the table does not reach `pc`.
    #[inline]
    pub fn pcdata(self, table: PcData, pc: usize) -> Option<i32> {
        self.value_at(self.pcdata_offset(table), pc)
    }

    /// As [`pcdata`](Self::pcdata), with the first pc that has the value (0 when
    /// the function has no such table).
    pub fn pcdata_from(self, table: PcData, pc: usize) -> Option<(i32, usize)> {
        let off = self.pcdata_offset(table);
        if off == 0 {
            return Some((-1, 0));
        }
        let run = self.run_at(off, pc)?;
        Some((run.value, self.entry() + (run.from << self.unit_shift())))
    }

    /// The function's read-only data of kind `which`.
    #[inline]
    pub fn funcdata(self, which: FuncData) -> Option<NonNull<u8>> {
        let r = self.record();
        if which.0 >= r.nfuncdata {
            return None;
        }
        // SAFETY: npcdata, then nfuncdata offsets follow the record.
        let off = unsafe { *self.raw.as_ptr().add(1).cast::<u32>().add(r.npcdata as usize + which.0 as usize) };
        if off == u32::MAX {
            return None;
        }
        NonNull::new(core::ptr::with_exposed_provenance_mut(self.md.gofunc + off as usize))
    }

    /// The name of file number `n` of the function's compilation unit.
    fn file(self, n: i32) -> &'m [u8] {
        let i = self.record().cu_offset.wrapping_add(n as u32) as usize;
        // SAFETY: the linker's slice.
        let cutab = unsafe { self.md.cutab.as_slice() };
        match cutab.get(i) {
            None | Some(&u32::MAX) => b"?",
            // SAFETY: an offset of the linker's names a string.
            Some(&off) => unsafe { c_str(self.md.filetab.ptr.add(off as usize)) },
        }
    }

    /// File and line of the instruction at `pc`; `?` and 0 when not known.
    pub fn file_line(self, pc: usize) -> (&'m [u8], i32) {
        let r = self.record();
        let file = self.value_at(r.pcfile, pc).unwrap_or(-1);
        let line = self.value_at(r.pcln, pc).unwrap_or(-1);
        if file == -1 || line == -1 || file as usize >= self.md.filetab.len {
            return (b"?", 0);
        }
        (self.file(file), line)
    }

    /// The import path of its package.
    pub fn package(self) -> &'m [u8] {
        let name = self.name();
        // The type arguments of a generic function may hold slashes and dots.
        let end = name.iter().position(|&b| b == b'[').unwrap_or(name.len());
        let slash = name[..end].iter().rposition(|&b| b == b'/').unwrap_or(0);
        let dot = name[slash..].iter().position(|&b| b == b'.').map_or(name.len(), |d| slash + d);
        &name[..dot]
    }
}
