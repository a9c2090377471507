//! The stubs of arm64: registers, the check at their heads, calls. What they have in common with the other architecture's, and
//! which there are, is in the module above.

use super::{End, Entry, Kind, RESULTS, STACK_SMALL, Target, Words};
use std::fmt::Write as _;

/// The architecture.
pub(super) struct Arm64;

impl Arm64 {
    fn wide(e: &Entry) -> String {
        match (e.input, e.output) {
            (Words::Ints(n), Words::Ints(o)) if o > 2 => format!("\tADD\t${RESULTS}, g, R{n}\n"),
            _ => String::new(),
        }
    }

    /// As on amd64.
    fn check(e: &Entry) -> String {
        match e.end {
            End::Yields => format!(
                "\tADD\t${}, RSP, R19\n\tMOVD\tTASK_GUARD(g), R20\n\tCMP\tR20, R19\n\tBLS\tslow\n",
                STACK_SMALL + 16
            ),
            End::Stays(_) => String::new(),
        }
    }

    fn count(e: &Entry) -> String {
        match (&e.kind, e.input) {
            (Kind::Long(most), Words::Ints(n)) => {
                format!("\tMOVD\t${most}, R19\n\tCMP\tR19, R{}\n\tBHI\tslow\n", n - 1)
            }
            _ => String::new(),
        }
    }

    fn switch(e: &Entry) -> String {
        format!("\tMOVD\t${}(SB), R20\n\tCALL\t{}(SB)\n", e.system_symbol(), e.system_call())
    }

    fn results(e: &Entry) -> String {
        Self::results_from(e, 0)
    }

    /// As on amd64.
    fn results_from(e: &Entry, first: usize) -> String {
        let mut s = String::new();
        if let Words::Ints(n) = e.output
            && n > 2
        {
            for i in first..n {
                let _ = writeln!(s, "\tMOVD\t({RESULTS}+{})(g), R{i}", i * 8);
            }
        }
        s
    }
}

impl Target for Arm64 {
    fn file(&self) -> &'static str {
        "zstubs_arm64.s"
    }

    fn head(&self) -> String {
        "#include \"textflag.h\"\n#include \"funcdata.h\"\n#include \"goxide.h\"\n".to_owned()
    }

    fn frame(&self, e: &Entry) -> &'static str {
        if e.copied.is_some() && e.end != End::Yields {
            return "NOSPLIT|NOFRAME, $0-0";
        }
        // The link register and the frame pointer.
        "NOSPLIT, $0-0"
    }

    fn spill(&self, i: usize) -> String {
        format!("\tMOVD\tR{i}, a{i}+{}(FP)\n", 8 * i)
    }

    fn call_bytes(&self) -> i64 {
        0
    }

    fn reserve(&self, bytes: i64) -> String {
        format!("\tRESERVE({bytes})\n")
    }

    fn leaf(&self, e: &Entry) -> String {
        let call = match &e.copied {
            Some(code) => {
                let word =
                    |b: &[u8]| format!("\tWORD\t${:#010x}\n", b.iter().rev().fold(0, |w: u32, &b| w << 8 | u32::from(b)));
                code.chunks(4).map(word).collect()
            }
            None => format!("\tCALL\t{}(SB)\n", e.rust_symbol()),
        };
        let s = Self::wide(e) + &Self::check(e) + &Self::count(e) + &call + &Self::results(e) + "\tRET\n";
        match e.end {
            End::Yields => s + "slow:\n" + &Self::switch(e) + &Self::results(e) + "\tRET\n",
            End::Stays(_) => s,
        }
    }

    fn system(&self, e: &Entry) -> String {
        Self::wide(e) + &Self::switch(e) + &Self::results(e) + "\tRET\n"
    }

    fn fast(&self, e: &Entry) -> String {
        let Words::Ints(n) = e.input else { unreachable!("fast entries take integers") };
        let (mut keep, mut load) = (String::new(), String::new());
        for i in 0..n {
            let _ = writeln!(keep, "\tMOVD\tR{i}, R{}", 21 + i);
            let _ = writeln!(load, "\tMOVD\tR{}, R{i}", 21 + i);
        }
        let place = Self::wide(e);
        load += &place;
        let check = Self::check(e);
        // What asks for the system entry is 0, or 0 and 1 where 0 and 0 is an answer.
        let asks = if e.may_answer_nil() { "\tCBNZ\tR0, done\n\tCBNZ\tR1, again\ndone:\n" } else { "\tCBZ\tR0, again\n" };
        let slow = if e.end == End::Yields { "slow:\n" } else { "" };
        format!(
            "{keep}{place}{check}\tCALL\t{}_fast(SB)\n{asks}{}\tRET\nagain:\n{load}{slow}{}{}\tRET\n",
            e.rust_symbol(),
            Self::results_from(e, 1),
            Self::switch(e),
            Self::results(e)
        )
    }

    fn tail(&self, target: &str) -> String {
        format!("\tB\t{target}<ABIInternal>(SB)\n")
    }

    fn absent(&self, data: &str, len: usize) -> String {
        format!(
            "\tMOVD\t${data}(SB), R0\n\tMOVD\t${len}, R1\n\tMOVD\t$gx_absent(SB), R20\n\tCALL\tgx_system(SB)\n\tUNDEF\n\tRET\n"
        )
    }
}
