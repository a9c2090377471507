//! Tables in a program's file: an ELF file is made of what the encoder makes, with the addresses of a program, and read back.

use super::image::{Fun, Image};
use goxide_symtab::file::{File, FileError};
use goxide_symtab::ids::*;
use goxide_symtab::inline::LogicalFrames;
use goxide_symtab::moduledata::*;
use goxide_symtab::*;
use std::mem::{offset_of, size_of};

const RODATA: usize = 0x50_0000;
const PCLNTAB: usize = 0x60_0000;
const DATA: usize = 0x70_0000;

/// Bytes of a file that begin at a multiple of 16.
struct Aligned(Vec<u128>, usize);

impl Aligned {
    fn of(bytes: &[u8]) -> Aligned {
        let words = bytes.chunks(16).map(|c| {
            let mut w = [0; 16];
            w[..c.len()].copy_from_slice(c);
            u128::from_ne_bytes(w)
        });
        Aligned(words.collect(), bytes.len())
    }

    fn bytes(&self) -> &[u8] {
        // SAFETY: plain bytes, at least so many.
        unsafe { std::slice::from_raw_parts(self.0.as_ptr().cast(), self.1) }
    }
}

fn raw<T>(s: RawSlice<T>) -> &'static [u8] {
    // SAFETY: the encoder's tables are never freed.
    unsafe { std::slice::from_raw_parts(s.ptr.cast(), s.len * size_of::<T>()) }
}

/// A root record in words.
struct Record([u8; size_of::<ModuleData>()]);

impl Record {
    fn set(&mut self, at: usize, v: usize) {
        self.0[at..at + 8].copy_from_slice(&(v as u64).to_le_bytes());
    }

    fn slice(&mut self, at: usize, addr: usize, len: usize) {
        self.set(at, addr);
        self.set(at + 8, len);
        self.set(at + 16, len);
    }
}

/// The file of a program with these tables.
fn elf(im: &Image) -> Vec<u8> {
    let m = im.module();
    let mut rodata = vec![0u8; 32];
    let mut put = |bytes: &[u8]| {
        rodata.resize(rodata.len().next_multiple_of(16), 0);
        let at = RODATA + rodata.len();
        rodata.extend(bytes);
        at
    };
    let mut r = Record([0; size_of::<ModuleData>()]);
    r.slice(offset_of!(ModuleData, cutab), put(raw(m.cutab)), m.cutab.len);
    r.slice(offset_of!(ModuleData, filetab), put(raw(m.filetab)), m.filetab.len);
    r.slice(offset_of!(ModuleData, pctab), put(raw(m.pctab)), m.pctab.len);
    r.slice(offset_of!(ModuleData, pclntable), put(raw(m.pclntable)), m.pclntable.len);
    r.slice(offset_of!(ModuleData, ftab), put(raw(m.ftab)), m.ftab.len);
    let text = m.maxpc - m.minpc;
    // SAFETY: the encoder's buckets. The linker ends the last one where text ends, and so does this, with the section.
    let buckets = unsafe {
        let n = (text - 1) / 4096 * size_of::<FindBucket>() + 4 + (text - 1) % 4096 / 256 + 1;
        std::slice::from_raw_parts(m.findfunctab.cast::<u8>(), n)
    };
    let gofunc: Vec<u8> = im.funs.iter().flat_map(|f| &f.funcdata).flatten().fold(Vec::new(), |mut all, d| {
        all.resize(all.len().next_multiple_of(8), 0);
        all.extend(d);
        all
    });
    let gofunc = put(&gofunc);
    r.set(offset_of!(ModuleData, gofunc), gofunc);
    r.set(offset_of!(ModuleData, rodata), RODATA);
    r.set(offset_of!(ModuleData, findfunctab), put(buckets));
    let mut pclntab = header(im, m.text);
    r.set(0, PCLNTAB);
    r.slice(offset_of!(ModuleData, funcnametab), PCLNTAB + pclntab.len(), m.funcnametab.len);
    pclntab.extend(raw(m.funcnametab));
    for (at, v) in [
        (offset_of!(ModuleData, text), m.text),
        (offset_of!(ModuleData, etext), m.etext),
        (offset_of!(ModuleData, minpc), m.minpc),
        (offset_of!(ModuleData, maxpc), m.maxpc),
    ] {
        r.set(at, v);
    }
    // Something that is not the record comes first.
    let mut data = (PCLNTAB as u64).to_le_bytes().repeat(80);
    data.extend(r.0);
    file(&rodata, &pclntab, &data)
}

/// The bytes of the tables' header.
fn header(im: &Image, text: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend(PcHeader::MAGIC.to_le_bytes());
    bytes.extend([0, 0, im.unit as u8, 8]);
    for word in [im.funs.len(), im.files.len(), text, size_of::<PcHeader>(), 0, 0, 0, 0] {
        bytes.extend((word as u64).to_le_bytes());
    }
    bytes
}

/// A file of the format with these sections.
fn file(rodata: &[u8], pclntab: &[u8], data: &[u8]) -> Vec<u8> {
    let names = b"\0.rodata\0.gopclntab\0.noptrdata\0.shstrtab\0";
    let sections: [(usize, u64, usize, &[u8]); 4] =
        [(1, 2, RODATA, rodata), (9, 2, PCLNTAB, pclntab), (20, 3, DATA, data), (31, 0, 0, names)];
    let mut file = vec![0u8; 64];
    let mut headers = vec![0u8; 64];
    for (name, flags, addr, bytes) in sections {
        file.resize(file.len().next_multiple_of(16), 0);
        let mut h = [0u8; 64];
        h[..4].copy_from_slice(&(name as u32).to_le_bytes());
        h[4] = 1;
        for (at, v) in [(8, flags), (16, addr as u64), (24, file.len() as u64), (32, bytes.len() as u64)] {
            h[at..at + 8].copy_from_slice(&v.to_le_bytes());
        }
        headers.extend(h);
        file.extend(bytes);
    }
    let at = file.len();
    file.extend(headers);
    file[..6].copy_from_slice(b"\x7fELF\x02\x01");
    file[40..48].copy_from_slice(&(at as u64).to_le_bytes());
    file[60] = 5;
    file[62] = 4;
    file
}

fn program() -> Image {
    let mut im = Image::of::<Native>();
    let inlined = im.name("main.inlined");
    im.push(Fun::new("runtime.goexit", 0x40).flag(FuncFlag::TOP_FRAME));
    im.push(Fun::new("main.big", 0x2340).lines(vec![(7, 0x100), (9, 0x2340)]));
    im.push(
        Fun::new("main.main", 0x80)
            .lines(vec![(20, 0x40), (30, 0x80)])
            .inline_tree(&[(0, inlined, 0x10, 3)], vec![(-1, 0x40), (0, 0x80)]),
    );
    im
}

/// Every pc of the program is in the file what it is in the program.
#[test]
fn a_file_says_what_the_program_says() {
    let im = program();
    let bytes = Aligned::of(&elf(&im));
    let file = File::parse(bytes.bytes()).unwrap();
    // SAFETY: the encoder's tables.
    let tables = unsafe { file.symtab() };
    assert_eq!(tables.verify(), Ok(()));
    let running = im.symtab();
    for pc in im.text - 1..=im.entry(3) {
        let (f, r) = (tables.find_func(pc), running.find_func(pc));
        assert_eq!(f.map(|f| (f.entry(), f.name())), r.map(|f| (f.entry(), f.name())), "{pc:#x}");
        let (Some(f), Some(r)) = (f, r) else { continue };
        let frames = |f| LogicalFrames::new(f, pc).map(|l| (l.name(), l.file_line())).collect::<Vec<_>>();
        assert_eq!(frames(f), frames(r), "{pc:#x}");
    }
    let inner = LogicalFrames::new(tables.find_func(im.entry(2) + 0x50).unwrap(), im.entry(2) + 0x50);
    assert_eq!(inner.map(|l| l.name()).collect::<Vec<_>>(), [&b"main.inlined"[..], b"main.main"]);
}

/// Whatever is cut off, the answer is an error or tables that lie inside.
#[test]
fn cut_files_are_refused() {
    let whole = elf(&program());
    assert_eq!(File::parse(&[]).err(), Some(FileError::NotElf));
    for n in (0..whole.len()).step_by(7) {
        let bytes = Aligned::of(&whole[..n]);
        assert!(File::parse(bytes.bytes()).is_err(), "{n}");
    }
    let no_table = whole.iter().map(|&b| if b == b'g' { b'G' } else { b }).collect::<Vec<_>>();
    assert_eq!(File::parse(Aligned::of(&no_table).bytes()).err(), Some(FileError::NotGo));
    let mut no_record = whole.clone();
    let record = whole.len() - 5 * 64 - 16 - 41 - size_of::<ModuleData>();
    no_record[record & !15..].iter_mut().take(size_of::<ModuleData>()).for_each(|b| *b = 0);
    assert_eq!(File::parse(Aligned::of(&no_record).bytes()).err(), Some(FileError::NoRecord));
}
