//! The stubs of amd64: registers, the check at their heads, calls. What they have in common with the other architecture's, and
//! which there are, is in the module above.

use super::{End, Entry, Kind, RESULTS, Target, Words};
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
    fn call(e: &Entry, symbol: &str) -> String {
        match e.end {
            End::Yields => format!("\tCALL_CHECKED({symbol})\n"),
            End::Stays(_) => format!("\tCALL_ALIGNED({symbol})\n"),
        }
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
        if e.bare {
            // Nothing is left to do behind it, so it returns to the stub's caller.
            s += &format!("\tJMP\t{}(SB)\n", e.rust_symbol());
        } else {
            s += &Self::call(e, &e.rust_symbol());
            s += "\tXORPS\tX15, X15\n";
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
        // The arguments wait in registers that C preserves and Go does not need; the fourth and the fifth in the frame.
        let (go, keep, c) =
            (["AX", "BX", "CX", "DI", "SI"], ["R13", "R15", "BX", "0(SP)", "8(SP)"], ["DI", "SI", "DX", "CX", "R8"]);
        let mut s = String::new();
        // The fourth argument's register is the first C register, the fifth's the second, and the third's the third place to wait in.
        for i in [3, 4, 0, 1, 2].into_iter().filter(|&i| i < n) {
            let _ = writeln!(s, "\tMOVQ\t{}, {}", go[i], keep[i]);
        }
        let mut load = String::new();
        for i in 0..n {
            let _ = writeln!(load, "\tMOVQ\t{}, {}", keep[i], c[i]);
        }
        load += &Self::place(e);
        s += &load;
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
        let call = Self::call(e, &(e.rust_symbol() + "_fast"));
        let _ = write!(s, "{call}{asks}\tXORPS\tX15, X15\n{second}{others}\tRET\nagain:\n{load}");
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
