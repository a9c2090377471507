//! amd64 instructions as steps. The decoder is iced's; here is what concerns the stack.

use iced_x86::{
    Code, Decoder, DecoderOptions, EncodingKind, FlowControl, Instruction, InstructionInfoFactory, Mnemonic, OpAccess,
    OpKind, Register,
};

use super::image::Image;
use super::step::{Flow, Stack, Step, Wants, Writes};

/// The steps of the function whose `code` stands at `base`.
pub fn steps(image: &Image, code: &[u8], base: u64) -> Vec<Step> {
    let mut decoder = Decoder::with_ip(64, code, base, DecoderOptions::NONE);
    let mut seen: Vec<Instruction> = Vec::new();
    let mut steps = Vec::new();
    let mut info = InstructionInfoFactory::new();
    let end = base + code.len() as u64;
    while decoder.can_decode() {
        let ins = decoder.decode();
        let flow = flow(image, &ins, &seen, base..end);
        let writes = writes(image, &ins, &mut info);
        let wants = wants(&ins, &mut info);
        steps.push(Step { at: ins.ip(), stack: stack(&ins), flow, writes, wants });
        seen.push(ins);
    }
    steps
}

/// What C lets a function change.
const LOST_IN_CALLS: [Register; 9] = [
    Register::RAX,
    Register::RCX,
    Register::RDX,
    Register::RSI,
    Register::RDI,
    Register::R8,
    Register::R9,
    Register::R10,
    Register::R11,
];

fn number(register: Register) -> u8 {
    register.full_register().number() as u8
}

fn writes(image: &Image, ins: &Instruction, info: &mut InstructionInfoFactory) -> Writes {
    if matches!(ins.flow_control(), FlowControl::Call | FlowControl::IndirectCall) {
        return Writes { registers: LOST_IN_CALLS.map(number).to_vec(), function: None };
    }
    let is_written = |a| matches!(a, OpAccess::Write | OpAccess::CondWrite | OpAccess::ReadWrite | OpAccess::ReadCondWrite);
    let used = info.info(ins).used_registers().iter();
    let written = used.filter(|u| is_written(u.access()) && u.register().is_gpr() && number(u.register()) != 4);
    let registers = written.map(|u| number(u.register())).collect();
    let address = match ins.mnemonic() {
        Mnemonic::Lea if ins.is_ip_rel_memory_operand() => Some(ins.ip_rel_memory_address()),
        Mnemonic::Mov if ins.op0_register().is_gpr64() && ins.is_ip_rel_memory_operand() => {
            image.constant(ins.ip_rel_memory_address())
        }
        Mnemonic::Mov if ins.op0_register().is_gpr() => ins.try_immediate(1).ok(),
        _ => None,
    };
    let function = address.filter(|&a| image.is_entry(a)).map(|a| (number(ins.op0_register()), a));
    Writes { registers, function }
}

/// What a routine does before its return, if it is the same at any address and leaves the stack alone.
pub fn straight(code: &[u8]) -> Option<&[u8]> {
    let mut decoder = Decoder::with_ip(64, code, 0, DecoderOptions::NONE);
    while decoder.can_decode() {
        let ins = decoder.decode();
        if ins.mnemonic() == Mnemonic::Ret {
            return code.get(..ins.ip() as usize);
        }
        let moves = ins.flow_control() != FlowControl::Next || ins.is_ip_rel_memory_operand();
        if moves || ins.is_stack_instruction() || stack(&ins) != Stack::Keep {
            return None;
        }
    }
    None
}

/// What an instruction wants. What is in memory at a place that the instruction itself names is aligned by the linker; any other place may be
/// on the stack.
fn wants(ins: &Instruction, info: &mut InstructionInfoFactory) -> Wants {
    // It clears the upper halves, which are zero in X15 already.
    if ins.mnemonic() == Mnemonic::Vzeroupper {
        return Wants::default();
    }
    const MAY_BE_UNALIGNED: [Mnemonic; 4] = [Mnemonic::Movups, Mnemonic::Movupd, Mnemonic::Movdqu, Mnemonic::Lddqu];
    const MUST_BE_ALIGNED: [Mnemonic; 9] = [
        Mnemonic::Vmovaps,
        Mnemonic::Vmovapd,
        Mnemonic::Vmovdqa,
        Mnemonic::Vmovdqa32,
        Mnemonic::Vmovdqa64,
        Mnemonic::Vmovntps,
        Mnemonic::Vmovntpd,
        Mnemonic::Vmovntdq,
        Mnemonic::Vmovntdqa,
    ];
    let must_be = match ins.encoding() {
        EncodingKind::Legacy => !MAY_BE_UNALIGNED.contains(&ins.mnemonic()),
        _ => MUST_BE_ALIGNED.contains(&ins.mnemonic()),
    };
    let on_stack = |m: &iced_x86::UsedMemory| matches!(m.base(), Register::RSP | Register::RBP);
    let info = info.info(ins);
    let wide = info.used_memory().iter().filter(|m| m.memory_size().size() >= 16);
    let aligned = !ins.is_ip_rel_memory_operand() && wide.into_iter().any(|m| must_be || on_stack(m));
    let x15 = info.used_registers().iter().any(|u| u.register().full_register() == Register::ZMM15);
    Wants { aligned, x15 }
}

fn stack(ins: &Instruction) -> Stack {
    let (to, from) = (ins.op0_register(), ins.op1_register());
    let wide = |r: Register| r.is_gpr64();
    match ins.mnemonic() {
        Mnemonic::Call => Stack::Keep,
        Mnemonic::Mov if to == Register::RSP && ins.op1_kind() == OpKind::Register => Stack::Back(number(from), 0),
        Mnemonic::Mov if to == Register::RSP => Stack::Leave,
        Mnemonic::Mov if from == Register::RSP && wide(to) => Stack::Mark(number(to), 0),
        Mnemonic::Lea if ins.memory_index() == Register::None => {
            let offset = ins.memory_displacement64() as i64;
            match (to, ins.memory_base()) {
                (Register::RSP, Register::RSP) => Stack::Grow(-offset),
                (Register::RSP, base) if wide(base) => Stack::Back(number(base), offset),
                (Register::RSP, _) => Stack::Unknown,
                (to, Register::RSP) => Stack::Mark(number(to), offset),
                _ => Stack::Keep,
            }
        }
        Mnemonic::And if to == Register::RSP => match ins.try_immediate(1) {
            Ok(mask) => Stack::Align(None, (mask as i64).wrapping_neg()),
            Err(_) => Stack::Unknown,
        },
        Mnemonic::Leave => Stack::Back(number(Register::RBP), 8),
        Mnemonic::Push | Mnemonic::Pop | Mnemonic::Pushfq | Mnemonic::Popfq => {
            if to == Register::RSP && ins.mnemonic() == Mnemonic::Pop {
                return Stack::Leave;
            }
            Stack::Grow(-i64::from(ins.stack_pointer_increment()))
        }
        Mnemonic::Add | Mnemonic::Sub if to == Register::RSP => match ins.try_immediate(1) {
            Ok(n) if ins.mnemonic() == Mnemonic::Sub => Stack::Grow(n as i64),
            Ok(n) => Stack::Grow(-(n as i64)),
            Err(_) => Stack::Unknown,
        },
        // Compares name the stack pointer first without changing it.
        Mnemonic::Cmp | Mnemonic::Test => Stack::Keep,
        Mnemonic::Xchg | Mnemonic::Xadd if to == Register::RSP || from == Register::RSP => Stack::Unknown,
        _ if to.full_register() == Register::RSP => Stack::Unknown,
        _ => Stack::Keep,
    }
}

fn flow(image: &Image, ins: &Instruction, before: &[Instruction], function: std::ops::Range<u64>) -> Flow {
    match ins.flow_control() {
        FlowControl::Next => Flow::Next,
        FlowControl::UnconditionalBranch => Flow::Jump(ins.near_branch_target()),
        FlowControl::ConditionalBranch | FlowControl::XbeginXabortXend => Flow::Branch(ins.near_branch_target()),
        FlowControl::Call if ins.code() == Code::Syscall => Flow::Next,
        FlowControl::Call => Flow::Call(ins.near_branch_target()),
        FlowControl::IndirectCall => match fixed_target(image, ins) {
            Some(to) => Flow::Call(to),
            None => Flow::CallIndirect(register(ins)),
        },
        FlowControl::IndirectBranch => match table(image, ins, before, &function) {
            targets if targets.is_empty() => match fixed_target(image, ins) {
                Some(to) => Flow::Jump(to),
                None => Flow::JumpIndirect(register(ins)),
            },
            targets => Flow::Table(targets),
        },
        FlowControl::Return | FlowControl::Interrupt | FlowControl::Exception => Flow::Stop,
    }
}

/// The register a jump or call goes by.
fn register(ins: &Instruction) -> Option<u8> {
    (ins.op0_kind() == OpKind::Register).then(|| number(ins.op0_register()))
}

/// The target of a jump or call through a constant word: the linker's table of addresses.
fn fixed_target(image: &Image, ins: &Instruction) -> Option<u64> {
    if ins.is_ip_rel_memory_operand() { image.constant(ins.ip_rel_memory_address()) } else { None }
}

/// The targets of a jump through a table of addresses, `jmp [8*index + table]`, or of offsets from the table,
/// `lea t, [table]; movsxd x, [t + 4*index]; add x, t; jmp x`. They are those that lie in the function.
fn table(image: &Image, ins: &Instruction, before: &[Instruction], function: &std::ops::Range<u64>) -> Vec<u64> {
    let recent = || before.iter().rev().take(16);
    if ins.op0_kind() == OpKind::Memory {
        if ins.memory_base() != Register::None || ins.memory_index() == Register::None || ins.memory_index_scale() != 8 {
            return Vec::new();
        }
        let at = ins.memory_displacement64();
        let entries = (0..).map_while(|i| image.word(at + 8 * i, 8));
        return entries.take_while(|t| function.contains(t)).collect();
    }
    let loads = |i: &&Instruction| i.mnemonic() == Mnemonic::Movsxd && i.memory_index_scale() == 4;
    let Some(load) = recent().find(loads) else { return Vec::new() };
    let base = recent().find(|i| i.mnemonic() == Mnemonic::Lea && i.op0_register() == load.memory_base());
    let Some(at) = base.filter(|i| i.is_ip_rel_memory_operand()).map(|i| i.ip_rel_memory_address()) else {
        return Vec::new();
    };
    let entries = (0..).map_while(|i| image.word(at + 4 * i, 4));
    entries.map(|w| at.wrapping_add(i64::from(w as u32 as i32) as u64)).take_while(|t| function.contains(t)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arch::Arch;

    fn of(code: &[u8]) -> Vec<(Stack, Flow)> {
        let image = Image::of_functions(Arch::Amd64, 0x1000, &[("f", code)]);
        steps(&image, code, 0x1000).into_iter().map(|s| (s.stack, s.flow)).collect()
    }

    #[test]
    fn what_prologues_and_epilogues_do() {
        let code = [
            0x55, // push rbp
            0x48, 0x89, 0xe5, // mov rbp, rsp
            0x41, 0x57, // push r15
            0x48, 0x81, 0xec, 0x18, 0x01, 0x00, 0x00, // sub rsp, 280
            0x48, 0x83, 0xe4, 0xe0, // and rsp, -32
            0x48, 0x83, 0xc4, 0x18, // add rsp, 24
            0x48, 0x8d, 0x65, 0xf8, // lea rsp, [rbp - 8]
            0x48, 0x8b, 0x63, 0x10, // mov rsp, [rbx + 16]
            0xc9, // leave
            0xc3, // ret
        ];
        let expected = [
            Stack::Grow(8),
            Stack::Mark(5, 0),
            Stack::Grow(8),
            Stack::Grow(280),
            Stack::Align(None, 32),
            Stack::Grow(-24),
            Stack::Back(5, -8),
            Stack::Leave,
            Stack::Back(5, 8),
            Stack::Keep,
        ];
        let found = of(&code);
        assert_eq!(found.iter().map(|s| s.0).collect::<Vec<_>>(), expected);
        assert_eq!(found.last().map(|s| s.1.clone()), Some(Flow::Stop));
    }

    #[test]
    fn what_needs_an_aligned_stack_or_touches_x15() {
        let wants = |code: &[u8]| {
            let image = Image::of_functions(Arch::Amd64, 0x1000, &[("f", code)]);
            let all = steps(&image, code, 0x1000).iter().fold(Wants::default(), |all, s| all.and(s.wants));
            (all.aligned, all.x15)
        };
        for (code, expected) in [
            (&[0x0f, 0x11, 0x07][..], (false, false)),               // movups [rdi], xmm0
            (&[0x0f, 0x11, 0x04, 0x24], (true, false)),              // movups [rsp], xmm0
            (&[0x0f, 0x29, 0x07], (true, false)),                    // movaps [rdi], xmm0
            (&[0x0f, 0x28, 0xc1], (false, false)),                   // movaps xmm0, xmm1
            (&[0x0f, 0x28, 0x05, 0, 0, 0, 0], (false, false)),       // movaps xmm0, [rip]
            (&[0x66, 0x0f, 0xef, 0x07], (true, false)),              // pxor xmm0, [rdi]
            (&[0xc5, 0xf9, 0xef, 0x07], (false, false)),             // vpxor xmm0, xmm0, [rdi]
            (&[0xc5, 0xfd, 0x7f, 0x07], (true, false)),              // vmovdqa [rdi], ymm0
            (&[0xc5, 0xf8, 0x77], (false, false)),                   // vzeroupper
            (&[0x45, 0x0f, 0x57, 0xff], (false, true)),              // xorps xmm15, xmm15
            (&[0x44, 0x0f, 0x11, 0x3c, 0x24], (true, true)),         // movups [rsp], xmm15
            (&[0x48, 0x8b, 0x04, 0x24, 0x55, 0x5d], (false, false)), // mov rax, [rsp]; push rbp; pop rbp
            (&[0xf2, 0x0f, 0x10, 0x47, 0x08], (false, false)),       // movsd xmm0, [rdi + 8]
        ] {
            assert_eq!(wants(code), expected, "{code:02x?}");
        }
    }

    #[test]
    fn straight_code_ends_before_its_return() {
        let body = [0x49, 0x8b, 0x4e, 0x30, 0xff, 0x41, 0x10]; // mov rcx, [r14 + 48]; inc dword ptr [rcx + 16]
        let with = |more: &[u8]| [&body, more].concat();
        assert_eq!(straight(&with(&[0xc3])), Some(&body[..]));
        for not in [
            with(&[]),                                   // no return
            with(&[0x55, 0x5d, 0xc3]),                   // push rbp; pop rbp
            with(&[0x74, 0x00, 0xc3]),                   // je
            with(&[0xe8, 0, 0, 0, 0, 0xc3]),             // call
            with(&[0x48, 0x8d, 0x05, 0, 0, 0, 0, 0xc3]), // lea rax, [rip]
            with(&[0x48, 0x83, 0xec, 0x08, 0xc3]),       // sub rsp, 8
        ] {
            assert_eq!(straight(&not), None, "{not:02x?}");
        }
    }

    #[test]
    fn jumps_through_tables() {
        let mut code = vec![0xff, 0x24, 0xc5, 0x09, 0x10, 0x00, 0x00]; // jmp [8*rax + 0x1009]
        code.extend([0x90, 0xc3]); // nop; ret
        for target in [0x1007u64, 0x1008, 0x5000] {
            code.extend(target.to_le_bytes());
        }
        assert_eq!(of(&code)[0].1, Flow::Table(vec![0x1007, 0x1008]));
        assert_eq!(of(&[0xff, 0xe0])[0].1, Flow::JumpIndirect(Some(0))); // jmp rax
    }

    #[test]
    fn calls_through_constant_words_and_registers() {
        let mut code = vec![0xff, 0x15, 0x07, 0x00, 0x00, 0x00]; // call [0x100d]
        code.extend([0x4c, 0x8b, 0x25, 0x00, 0x00, 0x00, 0x00]); // mov r12, [0x100d]
        code.extend(0x1000u64.to_le_bytes());
        assert_eq!(of(&code)[0].1, Flow::Call(0x1000));
        let image = Image::of_functions(Arch::Amd64, 0x1000, &[("f", &code)]);
        assert_eq!(steps(&image, &code, 0x1000)[1].writes.function, Some((12, 0x1000)));
        assert_eq!(of(&[0x41, 0xff, 0xd4])[0].1, Flow::CallIndirect(Some(12))); // call r12
    }
}
