//! The execution trace as it lies in its file: events with their arguments, put in the order of time, and the tables of texts and of calls.
//!
//! A file is a header of sixteen bytes and then events. An event is a byte, whose lower six bits say what it is and whose upper two how many
//! arguments there are, and the arguments in base 128; with many, their length comes first. A batch of events is of one processor, and times in
//! it are distances from the event before.

use std::collections::HashMap;

/// How a trace begins.
pub const HEADER: &[u8] = b"go 1.21 trace\0\0\0";

/// Kinds of events, by the numbers of the format.
pub mod kind {
    pub const BATCH: u8 = 1;
    pub const FREQUENCY: u8 = 2;
    pub const STACK: u8 = 3;
    pub const PROC_START: u8 = 5;
    pub const PROC_STOP: u8 = 6;
    pub const GC_START: u8 = 7;
    pub const GC_DONE: u8 = 8;
    pub const STOP_BEGIN: u8 = 9;
    pub const STOP_END: u8 = 10;
    pub const CREATE: u8 = 13;
    pub const START: u8 = 14;
    pub const END: u8 = 15;
    pub const STOP: u8 = 16;
    pub const YIELD: u8 = 17;
    pub const PREEMPT: u8 = 18;
    pub const SLEEP: u8 = 19;
    pub const BLOCK: u8 = 20;
    pub const UNBLOCK: u8 = 21;
    pub const BLOCK_SEND: u8 = 22;
    pub const BLOCK_RECEIVE: u8 = 23;
    pub const BLOCK_SELECT: u8 = 24;
    pub const BLOCK_SYNC: u8 = 25;
    pub const BLOCK_COND: u8 = 26;
    pub const BLOCK_NET: u8 = 27;
    pub const SYSCALL_EXIT: u8 = 29;
    pub const SYSCALL_BLOCK: u8 = 30;
    pub const WAITING: u8 = 31;
    pub const IN_SYSCALL: u8 = 32;
    pub const HEAP: u8 = 33;
    pub const GOAL: u8 = 34;
    pub const TIMERS: u8 = 35;
    pub const STRING: u8 = 37;
    pub const START_LOCAL: u8 = 38;
    pub const UNBLOCK_LOCAL: u8 = 39;
    pub const SYSCALL_EXIT_LOCAL: u8 = 40;
    pub const START_LABEL: u8 = 41;
    pub const BLOCK_COLLECTION: u8 = 42;
    pub const LOG: u8 = 48;
    pub const COUNT: u8 = 50;
}

/// Something that happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Event {
    /// When, in nanoseconds since the first.
    pub at: u64,
    /// On which processor.
    pub proc: u64,
    /// What: of `kind`.
    pub kind: u8,
    /// The first two arguments behind the time; 0 where there are fewer.
    pub args: [u64; 2],
}

/// A file's contents.
#[derive(Debug, Default)]
pub struct Events {
    /// All events, earlier ones first.
    pub events: Vec<Event>,
    /// Of each stack of calls, the text's number of the innermost function.
    stacks: HashMap<u64, u64>,
    texts: HashMap<u64, String>,
}

impl Events {
    /// Reads a file.
    ///
    /// # Errors
    /// A sentence that names the byte at which it goes wrong.
    pub fn parse(bytes: &[u8]) -> Result<Events, String> {
        if !bytes.starts_with(HEADER) {
            return Err("byte 0: this is no execution trace of Go 1.21, which would begin with \"go 1.21 trace\"".into());
        }
        let mut reader = Reader { bytes, at: HEADER.len() };
        let mut all = Events::default();
        let (mut proc, mut time, mut frequency) = (None, 0u64, 0);
        while reader.at < bytes.len() {
            let begin = reader.at;
            let wrong = |what: &str| format!("byte {begin}: {what}");
            let cut = || wrong("the trace is cut off in the midst of an event; was the program killed?");
            let head = bytes[begin];
            reader.at += 1;
            let kind = head & 63;
            if kind == 0 || kind >= kind::COUNT {
                return Err(wrong(&format!("{kind} is no event of a trace of Go 1.21")));
            }
            if kind == kind::STRING {
                let id = reader.number().ok_or_else(cut)?;
                let text = reader.text().ok_or_else(cut)?;
                all.texts.insert(id, text);
                continue;
            }
            let args = reader.args(head >> 6).ok_or_else(cut)?;
            if kind == kind::LOG {
                reader.text().ok_or_else(cut)?;
            }
            let arg = |i: usize| args.get(i).copied().unwrap_or(0);
            match kind {
                kind::BATCH => (proc, time) = (Some(arg(0)), arg(1)),
                kind::FREQUENCY => frequency = arg(0),
                // A number, a count, and of each call its address, function, file and line.
                kind::STACK => drop(all.stacks.insert(arg(0), arg(3))),
                kind::TIMERS => {}
                _ => {
                    let proc = proc.ok_or_else(|| wrong("an event stands before the first batch"))?;
                    time = time.wrapping_add(arg(0));
                    all.events.push(Event { at: time, proc, kind, args: [arg(1), arg(2)] });
                }
            }
        }
        if frequency == 0 {
            let end = bytes.len();
            return Err(format!(
                "byte {end}: the trace ends before it says how fast its clock goes; was the program killed?"
            ));
        }
        // Those of one processor stand in their order, which this keeps.
        all.events.sort_by_key(|event| event.at);
        let first = all.events.first().map_or(0, |event| event.at);
        for event in &mut all.events {
            event.at = (u128::from(event.at - first) * 1_000_000_000 / u128::from(frequency)) as u64;
        }
        Ok(all)
    }

    /// The innermost function of a stack of calls; nothing if it is not known.
    pub fn function(&self, stack: u64) -> &str {
        self.stacks.get(&stack).and_then(|id| self.texts.get(id)).map_or("", String::as_str)
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    /// A number in base 128, the lowest digits first.
    fn number(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..70).step_by(7) {
            let byte = *self.bytes.get(self.at)?;
            self.at += 1;
            value |= u64::from(byte & 127).checked_shl(shift).unwrap_or(0);
            if byte < 128 {
                return Some(value);
            }
        }
        None
    }

    fn text(&mut self) -> Option<String> {
        let length = usize::try_from(self.number()?).ok()?;
        let text = self.bytes.get(self.at..self.at.checked_add(length)?)?;
        self.at += length;
        Some(String::from_utf8_lossy(text).into_owned())
    }

    /// The arguments of an event whose first byte gives `count`.
    fn args(&mut self, count: u8) -> Option<Vec<u64>> {
        if count < 3 {
            return (0..=count).map(|_| self.number()).collect();
        }
        let length = usize::try_from(self.number()?).ok()?;
        let end = self.at.checked_add(length).filter(|end| *end <= self.bytes.len())?;
        let mut args = Vec::new();
        while self.at < end {
            args.push(self.number()?);
        }
        (self.at == end).then_some(args)
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// Writes traces, for tests.
    pub struct Writer(pub Vec<u8>);

    impl Writer {
        pub fn new() -> Writer {
            Writer(HEADER.to_vec())
        }

        fn number(to: &mut Vec<u8>, mut n: u64) {
            while n >= 128 {
                to.push(n as u8 | 128);
                n >>= 7;
            }
            to.push(n as u8);
        }

        pub fn event(&mut self, kind: u8, args: &[u64]) -> &mut Writer {
            let count = (args.len() - 1).min(3) as u8;
            self.0.push(kind | count << 6);
            let mut body = Vec::new();
            args.iter().for_each(|&n| Writer::number(&mut body, n));
            if count == 3 {
                Writer::number(&mut self.0, body.len() as u64);
            }
            self.0.extend(body);
            self
        }

        pub fn text(&mut self, id: u64, text: &str) -> &mut Writer {
            self.0.push(kind::STRING);
            Writer::number(&mut self.0, id);
            Writer::number(&mut self.0, text.len() as u64);
            self.0.extend(text.as_bytes());
            self
        }
    }

    #[test]
    fn events_come_in_the_order_of_time_with_their_texts() {
        let mut w = Writer::new();
        w.event(kind::BATCH, &[1, 1000]).event(kind::START, &[50, 7, 1]);
        w.event(kind::BATCH, &[0, 900]).event(kind::PROC_START, &[0, 3]).event(kind::CREATE, &[300, 8, 4, 0]);
        w.text(9, "main.main").event(kind::STACK, &[4, 1, 77, 9, 0, 12]).event(kind::FREQUENCY, &[500_000_000]);
        let all = Events::parse(&w.0).expect("a trace");
        let seen: Vec<_> = all.events.iter().map(|e| (e.at, e.proc, e.kind, e.args)).collect();
        let wanted = [(0, 0, kind::PROC_START, [3, 0]), (300, 1, kind::START, [7, 1]), (600, 0, kind::CREATE, [8, 4])];
        assert_eq!(seen, wanted);
        assert_eq!((all.function(4), all.function(5)), ("main.main", ""));
    }

    #[test]
    fn broken_files_are_refused_with_the_byte() {
        let mut good = Writer::new();
        good.event(kind::BATCH, &[0, 5]).event(kind::CREATE, &[300, 8, 4, 0]).event(kind::FREQUENCY, &[1000]);
        assert!(Events::parse(&good.0).is_ok());
        for end in [0, 5, 17, 20, 23, good.0.len() - 1] {
            let said = Events::parse(&good.0[..end]).expect_err("a trace that is cut off");
            assert!(said.starts_with("byte ") && said.len() > 30, "{end}: {said}");
        }
        for bad in [&[60, 1][..], &[0], &[kind::START, 3], &[kind::STRING, 1, 200, 1], &[kind::START | 0xc0, 255, 255, 1]] {
            let said = Events::parse(&[HEADER, bad].concat()).expect_err("nonsense");
            assert!(said.starts_with("byte 16: "), "{bad:?}: {said}");
        }
        // A length that would wrap around.
        let huge = [kind::STRING, 1, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1];
        assert!(Events::parse(&[HEADER, &huge].concat()).is_err());
    }
}
