//! Where text goes, without allocating and without formatting machinery.

/// Takes text.
pub trait Sink {
    /// Takes some bytes.
    fn put(&mut self, bytes: &[u8]);

    /// Takes a number in decimal.
    fn put_uint(&mut self, mut v: u64) {
        let mut buf = [0u8; 20];
        let mut i = buf.len();
        loop {
            i -= 1;
            buf[i] = b'0' + (v % 10) as u8;
            v /= 10;
            if v == 0 {
                break;
            }
        }
        self.put(&buf[i..]);
    }

    /// Takes a signed number in decimal.
    fn put_int(&mut self, v: i64) {
        if v < 0 {
            self.put(b"-");
        }
        self.put_uint(v.unsigned_abs());
    }

    /// Takes a number in hexadecimal, with `0x` and no leading zeros.
    fn put_hex(&mut self, v: usize) {
        self.put_hex_wide(v, 1);
    }

    /// Takes a number in hexadecimal, with `0x` and at least `digits` digits.
    fn put_hex_wide(&mut self, mut v: usize, digits: usize) {
        let mut buf = [0u8; 18];
        let mut i = buf.len();
        loop {
            i -= 1;
            buf[i] = b"0123456789abcdef"[v % 16];
            v /= 16;
            if v == 0 && buf.len() - i >= digits.min(16) {
                break;
            }
        }
        buf[i - 2] = b'0';
        buf[i - 1] = b'x';
        self.put(&buf[i - 2..]);
    }
}

/// Fills a buffer, and drops what does not fit.
#[derive(Debug)]
pub struct SliceSink<'a> {
    buf: &'a mut [u8],
    len: usize,
}

impl<'a> SliceSink<'a> {
    /// Will fill `buf` from its start.
    pub fn new(buf: &'a mut [u8]) -> Self {
        Self { buf, len: 0 }
    }

    /// How much of the buffer is filled.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing was put.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// What was put.
    pub fn as_bytes(&self) -> &[u8] {
        &self.buf[..self.len]
    }
}

impl Sink for SliceSink<'_> {
    fn put(&mut self, bytes: &[u8]) {
        let room = &mut self.buf[self.len..];
        let n = bytes.len().min(room.len());
        room[..n].copy_from_slice(&bytes[..n]);
        self.len += n;
    }
}

#[cfg(feature = "std")]
impl Sink for std::vec::Vec<u8> {
    fn put(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}
