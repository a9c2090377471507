//! The linker's root record: where each table and each section of a module is.
//! The layout only; [`super::functab`] does the looking up.
//!
//! Offsets are those of Go 1.21's `runtime.moduledata` with 8-byte words, and
//! asserted below: the linker writes the record, so a shift would not be seen
//! until something crashes.

use core::mem::{offset_of, size_of};

/// A Go slice, as the linker writes it.
#[repr(C)]
#[derive(Debug)]
pub struct RawSlice<T> {
    /// First element.
    pub ptr: *const T,
    /// Number of elements.
    pub len: usize,
    /// Number of elements that fit.
    pub cap: usize,
}

impl<T> Clone for RawSlice<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for RawSlice<T> {}

impl<T> RawSlice<T> {
    /// An empty one.
    pub const EMPTY: Self = Self { ptr: core::ptr::null(), len: 0, cap: 0 };

    /// Its elements.
    ///
    /// # Safety
    /// `ptr` holds `len` elements that nothing writes during `'a`, or `len` is 0.
    #[inline]
    pub unsafe fn as_slice<'a>(self) -> &'a [T] {
        if self.len == 0 {
            return &[];
        }
        // SAFETY: `len` is not 0, so `ptr` holds `len` elements that nothing writes during `'a` (this function's contract).
        unsafe { core::slice::from_raw_parts(self.ptr, self.len) }
    }
}

/// A Go string, as the linker writes it.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct RawStr {
    /// First byte.
    pub ptr: *const u8,
    /// Number of bytes.
    pub len: usize,
}

/// The layout shared by the runtime's and reflect's bit vectors.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct RawBitVector {
    /// Number of bits.
    pub n: i32,
    /// The bits, lowest first.
    pub data: *const u8,
}

/// Header of the pc/line table.
#[repr(C)]
#[derive(Debug)]
pub struct PcHeader {
    /// [`PcHeader::MAGIC`].
    pub magic: u32,
    /// Zero.
    pub pad: [u8; 2],
    /// Smallest instruction: the unit of pc deltas.
    pub min_lc: u8,
    /// 8.
    pub ptr_size: u8,
    /// Functions in the module.
    pub nfunc: usize,
    /// Files in the file table.
    pub nfiles: usize,
    /// Base of function entries.
    pub text_start: usize,
    /// Offsets of the tables from this header.
    pub funcname_offset: usize,
    /// As above.
    pub cu_offset: usize,
    /// As above.
    pub filetab_offset: usize,
    /// As above.
    pub pctab_offset: usize,
    /// As above.
    pub pcln_offset: usize,
}

impl PcHeader {
    /// Marks the table's format since Go 1.20.
    pub const MAGIC: u32 = 0xffff_fff1;
}

/// An entry of the function table: where a function begins.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct FuncTabEntry {
    /// Its first pc, from the start of text.
    pub entry_off: u32,
    /// Its record, from the start of the table.
    pub func_off: u32,
}

/// 4096 bytes of text in the table that finds functions.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct FindBucket {
    /// Index of the first function of the bucket.
    pub idx: u32,
    /// For each 256 bytes, how many functions to skip from there.
    pub sub: [u8; 16],
}

/// A text section, when there is more than one.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct TextSect {
    /// Its start as an offset, before relocation.
    pub vaddr: usize,
    /// Its end as such an offset.
    pub end: usize,
    /// Its address.
    pub base: usize,
}

/// Go's `runtime.moduledata`.
#[repr(C)]
#[derive(Debug)]
#[allow(missing_docs, reason = "the linker's own names")]
pub struct ModuleData {
    pub pc_header: *const PcHeader,
    pub funcnametab: RawSlice<u8>,
    pub cutab: RawSlice<u32>,
    pub filetab: RawSlice<u8>,
    pub pctab: RawSlice<u8>,
    pub pclntable: RawSlice<u8>,
    pub ftab: RawSlice<FuncTabEntry>,
    pub findfunctab: *const FindBucket,
    pub minpc: usize,
    pub maxpc: usize,
    pub text: usize,
    pub etext: usize,
    pub noptrdata: usize,
    pub enoptrdata: usize,
    pub data: usize,
    pub edata: usize,
    pub bss: usize,
    pub ebss: usize,
    pub noptrbss: usize,
    pub enoptrbss: usize,
    pub covctrs: usize,
    pub ecovctrs: usize,
    pub end: usize,
    pub gcdata: *const u8,
    pub gcbss: *const u8,
    pub types: usize,
    pub etypes: usize,
    pub rodata: usize,
    pub gofunc: usize,
    pub textsectmap: RawSlice<TextSect>,
    pub typelinks: RawSlice<i32>,
    pub itablinks: RawSlice<*const u8>,
    pub ptab: RawSlice<[u32; 2]>,
    pub pluginpath: RawStr,
    pub pkghashes: RawSlice<[usize; 5]>,
    pub inittasks: RawSlice<*mut u8>,
    pub modulename: RawStr,
    pub modulehashes: RawSlice<[usize; 5]>,
    pub hasmain: u8,
    pub gcdatamask: RawBitVector,
    pub gcbssmask: RawBitVector,
    pub typemap: *const u8,
    pub bad: bool,
    pub next: *const ModuleData,
}

// SAFETY: the linker's record and all it points to are written before any
// thread reads them, and not afterwards.
unsafe impl Sync for ModuleData {}

const _: () = {
    assert!(size_of::<PcHeader>() == 72);
    assert!(offset_of!(PcHeader, min_lc) == 6);
    assert!(offset_of!(PcHeader, nfunc) == 8);
    assert!(offset_of!(PcHeader, text_start) == 24);
    assert!(offset_of!(PcHeader, pcln_offset) == 64);
    assert!(size_of::<FindBucket>() == 20);
    assert!(size_of::<FuncTabEntry>() == 8);
    assert!(size_of::<TextSect>() == 24);
    assert!(size_of::<RawBitVector>() == 16);

    assert!(offset_of!(ModuleData, pc_header) == 0);
    assert!(offset_of!(ModuleData, funcnametab) == 8);
    assert!(offset_of!(ModuleData, cutab) == 32);
    assert!(offset_of!(ModuleData, filetab) == 56);
    assert!(offset_of!(ModuleData, pctab) == 80);
    assert!(offset_of!(ModuleData, pclntable) == 104);
    assert!(offset_of!(ModuleData, ftab) == 128);
    assert!(offset_of!(ModuleData, findfunctab) == 152);
    assert!(offset_of!(ModuleData, minpc) == 160);
    assert!(offset_of!(ModuleData, maxpc) == 168);
    assert!(offset_of!(ModuleData, text) == 176);
    assert!(offset_of!(ModuleData, etext) == 184);
    assert!(offset_of!(ModuleData, noptrdata) == 192);
    assert!(offset_of!(ModuleData, enoptrdata) == 200);
    assert!(offset_of!(ModuleData, data) == 208);
    assert!(offset_of!(ModuleData, edata) == 216);
    assert!(offset_of!(ModuleData, bss) == 224);
    assert!(offset_of!(ModuleData, ebss) == 232);
    assert!(offset_of!(ModuleData, noptrbss) == 240);
    assert!(offset_of!(ModuleData, enoptrbss) == 248);
    assert!(offset_of!(ModuleData, covctrs) == 256);
    assert!(offset_of!(ModuleData, ecovctrs) == 264);
    assert!(offset_of!(ModuleData, end) == 272);
    assert!(offset_of!(ModuleData, gcdata) == 280);
    assert!(offset_of!(ModuleData, gcbss) == 288);
    assert!(offset_of!(ModuleData, types) == 296);
    assert!(offset_of!(ModuleData, etypes) == 304);
    assert!(offset_of!(ModuleData, rodata) == 312);
    assert!(offset_of!(ModuleData, gofunc) == 320);
    assert!(offset_of!(ModuleData, textsectmap) == 328);
    assert!(offset_of!(ModuleData, typelinks) == 352);
    assert!(offset_of!(ModuleData, itablinks) == 376);
    assert!(offset_of!(ModuleData, ptab) == 400);
    assert!(offset_of!(ModuleData, pluginpath) == 424);
    assert!(offset_of!(ModuleData, pkghashes) == 440);
    assert!(offset_of!(ModuleData, inittasks) == 464);
    assert!(offset_of!(ModuleData, modulename) == 488);
    assert!(offset_of!(ModuleData, modulehashes) == 504);
    assert!(offset_of!(ModuleData, hasmain) == 528);
    assert!(offset_of!(ModuleData, gcdatamask) == 536);
    assert!(offset_of!(ModuleData, gcbssmask) == 552);
    assert!(offset_of!(ModuleData, typemap) == 568);
    assert!(offset_of!(ModuleData, bad) == 576);
    assert!(offset_of!(ModuleData, next) == 584);
    assert!(size_of::<ModuleData>() == 592);
};

impl ModuleData {
    /// A record with nothing in it, to be filled field by field (tests, tools).
    pub const EMPTY: Self = Self {
        pc_header: core::ptr::null(),
        funcnametab: RawSlice::EMPTY,
        cutab: RawSlice::EMPTY,
        filetab: RawSlice::EMPTY,
        pctab: RawSlice::EMPTY,
        pclntable: RawSlice::EMPTY,
        ftab: RawSlice::EMPTY,
        findfunctab: core::ptr::null(),
        minpc: 0,
        maxpc: 0,
        text: 0,
        etext: 0,
        noptrdata: 0,
        enoptrdata: 0,
        data: 0,
        edata: 0,
        bss: 0,
        ebss: 0,
        noptrbss: 0,
        enoptrbss: 0,
        covctrs: 0,
        ecovctrs: 0,
        end: 0,
        gcdata: core::ptr::null(),
        gcbss: core::ptr::null(),
        types: 0,
        etypes: 0,
        rodata: 0,
        gofunc: 0,
        textsectmap: RawSlice::EMPTY,
        typelinks: RawSlice::EMPTY,
        itablinks: RawSlice::EMPTY,
        ptab: RawSlice::EMPTY,
        pluginpath: RawStr { ptr: core::ptr::null(), len: 0 },
        pkghashes: RawSlice::EMPTY,
        inittasks: RawSlice::EMPTY,
        modulename: RawStr { ptr: core::ptr::null(), len: 0 },
        modulehashes: RawSlice::EMPTY,
        hasmain: 0,
        gcdatamask: RawBitVector { n: 0, data: core::ptr::null() },
        gcbssmask: RawBitVector { n: 0, data: core::ptr::null() },
        typemap: core::ptr::null(),
        bad: false,
        next: core::ptr::null(),
    };

    /// Whether `addr` lies in the module's data or bss, with or without pointers.
    #[inline]
    pub const fn holds_data(&self, addr: usize) -> bool {
        (self.noptrdata <= addr && addr < self.enoptrdata)
            || (self.data <= addr && addr < self.edata)
            || (self.bss <= addr && addr < self.ebss)
            || (self.noptrbss <= addr && addr < self.enoptrbss)
    }

    /// The address of text offset `off`. Offsets count as if all text sections
    /// followed each other.
    #[inline]
    pub(super) fn text_addr(&self, off: u32) -> usize {
        if self.textsectmap.len > 1 {
            return self.text_addr_split(off as usize);
        }
        self.text + off as usize
    }

    /// The reverse of [`text_addr`](Self::text_addr); `None` when `pc` is in no
    /// text section.
    #[inline]
    pub(super) fn text_off(&self, pc: usize) -> Option<u32> {
        if self.textsectmap.len > 1 {
            return self.text_off_split(pc);
        }
        Some(pc.wrapping_sub(self.text) as u32)
    }

    #[cold]
    fn text_addr_split(&self, off: usize) -> usize {
        // SAFETY: the linker's slice; nothing writes it (see `Sync` above).
        let sects = unsafe { self.textsectmap.as_slice() };
        for (i, s) in sects.iter().enumerate() {
            // The end of the last section is the end of text: it is in the table.
            let last = i + 1 == sects.len() && off == s.end;
            if (s.vaddr <= off && off < s.end) || last {
                return s.base + (off - s.vaddr);
            }
        }
        self.text + off
    }

    #[cold]
    fn text_off_split(&self, pc: usize) -> Option<u32> {
        // SAFETY: the linker's slice; nothing writes it (see `Sync` above).
        let sects = unsafe { self.textsectmap.as_slice() };
        for (i, s) in sects.iter().enumerate() {
            if pc < s.base {
                return None;
            }
            let mut end = s.base + (s.end - s.vaddr);
            if i + 1 == sects.len() {
                end += 1;
            }
            if pc < end {
                return Some((pc - s.base + s.vaddr) as u32);
            }
        }
        None
    }
}
