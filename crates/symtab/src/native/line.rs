//! DWARF's line tables, versions 2 to 4 (what rustc and Go's compiler write): a program per compilation unit, whose run gives rows
//! of address, file and line. It is run until a row covers the address that is asked for.

use super::reader::Reader;

/// Where in the source an instruction comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// The directory; empty if it is that of the compilation, which these tables do not name.
    pub directory: &'a [u8],
    /// The file.
    pub file: &'a [u8],
    /// The line, from 1 on.
    pub line: u64,
}

/// The place of the instruction at `pc`, by the contents of a `.debug_line`.
pub fn place_of(tables: &[u8], pc: u64) -> Option<Place<'_>> {
    let mut rest = Reader(tables);
    while !rest.0.is_empty() {
        let length = rest.number(4)?;
        // The escape to 64-bit tables, of which none has been needed yet.
        if length >= 0xffff_fff0 {
            return None;
        }
        let unit = rest.take(length as usize)?;
        // A unit that makes no sense, or is of another version, is passed over.
        if let Some(place) = Unit::parse(unit).and_then(|u| u.find(pc)) {
            return Some(place);
        }
    }
    None
}

/// A unit's header.
struct Unit<'a> {
    min_instruction: u64,
    line_base: i8,
    line_range: u8,
    /// Numbers of arguments of the standard opcodes, from opcode 1 on.
    arguments: &'a [u8],
    directories: Reader<'a>,
    files: Reader<'a>,
    program: Reader<'a>,
}

#[derive(Clone, Copy)]
struct Row {
    address: u64,
    file: u64,
    line: i64,
}

const START: Row = Row { address: 0, file: 1, line: 1 };

impl<'a> Unit<'a> {
    fn parse(bytes: &'a [u8]) -> Option<Unit<'a>> {
        let mut r = Reader(bytes);
        let version = r.number(2)?;
        if !(2..=4).contains(&version) {
            return None;
        }
        let header_length = r.number(4)? as usize;
        let program = Reader(r.0.get(header_length..)?);
        let min_instruction = u64::from(r.byte()?);
        if version == 4 {
            r.byte()?; // operations per instruction, for machines with several
        }
        r.byte()?; // whether rows are statements at first
        let (line_base, line_range, opcode_base) = (r.byte()?.cast_signed(), r.byte()?, r.byte()?);
        if line_range == 0 || opcode_base == 0 {
            return None;
        }
        let arguments = r.take(usize::from(opcode_base) - 1)?;
        let directories = r;
        while !r.text()?.is_empty() {}
        Some(Unit { min_instruction, line_base, line_range, arguments, directories, files: r, program })
    }

    fn find(&self, pc: u64) -> Option<Place<'a>> {
        let mut r = self.program;
        let opcode_base = self.arguments.len() as u64 + 1;
        // The row that is being made, and the last one of the sequence.
        let (mut row, mut last): (Row, Option<Row>) = (START, None);
        let covers = |last: Option<Row>, next: &Row| last.filter(|l| (l.address..next.address).contains(&pc));
        while !r.0.is_empty() {
            let opcode = u64::from(r.byte()?);
            match opcode {
                0 => {
                    let length = r.uleb()? as usize;
                    let mut args = Reader(r.take(length)?);
                    match args.byte()? {
                        1 => {
                            if let Some(found) = covers(last, &row) {
                                return self.place(found);
                            }
                            (row, last) = (START, None);
                        }
                        2 => row.address = args.number(args.0.len().min(8))?,
                        _ => {}
                    }
                }
                _ if opcode >= opcode_base => {
                    let special = opcode - opcode_base;
                    let range = u64::from(self.line_range);
                    row.address = row.address.wrapping_add(special / range * self.min_instruction);
                    row.line += i64::from(self.line_base) + (special % range) as i64;
                    if let Some(found) = covers(last, &row) {
                        return self.place(found);
                    }
                    last = Some(row);
                }
                1 => {
                    if let Some(found) = covers(last, &row) {
                        return self.place(found);
                    }
                    last = Some(row);
                }
                2 => row.address = row.address.wrapping_add(r.uleb()?.wrapping_mul(self.min_instruction)),
                3 => row.line = row.line.wrapping_add(r.sleb()?),
                4 => row.file = r.uleb()?,
                8 => {
                    let special = 255 - opcode_base;
                    row.address = row.address.wrapping_add(special / u64::from(self.line_range) * self.min_instruction);
                }
                9 => row.address = row.address.wrapping_add(r.number(2)?),
                _ => {
                    for _ in 0..*self.arguments.get(opcode as usize - 1)? {
                        r.uleb()?;
                    }
                }
            }
        }
        None
    }

    /// What a row says, in words.
    fn place(&self, row: Row) -> Option<Place<'a>> {
        let mut files = self.files;
        for n in 1.. {
            let file = files.text()?;
            if file.is_empty() {
                return None;
            }
            let directory = files.uleb()?;
            files.uleb()?; // when it was changed
            files.uleb()?; // how long it is
            if n != row.file {
                continue;
            }
            let mut directories = self.directories;
            let mut name = &[][..];
            for _ in 0..directory {
                name = directories.text()?;
            }
            return Some(Place { directory: name, file, line: row.line as u64 });
        }
        None
    }
}
