//! UTF-8 as Go reads it: whatever is not well formed counts as U+FFFD, one byte at a time.

/// Stands for what cannot be decoded or encoded.
pub const RUNE_ERROR: i32 = 0xfffd;
const MAX_RUNE: u32 = 0x10_ffff;

#[inline]
fn is_surrogate(r: u32) -> bool {
    (0xd800..=0xdfff).contains(&r)
}

/// The rune at the start of `s` and its length. `s` must not be empty; if it is, the answer is that of a bad byte.
#[inline]
pub fn decode(s: &[u8]) -> (i32, usize) {
    let tail = |b: &u8| (*b & 0xc0 == 0x80).then_some(u32::from(*b & 0x3f));
    let bad = (RUNE_ERROR, 1);
    match s {
        [a, ..] if *a < 0x80 => (i32::from(*a), 1),
        [a, b, ..] if a & 0xe0 == 0xc0 => match tail(b) {
            Some(b) => {
                let r = u32::from(a & 0x1f) << 6 | b;
                if r > 0x7f { (r as i32, 2) } else { bad }
            }
            None => bad,
        },
        [a, b, c, ..] if a & 0xf0 == 0xe0 => match (tail(b), tail(c)) {
            (Some(b), Some(c)) => {
                let r = u32::from(a & 0x0f) << 12 | b << 6 | c;
                if r > 0x7ff && !is_surrogate(r) { (r as i32, 3) } else { bad }
            }
            _ => bad,
        },
        [a, b, c, d, ..] if a & 0xf8 == 0xf0 => match (tail(b), tail(c), tail(d)) {
            (Some(b), Some(c), Some(d)) => {
                let r = u32::from(a & 0x07) << 18 | b << 12 | c << 6 | d;
                if r > 0xffff && r <= MAX_RUNE { (r as i32, 4) } else { bad }
            }
            _ => bad,
        },
        _ => bad,
    }
}

/// The rune at byte `at` of `s` and where the next one starts (`decoderune`). Compiled code calls this for bytes from
/// 0x80 on only.
#[inline]
pub fn decode_at(s: &[u8], at: usize) -> (i32, usize) {
    match s.get(at..) {
        Some(rest) => {
            let (r, n) = decode_pair(rest).map_or_else(|| decode(rest), |r| (r, 2));
            (r, at + n)
        }
        None => (RUNE_ERROR, at + 1),
    }
}

/// The rune at the start of `s`, if it is one of two bytes: what is most frequent of all that is not plain text, in few steps.
#[inline(always)]
pub fn decode_pair(s: &[u8]) -> Option<i32> {
    match s {
        // A first byte below that is a form of plain text that is too long.
        [a @ 0xc2..=0xdf, b @ 0x80..=0xbf, ..] => Some(i32::from(a & 0x1f) << 6 | i32::from(b & 0x3f)),
        _ => None,
    }
}

/// How many bytes of plain text eight bytes begin with.
#[inline(always)]
pub(super) fn plain(chunk: [u8; 8]) -> usize {
    (u64::from_le_bytes(chunk) & 0x8080_8080_8080_8080).trailing_zeros() as usize / 8
}

/// Number of runes (`countrunes`).
pub fn count(s: &[u8]) -> usize {
    let (mut n, mut rest) = (0, s);
    // Plain text goes by eights, or up to the first byte that is none.
    while let Some((chunk, tail)) = rest.split_first_chunk::<8>() {
        let plain = plain(*chunk);
        n += plain;
        if plain == 8 {
            rest = tail;
            continue;
        }
        rest = rest.get(plain..).unwrap_or(&[]);
        let (_, k) = decode(rest);
        n += 1;
        rest = rest.get(k..).unwrap_or(&[]);
    }
    while !rest.is_empty() {
        let (_, k) = decode(rest);
        n += 1;
        rest = rest.get(k..).unwrap_or(&[]);
    }
    n
}

/// Where to cut `s` near byte `at`, so that both parts together have the runes of the whole: at `at`, or up to three bytes before.
pub fn cut(s: &[u8], at: usize) -> usize {
    let continues = |i: usize| s.get(i).is_some_and(|b| b & 0xc0 == 0x80);
    // A rune begins wherever a byte does not continue one. If the three before and the byte itself all do, it belongs to none.
    (at.saturating_sub(3)..=at.min(s.len())).rev().find(|&i| !continues(i)).unwrap_or(at)
}

/// The UTF-8 form of a rune and its length (`encoderune`): the first byte is the word's lowest, and those beyond the length are 0. What is no
/// rune is encoded as U+FFFD.
#[inline(always)]
pub fn encode(r: i32) -> (u32, usize) {
    let mut u = r as u32;
    if u <= 0x7f {
        return (u, 1);
    }
    if u > MAX_RUNE || is_surrogate(u) {
        u = RUNE_ERROR as u32;
    }
    // The last six bits, or those before them, as a byte that continues.
    let tail = |shift: u32| 0x80 | (u >> shift & 0x3f);
    match u {
        ..=0x7ff => (0xc0 | u >> 6 | tail(0) << 8, 2),
        0x800..=0xffff => (0xe0 | u >> 12 | tail(6) << 8 | tail(0) << 16, 3),
        _ => (0xf0 | u >> 18 | tail(12) << 8 | tail(6) << 16 | tail(0) << 24, 4),
    }
}

/// Length of a rune's UTF-8 form.
#[inline]
pub const fn encoded_len(r: i32) -> usize {
    match r as u32 {
        0..=0x7f => 1,
        0x80..=0x7ff => 2,
        0x1_0000..=MAX_RUNE => 4,
        _ => 3,
    }
}
