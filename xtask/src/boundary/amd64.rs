//! The stubs of amd64: registers, the check at their heads, calls. What they have in common with the other architecture's, and
//! which there are, is in the module above.

use super::{End, Entry, Kind, RESULTS, Target, Words};
use crate::stack_budget::Wants;
use std::fmt::Write as _;

/// The architecture.
pub(super) struct Amd64;

impl Amd64 {
    /// Moves Go's integer argument registers to C's; the order never overwrites one that is still needed.
    pub(super) fn shuffle(n: usize) -> String {
        let mut s = String::new();
        let moves: [(&str, &str); 6] = [("AX", "DI"), ("BX", "SI"), ("CX", "DX"), ("DI", "CX"), ("SI", "R8"), ("R8", "R9")];
        assert!(n <= 6, "more arguments than C has registers");
        // Go's argument 5 and 4 sit in registers that are C's 2 and 1; free them first.
        for i in [5, 4, 2, 3, 1, 0] {
            if i < n {
                let (from, to) = moves[i];
                let _ = writeln!(s, "\tMOVQ\t{from}, {to}");
            }
        }
        s
    }

    fn args(e: &Entry) -> String {
        let n = match e.input {
            Words::Ints(n) => n,
            Words::Floats(_) => 0,
        };
        Self::shuffle(n) + &Self::place(e)
    }

    /// Where more than two results go, as the last argument.
    fn place(e: &Entry) -> String {
        match e.input {
            Words::Ints(n) if e.is_wide() => {
                format!("\tLEAQ\t{RESULTS}(R14), {}\n", ["DI", "SI", "DX", "CX", "R8", "R9"][n])
            }
            _ => String::new(),
        }
    }

    /// Goes to `slow` if the goroutine is to yield, or if what a prologue guarantees is used up: one comparison shows
    /// both. The distance is a little less than what prologues allow, since it fits in a byte so.
    fn check(e: &Entry) -> String {
        match e.end {
            End::Yields => "\tLEAQ\tCHECKED(SP), R12\n\tCMPQ\tR12, TASK_GUARD(R14)\n\tJLS\tslow\n".to_owned(),
            End::Stays(_) => String::new(),
        }
    }

    /// The call of a function on the goroutine's stack, behind the check.
    fn call(e: &Entry) -> String {
        let symbol = e.leaf_symbol();
        match e.end {
            _ if !e.wants.aligned => format!("\tCALL\t{symbol}(SB)\n"),
            End::Yields => format!("\tCALL_CHECKED({symbol})\n"),
            End::Stays(_) => format!("\tCALL_ALIGNED({symbol})\n"),
        }
    }

    /// What brings the call behind the check to the end of a block of 32 bytes, in which the processor fetches code, if it is an unaligned
    /// one: else the branches around it and behind it crowd in one block, or what is behind it is fetched in two steps (6 % of a
    /// channel's send and receive, 10 % of a comparison of two interfaces). `before` is what comes before it.
    fn padding(e: &Entry, before: &str) -> String {
        const CHECK_AND_CALL: usize = 11 + 5;
        let bytes = 3 * before.matches("MOVQ").count() + 4 * before.matches("LEAQ").count() + CHECK_AND_CALL;
        if e.wants.aligned || e.end != End::Yields || bytes > 32 || before.contains("(SP)") {
            return String::new();
        }
        // The processor's manual has an instruction that does nothing for each number of bytes.
        const NOPS: [&[u8]; 9] = [
            &[0x90],
            &[0x66, 0x90],
            &[0x0f, 0x1f, 0x00],
            &[0x0f, 0x1f, 0x40, 0x00],
            &[0x0f, 0x1f, 0x44, 0x00, 0x00],
            &[0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00],
            &[0x0f, 0x1f, 0x80, 0x00, 0x00, 0x00, 0x00],
            &[0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00],
            &[0x66, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00],
        ];
        let mut left = 32 - bytes;
        let mut s = String::new();
        while left > 0 {
            let nop = NOPS[left.min(NOPS.len()) - 1];
            s.extend(nop.iter().map(|byte| format!("\tBYTE\t${byte:#04x}\n")));
            left -= nop.len();
        }
        s
    }

    /// Whether a leaf leaves nothing to do for its stub. What fills the stub's check is how a fault in it is known (`rt::signals::stub`), so
    /// one without a check is called.
    fn is_jumped_to(e: &Entry) -> bool {
        e.wants == Wants::default() && e.end == End::Yields && matches!(e.output, Words::Ints(0 | 1))
    }

    /// What a function may have left behind in X15, behind its call.
    fn clear(e: &Entry) -> &'static str {
        if e.wants.x15 { "\tXORPS\tX15, X15\n" } else { "" }
    }

    /// Goes to `slow` if the argument that counts is large; arguments are in C's registers.
    fn count(e: &Entry) -> String {
        match (&e.kind, e.input) {
            (Kind::Long(most), Words::Ints(n)) => {
                format!("\tCMPQ\t{}, ${most}\n\tJHI\tslow\n", ["DI", "SI", "DX", "CX", "R8", "R9"][n - 1])
            }
            _ => String::new(),
        }
    }

    /// The call of the entry on the system stack, its arguments in C's registers.
    fn switch(e: &Entry) -> String {
        format!("\tLEAQ\t{}(SB), R11\n\tCALL\t{}(SB)\n", e.system_symbol(), e.system_call())
    }

    fn results(e: &Entry) -> String {
        Self::results_from(e, 0)
    }

    /// The results that came through memory, from number `first` on.
    fn results_from(e: &Entry, first: usize) -> String {
        let mut s = String::new();
        if let Words::Ints(n) = e.output
            && n > 2
        {
            for (i, reg) in ["AX", "BX", "CX", "DI"].iter().enumerate().take(n).skip(first) {
                let _ = writeln!(s, "\tMOVQ\t({RESULTS}+{})(R14), {reg}", i * 8);
            }
        }
        s
    }
}

impl Target for Amd64 {
    fn file(&self) -> &'static str {
        "zstubs_amd64.s"
    }

    fn head(&self) -> String {
        "#include \"textflag.h\"\n#include \"funcdata.h\"\n#include \"goxide.h\"\n".to_owned()
    }

    fn frame(&self, e: &Entry) -> &'static str {
        match (&e.kind, e.input) {
            (Kind::Fast, Words::Ints(4)) => "NOSPLIT, $8-0",
            (Kind::Fast, Words::Ints(5)) => "NOSPLIT, $16-0",
            _ => "NOSPLIT|NOFRAME, $0-0",
        }
    }

    fn spill(&self, i: usize) -> String {
        format!("\tMOVQ\t{}, a{i}+{}(FP)\n", ["AX", "BX", "CX", "DI", "SI", "R8"][i], 8 * i)
    }

    fn call_bytes(&self) -> i64 {
        8 + 8
    }

    fn reserve(&self, bytes: i64) -> String {
        format!("\tRESERVE({bytes})\n")
    }

    fn leaf(&self, e: &Entry) -> String {
        let mut s = Self::args(e) + &Self::check(e) + &Self::count(e);
        if let Some(code) = &e.copied {
            s += &code.iter().map(|byte| format!("\tBYTE\t${byte:#04x}\n")).collect::<String>();
            s += "\tRET\n";
        } else if e.bare || Self::is_jumped_to(e) {
            // Nothing is left to do behind it, so it returns to the stub's caller.
            s += &format!("\tJMP\t{}(SB)\n", e.rust_symbol());
        } else {
            s += &Self::call(e);
            s += Self::clear(e);
            if e.output == Words::Ints(2) {
                s += "\tMOVQ\tDX, BX\n";
            }
            s += &Self::results(e);
            s += "\tRET\n";
        }
        if e.end == End::Yields {
            s += "slow:\n";
            s += &Self::switch(e);
            s += &Self::results(e);
            s += "\tRET\n";
        }
        s
    }

    fn system(&self, e: &Entry) -> String {
        Self::args(e) + &Self::switch(e) + &Self::results(e) + "\tRET\n"
    }

    fn fast(&self, e: &Entry) -> String {
        let Words::Ints(n) = e.input else { unreachable!("fast entries take integers") };
        // The arguments wait in registers that C preserves and Go does not need, the second where it is; the fourth and the fifth in
        // the frame.
        let (go, keep, c) =
            (["AX", "BX", "CX", "DI", "SI"], ["R13", "BX", "R15", "0(SP)", "8(SP)"], ["DI", "SI", "DX", "CX", "R8"]);
        let mut s = String::new();
        for i in (0..n).filter(|&i| go[i] != keep[i]) {
            let _ = writeln!(s, "\tMOVQ\t{}, {}", go[i], keep[i]);
        }
        let mut load = String::new();
        for i in 0..n {
            let _ = writeln!(load, "\tMOVQ\t{}, {}", keep[i], c[i]);
        }
        load += &Self::place(e);
        s += &load;
        s += &Self::padding(e, &s);
        s += &Self::check(e);
        let second = if e.output == Words::Ints(2) { "\tMOVQ\tDX, BX\n" } else { "" };
        // The leaf answers the first of many results as a result of its own.
        let others = Self::results_from(e, 1);
        // What asks for the system entry is 0, or 0 and 1 where 0 and 0 is an answer.
        let asks = if e.may_answer_nil() {
            "\tTESTQ\tAX, AX\n\tJNE\tdone\n\tTESTQ\tDX, DX\n\tJNE\tagain\ndone:\n"
        } else {
            "\tTESTQ\tAX, AX\n\tJEQ\tagain\n"
        };
        let (call, clear) = (Self::call(e), Self::clear(e));
        let _ = write!(s, "{call}{asks}{clear}{second}{others}\tRET\nagain:\n{load}");
        if e.end == End::Yields {
            s += "slow:\n";
        }
        s + &Self::switch(e) + &Self::results(e) + "\tRET\n"
    }

    fn tail(&self, target: &str) -> String {
        format!("\tJMP\t{target}<ABIInternal>(SB)\n")
    }

    fn absent(&self, data: &str, len: usize) -> String {
        format!(
            "\tLEAQ\t{data}(SB), DI\n\tMOVQ\t${len}, SI\n\tLEAQ\tgx_absent(SB), R11\n\tCALL\tgx_system(SB)\n\tUNDEF\n\tRET\n"
        )
    }
}
