//! Programs that say where the pointers of a large value are, read without
//! unrolling them into memory.
//!
//! A program is a run of instructions: `n` in 1..=127 and that many literal
//! bits; or `0x80 | n` (n = 0: a varint follows instead) and a varint `c`, to
//! repeat the last `n` bits `c` times; 0 ends it. A repetition copies bits that
//! came before it, so a bit of one is looked up at the place it was copied from.

#[derive(Clone, Copy)]
enum Inst {
    /// So many bits, at this address.
    Literal(usize, *const u8),
    /// A period, and how many bits in all.
    Repeat(usize, usize),
    End,
}

/// Reads the instruction at `*p`.
///
/// # Safety
/// `*p` is at an instruction of a whole program.
unsafe fn next(p: &mut *const u8) -> Inst {
    // SAFETY: the caller's promise; each read is of a byte that the encoding
    // says is there.
    unsafe {
        let op = **p;
        *p = p.add(1);
        let n = usize::from(op & 0x7f);
        if op & 0x80 == 0 {
            if n == 0 {
                return Inst::End;
            }
            let bits = *p;
            *p = p.add(n.div_ceil(8));
            return Inst::Literal(n, bits);
        }
        let n = if n == 0 { varint(p) } else { n };
        let c = varint(p);
        Inst::Repeat(n, c.saturating_mul(n))
    }
}

/// # Safety
/// `*p` is at a whole varint.
unsafe fn varint(p: &mut *const u8) -> usize {
    let (mut v, mut shift) = (0usize, 0u32);
    loop {
        // SAFETY: the caller's promise.
        let byte = unsafe { **p };
        // SAFETY: one past a byte of the varint.
        *p = unsafe { p.add(1) };
        v |= usize::from(byte & 0x7f).wrapping_shl(shift);
        shift += 7;
        if byte < 0x80 {
            return v;
        }
    }
}

/// Bit `want` of the output of the program at `start`.
///
/// # Safety
/// `start` is at a whole program.
unsafe fn bit(start: *const u8, mut want: usize) -> bool {
    'again: loop {
        let (mut p, mut at) = (start, 0);
        loop {
            // SAFETY: the end instruction has not been passed.
            match unsafe { next(&mut p) } {
                Inst::End => return false,
                Inst::Literal(n, bits) => {
                    if want < at + n {
                        let i = want - at;
                        // SAFETY: the literal has n bits.
                        return unsafe { *bits.add(i / 8) } >> (i % 8) & 1 != 0;
                    }
                    at += n;
                }
                Inst::Repeat(n, total) => {
                    if want < at.saturating_add(total) {
                        if n == 0 || n > at {
                            return false;
                        }
                        want = at - n + (want - at) % n;
                        continue 'again;
                    }
                    at += total;
                }
            }
        }
    }
}

/// Calls `each` with the index, below `words`, of every word that holds a
/// pointer, until it fails. `data` is the type's: a length, then the program.
///
/// # Safety
/// `data` is at four bytes and then a whole program.
pub unsafe fn try_each<E>(
    data: *const u8,
    words: usize,
    each: &mut dyn FnMut(usize) -> Result<(), E>,
) -> Result<(), E> {
    // SAFETY: the program follows the length.
    let start = unsafe { data.add(4) };
    let (mut p, mut at) = (start, 0usize);
    while at < words {
        // SAFETY: the end instruction has not been passed.
        match unsafe { next(&mut p) } {
            Inst::End => return Ok(()),
            Inst::Literal(n, bits) => {
                for i in 0..n.min(words - at) {
                    // SAFETY: the literal has n bits.
                    if unsafe { *bits.add(i / 8) } >> (i % 8) & 1 != 0 {
                        each(at + i)?;
                    }
                }
                at += n;
            }
            Inst::Repeat(n, total) => {
                let end = at + total.min(words - at);
                if (1..=64).contains(&n) && n <= at {
                    let mut period = 0;
                    for i in 0..n {
                        // SAFETY: passed on.
                        let on = unsafe { bit(start, at - n + i) };
                        period |= u64::from(on) << i;
                    }
                    repeat(period, n, at..end, each)?;
                } else {
                    for i in at..end {
                        // SAFETY: passed on.
                        if unsafe { bit(start, i) } {
                            each(i)?;
                        }
                    }
                }
                at = at.saturating_add(total);
            }
        }
    }
    Ok(())
}

/// The words `range`, whose bits are those of `period` over and over.
fn repeat<E>(
    period: u64,
    n: usize,
    range: core::ops::Range<usize>,
    each: &mut dyn FnMut(usize) -> Result<(), E>,
) -> Result<(), E> {
    if period == 0 {
        return Ok(());
    }
    for base in range.clone().step_by(n) {
        let mut bits = period;
        while bits != 0 {
            let i = base + bits.trailing_zeros() as usize;
            if i >= range.end {
                return Ok(());
            }
            each(i)?;
            bits &= bits - 1;
        }
    }
    Ok(())
}
