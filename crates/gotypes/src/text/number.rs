//! Reading numbers from text: decimal integers and byte counts with a unit.

/// A decimal number with an optional minus (`atoi64`).
pub fn parse_i64(s: &[u8]) -> Option<i64> {
    let (neg, digits) = match s {
        [b'-', rest @ ..] => (true, rest),
        [] => return None,
        rest => (false, rest),
    };
    // A lone minus reads as 0, as in Go.
    let mut n = 0u64;
    for &c in digits {
        if !c.is_ascii_digit() {
            return None;
        }
        n = n.checked_mul(10)?.checked_add(u64::from(c - b'0'))?;
    }
    if neg { 0i64.checked_sub_unsigned(n) } else { i64::try_from(n).ok() }
}

/// The same within 32 bits (`atoi32`).
pub fn parse_i32(s: &[u8]) -> Option<i32> {
    parse_i64(s)?.try_into().ok()
}

/// A number of bytes: digits, then nothing, `B`, `KiB`, `MiB`, `GiB` or `TiB` (`parseByteCount`).
pub fn parse_byte_count(s: &[u8]) -> Option<i64> {
    let (digits, shift) = match s {
        [d @ .., b'K', b'i', b'B'] => (d, 10),
        [d @ .., b'M', b'i', b'B'] => (d, 20),
        [d @ .., b'G', b'i', b'B'] => (d, 30),
        [d @ .., b'T', b'i', b'B'] => (d, 40),
        [d @ .., b'B'] => (d, 0),
        d => (d, 0),
    };
    if !digits.last()?.is_ascii_digit() {
        return None;
    }
    let n = u64::try_from(parse_i64(digits)?).ok()?;
    i64::try_from(n.checked_mul(1 << shift)?).ok()
}
