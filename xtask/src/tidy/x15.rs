//! Compiled Go on amd64 takes X15 for zero. Rust may change it: so code between the two clears it again after each call of
//! Rust, before it goes back to Go. Looked at: the Plan 9 assembly of the GOROOT, written and generated, and the naked
//! functions that Go calls.

use std::path::Path;

use anyhow::{Context, Result};

use super::Problem;
use crate::boundary;

/// Everything that goes back to Go without clearing the register.
pub fn check(root: &Path) -> Result<Vec<Problem>> {
    let read = |file: &str| std::fs::read_to_string(root.join(file)).with_context(|| file.to_owned());
    let written = "goroot/runtime/asm_amd64.s";
    let naked = "crates/entries/src/arch/amd64.rs";
    let mut problems = go_assembly(written, &read(written)?);
    problems.extend(go_assembly("generated stubs", &boundary::amd64_assembly(root)?));
    problems.extend(naked_functions(naked, &read(naked)?));
    Ok(problems)
}

/// What the last call of Rust has left of the register, line by line.
struct Walk {
    lost: bool,
}

impl Walk {
    /// `op` with its operands; whether control goes back to Go with the register lost.
    fn step(&mut self, op: &str, operands: &str) -> bool {
        match op {
            "XORPS" if operands.replace("XMM", "X").replace(' ', "") == "X15,X15" => self.lost = false,
            // What is never reached, or follows something that is not.
            "UNDEF" | "UD2" | "INT" => self.lost = false,
            "RET" | "JMP" => return std::mem::take(&mut self.lost),
            _ => {}
        }
        false
    }
}

/// Problems of Plan 9 assembly, in which `gx_` begins the names of Rust's functions. `gx_system` and its kin clear the register
/// themselves: naked code, which is looked at too.
fn go_assembly(file: &str, text: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    let (mut walk, mut function) = (Walk { lost: false }, String::new());
    for (i, line) in text.lines().enumerate() {
        let code = line.split("//").next().unwrap_or("");
        for part in code.split(';') {
            let part = part.trim().trim_end_matches('\\').trim();
            let (op, operands) = part.split_once(char::is_whitespace).unwrap_or((part, ""));
            if op == "TEXT" {
                function = operands.split(['(', '<']).next().unwrap_or("").to_owned();
                walk.lost = false;
            }
            let rust = part.starts_with("CALL_ALIGNED(")
                || part.starts_with("CALL_CHECKED(")
                || (op == "CALL" && operands.trim().starts_with("gx_"));
            let clears = ["gx_system", "gx_leaf_yields"].iter().any(|name| operands.trim().starts_with(name));
            if rust && !clears {
                walk.lost = true;
            }
            if walk.step(op, operands.trim()) {
                problems.push(format!(
                    "{file}:{}: {function} goes back to Go after a call of Rust and X15 is not cleared",
                    i + 1
                ));
            }
        }
    }
    problems
}

/// Problems of naked functions with a name of their own, which Go calls. Jumps within them do not count.
fn naked_functions(file: &str, text: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    let (mut walk, mut function) = (Walk { lost: false }, "");
    for (i, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some((before, name)) = line.split_once("fn ") {
            // Others go back to Rust.
            let named = before.contains("extern \"C\"") && name.starts_with("gx_");
            function = if named { name.split('(').next().unwrap_or("") } else { "" };
            walk.lost = false;
        }
        let Some(instruction) = line.strip_prefix('"').and_then(|l| l.split('"').next()) else { continue };
        if function.is_empty() {
            continue;
        }
        let instruction = instruction.to_uppercase();
        let (op, operands) = instruction.split_once(' ').unwrap_or((&instruction, ""));
        walk.lost |= op == "CALL";
        let label = operands.ends_with(['B', 'F']) && operands.starts_with(|c: char| c.is_ascii_digit());
        let back = op == "JMP" && label;
        // A jump back to what follows a call that has not cleared it loses it as well.
        if walk.step(op, operands) {
            let what = if back { "goes on" } else { "goes back to Go" };
            problems.push(format!("{file}:{}: {function} {what} after a call of Rust and X15 is not cleared", i + 1));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stub_that_forgets_is_found() {
        let good =
            "TEXT a(SB), 0\n\tCALL_ALIGNED(gx_x)\n\tXORPS\tX15, X15\n\tRET\nTEXT b(SB), 0\n\tCALL\tgx_system(SB)\n\tRET\n";
        assert!(go_assembly("f", good).is_empty());
        let bad = "TEXT a(SB), 0\n\tCALL_ALIGNED(gx_x)\n\tXORPS\tX14, X14\n\tRET\n\tRET\n#define M \\\n\tCALL_ALIGNED(gx_y); \\\n\tRET\n";
        assert_eq!(go_assembly("f", bad).len(), 2);
    }

    #[test]
    fn a_naked_function_that_forgets_is_found() {
        let body = |clear: &str| {
            format!(
                "unsafe extern \"C\" fn gx_f() {{\n naked_asm!(\n\"2:\",\n\"ret\",\n\"call {{flush}}\",\n{clear}\"jmp 2b\",\n)}}\n"
            )
        };
        assert!(naked_functions("f", &body("\"xorps xmm15, xmm15\",\n")).is_empty());
        assert_eq!(naked_functions("f", &body("\"pop rax\",\n")).len(), 1);
        assert!(naked_functions("f", &body("").replace("gx_f", "other")).is_empty());
    }
}
