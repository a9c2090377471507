//! arm64 instructions as steps: a decoder of the few that move the stack pointer or control.

use super::image::Image;
use super::step::{Flow, Stack, Step, Wants, Writes};

/// The stack pointer's number where an instruction can name it.
const SP: u32 = 31;

/// The steps of the function whose `code` stands at `base`.
pub fn steps(image: &Image, code: &[u8], base: u64) -> Vec<Step> {
    let words: Vec<u32> = code.chunks_exact(4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
    let end = base + code.len() as u64;
    let step = |(i, &w): (usize, &u32)| {
        let at = base + 4 * i as u64;
        let flow = match flow(w, at) {
            Flow::JumpIndirect(register) => match table(image, &words, i, base, base..end) {
                targets if targets.is_empty() => Flow::JumpIndirect(register),
                targets => Flow::Table(targets),
            },
            other => other,
        };
        Step { at, stack: stack(w), flow, writes: Writes::default(), wants: Wants::default() }
    };
    words.iter().enumerate().map(step).collect()
}

/// What a routine does before its return, if it is the same at any address and leaves the stack alone.
pub fn straight(code: &[u8]) -> Option<&[u8]> {
    const RET: u32 = 0xd65f_03c0;
    for (i, b) in code.chunks_exact(4).enumerate() {
        let w = u32::from_le_bytes([b[0], b[1], b[2], b[3]]);
        if w == RET {
            return code.get(..4 * i);
        }
        // ADR, ADRP, and loads from beside the code.
        let is_relative = w & 0x1f00_0000 == 0x1000_0000 || w & 0x3b00_0000 == 0x1800_0000;
        let uses_link = bits(w, 0, 5) == 30 || bits(w, 5, 5) == 30;
        if flow(w, 0) != Flow::Next || stack(w) != Stack::Keep || is_relative || uses_link {
            return None;
        }
    }
    None
}

/// Bits `low..low + count`.
fn bits(word: u32, low: u32, count: u32) -> u32 {
    word >> low & ((1 << count) - 1)
}

/// The signed number in bits `low..low + count`.
fn signed(word: u32, low: u32, count: u32) -> i64 {
    let shifted = bits(word, low, count) << (32 - count);
    i64::from(shifted as i32 >> (32 - count))
}

fn stack(w: u32) -> Stack {
    let (to, from) = (bits(w, 0, 5), bits(w, 5, 5));
    // ADD and SUB of an immediate, which also are MOV to and from the stack pointer.
    if w & 0xbf80_0000 == 0x9100_0000 || w & 0xff80_0000 == 0xd100_0000 {
        let by = i64::from(bits(w, 10, 12)) << (12 * bits(w, 22, 1));
        let by = if bits(w, 30, 1) == 1 { -by } else { by };
        return match (to, from) {
            (SP, SP) => Stack::Grow(-by),
            (SP, from) => Stack::Back(from as u8, by),
            (to, SP) => Stack::Mark(to as u8, by),
            _ => Stack::Keep,
        };
    }
    // AND of an immediate: a mask that clears low bits.
    if w & 0xff80_0000 == 0x9200_0000 && to == SP {
        // The mask is a run of ones, `imms + 1` long, rotated right by `immr`: its zeros are the low bits.
        let zeros = 63 - i64::from(bits(w, 10, 6));
        let from = (from != SP).then_some(from as u8);
        return if bits(w, 22, 1) == 1 { Stack::Align(from, 1 << zeros) } else { Stack::Unknown };
    }
    // ADD and SUB of a register, extended: the form that can name the stack pointer.
    if w & 0x3fe0_0000 == 0x0b20_0000 && to == SP {
        return Stack::Unknown;
    }
    // LDP and STP that write the address back.
    if w & 0x3a80_0000 == 0x2880_0000 && from == SP {
        let vector = bits(w, 26, 1) == 1;
        let scale = if vector { 2 + bits(w, 30, 2) } else { 2 + bits(w, 31, 1) };
        return Stack::Grow(-(signed(w, 15, 7) << scale));
    }
    // LDR and STR that write the address back.
    if w & 0x3b20_0400 == 0x3800_0400 && from == SP {
        return Stack::Grow(-signed(w, 12, 9));
    }
    Stack::Keep
}

fn flow(w: u32, at: u64) -> Flow {
    let to = |offset: i64| at.wrapping_add((4 * offset) as u64);
    match w {
        _ if w & 0xfc00_0000 == 0x1400_0000 => Flow::Jump(to(signed(w, 0, 26))),
        _ if w & 0xfc00_0000 == 0x9400_0000 => Flow::Call(to(signed(w, 0, 26))),
        // B.cond; CBZ and CBNZ; TBZ and TBNZ.
        _ if w & 0xff00_0000 == 0x5400_0000 => Flow::Branch(to(signed(w, 5, 19))),
        _ if w & 0x7e00_0000 == 0x3400_0000 => Flow::Branch(to(signed(w, 5, 19))),
        _ if w & 0x7e00_0000 == 0x3600_0000 => Flow::Branch(to(signed(w, 5, 14))),
        _ if w & 0xffff_fc1f == 0xd61f_0000 => Flow::JumpIndirect(Some(bits(w, 5, 5) as u8)),
        _ if w & 0xffff_fc1f == 0xd63f_0000 => Flow::CallIndirect(Some(bits(w, 5, 5) as u8)),
        _ if w & 0xffff_fc1f == 0xd65f_0000 => Flow::Stop,
        // BRK and UDF.
        _ if w & 0xffe0_001f == 0xd420_0000 || w & 0xffff_0000 == 0 => Flow::Stop,
        _ => Flow::Next,
    }
}

/// The targets of the jump that is word `at`, through a table of offsets: `adr t, table` (or `adrp t, page; add t, t, low`);
/// `adr a, start; ldrb o, [t, index]; add a, a, o, lsl #2; br a`, after `cmp index, #last`. The offsets have one byte, two, or four
/// (signed); those of four bytes may start from the table itself, unscaled. Between these may be others; the table's address may be
/// taken far away, before a loop: then the targets are those of every table whose address that register is given in the function.
fn table(image: &Image, words: &[u32], at: usize, base: u64, function: std::ops::Range<u64>) -> Vec<u64> {
    targets(image, words, at, base).unwrap_or_default().into_iter().filter(|t| function.contains(t)).collect()
}

fn targets(image: &Image, words: &[u32], at: usize, base: u64) -> Option<Vec<u64>> {
    let recent = || words[..at].iter().copied().enumerate().rev().take(24);
    // ADD of a register, shifted: the sum is jumped to.
    let is_sum = |w: u32| w & 0xffe0_0000 == 0x8b00_0000 && bits(w, 0, 5) == bits(words[at], 5, 5);
    let (sum, add) = recent().take(4).find(|&(_, w)| is_sum(w))?;
    let (_, load) = recent().filter(|&(i, _)| i < sum).take(4).find(|&(_, w)| is_table_load(w))?;
    let (from, table) = (bits(add, 5, 5), bits(load, 5, 5));
    let is_adr = |w: u32, register: u32| w & 0x1f00_0000 == 0x1000_0000 && bits(w, 0, 5) == register;
    // What an ADR, or an ADRP and the ADD of the rest behind it, gives a register.
    let given = |i: usize, register: u32| {
        let adr = words[i];
        let (at, offset) = (base + 4 * i as u64, signed(adr, 5, 19) << 2 | i64::from(bits(adr, 29, 2)));
        if bits(adr, 31, 1) == 0 {
            return Some(at.wrapping_add(offset as u64));
        }
        let is_low = |w: u32| w & 0xffc0_03ff == 0x9100_0000 | register << 5 | register;
        let low = words[i..].iter().take(24).find(|&&w| is_low(w))?;
        Some((at & !0xfff).wrapping_add((offset << 12) as u64) + u64::from(bits(*low, 10, 12)))
    };
    let addresses = |register: u32| -> Vec<u64> {
        if let Some((i, _)) = recent().find(|&(_, w)| is_adr(w, register)) {
            return given(i, register).into_iter().collect();
        }
        (0..words.len()).filter(|&i| is_adr(words[i], register)).filter_map(|i| given(i, register)).collect()
    };
    let (_, last) = recent().find(|&(_, w)| w & 0x7fc0_001f == 0x7100_001f)?;
    let (size, shift) = (1u64 << bits(load, 30, 2), bits(add, 10, 6));
    let offset = |word: u64| if size == 4 { i64::from(word as u32 as i32) } else { word as i64 };
    let (froms, tables) = (addresses(from), addresses(table));
    let [from] = froms[..] else { return None };
    let entries =
        |table: u64| (0..=u64::from(bits(last, 10, 12))).map_while(move |i| image.word(table + size * i, size as usize));
    Some(tables.into_iter().flat_map(entries).map(|word| from.wrapping_add((offset(word) << shift) as u64)).collect())
}

/// LDRB, LDRH or LDRSW with a register for an index.
fn is_table_load(w: u32) -> bool {
    let register = w & 0x3f20_0c00 == 0x3820_0800;
    register && (w & 0xc0c0_0000 == 0x0040_0000 || w & 0xc0c0_0000 == 0x4040_0000 || w & 0xc0c0_0000 == 0x8080_0000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn straight_code_ends_before_its_return() {
        const RET: u32 = 0xd65f_03c0;
        let bytes = |words: &[u32]| words.iter().flat_map(|w| w.to_le_bytes()).collect::<Vec<u8>>();
        let (load, add) = (0xf940_1b81, 0x1100_0442); // ldr x1, [x28, #48]; add w2, w2, #1
        assert_eq!(straight(&bytes(&[load, add, RET])), Some(&bytes(&[load, add])[..]));
        // adrp x0; ldr x0 from beside the code; b; bl; str x30, [sp, #-16]!; no return
        for not in [0x9000_0000, 0x5800_0040, 0x1400_0001, 0x9400_0001, 0xf81f_0ffe] {
            assert_eq!(straight(&bytes(&[load, not, RET])), None, "{not:#x}");
        }
        assert_eq!(straight(&bytes(&[load, add])), None);
    }

    #[test]
    fn what_prologues_and_epilogues_do() {
        for (word, expected) in [
            (0xa9bd_7bfd, Stack::Grow(48)),           // stp x29, x30, [sp, #-48]!
            (0xa8c3_7bfd, Stack::Grow(-48)),          // ldp x29, x30, [sp], #48
            (0xa901_53f3, Stack::Keep),               // stp x19, x20, [sp, #16]
            (0x6dbe_23e9, Stack::Grow(32)),           // stp d9, d8, [sp, #-32]!
            (0xf81f_0ffe, Stack::Grow(16)),           // str x30, [sp, #-16]!
            (0xf841_07fe, Stack::Grow(-16)),          // ldr x30, [sp], #16
            (0xf940_07fe, Stack::Keep),               // ldr x30, [sp, #8]
            (0xd104_03ff, Stack::Grow(256)),          // sub sp, sp, #256
            (0xd140_07ff, Stack::Grow(4096)),         // sub sp, sp, #1, lsl #12
            (0x9104_03ff, Stack::Grow(-256)),         // add sp, sp, #256
            (0x9100_03fd, Stack::Mark(29, 0)),        // mov x29, sp
            (0x9100_43fd, Stack::Mark(29, 16)),       // add x29, sp, #16
            (0x9100_03bf, Stack::Back(29, 0)),        // mov sp, x29
            (0xd100_83bf, Stack::Back(29, -32)),      // sub sp, x29, #32
            (0x927b_e93f, Stack::Align(Some(9), 32)), // and sp, x9, #-32
            (0xcb2a_63ff, Stack::Unknown),            // sub sp, sp, x10
            (0xeb2a_63ff, Stack::Keep),               // cmp sp, x10
            (0xf100_03ff, Stack::Keep),               // cmp sp, #0
            (0x8b0a_0129, Stack::Keep),               // add x9, x9, x10
        ] {
            assert_eq!(stack(word), expected, "{word:#010x}");
        }
    }

    #[test]
    fn jumps_through_tables() {
        let words: [u32; 8] = [
            0x7100_081f, // cmp w0, #2
            0x5400_00c8, // b.hi the last
            0x1000_00c9, // adr x9, the table
            0x1000_008a, // adr x10, the nop
            0x3860_692b, // ldrb w11, [x9, x0]
            0x8b0b_094a, // add x10, x10, x11, lsl #2
            0xd61f_0140, // br x10
            0xd503_201f, // nop
        ];
        let mut code: Vec<u8> = words.iter().flat_map(|w| w.to_le_bytes()).collect();
        code.extend([0, 1, 0, 0]);
        let image = Image::of_functions(crate::arch::Arch::Arm64, 0x1000, &[("f", &code)]);
        let found = steps(&image, &code, 0x1000);
        assert_eq!(found[6].flow, Flow::Table(vec![0x101c, 0x1020, 0x101c]));
    }

    #[test]
    fn a_jump_through_a_table_whose_address_is_taken_before_a_loop() {
        let mut words = vec![0x1000_0569_u32]; // adr x9, the table
        words.extend([0xd503_201f; 36]); // nop
        words.extend([
            0x7100_041f, // cmp w0, #1
            0x1000_008a, // adr x10, the nop behind the jump
            0x3860_692b, // ldrb w11, [x9, x0]
            0x8b0b_094a, // add x10, x10, x11, lsl #2
            0x5280_0048, // mov w8, #2
            0xd61f_0140, // br x10
        ]);
        let mut code: Vec<u8> = words.iter().flat_map(|w| w.to_le_bytes()).collect();
        let table = 0x1000 + code.len() as u64;
        // The distance in an ADR lies in bits 5 and up, by four bytes.
        code[..4].copy_from_slice(&(0x1000_0009 | (((table - 0x1000) / 4) as u32) << 5).to_le_bytes());
        code.extend([0, 1, 0xff, 0xff]);
        let image = Image::of_functions(crate::arch::Arch::Arm64, 0x1000, &[("f", &code)]);
        let found = steps(&image, &code, 0x1000);
        let start = 0x1000 + 4 * 42;
        assert_eq!(found[42].flow, Flow::Table(vec![start, start + 4]));
    }

    #[test]
    fn where_control_goes() {
        for (word, expected) in [
            (0x1400_0002, Flow::Jump(0x1008)),
            (0x97ff_ffff, Flow::Call(0xffc)),
            (0x5400_0041, Flow::Branch(0x1008)),        // b.ne
            (0xb4ff_ffe0, Flow::Branch(0xffc)),         // cbz x0
            (0x3600_0040, Flow::Branch(0x1008)),        // tbz w0, #0
            (0xd61f_0120, Flow::JumpIndirect(Some(9))), // br x9
            (0xd63f_0100, Flow::CallIndirect(Some(8))), // blr x8
            (0xd65f_03c0, Flow::Stop),                  // ret
            (0xd420_0020, Flow::Stop),                  // brk #1
            (0xd503_201f, Flow::Next),                  // nop
        ] {
            assert_eq!(flow(word, 0x1000), expected, "{word:#010x}");
        }
    }
}
