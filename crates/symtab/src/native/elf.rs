//! Sections and symbols of a 64-bit little-endian ELF file.

use super::reader::{Reader, field};

/// An ELF file.
#[derive(Debug)]
pub struct Image<'a> {
    file: &'a [u8],
    headers: &'a [u8],
    names: &'a [u8],
}

/// Bytes of a section's header.
const HEADER: usize = 64;
/// Bytes of a symbol.
const SYMBOL: usize = 24;
const SYMTAB: u64 = 2;
/// Types of symbols.
const NOTYPE: u8 = 0;
const FUNC: u8 = 2;
const NOBITS: u64 = 8;
/// The section is part of the running program.
const ALLOC: u64 = 2;
const COMPRESSED: u64 = 0x800;
/// Bytes in front of a compressed section's contents, and the number of zlib's method.
const COMPRESSION_HEADER: usize = 24;
const ZLIB: u64 = 1;

/// A section.
#[derive(Clone, Copy, Debug)]
pub struct Section<'a> {
    kind: u64,
    flags: u64,
    addr: u64,
    link: usize,
    bytes: &'a [u8],
}

impl<'a> Image<'a> {
    /// Reads where the sections are. None if that is not to be found: the file has none, or is none.
    pub fn parse(file: &'a [u8]) -> Option<Image<'a>> {
        if file.get(..6)? != b"\x7fELF\x02\x01" {
            return None;
        }
        let (at, count, names) = (field(file, 40, 8)?, field(file, 60, 2)?, field(file, 62, 2)?);
        let headers = file.get(at as usize..)?.get(..HEADER * count as usize)?;
        let mut image = Image { file, headers, names: &[] };
        image.names = image.nth(names as usize)?.bytes;
        Some(image)
    }

    fn nth(&self, i: usize) -> Option<Section<'a>> {
        let h = self.headers.chunks_exact(HEADER).nth(i)?;
        let (kind, at, size) = (field(h, 4, 4)?, field(h, 24, 8)?, field(h, 32, 8)?);
        let bytes = if kind == NOBITS { &[] } else { self.file.get(at as usize..)?.get(..size as usize)? };
        Some(Section { kind, flags: field(h, 8, 8)?, addr: field(h, 16, 8)?, link: field(h, 40, 4)? as usize, bytes })
    }

    /// All sections.
    pub fn sections(&self) -> impl Iterator<Item = Section<'a>> {
        (0..self.headers.len() / HEADER).filter_map(|i| self.nth(i))
    }

    /// The `size` bytes at an address of the running program, as far as they lie in one section that the file has.
    pub fn at(&self, addr: usize, size: usize) -> Option<&'a [u8]> {
        self.sections().filter(|s| s.flags & ALLOC != 0).find_map(|s| {
            let from = addr.checked_sub(s.addr as usize)?;
            s.bytes.get(from..)?.get(..size)
        })
    }

    /// The section of a name.
    pub fn section(&self, name: &[u8]) -> Option<Section<'a>> {
        let is_it = |h: &&[u8]| {
            let at = field(h, 0, 4).unwrap_or(u64::MAX) as usize;
            self.names.get(at..).is_some_and(|names| Reader(names).text() == Some(name))
        };
        self.nth(self.headers.chunks_exact(HEADER).position(|h| is_it(&h))?)
    }

    /// Whether there is a symbol table.
    pub fn has_symbols(&self) -> bool {
        self.symbols().is_some()
    }

    /// The symbol table.
    pub(super) fn symbols(&self) -> Option<Symbols<'a>> {
        let table = self.sections().find(|s| s.kind == SYMTAB)?;
        Some(Symbols { table: table.bytes.as_chunks().0, names: self.nth(table.link)?.bytes })
    }

    /// The name of the function that `pc` lies in, as it stands in the symbol table, and where it begins.
    pub fn function(&self, pc: usize) -> Option<(&'a [u8], usize)> {
        let symbols = self.symbols()?;
        // Functions of a known size, and labels of assembly, which have none: they go on to the next label.
        let mut best: Option<(bool, usize, &'a [u8])> = None;
        for s in symbols.all() {
            let (at, size) = (s.at(), s.size());
            let holds = pc >= at && (size == 0 || pc - at < size);
            let is_better = best.is_none_or(|(sized, known, _)| (size != 0, at) > (sized, known));
            if s.is_code() && holds && is_better {
                let Some(name) = symbols.name(s) else { continue };
                if !is_mapping_symbol(name) {
                    best = Some((size != 0, at, name));
                }
            }
        }
        best.map(|(_, at, name)| (name, at))
    }
}

/// A symbol table, and the names of its symbols.
#[derive(Clone, Copy, Debug)]
pub(super) struct Symbols<'a> {
    table: &'a [[u8; SYMBOL]],
    names: &'a [u8],
}

/// A symbol as it stands in the table.
#[derive(Clone, Copy)]
pub(super) struct Symbol<'a>(&'a [u8; SYMBOL]);

impl<'a> Symbols<'a> {
    pub fn all(&self) -> impl Iterator<Item = Symbol<'a>> + use<'a> {
        self.table.iter().map(Symbol)
    }

    pub fn nth(&self, i: usize) -> Option<Symbol<'a>> {
        self.table.get(i).map(Symbol)
    }

    pub fn name(&self, s: Symbol<'a>) -> Option<&'a [u8]> {
        let at = field(s.0, 0, 4)?;
        Reader(self.names.get(at as usize..)?).text()
    }
}

impl Symbol<'_> {
    fn word(self, at: usize) -> usize {
        field(self.0, at, 8).unwrap_or(0) as usize
    }

    /// Its address.
    pub fn at(self) -> usize {
        self.word(8)
    }

    /// Its size; 0 of a label.
    pub fn size(self) -> usize {
        self.word(16)
    }

    /// Whether it may be a function or a label of assembly: mapping symbols look like such.
    pub fn is_code(self) -> bool {
        let (kind, section) = (self.0[4] & 15, [self.0[6], self.0[7]]);
        kind == FUNC || (kind == NOTYPE && section != [0, 0])
    }
}

/// Marks where code or data begins for disassemblers (ELF for the Arm 64-bit Architecture, "Mapping symbols"): `$x`, `$d` and
/// `$x.something`. They lie upon functions and within them.
pub(super) fn is_mapping_symbol(name: &[u8]) -> bool {
    matches!(name, [b'$', b'x' | b'd'] | [b'$', b'x' | b'd', b'.', ..])
}

impl<'a> Section<'a> {
    /// Its bytes in the file, which may be packed.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Its address in the running program; 0 if it is not there.
    pub fn addr(&self) -> usize {
        self.addr as usize
    }

    /// How much room [`Section::unpacked`] needs: none if the section is not compressed.
    pub fn room(&self) -> Option<usize> {
        if self.flags & COMPRESSED == 0 { Some(0) } else { Some(field(self.bytes, 8, 8)? as usize) }
    }

    /// The section's contents, unpacked into `room` if need be.
    pub fn unpacked<'b>(&self, room: &'b mut [u8]) -> Option<&'b [u8]>
    where
        'a: 'b,
    {
        use miniz_oxide::inflate::TINFLStatus;
        use miniz_oxide::inflate::core::{DecompressorOxide, decompress, inflate_flags};
        if self.flags & COMPRESSED == 0 {
            return Some(self.bytes);
        }
        if field(self.bytes, 0, 4)? != ZLIB {
            return None;
        }
        let flags = inflate_flags::TINFL_FLAG_PARSE_ZLIB_HEADER | inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
        let packed = self.bytes.get(COMPRESSION_HEADER..)?;
        let (status, _, n) = decompress(&mut DecompressorOxide::new(), packed, room, 0, flags);
        if status == TINFLStatus::Done { room.get(..n) } else { None }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A file with a symbol table alone: name, type, address, size.
    pub fn file(symbols: &[(&str, u8, u64, u64)]) -> Vec<u8> {
        let (mut table, mut names) = (Vec::new(), vec![0]);
        for (name, kind, at, size) in symbols {
            table.extend((names.len() as u32).to_le_bytes());
            table.extend([*kind, 0, 1, 0]);
            table.extend(at.to_le_bytes());
            table.extend(size.to_le_bytes());
            names.extend(name.bytes().chain([0]));
        }
        let header = |kind: u32, at: usize, size: usize| {
            let mut h = [0; HEADER];
            h[4..8].copy_from_slice(&kind.to_le_bytes());
            h[24..32].copy_from_slice(&at.to_le_bytes());
            h[32..40].copy_from_slice(&size.to_le_bytes());
            h[40..44].copy_from_slice(&1u32.to_le_bytes());
            h
        };
        let mut file = vec![0; 64];
        file[..6].copy_from_slice(b"\x7fELF\x02\x01");
        file[60] = 2; // sections
        file[62] = 1; // the one with names
        let at = 64 + table.len() + names.len();
        file[40..48].copy_from_slice(&at.to_le_bytes());
        file.extend(&table);
        file.extend(&names);
        file.extend(header(SYMTAB as u32, 64, table.len()));
        file.extend(header(3, 64 + table.len(), names.len()));
        file
    }

    #[test]
    fn a_function_is_found_under_what_lies_upon_it() {
        let file = file(&[
            ("outer", FUNC, 0x100, 0x80),
            ("$x", NOTYPE, 0x100, 0),
            ("$x.7", NOTYPE, 0x140, 0),
            ("$d", NOTYPE, 0x170, 0),
            ("a_label_inside", NOTYPE, 0x150, 0),
            ("last", FUNC, 0x180, 0x10),
            ("gx_label", NOTYPE, 0x190, 0),
            ("$x", NOTYPE, 0x190, 0),
            ("$kept", NOTYPE, 0x1a0, 0),
            ("an_object", 1, 0x1a8, 0x10),
        ]);
        let image = Image::parse(&file).expect("a file");
        let at = |pc| image.function(pc).map(|(name, at)| (core::str::from_utf8(name).expect("a name"), at));
        assert_eq!(at(0xff), None);
        for pc in [0x100, 0x140, 0x158, 0x17f] {
            assert_eq!(at(pc), Some(("outer", 0x100)), "{pc:#x}");
        }
        assert_eq!(at(0x18f), Some(("last", 0x180)));
        assert_eq!(at(0x19f), Some(("gx_label", 0x190)));
        assert_eq!(at(0x1ac), Some(("$kept", 0x1a0)));
    }
}
