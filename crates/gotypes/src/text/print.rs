//! What the built-in `print` and `println` write for each type.
//!
//! Compiled code calls one function per operand, between a lock and an unlock that are not of this module.

use crate::types::{Eface, GoSlice, Iface};
pub use goxide_symtab::Sink;

/// A sink in a fixed array; what does not fit is dropped.
#[derive(Clone, Debug)]
pub struct ByteSink<const N: usize> {
    buf: [u8; N],
    len: usize,
}

impl<const N: usize> ByteSink<N> {
    /// Nothing written.
    pub const fn new() -> Self {
        ByteSink { buf: [0; N], len: 0 }
    }

    /// What was written.
    pub fn bytes(&self) -> &[u8] {
        self.buf.get(..self.len).unwrap_or(&[])
    }
}

impl<const N: usize> Default for ByteSink<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const N: usize> Sink for ByteSink<N> {
    fn put(&mut self, bytes: &[u8]) {
        for (to, from) in self.buf.iter_mut().skip(self.len).zip(bytes) {
            *to = *from;
        }
        self.len = (self.len + bytes.len()).min(N);
    }
}

/// `true` or `false`.
pub fn bool(out: &mut impl Sink, v: bool) {
    out.put(if v { b"true" } else { b"false" });
}

/// Decimal.
pub fn uint(out: &mut impl Sink, mut v: u64) {
    let mut buf = [0u8; 20];
    let mut at = buf.len();
    for b in buf.iter_mut().rev() {
        *b = b'0' + (v % 10) as u8;
        at -= 1;
        v /= 10;
        if v == 0 {
            break;
        }
    }
    out.put(buf.get(at..).unwrap_or(&[]));
}

/// Decimal, with a minus if need be.
pub fn int(out: &mut impl Sink, v: i64) {
    if v < 0 {
        out.put(b"-");
    }
    uint(out, v.unsigned_abs());
}

/// `0x` and hexadecimal digits.
pub fn hex(out: &mut impl Sink, v: u64) {
    hex_min(out, v, 1);
}

/// The same with at least `digits` digits.
pub fn hex_min(out: &mut impl Sink, mut v: u64, digits: usize) {
    let mut buf = [b'0'; 18];
    let mut at = buf.len();
    let mut done = 0;
    for b in buf.iter_mut().skip(2).rev() {
        *b = b"0123456789abcdef"[(v % 16) as usize];
        at -= 1;
        done += 1;
        v /= 16;
        if v == 0 && done >= digits {
            break;
        }
    }
    out.put(b"0x");
    out.put(buf.get(at..).unwrap_or(&[]));
}

/// An address.
pub fn pointer<T>(out: &mut impl Sink, p: *const T) {
    hex(out, p as usize as u64);
}

/// The bytes of a string.
pub fn string(out: &mut impl Sink, s: &[u8]) {
    if !s.is_empty() {
        out.put(s);
    }
}

/// `+1.234560e+003`: seven digits and at least three of exponent. Not the nearest decimal, but digit for digit what Go
/// prints: the value is scaled by repeated division or multiplication, and that rounds.
pub fn float(out: &mut impl Sink, mut v: f64) {
    const DIGITS: usize = 7;
    if v.is_nan() {
        return out.put(b"NaN");
    }
    if v.is_infinite() {
        return out.put(if v > 0.0 { b"+Inf" } else { b"-Inf" });
    }
    let sign = if v.is_sign_negative() { b'-' } else { b'+' };
    let mut exp = 0i32;
    if v != 0.0 {
        if v < 0.0 {
            v = -v;
        }
        while v >= 10.0 {
            exp += 1;
            v /= 10.0;
        }
        while v < 1.0 {
            exp -= 1;
            v *= 10.0;
        }
        // Half of the last digit.
        let mut half = 5.0;
        for _ in 0..DIGITS {
            half /= 10.0;
        }
        v += half;
        if v >= 10.0 {
            exp += 1;
            v /= 10.0;
        }
    }
    let mut digit = || {
        let d = v as i64;
        v = (v - d as f64) * 10.0;
        b'0' + d as u8
    };
    let mut buf = [sign, digit(), b'.', 0, 0, 0, 0, 0, 0, b'e', b'+', 0, 0, 0];
    for b in &mut buf[3..9] {
        *b = digit();
    }
    if exp < 0 {
        buf[10] = b'-';
    }
    let e = exp.unsigned_abs();
    buf[11] = b'0' + (e / 100) as u8;
    buf[12] = b'0' + (e / 10 % 10) as u8;
    buf[13] = b'0' + (e % 10) as u8;
    out.put(&buf);
}

/// `(re im i)`, without the spaces.
pub fn complex(out: &mut impl Sink, re: f64, im: f64) {
    out.put(b"(");
    float(out, re);
    float(out, im);
    out.put(b"i)");
}

/// `[len/cap]0xaddress`
pub fn slice(out: &mut impl Sink, s: GoSlice) {
    out.put(b"[");
    int(out, s.len as i64);
    out.put(b"/");
    int(out, s.cap as i64);
    out.put(b"]");
    pointer(out, s.ptr);
}

fn pair(out: &mut impl Sink, a: usize, b: usize) {
    out.put(b"(");
    hex(out, a as u64);
    out.put(b",");
    hex(out, b as u64);
    out.put(b")");
}

/// `(0xtype,0xdata)`
pub fn eface(out: &mut impl Sink, e: Eface) {
    pair(out, e.typ as usize, e.data as usize);
}

/// `(0xtab,0xdata)`
pub fn iface(out: &mut impl Sink, i: Iface) {
    pair(out, i.tab as usize, i.data as usize);
}

/// A space.
pub fn space(out: &mut impl Sink) {
    out.put(b" ");
}

/// The end of a line.
pub fn newline(out: &mut impl Sink) {
    out.put(b"\n");
}
