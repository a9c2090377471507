//! The cursor against writing programs out bit by bit, and what it costs.

use super::*;
use proptest::prelude::*;
use std::cell::Cell;

thread_local! {
    static STEPS: Cell<usize> = const { Cell::new(0) };
}

/// The cursor has read an instruction, given a run or begun a level.
pub(super) fn step() {
    STEPS.set(STEPS.get() + 1);
}

/// A program that is being written, and the bits that it writes.
#[derive(Default, Clone)]
struct Program {
    bytes: Vec<u8>,
    bits: Vec<bool>,
}

impl Program {
    fn literal(&mut self, bits: &[bool]) {
        for part in bits.chunks(127) {
            self.bytes.push(part.len() as u8);
            self.bytes.extend(part.chunks(8).map(|c| c.iter().rev().fold(0, |v, &b| v << 1 | u8::from(b))));
        }
        self.bits.extend_from_slice(bits);
    }

    fn repeat(&mut self, n: usize, times: usize) {
        fn varint(out: &mut Vec<u8>, mut n: usize) {
            while n >= 0x80 {
                out.push(n as u8 | 0x80);
                n >>= 7;
            }
            out.push(n as u8);
        }
        if n < 0x80 {
            self.bytes.push(0x80 | n as u8);
        } else {
            self.bytes.push(0x80);
            varint(&mut self.bytes, n);
        }
        varint(&mut self.bytes, times);
        for _ in 0..n * times {
            self.bits.push(self.bits[self.bits.len() - n]);
        }
    }

    fn done(mut self) -> Program {
        self.bytes.push(0);
        self
    }

    /// What the cursor gives for a range; ends early where the program does.
    fn read(&self, range: Range<usize>) -> Vec<bool> {
        let mut got = Vec::new();
        // SAFETY: a whole program.
        let mut cursor = unsafe { Cursor::new(self.bytes.as_ptr(), range) };
        while let Some(Run { bits, len }) = cursor.next() {
            assert!(len > 0 && (len <= 64 || bits == 0) && low(bits, len) == bits);
            got.extend((0..len).map(|i| i < 64 && bits >> i & 1 != 0));
        }
        got
    }

    /// Steps that reading in pieces of so many bits takes.
    fn steps(&self, piece: usize) -> usize {
        STEPS.set(0);
        for from in (0..self.bits.len()).step_by(piece) {
            let to = (from + piece).min(self.bits.len());
            // SAFETY: a whole program.
            let mut cursor = unsafe { Cursor::new(self.bytes.as_ptr(), from..to) };
            while cursor.next().is_some() {}
        }
        STEPS.get()
    }
}

/// A type as the compiler sees it: `Array` repeats all that its element wrote, which may begin within a literal.
#[derive(Clone, Debug)]
enum Shape {
    Words(Vec<bool>),
    Array(Box<Shape>, usize),
    Fields(Vec<Shape>),
}

impl Shape {
    fn write(&self, p: &mut Program) {
        match self {
            Shape::Words(w) => p.literal(w),
            Shape::Fields(f) => f.iter().for_each(|s| s.write(p)),
            Shape::Array(elem, times) => {
                let from = p.bits.len();
                elem.write(p);
                p.repeat(p.bits.len() - from, times - 1);
            }
        }
    }

    fn program(&self) -> Program {
        let mut p = Program::default();
        self.write(&mut p);
        p.done()
    }
}

fn shape() -> impl Strategy<Value = Shape> {
    let words = prop::collection::vec(any::<bool>(), 1..150).prop_map(Shape::Words);
    words.prop_recursive(14, 60, 3, |inner| {
        prop_oneof![
            3 => (inner.clone(), 1usize..6).prop_map(|(s, n)| Shape::Array(Box::new(s), n)),
            1 => prop::collection::vec(inner, 1..4).prop_map(Shape::Fields),
        ]
    })
}

proptest! {
    #[test]
    fn any_range_of_any_type(s in shape(), cuts in prop::collection::vec((0.0..1.0, 0.0..1.0), 1..8)) {
        let p = s.program();
        prop_assume!(p.bits.len() < 1 << 18);
        let len = p.bits.len();
        prop_assert_eq!(&p.read(0..len + 9), &p.bits);
        for (a, b) in cuts {
            let (a, b) = ((a * len as f64) as usize, (b * len as f64) as usize);
            let (a, b) = (a.min(b), a.max(b));
            prop_assert_eq!(&p.read(a..b)[..], &p.bits[a..b], "{}..{} of {}", a, b, len);
        }
    }

    /// Repetitions that begin and end anywhere, not only where a value does.
    #[test]
    fn any_range_of_any_program(
        insts in prop::collection::vec((prop::collection::vec(any::<bool>(), 1..=127), 1usize..400, 0usize..30), 1..12),
        cuts in prop::collection::vec((0.0..1.0, 1usize..3000), 1..8),
    ) {
        let mut p = Program::default();
        for (bits, n, times) in insts {
            p.literal(&bits);
            p.repeat(n.min(p.bits.len()), times);
        }
        let p = p.done();
        let len = p.bits.len();
        for (a, n) in cuts {
            let a = (a * len as f64) as usize;
            let b = (a + n).min(len);
            prop_assert_eq!(&p.read(a..b)[..], &p.bits[a..b], "{}..{} of {}", a, b, len);
        }
    }
}

fn words(n: usize, every: usize) -> Shape {
    Shape::Words((0..n).map(|i| i % every == 0).collect())
}

fn array(elem: Shape, n: usize) -> Shape {
    Shape::Array(Box::new(elem), n)
}

#[test]
fn nests_deeper_than_the_levels_are_right() {
    let mut s = words(70, 3);
    for _ in 0..LEVELS + 4 {
        s = array(Shape::Fields(vec![words(1, 1), s]), 2);
    }
    let p = s.program();
    assert_eq!(p.read(0..p.bits.len()), p.bits);
    for from in (0..p.bits.len()).step_by(997) {
        let to = (from + 1000).min(p.bits.len());
        assert_eq!(p.read(from..to)[..], p.bits[from..to]);
    }
}

/// Twice the value costs twice the steps, in the pieces of 4096 words in which objects are scanned; and a step is worth some
/// words, however the value is put together.
#[test]
fn pieces_cost_what_they_hold() {
    let row = || Shape::Fields(vec![array(words(2, 2), 40), words(20, 100)]);
    let irregular = || Shape::Fields((1..60).map(|i| array(words(3 + i, 1 + i % 5), 2 + i)).collect());
    type Make = Box<dyn Fn(usize) -> Shape>;
    let cases: [(&str, Make); 6] = [
        ("[n]*int", Box::new(|n| array(words(1, 1), n * 5000))),
        ("[n]row", Box::new(move |n| array(row(), n * 100))),
        ("[n][10][10]row", Box::new(move |n| array(array(array(row(), 10), 10), n * 3))),
        (
            "[n]struct{a, b [10]row}",
            Box::new(move |n| array(Shape::Fields(vec![array(row(), 10), array(row(), 10)]), n * 10)),
        ),
        ("[n]irregular", Box::new(move |n| array(irregular(), n * 2))),
        (
            "[n]struct{[20]irregular; [3]row}",
            Box::new(move |n| array(Shape::Fields(vec![array(irregular(), 20), array(row(), 3)]), n)),
        ),
    ];
    for (name, make) in cases {
        let (one, ten) = (make(5).program(), make(50).program());
        assert!(ten.bits.len() > 100_000, "{name}: a piece more or less would count");
        let (a, b) = (one.steps(4096), ten.steps(4096));
        assert!(b <= a * 11 + 100, "{name}: ten times the value costs {b} steps instead of {a}");
        assert!(b <= ten.bits.len() / 2, "{name}: {b} steps for {} words", ten.bits.len());
    }
}
