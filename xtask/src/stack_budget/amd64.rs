//! amd64 instructions as steps. The decoder is iced's; here is what concerns the stack.

use iced_x86::{
    Code, Decoder, DecoderOptions, FlowControl, Instruction, InstructionInfoFactory, Mnemonic, OpAccess, OpKind, Register,
};

use super::image::Image;
use super::step::{Flow, Stack, Step, Writes};

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
        steps.push(Step { at: ins.ip(), stack: stack(&ins), flow, writes });
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
