//! Frames on arm64.
//!
//! ```text
//!   argp = fp+8 ->  arguments           (the caller's frame)
//!          fp   ->  caller's saved link register
//!          varp ->  frame pointer of the caller's caller, which the caller
//!                   wrote one word below its stack pointer
//!                   locals
//!          sp   ->  saved link register (the return address)
//! ```

use super::convention::{Arch, reg_args_mask};

/// See the module.
#[derive(Clone, Copy, Debug)]
pub struct Arm64;

const INTS: usize = 16;
const FLOATS: usize = 16;
const MASK: [u8; 6] = reg_args_mask(INTS, FLOATS);

impl Arch for Arm64 {
    const USES_LR: bool = true;
    const MIN_FRAME: usize = 8;
    const UNTYPED_LOCALS: usize = 16;
    const INJECTED_FRAME: usize = 16;
    const REG_ARGS_SIZE: usize = (2 * INTS + FLOATS) * 8 + 8;
    const REG_ARGS_PTRDATA: usize = (2 * INTS + FLOATS) * 8;
    const REG_ARGS_MASK: &'static [u8] = &MASK;
}
