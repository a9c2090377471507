//! The index against what reads the tables through: the same answers for files that are made, for all that can be strange in them, and for
//! this program's own; and how much it reads.

use super::elf::tests::file;
use super::line::tests::OPCODES;
use super::*;
use proptest::prelude::*;

/// An operation of a line program.
#[derive(Clone, Copy, Debug)]
enum Op {
    SetAddress(u64),
    Advance(u64),
    Line(i8),
    File(u8),
    Copy,
    Special(u8),
    ConstAddPc,
    Fixed(u16),
    EndSequence,
    /// Takes arguments that are not there.
    Nonsense,
}

/// A unit of two files, the second in a directory, with these operations.
fn unit(ops: &[Op]) -> Vec<u8> {
    let mut program = Vec::new();
    for op in ops {
        match *op {
            Op::SetAddress(at) => {
                program.extend([0, 9, 2]);
                program.extend(at.to_le_bytes());
            }
            Op::Advance(n) => program.extend([2, (n & 0x7f) as u8 | 0x80, (n >> 7) as u8 & 0x7f]),
            Op::Line(n) => program.extend([3, n.cast_unsigned() & 0x7f]),
            Op::File(n) => program.extend([4, n & 0x7f]),
            Op::Copy => program.push(1),
            Op::Special(n) => program.push(13 + n % 243),
            Op::ConstAddPc => program.push(8),
            Op::Fixed(n) => {
                program.push(9);
                program.extend(n.to_le_bytes());
            }
            Op::EndSequence => program.extend([0, 1, 1]),
            Op::Nonsense => program.extend([0, 0x7f, 2]),
        }
    }
    let header = b"\x01\x01\x01\xfb\x0e\x0d\0\x01\x01\x01\x01\0\0\0\x01\0\0\x01/directory\0\0a.rs\0\0\0\0b.rs\0\x01\0\0\0";
    let mut body = vec![4, 0];
    body.extend((header.len() as u32).to_le_bytes());
    body.extend(header);
    body.extend(program);
    let mut unit = (body.len() as u32).to_le_bytes().to_vec();
    unit.extend(body);
    unit
}

/// Makes an index, and gives it to `f`.
fn with_index<R>(file: &[u8], tables: &[u8], code: &Code, f: impl FnOnce(&Index<'_>) -> R) -> R {
    let image = Image::parse(file).expect("a file");
    let (functions, sequences) = Index::room(&image, tables, code);
    let (mut functions, mut sequences) = (vec![Function::default(); functions], vec![Sequence::default(); sequences]);
    let index = Index::new(&image, tables, code.clone(), &mut functions, &mut sequences).expect("room for all");
    f(&index)
}

const PROGRAM: core::ops::Range<usize> = 0x400..0xc00;
const EXCEPT: core::ops::Range<usize> = 0x700..0x900;

fn symbols() -> impl Strategy<Value = Vec<(&'static str, u8, u64, u64)>> {
    let name = prop::sample::select(vec!["f", "g", "h", "$x", "$d.1", "$kept"]);
    let size = prop_oneof![Just(0), 1..0x40u64, 0x40..0x800u64];
    prop::collection::vec((name, 0..3u8, 0x300..0xd00u64, size), 0..24)
}

fn op(to: core::ops::Range<u64>) -> impl Strategy<Value = Op> {
    prop_oneof![
        2 => to.prop_map(Op::SetAddress),
        4 => (0..0x100u64).prop_map(Op::Advance),
        2 => any::<i8>().prop_map(Op::Line),
        1 => (0..4u8).prop_map(Op::File),
        4 => Just(Op::Copy),
        6 => any::<u8>().prop_map(Op::Special),
        1 => Just(Op::ConstAddPc),
        1 => (0..0x80u16).prop_map(Op::Fixed),
        3 => Just(Op::EndSequence),
    ]
}

/// A unit whose first sequence begins in the code, or at 0, where linkers leave what they dropped; now and then one that breaks off.
fn a_unit() -> impl Strategy<Value = Vec<u8>> {
    let first = prop_oneof![Just(0), 0x300..0x700u64, 0x900..0xd00u64];
    let ops = prop::collection::vec(op(0x300..0xd00), 0..60);
    (first, ops, prop::option::weighted(0.1, Just(Op::Nonsense)))
        .prop_map(|(first, ops, last)| unit(&[&[Op::SetAddress(first)][..], &ops, last.as_slice()].concat()))
}

/// A unit that is to be passed over.
fn an_excepted_unit() -> impl Strategy<Value = Vec<u8>> {
    (0x700..0x800u64, 1..0xf0u64).prop_map(|(at, n)| {
        unit(&[Op::SetAddress(at), Op::Copy, Op::Advance(n), Op::Line(3), Op::Copy, Op::Advance(1), Op::EndSequence])
    })
}

proptest! {
    #[test]
    fn the_index_says_what_the_tables_say(
        symbols in symbols(),
        units in prop::collection::vec(prop_oneof![4 => a_unit(), 1 => an_excepted_unit()], 0..6),
    ) {
        let (file, tables) = (file(&symbols), units.concat());
        let image = Image::parse(&file).expect("a file");
        let code = Code { program: PROGRAM, except: EXCEPT };
        with_index(&file, &tables, &code, |index| {
            for pc in 0x380..0xc80 {
                let asked = code.contains(pc);
                prop_assert_eq!(asked, PROGRAM.contains(&pc) && !EXCEPT.contains(&pc));
                prop_assert_eq!(index.function(pc), image.function(pc).filter(|_| asked), "{:#x}", pc);
                prop_assert_eq!(index.place(pc), place_of(&tables, pc as u64).filter(|_| asked), "{:#x}", pc);
            }
            Ok(())
        })?;
    }
}

#[test]
fn rows_at_one_address_and_ends_of_sequences() {
    // Two sequences, the second begins where the first ends; then a hole; then one that lies upon the second.
    let ops = [
        &[Op::SetAddress(0x500), Op::Line(4), Op::Copy, Op::Line(1), Op::Copy, Op::Advance(8), Op::EndSequence][..],
        &[Op::SetAddress(0x508), Op::File(2), Op::Copy, Op::Advance(8), Op::EndSequence],
        &[Op::SetAddress(0x508), Op::Line(50), Op::Copy, Op::Advance(16), Op::EndSequence],
    ];
    let tables = unit(&ops.concat());
    let code = Code { program: PROGRAM, except: EXCEPT };
    with_index(&file(&[]), &tables, &code, |index| {
        let at = |pc| index.place(pc).map(|p| (core::str::from_utf8(p.file).expect("a name"), p.line));
        assert_eq!([0x4ff, 0x500, 0x507].map(at), [None, Some(("a.rs", 6)), Some(("a.rs", 6))]);
        assert_eq!([0x508, 0x50f].map(at), [Some(("b.rs", 1)); 2]);
        assert_eq!([0x510, 0x517].map(at), [Some(("a.rs", 51)); 2]);
        assert_eq!(at(0x518), None);
        assert_eq!(index.place(0x508).map(|p| p.directory), Some(&b"/directory"[..]));
    });
}

#[test]
fn too_little_room_is_refused() {
    let file = file(&[("f", 2, 0x500, 8), ("g", 2, 0x508, 8)]);
    let one = [Op::SetAddress(0x500), Op::Copy, Op::Advance(8), Op::EndSequence];
    let tables = unit(&[one, one].concat());
    let image = Image::parse(&file).expect("a file");
    let made = |functions: usize, sequences: usize| {
        let (mut f, mut s) = (vec![Function::default(); functions], vec![Sequence::default(); sequences]);
        Index::new(&image, &tables, Code { program: PROGRAM, except: EXCEPT }, &mut f, &mut s).is_some()
    };
    assert_eq!([made(2, 2), made(1, 2), made(2, 1)], [true, false, false]);
}

/// The program that runs: its file, its line tables, and where its code is.
fn this_program() -> (Vec<u8>, Vec<u8>, Code) {
    let file = std::fs::read(std::env::current_exe().expect("a path")).expect("a file");
    let image = Image::parse(&file).expect("a program");
    let text = image.section(b".text").expect("code");
    let program = text.addr()..text.addr() + text.bytes().len();
    let section = image.section(b".debug_line").expect("line tables");
    let mut room = vec![0; section.room().expect("a size")];
    let tables = section.unpacked(&mut room).expect("line tables").to_vec();
    (file, tables, Code { program, except: 0..0 })
}

#[test]
fn of_this_program_the_index_says_what_the_tables_say() {
    let (file, tables, code) = this_program();
    let image = Image::parse(&file).expect("a program");
    with_index(&file, &tables, &code, |index| {
        let (mut functions, mut places) = (0, 0);
        // A step that is no multiple of what functions are aligned to.
        for pc in code.program.clone().step_by((code.program.len() / 30) | 1) {
            let (function, place) = (index.function(pc), index.place(pc));
            assert_eq!((function, place), (image.function(pc), place_of(&tables, pc as u64)), "{pc:#x}");
            functions += u32::from(function.is_some());
            places += u32::from(place.is_some());
        }
        // Where not everything is Rust's there are none.
        assert!(functions > 20 && places > 5, "{functions} functions, {places} places");
    });
}

#[test]
fn a_question_reads_one_sequence() {
    const FUNCTIONS: u64 = 1000;
    let mut ops = Vec::new();
    for i in 0..FUNCTIONS {
        ops.push(Op::SetAddress(0x10_0000 + 64 * i));
        ops.extend([[Op::Advance(16), Op::Line(1), Op::Copy]; 4].as_flattened());
        ops.push(Op::EndSequence);
    }
    let tables = unit(&ops);
    let code = Code { program: 0x10_0000..0x20_0000, except: 0..0 };
    with_index(&file(&[]), &tables, &code, |index| {
        let before = OPCODES.get();
        for i in 0..FUNCTIONS as usize {
            assert!(index.place(0x10_0000 + 64 * i + 60).is_some());
            assert!(index.place(0x10_0000 + 64 * i + 32).is_some());
        }
        // The tables have 14 for each function: two questions run through them at most.
        assert!(OPCODES.get() - before <= 2 * 14 * FUNCTIONS, "{}", OPCODES.get() - before);
        let before = OPCODES.get();
        assert!(place_of(&tables, 0x10_0000 + 64 * (FUNCTIONS - 1) + 32).is_some());
        assert!(OPCODES.get() - before > 13 * FUNCTIONS, "what is counted is what is read");
    });
}
