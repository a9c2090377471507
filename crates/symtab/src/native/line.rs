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
    // A unit that makes no sense, or is of another version, is passed over.
    units(tables).find_map(|unit| Unit::parse(unit).and_then(|u| u.find(pc)))
}

/// The units, each without its length in front.
pub(super) fn units(tables: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Reader(tables);
    core::iter::from_fn(move || {
        // From 0xffff_fff0 on it is the escape to 64-bit tables, of which none has been needed yet.
        let length = rest.number(4).filter(|&length| length < 0xffff_fff0)?;
        rest.take(length as usize)
    })
}

/// A unit's header.
pub(super) struct Unit<'a> {
    min_instruction: u64,
    line_base: i8,
    line_range: u8,
    /// Numbers of arguments of the standard opcodes, from opcode 1 on.
    arguments: &'a [u8],
    directories: Reader<'a>,
    files: Reader<'a>,
    /// From the first sequence on.
    pub program: Reader<'a>,
}

/// A row: all addresses up to the next one's are of that line.
#[derive(Clone, Copy)]
pub(super) struct Row {
    address: u64,
    file: u64,
    line: i64,
}

const START: Row = Row { address: 0, file: 1, line: 1 };

impl<'a> Unit<'a> {
    pub fn parse(bytes: &'a [u8]) -> Option<Unit<'a>> {
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

    /// The address that the first sequence sets as its first instruction; none if it begins with something else.
    pub fn first_address(&self) -> Option<u64> {
        let mut r = self.program;
        match (r.byte()?, r.uleb()?, r.byte()?) {
            (0, 9, 2) => r.number(8),
            _ => None,
        }
    }

    fn find(&self, pc: u64) -> Option<Place<'a>> {
        let mut program = self.program;
        while !program.0.is_empty() {
            if let Some(row) = self.run(&mut program, |from, to| (from..to).contains(&pc))? {
                return self.place(row);
            }
        }
        None
    }

    /// Runs the program, from a sequence's start on, to its end: for each row `is_it` is asked with its address and the next one's. The row of
    /// which it says so; None if the program ends or makes no sense before the sequence ends.
    pub fn run(&self, r: &mut Reader<'a>, mut is_it: impl FnMut(u64, u64) -> bool) -> Option<Option<Row>> {
        let opcode_base = self.arguments.len() as u64 + 1;
        // The row that is being made, and the last one of the sequence.
        let (mut row, mut last): (Row, Option<Row>) = (START, None);
        let mut found = |last: Option<Row>, next: &Row| last.filter(|l| is_it(l.address, next.address));
        while !r.0.is_empty() {
            let opcode = u64::from(r.byte()?);
            #[cfg(test)]
            tests::OPCODES.set(tests::OPCODES.get() + 1);
            match opcode {
                0 => {
                    let length = r.uleb()? as usize;
                    let mut args = Reader(r.take(length)?);
                    match args.byte()? {
                        1 => return Some(found(last, &row)),
                        2 => row.address = args.number(args.0.len().min(8))?,
                        _ => {}
                    }
                }
                _ if opcode >= opcode_base => {
                    let special = opcode - opcode_base;
                    let range = u64::from(self.line_range);
                    row.address = row.address.wrapping_add((special / range).wrapping_mul(self.min_instruction));
                    row.line = row.line.wrapping_add(i64::from(self.line_base) + (special % range) as i64);
                    if let Some(found) = found(last, &row) {
                        return Some(Some(found));
                    }
                    last = Some(row);
                }
                1 => {
                    if let Some(found) = found(last, &row) {
                        return Some(Some(found));
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
    pub fn place(&self, row: Row) -> Option<Place<'a>> {
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

#[cfg(test)]
pub(super) mod tests {
    std::thread_local! {
        /// How many opcodes were run.
        pub static OPCODES: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
    }
}
