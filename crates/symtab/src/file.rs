//! The tables of a program that is not running: where they lie in its file.
//!
//! The linker's root record holds addresses of the running program. Here it is found in the file (no symbol table is needed, so
//! stripped programs do) and rewritten to point into the file's bytes, upon which everything that asks tables alone works
//! as in the program itself: functions, lines, inlining. Addresses of code stay what they are.
//!
//! Not here: position-independent programs, whose root record is empty until they are loaded.

use core::marker::PhantomData;
use core::mem::{offset_of, size_of};

use super::functab::Symtab;
use super::moduledata::{FindBucket, ModuleData, PcHeader, RawSlice};
use super::native::{Image, Section, field};

/// Why a file's tables cannot be had.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum FileError {
    /// It is no 64-bit little-endian ELF file with section headers.
    NotElf,
    /// It has no function table of Go's, or one of a version before Go 1.20.
    NotGo,
    /// Nothing in its data is the root record: the program is position-independent, or not Go 1.21's.
    NoRecord,
    /// A table lies outside of the file, or the file's bytes are not aligned to 16.
    BadTable,
}

impl core::fmt::Display for FileError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            FileError::NotElf => "not a 64-bit ELF file",
            FileError::NotGo => "no function table of Go 1.20 or later",
            FileError::NoRecord => "no root record of Go 1.21 (a position-independent program has none in its file)",
            FileError::BadTable => "a table lies outside of the file",
        })
    }
}

impl core::error::Error for FileError {}

/// A program's file.
#[derive(Debug)]
pub struct File<'a> {
    module: ModuleData,
    bytes: PhantomData<&'a [u8]>,
}

impl<'a> File<'a> {
    /// Finds the tables in a program's bytes, which may be anything.
    ///
    /// # Errors
    /// If there are none that this version reads: see [`FileError`].
    pub fn parse(bytes: &'a [u8]) -> Result<File<'a>, FileError> {
        let image = Image::parse(bytes).ok_or(FileError::NotElf)?;
        let table =
            image.section(b".gopclntab").or_else(|| image.section(b".data.rel.ro.gopclntab")).ok_or(FileError::NotGo)?;
        if table.bytes().get(..4) != Some(&PcHeader::MAGIC.to_le_bytes()) {
            return Err(FileError::NotGo);
        }
        let root = image.sections().find_map(|s| root_record(s, table)).ok_or(FileError::NoRecord)?;
        let (text, minpc, maxpc) = (
            root.word(offset_of!(ModuleData, text)),
            root.word(offset_of!(ModuleData, minpc)),
            root.word(offset_of!(ModuleData, maxpc)),
        );
        let last = maxpc.checked_sub(minpc).and_then(|n| n.checked_sub(1)).ok_or(FileError::BadTable)?;
        // The linker ends the last bucket where text ends.
        let buckets =
            last / BUCKET * size_of::<FindBucket>() + offset_of!(FindBucket, sub) + last % BUCKET / SUB_BUCKET + 1;
        let m = ModuleData {
            pc_header: root.table(&image, offset_of!(ModuleData, pc_header), 1)?,
            funcnametab: root.slice(&image, offset_of!(ModuleData, funcnametab))?,
            cutab: root.slice(&image, offset_of!(ModuleData, cutab))?,
            filetab: root.slice(&image, offset_of!(ModuleData, filetab))?,
            pctab: root.slice(&image, offset_of!(ModuleData, pctab))?,
            pclntable: root.slice(&image, offset_of!(ModuleData, pclntable))?,
            ftab: root.slice(&image, offset_of!(ModuleData, ftab))?,
            findfunctab: root.table::<u8>(&image, offset_of!(ModuleData, findfunctab), buckets)?.cast(),
            textsectmap: root.slice(&image, offset_of!(ModuleData, textsectmap))?,
            gofunc: root.table::<u8>(&image, offset_of!(ModuleData, gofunc), 0)?.expose_provenance(),
            rodata: root.table::<u8>(&image, offset_of!(ModuleData, rodata), 0)?.expose_provenance(),
            text,
            etext: root.word(offset_of!(ModuleData, etext)),
            minpc,
            maxpc,
            ..ModuleData::EMPTY
        };
        Ok(File { module: m, bytes: PhantomData })
    }

    /// The tables.
    ///
    /// # Safety
    /// The file is as the linker of Go 1.21 wrote it: what tables say of each other is not checked when it is used.
    #[must_use]
    pub unsafe fn symtab(&self) -> Symtab<'_> {
        // SAFETY: the tables are as the linker of Go 1.21 wrote them (this function's contract); they were found in bytes
        // that live as long as `self`, which are not written to.
        unsafe { Symtab::new(&self.module) }
    }
}

/// Bytes of text for which the table that finds functions has an entry.
const BUCKET: usize = 4096;
/// Of which each piece has a byte.
const SUB_BUCKET: usize = 256;

/// The root record as it stands in the file.
#[derive(Clone, Copy)]
struct Root<'a>(&'a [u8]);

impl<'a> Root<'a> {
    fn word(self, at: usize) -> usize {
        field(self.0, at, 8).unwrap_or(0) as usize
    }

    /// The table of `n` elements to which the word at `at` points.
    fn table<T>(self, image: &Image<'a>, at: usize, n: usize) -> Result<*const T, FileError> {
        table(image, self.word(at), n)
    }

    /// The slice at `at`.
    fn slice<T>(self, image: &Image<'a>, at: usize) -> Result<RawSlice<T>, FileError> {
        let len = self.word(at + 8);
        if len == 0 {
            return Ok(RawSlice::EMPTY);
        }
        Ok(RawSlice { ptr: table(image, self.word(at), len)?, len, cap: len })
    }
}

/// The `n` elements at an address of the program's, in its file.
fn table<T>(image: &Image<'_>, addr: usize, n: usize) -> Result<*const T, FileError> {
    let size = n.checked_mul(size_of::<T>()).ok_or(FileError::BadTable)?;
    let p = image.at(addr, size).ok_or(FileError::BadTable)?.as_ptr().cast::<T>();
    if p.is_aligned() { Ok(p) } else { Err(FileError::BadTable) }
}

/// The root record, if it is in this section: its first word is the address of the function table, its second that of the
/// function names, which lie where the table says.
fn root_record<'a>(section: Section<'a>, functions: Section<'a>) -> Option<Root<'a>> {
    const SIZE: usize = size_of::<ModuleData>();
    let names = field(functions.bytes(), offset_of!(PcHeader, funcname_offset), 8)? as usize;
    let start = functions.addr();
    let bytes = section.bytes();
    (0..bytes.len().checked_sub(SIZE)? + 1).step_by(8).map(|at| Root(&bytes[at..at + SIZE])).find(|r| {
        r.word(offset_of!(ModuleData, pc_header)) == start
            && r.word(offset_of!(ModuleData, funcnametab)) == start.wrapping_add(names)
            && r.word(offset_of!(ModuleData, minpc)) == r.word(offset_of!(ModuleData, text))
    })
}
