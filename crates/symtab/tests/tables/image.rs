//! Makes what the Go linker makes: the tables of a module, from a description
//! of its functions; and stacks that those functions could have left.
//!
//! This is the encoder that the decoders of `symtab` are held against. Its
//! memory is never freed: the tables are those of a program.
#![allow(dead_code, reason = "tests and benches each use a part")]

use goxide_symtab::ids::*;
use goxide_symtab::moduledata::*;
use goxide_symtab::*;

/// A pc table: a value, and the byte offset at which it ceases to hold.
pub type Table = Vec<(i32, usize)>;

/// A function to be.
#[derive(Clone, Default, Debug)]
pub struct Fun {
    pub name: String,
    pub size: usize,
    pub args: i32,
    pub deferreturn: u32,
    pub sp: Option<Table>,
    pub file: Option<Table>,
    pub line: Option<Table>,
    pub pcdata: Vec<Option<Table>>,
    pub funcdata: Vec<Option<Vec<u8>>>,
    pub start_line: i32,
    pub id: u8,
    pub flag: u8,
}

impl Fun {
    /// A function without a frame, at line 1 of file 0.
    pub fn new(name: &str, size: usize) -> Self {
        Self {
            name: name.into(),
            size,
            sp: Some(vec![(0, size)]),
            file: Some(vec![(0, size)]),
            line: Some(vec![(1, size)]),
            start_line: 1,
            ..Self::default()
        }
    }

    /// Gives it a frame of `bytes` from byte 16 on.
    pub fn frame(mut self, bytes: usize) -> Self {
        if bytes > 0 {
            self.sp = Some(vec![(0, 16), (bytes as i32, self.size)]);
        }
        self
    }

    pub fn lines(mut self, lines: Table) -> Self {
        self.line = Some(lines);
        self
    }

    pub fn id(mut self, id: FuncId) -> Self {
        self.id = id.0;
        self
    }

    pub fn flag(mut self, flag: FuncFlag) -> Self {
        self.flag |= flag.0;
        self
    }

    pub fn pcdata(mut self, which: PcData, table: Table) -> Self {
        let i = which.0 as usize;
        self.pcdata.resize(self.pcdata.len().max(i + 1), None);
        self.pcdata[i] = Some(table);
        self
    }

    pub fn funcdata(mut self, which: FuncData, data: Vec<u8>) -> Self {
        let i = usize::from(which.0);
        self.funcdata.resize(self.funcdata.len().max(i + 1), None);
        self.funcdata[i] = Some(data);
        self
    }

    /// Pointer maps for locals or arguments, one for each index.
    pub fn maps(self, which: FuncData, maps: &[Vec<bool>]) -> Self {
        let nbit = maps.first().map_or(0, Vec::len);
        let mut d = Vec::new();
        d.extend((maps.len() as i32).to_le_bytes());
        d.extend((nbit as i32).to_le_bytes());
        for m in maps {
            d.extend(pack(m));
        }
        self.funcdata(which, d)
    }

    /// An inline tree: function id, name offset, parent pc, start line.
    pub fn inline_tree(self, calls: &[(u8, i32, i32, i32)], table: Table) -> Self {
        let mut d = Vec::new();
        for &(id, name, parent, line) in calls {
            d.extend([id, 0, 0, 0]);
            for v in [name, parent, line] {
                d.extend(v.to_le_bytes());
            }
        }
        self.funcdata(FuncData::INL_TREE, d).pcdata(PcData::INL_TREE_INDEX, table)
    }
}

/// Bits to bytes, lowest first.
pub fn pack(bits: &[bool]) -> Vec<u8> {
    let mut out = vec![0u8; bits.len().div_ceil(8)];
    for (i, _) in bits.iter().enumerate().filter(|(_, b)| **b) {
        out[i / 8] |= 1 << (i % 8);
    }
    out
}

fn varint(out: &mut Vec<u8>, mut v: u32) {
    while v >= 0x80 {
        out.push(v as u8 | 0x80);
        v >>= 7;
    }
    out.push(v as u8);
}

/// A pc table in the linker's encoding.
pub fn encode(table: &[(i32, usize)], unit: usize) -> Vec<u8> {
    let (mut out, mut value, mut at) = (Vec::new(), -1i32, 0usize);
    for (i, &(v, end)) in table.iter().enumerate() {
        let delta = v.wrapping_sub(value);
        assert!(i == 0 || delta != 0, "neighbouring runs differ");
        varint(&mut out, ((delta << 1) ^ (delta >> 31)) as u32);
        varint(&mut out, ((end - at) / unit) as u32);
        (value, at) = (v, end);
    }
    out.push(0);
    out
}

fn leak<T>(v: Vec<T>) -> RawSlice<T> {
    let s = v.leak();
    RawSlice { ptr: s.as_ptr(), len: s.len(), cap: s.len() }
}

/// A module to be.
pub struct Image {
    pub text: usize,
    pub unit: usize,
    pub funs: Vec<Fun>,
    pub files: Vec<String>,
    pub next: Option<&'static ModuleData>,
    /// More names, for inlined functions.
    pub names: Vec<String>,
}

impl Image {
    /// For a machine whose instructions are multiples of `unit` bytes.
    pub fn new(unit: usize) -> Self {
        let files = vec!["/src/a.go".into(), "/src/b.go".into()];
        Self { text: 0x40_1000, unit, funs: Vec::new(), files, next: None, names: Vec::new() }
    }

    /// For the machine of `A`.
    pub fn of<A: Arch>() -> Self {
        Self::new(if A::USES_LR { 4 } else { 1 })
    }

    pub fn push(&mut self, f: Fun) -> usize {
        self.funs.push(f);
        self.funs.len() - 1
    }

    /// The offset that the name will have; for inlined functions.
    pub fn name(&mut self, name: &str) -> i32 {
        let off = 1 + self.names.iter().map(|n| n.len() + 1).sum::<usize>();
        self.names.push(name.into());
        off as i32
    }

    /// Entry of function `i`.
    pub fn entry(&self, i: usize) -> usize {
        self.text + self.funs[..i].iter().map(|f| f.size).sum::<usize>()
    }

    fn header(&self) -> PcHeader {
        PcHeader {
            magic: PcHeader::MAGIC,
            pad: [0; 2],
            min_lc: self.unit as u8,
            ptr_size: 8,
            nfunc: self.funs.len(),
            nfiles: self.files.len(),
            text_start: self.text,
            funcname_offset: 0,
            cu_offset: 0,
            filetab_offset: 0,
            pctab_offset: 0,
            pcln_offset: 0,
        }
    }

    /// The files' names, and where each begins.
    fn file_tables(&self) -> (Vec<u32>, Vec<u8>) {
        let (mut cutab, mut filetab) = (Vec::new(), Vec::new());
        for f in &self.files {
            cutab.push(filetab.len() as u32);
            filetab.extend(f.bytes().chain([0]));
        }
        (cutab, filetab)
    }

    /// The tables as the linker writes them; they are never freed.
    pub fn module(&self) -> &'static mut ModuleData {
        let mut names = vec![0u8];
        names.extend(self.names.iter().flat_map(|n| n.bytes().chain([0])));
        let (cutab, filetab) = self.file_tables();
        let (mut pctab, mut gofunc) = (vec![0u8], Vec::<u8>::new());
        let (mut ftab, mut records) = (Vec::new(), Vec::<u32>::new());
        let mut table = |t: &Option<Table>| match t {
            None => 0,
            Some(t) => {
                let off = pctab.len() as u32;
                pctab.extend(encode(t, self.unit));
                off
            }
        };
        let mut at = 0usize;
        for f in &self.funs {
            assert!(f.size % self.unit == 0);
            ftab.push(FuncTabEntry { entry_off: at as u32, func_off: records.len() as u32 * 4 });
            records.extend([at as u32, names.len() as u32, f.args as u32, f.deferreturn]);
            records.extend([table(&f.sp), table(&f.file), table(&f.line)]);
            records.extend([f.pcdata.len() as u32, 0, f.start_line as u32]);
            records.push(u32::from_le_bytes([f.id, f.flag, 0, f.funcdata.len() as u8]));
            for t in &f.pcdata {
                records.push(table(t));
            }
            for d in &f.funcdata {
                records.push(d.as_ref().map_or(u32::MAX, |d| {
                    gofunc.resize(gofunc.len().next_multiple_of(8), 0);
                    let off = gofunc.len() as u32;
                    gofunc.extend(d);
                    off
                }));
            }
            names.extend(f.name.bytes().chain([0]));
            at += f.size;
        }
        ftab.push(FuncTabEntry { entry_off: at as u32, func_off: 0 });

        let buckets = buckets(&ftab, at);
        let records = leak(records);
        let words = words(gofunc);
        Box::leak(Box::new(ModuleData {
            pc_header: Box::leak(Box::new(self.header())),
            funcnametab: leak(names),
            cutab: leak(cutab),
            filetab: leak(filetab),
            pctab: leak(pctab),
            pclntable: RawSlice { ptr: records.ptr.cast(), len: records.len * 4, cap: records.len * 4 },
            ftab: leak(ftab),
            findfunctab: buckets.leak().as_ptr(),
            minpc: self.text,
            maxpc: self.text + at,
            text: self.text,
            etext: self.text + at,
            // So that a stack object's offset counts from the same place.
            rodata: words.as_ptr().expose_provenance(),
            gofunc: words.as_ptr().expose_provenance(),
            next: self.next.map_or(core::ptr::null(), |m| m),
            ..ModuleData::EMPTY
        }))
    }

    pub fn symtab(&self) -> Symtab<'static> {
        // SAFETY: the module is one as the linker writes, and lives forever.
        unsafe { Symtab::new(self.module()) }
    }
}

/// A stack, built from its outermost frame inwards.
pub struct Stack<A> {
    pub words: Vec<usize>,
    /// Index of the word that the stack pointer is at.
    at: usize,
    /// What the link register holds (on machines that have it).
    lr: usize,
    /// The frame pointer.
    bp: usize,
    _arch: std::marker::PhantomData<A>,
}

impl<A: Arch> Stack<A> {
    /// With room for `words` words, and a return address into the outermost
    /// function.
    pub fn new(words: usize, outermost: usize) -> Self {
        let at = words - 4;
        let mut s = Self { words: vec![0; words], at, lr: 0, bp: 0, _arch: std::marker::PhantomData };
        s.call(outermost);
        s
    }

    pub fn addr_of(&self, i: usize) -> usize {
        self.words.as_ptr().expose_provenance() + i * 8
    }

    pub fn limits(&self) -> Limits {
        Limits { lo: self.addr_of(0), hi: self.addr_of(self.words.len()) }
    }

    /// The function at the top makes a call that returns to `pc`.
    pub fn call(&mut self, pc: usize) {
        if A::USES_LR {
            self.lr = pc;
        } else {
            self.at -= 1;
            self.words[self.at] = pc;
        }
    }

    /// The function just called makes a frame of `bytes`.
    pub fn frame(&mut self, bytes: usize) {
        if bytes == 0 {
            return;
        }
        let old = self.at;
        self.at -= bytes / 8;
        if A::USES_LR {
            self.words[self.at] = self.lr;
            self.lr = 0;
            self.words[self.at - 1] = self.bp;
            self.bp = self.addr_of(self.at - 1);
        } else {
            self.words[old - 1] = self.bp;
            self.bp = self.addr_of(old - 1);
        }
    }

    /// A signal handler makes the interrupted function, at `pc`, call
    /// something.
    pub fn inject(&mut self, pc: usize) {
        if A::USES_LR {
            self.at -= 2;
            self.words[self.at] = self.lr;
        }
        self.call(pc);
    }

    pub fn sp(&self) -> usize {
        self.addr_of(self.at)
    }

    /// Index of the word at the stack pointer.
    pub fn sp_index(&self) -> usize {
        self.at
    }

    /// Its context, with the function at the top at `pc`.
    pub fn start(&self, pc: usize) -> Start {
        Start::saved(pc, self.sp(), if A::USES_LR { self.lr } else { 0 })
    }
}

/// The bytes as words, so that records within are aligned as the compiler's are.
fn words(mut bytes: Vec<u8>) -> &'static [u64] {
    bytes.resize(bytes.len().next_multiple_of(8).max(8), 0);
    bytes.chunks(8).map(|c| u64::from_le_bytes(c.try_into().unwrap())).collect::<Vec<_>>().leak()
}

/// For each piece of so much text, the function there, by the linker's rule: the first one that reaches into it.
fn buckets(ftab: &[FuncTabEntry], text: usize) -> Vec<FindBucket> {
    let reaches = |x: usize| ftab.iter().rposition(|e| e.entry_off as usize <= x).unwrap();
    let bucket = |b: usize| {
        let idx = reaches(b);
        let mut sub = [0u8; 16];
        for (x, s) in (b..text).step_by(256).zip(&mut sub) {
            *s = (reaches(x) - idx) as u8;
        }
        FindBucket { idx: idx as u32, sub }
    };
    (0..text).step_by(4096).map(bucket).collect()
}
