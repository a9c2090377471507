//! A parser that suspends: recursive descent over input that comes in pieces, as it does from a socket. Where a piece ends, in the
//! middle of a number or a string, is the parser's concern nowhere but in `next`: it suspends there, with all of its frames,
//! until there is more. A thousand connections that are in the middle of a document are a thousand small stacks.
//!
//! `cargo run --release -p goxide-stack --example parser [FILE]`

use std::collections::BTreeMap;

use goxide_stack::{Fiber, FixedPool, Scope, Step, Yielder, scope};

static STACKS: FixedPool = FixedPool::new(256 << 10);

/// A JSON value.
#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    /// `null`
    Null,
    /// `true` and `false`
    Bool(bool),
    /// All numbers.
    Number(f64),
    /// A text.
    Text(String),
    /// `[...]`
    List(Vec<Value>),
    /// `{...}`
    Object(BTreeMap<String, Value>),
}

/// What is wrong, and before which byte it was seen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wrong(pub usize, pub &'static str);

/// A piece of input; `None`: there is no more.
type Piece = Option<Vec<u8>>;
type Answer = Result<Value, Wrong>;

/// How deep values may be in each other: a stack has an end.
const DEEPEST: usize = 100;

/// The parser, on its own stack.
struct Parser<'y> {
    more: &'y Yielder<Piece, (), Answer>,
    piece: Vec<u8>,
    at: usize,
    /// Bytes in the pieces before.
    before: usize,
    ended: bool,
}

impl Parser<'_> {
    /// The next byte, which stays; `None` at the end. The only place that waits.
    fn peek(&mut self) -> Option<u8> {
        while self.at == self.piece.len() && !self.ended {
            self.before += self.piece.len();
            self.at = 0;
            match self.more.suspend(()) {
                Some(piece) => self.piece = piece,
                None => (self.piece, self.ended) = (Vec::new(), true),
            }
        }
        self.piece.get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn wrong<T>(&self, what: &'static str) -> Result<T, Wrong> {
        Err(Wrong(self.before + self.at, what))
    }

    fn space(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = self.peek() {
            self.at += 1;
        }
        self.peek()
    }

    fn word(&mut self, word: &'static str, value: Value) -> Answer {
        for byte in word.bytes() {
            if self.next() != Some(byte) {
                return self.wrong("a word that is none");
            }
        }
        Ok(value)
    }

    fn value(&mut self, depth: usize) -> Answer {
        if depth > DEEPEST {
            return self.wrong("too deep");
        }
        match self.space() {
            Some(b'n') => self.word("null", Value::Null),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(b'"') => self.text().map(Value::Text),
            Some(b'[') => {
                let mut all = Vec::new();
                self.items(b']', |p| {
                    all.push(p.value(depth + 1)?);
                    Ok(())
                })?;
                Ok(Value::List(all))
            }
            Some(b'{') => {
                let mut all = BTreeMap::new();
                self.items(b'}', |p| {
                    if p.space() != Some(b'"') {
                        return p.wrong("a name is missing");
                    }
                    let name = p.text()?;
                    if p.space() != Some(b':') {
                        return p.wrong("a colon is missing");
                    }
                    p.at += 1;
                    all.insert(name, p.value(depth + 1)?);
                    Ok(())
                })?;
                Ok(Value::Object(all))
            }
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(_) => self.wrong("not a value"),
            None => self.wrong("a value is missing"),
        }
    }

    /// Items between commas, and the bracket that ends them.
    fn items(&mut self, end: u8, mut item: impl FnMut(&mut Self) -> Result<(), Wrong>) -> Result<(), Wrong> {
        self.at += 1;
        if self.space() == Some(end) {
            self.at += 1;
            return Ok(());
        }
        loop {
            item(self)?;
            match self.space() {
                Some(b',') => self.at += 1,
                Some(byte) if byte == end => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return self.wrong("a comma or a bracket is missing"),
            }
        }
    }

    fn number(&mut self) -> Answer {
        let mut digits = String::new();
        while let Some(byte @ (b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')) = self.peek() {
            digits.push(char::from(byte));
            self.at += 1;
        }
        digits.parse().map(Value::Number).or_else(|_| self.wrong("not a number"))
    }

    fn text(&mut self) -> Result<String, Wrong> {
        self.at += 1;
        let mut bytes = Vec::new();
        loop {
            match self.next() {
                None => return self.wrong("a text has no end"),
                Some(b'"') => break,
                Some(b'\\') => match self.next() {
                    Some(b'n') => bytes.push(b'\n'),
                    Some(b't') => bytes.push(b'\t'),
                    Some(byte @ (b'"' | b'\\' | b'/')) => bytes.push(byte),
                    _ => return self.wrong("an escape that this example does not know"),
                },
                Some(byte) => bytes.push(byte),
            }
        }
        String::from_utf8(bytes).or_else(|_| self.wrong("not UTF-8"))
    }

    fn document(mut self) -> Answer {
        let value = self.value(0)?;
        match self.space() {
            None => Ok(value),
            Some(_) => self.wrong("more than one value"),
        }
    }
}

/// One document that comes in pieces.
#[derive(Debug)]
pub struct Document<'s>(Fiber<'s, Piece, (), Answer>);

impl<'s> Document<'s> {
    /// Nothing of it has come yet. `None` if there is no memory for its stack.
    pub fn new<'env>(s: &'s Scope<'s, 'env>) -> Option<Self> {
        let parse = |more: &Yielder<Piece, (), Answer>, first: Piece| {
            let (ended, piece) = (first.is_none(), first.unwrap_or_default());
            Parser { more, piece, at: 0, before: 0, ended }.document()
        };
        s.fiber_on(&STACKS, parse).map(Document)
    }

    /// Takes a piece, or the end; the answer as soon as there is one.
    pub fn take(&mut self, piece: Piece) -> Option<Answer> {
        match self.0.resume(piece) {
            Step::Yield(()) => None,
            Step::Done(answer) => Some(answer),
        }
    }
}

/// Documents that come in at the same time, piece by piece in turn, as from so many connections: their values in order.
pub(crate) fn parse_together(documents: &[&[u8]], piece: usize) -> Vec<Answer> {
    scope(|s| {
        let mut open: Vec<_> = documents
            .iter()
            .map(|text| (Document::new(s).expect("memory for a stack"), text.chunks(piece.max(1)), None::<Answer>))
            .collect();
        while open.iter().any(|(_, _, answer)| answer.is_none()) {
            for (document, pieces, answer) in open.iter_mut().filter(|(_, _, answer)| answer.is_none()) {
                *answer = document.take(pieces.next().map(<[u8]>::to_vec));
            }
        }
        open.into_iter().filter_map(|(_, _, answer)| answer).collect()
    })
}

#[allow(dead_code)] // The test has its own.
fn main() {
    let text = match std::env::args().nth(1) {
        Some(file) => std::fs::read(&file).unwrap_or_else(|e| panic!("{file}: {e}")),
        None => br#"{"name": "goxide", "stacks": [2048, 4096, 8192], "moves": true, "since": null}"#.to_vec(),
    };
    let begin = std::time::Instant::now();
    let answers = parse_together(&vec![text.as_slice(); 1000], 7);
    let (good, all) = (answers.iter().filter(|a| a.is_ok()).count(), answers.len());
    println!("{good} of {all} documents of {} bytes at once, seven bytes at a time: {:?}", text.len(), begin.elapsed());
    println!("the last: {:?}", answers[all - 1]);
}
