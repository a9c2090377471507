//! A cursor over bytes of a file.

/// A cursor over bytes of a file, which may be cut or nonsense.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    /// The next `n` bytes.
    pub fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.0.split_at_checked(n)?;
        self.0 = tail;
        Some(head)
    }

    /// A little-endian number of up to eight bytes.
    pub fn number(&mut self, n: usize) -> Option<u64> {
        Some(self.take(n)?.iter().rev().fold(0, |v, &b| v << 8 | u64::from(b)))
    }

    /// The next byte.
    pub fn byte(&mut self) -> Option<u8> {
        Some(self.take(1)?[0])
    }

    /// The next LEB128 number.
    pub fn uleb(&mut self) -> Option<u64> {
        let mut v = 0;
        for shift in (0..64).step_by(7) {
            let b = self.byte()?;
            v |= u64::from(b & 0x7f) << shift;
            if b & 0x80 == 0 {
                return Some(v);
            }
        }
        None
    }

    /// The next LEB128 number with a sign.
    pub fn sleb(&mut self) -> Option<i64> {
        let mut v = 0;
        for shift in (0..64).step_by(7) {
            let b = self.byte()?;
            v |= i64::from(b & 0x7f) << shift;
            if b & 0x80 == 0 {
                let unused = 64 - (shift + 7).min(64);
                return Some(v << unused >> unused);
            }
        }
        None
    }

    /// Bytes up to a zero, which is taken too.
    pub fn text(&mut self) -> Option<&'a [u8]> {
        let n = self.0.iter().position(|&b| b == 0)?;
        let s = self.take(n)?;
        self.take(1)?;
        Some(s)
    }
}

/// The number of `n` bytes at an offset.
pub(crate) fn field(bytes: &[u8], at: usize, n: usize) -> Option<u64> {
    Reader(bytes.get(at..)?).number(n)
}
