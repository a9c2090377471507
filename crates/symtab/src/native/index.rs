//! An index of a program file's functions and line tables, for what asks often: profiles, where each sample has several addresses.
//!
//! Of the line tables it has the sequences, not the rows: a sequence is as a rule a function's, it is run as [`place_of`] runs it, and nothing
//! before it has to be. What a compiler made whose functions have tables of their own is passed over, unit by unit: a large Go program has
//! hundreds of times as much of that as of a runtime.
//!
//! Answers are those of [`Image::function`] and [`place_of`], also where functions lie within others or upon each other, as folded ones do.
//!
//! [`place_of`]: super::place_of

use super::elf::{Image, Symbols, is_mapping_symbol};
use super::line::{Place, Unit, units};
use super::reader::Reader;
use core::cmp::Reverse;
use core::ops::Range;

/// Which addresses an index is of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Code {
    /// The program's code.
    pub program: Range<usize>,
    /// What of that has tables of its own, and is not asked for here. A unit of line tables that begins there lies there.
    pub except: Range<usize>,
}

impl Code {
    /// Whether an address is one of those.
    pub fn contains(&self, pc: usize) -> bool {
        self.program.contains(&pc) && !self.except.contains(&pc)
    }

    /// Whether one from `from` up to `to` is.
    fn meets(&self, from: usize, to: usize) -> bool {
        let meets = |r: Range<usize>| from.max(r.start) < to.min(r.end);
        meets(self.program.start..self.except.start.min(self.program.end))
            || meets(self.except.end.max(self.program.start)..self.program.end)
    }
}

/// What is kept of a function or a label.
#[derive(Clone, Copy, Default, Debug)]
pub struct Function {
    at: usize,
    /// The greatest end of this one and all that begin earlier; 0 of a label.
    reach: usize,
    /// The number in the symbol table.
    symbol: usize,
}

/// What is kept of a sequence of rows.
#[derive(Clone, Copy, Default, Debug)]
pub struct Sequence {
    from: usize,
    to: usize,
    /// The greatest end of this one and all that begin earlier.
    reach: usize,
    /// Where its unit is in the tables, without the length in front, and the unit's bytes.
    unit: (usize, usize),
    /// Where its program is in the tables.
    at: usize,
}

/// The shortest sequence that covers an address: two rows, and the end.
const SHORTEST: usize = 5;

/// The index.
#[derive(Debug)]
pub struct Index<'a> {
    code: Code,
    symbols: Symbols<'a>,
    tables: &'a [u8],
    labels: &'a [Function],
    functions: &'a [Function],
    sequences: &'a [Sequence],
}

impl<'a> Index<'a> {
    /// The most functions and sequences that [`Index::new`] needs room for: functions are counted, sequences guessed by how long the
    /// tables are. It touches no more of the room than it fills.
    pub fn room(image: &Image<'a>, tables: &[u8], code: &Code) -> (usize, usize) {
        let functions = image.symbols().map_or(0, |s| kept(&s, code).count());
        let sequences = units(tables).filter_map(|unit| wanted(unit, code));
        (functions, sequences.map(|u| u.program.0.len() / SHORTEST + 1).sum())
    }

    /// Makes it, of the contents of a `.debug_line` (empty: there is none), in room as [`Index::room`] says. None without a symbol table, or
    /// if there is too little room.
    pub fn new(
        image: &Image<'a>,
        tables: &'a [u8],
        code: Code,
        functions: &'a mut [Function],
        sequences: &'a mut [Sequence],
    ) -> Option<Index<'a>> {
        let symbols = image.symbols()?;
        let (mut labels, mut n) = (0, 0);
        for f in kept(&symbols, &code) {
            *functions.get_mut(n)? = f;
            n += 1;
            labels += usize::from(f.reach == 0);
        }
        let functions = &mut functions[..n];
        // Labels first. Of several at an address the table's first one is the name: it comes last, and look-ups go down.
        functions.sort_unstable_by_key(|f| (f.reach != 0, f.at, Reverse(f.symbol)));
        let (labels, functions) = functions.split_at_mut(labels);
        let mut reach = 0;
        for f in &mut *functions {
            reach = reach.max(f.reach);
            f.reach = reach;
        }
        let n = find_sequences(tables, &code, sequences)?;
        let sequences = &mut sequences[..n];
        sequences.sort_unstable_by_key(|s| (s.from, s.at));
        let mut reach = 0;
        for s in &mut *sequences {
            reach = reach.max(s.to);
            s.reach = reach;
        }
        Some(Index { code, symbols, tables, labels, functions, sequences })
    }

    /// What [`Image::function`] says, of addresses in the index's code; none for others.
    pub fn function(&self, pc: usize) -> Option<(&'a [u8], usize)> {
        if !self.code.contains(pc) {
            return None;
        }
        let until = |functions: &'a [Function]| &functions[..functions.partition_point(|f| f.at <= pc)];
        let holds = |f: &&Function| self.symbols.nth(f.symbol).is_some_and(|s| pc - f.at < s.size());
        let mut functions = until(self.functions).iter().rev().take_while(|f| pc < f.reach);
        let found = functions.find(holds).or_else(|| until(self.labels).last())?;
        Some((self.symbols.name(self.symbols.nth(found.symbol)?)?, found.at))
    }

    /// What [`place_of`](super::place_of) says, of addresses in the index's code; none for others.
    pub fn place(&self, pc: usize) -> Option<Place<'a>> {
        if !self.code.contains(pc) {
            return None;
        }
        let until = &self.sequences[..self.sequences.partition_point(|s| s.from <= pc)];
        // In the order of the tables.
        let mut next = 0;
        loop {
            let reaching = until.iter().rev().take_while(|s| pc < s.reach);
            let s = reaching.filter(|s| pc < s.to && s.at >= next).min_by_key(|s| s.at)?;
            let (from, len) = s.unit;
            let unit = Unit::parse(&self.tables[from..][..len])?;
            let mut program = Reader(&self.tables[s.at..from + len]);
            match unit.run(&mut program, |from, to| (from..to).contains(&(pc as u64))) {
                // The rows leave it out.
                Some(None) => next = s.at + 1,
                // A row without a place, or tables that make no sense, are the end of the unit.
                found => match found.flatten().and_then(|row| unit.place(row)) {
                    Some(place) => return Some(place),
                    None => next = from + len,
                },
            }
        }
    }
}

/// Functions in the code, each with its own end as its reach, and all labels that may be in front of some of it.
fn kept<'a>(symbols: &Symbols<'a>, code: &Code) -> impl Iterator<Item = Function> {
    symbols.all().enumerate().filter_map(move |(symbol, s)| {
        let (at, size) = (s.at(), s.size());
        let reach = if size == 0 { 0 } else { at.saturating_add(size) };
        let is_near = if size == 0 { at < code.program.end } else { code.meets(at, reach) };
        let is_kept = is_near && s.is_code() && symbols.name(s).is_some_and(|name| !is_mapping_symbol(name));
        is_kept.then_some(Function { at, reach, symbol })
    })
}

/// The unit, unless it is one that is passed over.
fn wanted<'a>(unit: &'a [u8], code: &Code) -> Option<Unit<'a>> {
    let unit = Unit::parse(unit)?;
    let is_excepted = unit.first_address().is_some_and(|at| code.except.contains(&(at as usize)));
    if is_excepted { None } else { Some(unit) }
}

/// Fills the sequences in, in the order of the tables; how many there are, if there is room.
fn find_sequences(tables: &[u8], code: &Code, room: &mut [Sequence]) -> Option<usize> {
    let offset = |bytes: &[u8]| bytes.as_ptr().addr() - tables.as_ptr().addr();
    let mut n = 0;
    for bytes in units(tables) {
        let Some(unit) = wanted(bytes, code) else { continue };
        let mut program = unit.program;
        while !program.0.is_empty() {
            let at = offset(program.0);
            let (mut from, mut to) = (usize::MAX, 0);
            let run = unit.run(&mut program, |a, b| {
                if a < b {
                    (from, to) = (from.min(a as usize), to.max(b as usize));
                }
                false
            });
            if code.meets(from, to) {
                *room.get_mut(n)? = Sequence { from, to, reach: 0, unit: (offset(bytes), bytes.len()), at };
                n += 1;
            }
            if run.is_none() {
                break;
            }
        }
    }
    Some(n)
}
