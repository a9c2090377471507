//! The encoding of Go's heap dumps ("go1.7 heap dump"): records of numbers in varints and byte strings with a length, each
//! begun by a [`Tag`].
//!
//! What a record consists of is in `rt::heapdump`, where they are written.

/// What every dump begins with.
pub const HEADER: &[u8] = b"go1.7 heap dump\n";

/// The kind of a record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Tag {
    Eof = 0,
    Object = 1,
    Type = 3,
    Goroutine = 4,
    Frame = 5,
    Params = 6,
    Finalizer = 7,
    Itab = 8,
    Thread = 9,
    MemStats = 10,
    QueuedFinalizer = 11,
    Data = 12,
    Bss = 13,
    Defer = 14,
    Panic = 15,
    MemProf = 16,
    AllocSample = 17,
}

/// Bytes that are kept before they go out.
const BUFFER: usize = 4096;

/// Writes a dump, through a function that takes bytes.
pub struct Writer<F: FnMut(&[u8])> {
    out: F,
    buf: [u8; BUFFER],
    len: usize,
}

impl<F: FnMut(&[u8])> Writer<F> {
    /// A writer to `out`.
    pub fn new(out: F) -> Self {
        Writer { out, buf: [0; BUFFER], len: 0 }
    }

    /// Bytes as they are.
    pub fn raw(&mut self, bytes: &[u8]) {
        if self.len + bytes.len() > BUFFER {
            self.flush();
            if bytes.len() >= BUFFER {
                return (self.out)(bytes);
            }
        }
        self.buf[self.len..][..bytes.len()].copy_from_slice(bytes);
        self.len += bytes.len();
    }

    /// A number: seven bits a byte, lowest first, the top bit set in all bytes but the last.
    pub fn int(&mut self, mut v: u64) {
        let mut bytes = [0; 10];
        let mut n = 0;
        while let Some(b) = bytes.get_mut(n) {
            n += 1;
            *b = v as u8 & 0x7f;
            v >>= 7;
            if v == 0 {
                break;
            }
            *b |= 0x80;
        }
        self.raw(&bytes[..n]);
    }

    /// The beginning of a record.
    pub fn tag(&mut self, tag: Tag) {
        self.int(tag as u64);
    }

    /// Numbers, one after the other.
    pub fn ints(&mut self, all: &[usize]) {
        for &v in all {
            self.int(v as u64);
        }
    }

    /// Bytes with their number.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.int(bytes.len() as u64);
        self.raw(bytes);
    }

    /// A pointer at this offset of what was written last.
    pub fn pointer_at(&mut self, offset: usize) {
        const POINTER: usize = 1;
        self.ints(&[POINTER, offset]);
    }

    /// No more pointers.
    pub fn end_pointers(&mut self) {
        self.int(0);
    }

    /// Sends what is kept.
    pub fn flush(&mut self) {
        if self.len > 0 {
            (self.out)(&self.buf[..self.len]);
            self.len = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(f: impl FnOnce(&mut Writer<&mut dyn FnMut(&[u8])>)) -> (Vec<u8>, usize) {
        let (mut bytes, mut writes) = (Vec::new(), 0);
        let mut out = |b: &[u8]| {
            bytes.extend_from_slice(b);
            writes += 1;
        };
        let mut w = Writer::new(&mut out as &mut dyn FnMut(&[u8]));
        f(&mut w);
        w.flush();
        (bytes, writes)
    }

    #[test]
    fn numbers() {
        let (b, _) = written(|w| {
            w.ints(&[0, 1, 127, 128, 300]);
            w.int(u64::MAX);
        });
        assert_eq!(b[..7], [0, 1, 127, 0x80, 1, 0xac, 2]);
        assert_eq!(b[7..], [255, 255, 255, 255, 255, 255, 255, 255, 255, 1]);
    }

    #[test]
    fn strings_and_pointers() {
        let (b, writes) = written(|w| {
            w.tag(Tag::AllocSample);
            w.bytes(b"abc");
            w.pointer_at(8);
            w.end_pointers();
        });
        assert_eq!((b, writes), (vec![17, 3, b'a', b'b', b'c', 1, 8, 0], 1));
    }

    #[test]
    fn large_pieces_keep_their_place() {
        let big = vec![7; 10_000];
        let (b, writes) = written(|w| {
            for _ in 0..3 {
                w.raw(&[1; 3000]);
            }
            w.raw(&big);
            w.raw(&[2; 5]);
        });
        let expected: Vec<u8> = [vec![1; 9000], big, vec![2; 5]].concat();
        assert!(b == expected && writes == 5, "{} {writes}", b.len());
    }
}
