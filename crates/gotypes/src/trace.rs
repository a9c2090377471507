//! The encoding of execution traces ("go 1.21 trace"): events of numbers in varints, in batches of one processor each.
//!
//! An event is a byte of kind and number of arguments, the time since the event before it in its batch, and the arguments; with more
//! than three of these, their length in bytes comes first. Strings and call stacks are numbered, and come as events of their own,
//! anywhere. Who writes events, and when, is the running half's business (`rt::trace`).

/// What every trace begins with.
pub const HEADER: &[u8; 16] = b"go 1.21 trace\0\0\0";

/// Kinds of events, with Go's numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Kind {
    Batch = 1,
    Frequency = 2,
    Stack = 3,
    Gomaxprocs = 4,
    ProcStart = 5,
    ProcStop = 6,
    GcStart = 7,
    GcDone = 8,
    StwStart = 9,
    StwDone = 10,
    GcSweepStart = 11,
    GcSweepDone = 12,
    GoCreate = 13,
    GoStart = 14,
    GoEnd = 15,
    GoStop = 16,
    GoSched = 17,
    GoPreempt = 18,
    GoSleep = 19,
    GoBlock = 20,
    GoUnblock = 21,
    GoBlockSend = 22,
    GoBlockRecv = 23,
    GoBlockSelect = 24,
    GoBlockSync = 25,
    GoBlockCond = 26,
    GoBlockNet = 27,
    GoSysCall = 28,
    GoSysExit = 29,
    GoSysBlock = 30,
    GoWaiting = 31,
    GoInSyscall = 32,
    HeapAlloc = 33,
    HeapGoal = 34,
    String = 37,
    GoBlockGc = 42,
    GcMarkAssistStart = 43,
    GcMarkAssistDone = 44,
    UserTaskCreate = 45,
    UserTaskEnd = 46,
    UserRegion = 47,
    UserLog = 48,
    CpuSample = 49,
}

/// Bytes of the longest number.
const NUMBER: usize = 10;
/// Bytes that an event of up to six arguments takes at most.
pub const EVENT: usize = 2 + 7 * NUMBER;

/// A number of seven bits a byte, lowest first, the top bit set in all bytes but the last; as (bytes, how many).
fn varint(mut v: u64) -> ([u8; NUMBER], usize) {
    let mut bytes = [0; NUMBER];
    let mut n = 0;
    loop {
        bytes[n] = v as u8 & 0x7f;
        v >>= 7;
        n += 1;
        if v == 0 {
            return (bytes, n);
        }
        bytes[n - 1] |= 0x80;
    }
}

/// A batch of events of one processor that is being written.
#[derive(Debug)]
pub struct Batch<'b> {
    to: &'b mut [u8],
    len: usize,
    last: u64,
}

impl<'b> Batch<'b> {
    /// Begins a batch of processor `id` (-1: of none) at a time. There is room for [`EVENT`] bytes at least.
    pub fn begin(to: &'b mut [u8], id: i32, time: u64) -> Batch<'b> {
        let mut batch = Batch { to, len: 0, last: time };
        batch.byte(Kind::Batch as u8 | 1 << 6);
        batch.number(i64::from(id) as u64);
        batch.number(time);
        batch
    }

    /// Goes on with a batch of which `len` bytes are written, up to the event at time `last`.
    pub fn resume(to: &'b mut [u8], len: usize, last: u64) -> Batch<'b> {
        Batch { to, len, last }
    }

    /// Bytes written, and the time of the last event.
    pub fn state(&self) -> (usize, u64) {
        (self.len, self.last)
    }

    /// Whether there is room for so many bytes.
    pub fn has_room(&self, bytes: usize) -> bool {
        self.to.len() - self.len >= bytes
    }

    fn byte(&mut self, b: u8) {
        self.bytes(&[b]);
    }

    fn bytes(&mut self, b: &[u8]) {
        self.to[self.len..][..b.len()].copy_from_slice(b);
        self.len += b.len();
    }

    fn number(&mut self, v: u64) {
        let (bytes, n) = varint(v);
        self.bytes(&bytes[..n]);
    }

    /// An event with a time, which is later than that of the one before. There must be [room](Self::has_room) for [`EVENT`].
    pub fn event(&mut self, kind: Kind, time: u64, args: &[u64]) {
        let time = time.max(self.last + 1);
        let since = time - self.last;
        self.last = time;
        self.body(kind, core::iter::once(since).chain(args.iter().copied()), args.len());
    }

    /// An event without a time. There must be room for two bytes and ten a number.
    pub fn timeless(&mut self, kind: Kind, args: &[u64]) {
        self.body(kind, args.iter().copied(), args.len().saturating_sub(1));
    }

    fn body(&mut self, kind: Kind, numbers: impl Iterator<Item = u64> + Clone, more: usize) {
        self.byte(kind as u8 | (more.min(3) as u8) << 6);
        if more >= 3 {
            let len: usize = numbers.clone().map(|v| varint(v).1).sum();
            self.number(len as u64);
        }
        for v in numbers {
            self.number(v);
        }
    }

    /// An event without a time whose length is said, however many numbers there are. There must be room for two bytes, ten a number, and ten.
    pub fn sized(&mut self, kind: Kind, numbers: &[u64]) {
        self.body(kind, numbers.iter().copied(), 3);
    }

    /// A string behind an event of [`Kind::UserLog`], or a numbered one. There must be room for it and two numbers.
    pub fn text(&mut self, text: &[u8]) {
        self.number(text.len() as u64);
        self.bytes(text);
    }

    /// A numbered string.
    pub fn string(&mut self, id: u64, text: &[u8]) {
        self.byte(Kind::String as u8);
        self.number(id);
        self.text(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_reads_as_it_should() {
        let mut room = [0; 256];
        let mut b = Batch::begin(&mut room, 2, 1000);
        b.event(Kind::GoCreate, 1300, &[7, 1, 2]);
        b.event(Kind::GoEnd, 1300, &[]);
        b.event(Kind::GoStart, 1290, &[7, 300]);
        b.timeless(Kind::Frequency, &[1_000_000_000]);
        b.string(5, b"abc");
        let (len, last) = b.state();
        assert_eq!(last, 1302, "times go up");
        let expected: &[u8] = &[
            1 | 1 << 6,
            2,
            0xe8,
            7, // batch
            13 | 3 << 6,
            5,
            0xac,
            2,
            7,
            1,
            2, // four numbers, so their length first
            15,
            1, // end
            14 | 2 << 6,
            1,
            7,
            0xac,
            2, // start
            2,
            0x80,
            0x94,
            0xeb,
            0xdc,
            3, // frequency
            37,
            5,
            3,
            b'a',
            b'b',
            b'c',
        ];
        assert_eq!(room[..len], *expected);
    }

    #[test]
    fn the_longest_event_fits_where_it_is_said_to() {
        let mut room = [0; EVENT];
        let mut b = Batch::resume(&mut room, 0, 0);
        assert!(b.has_room(EVENT));
        b.event(Kind::UserLog, u64::MAX, &[u64::MAX; 6]);
        assert_eq!(b.state().0, EVENT);
        let mut room = [0; EVENT];
        assert!(Batch::begin(&mut room, -1, u64::MAX).state().0 <= EVENT);
    }
}
