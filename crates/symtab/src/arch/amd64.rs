//! Frames on amd64.
//!
//! ```text
//!   argp = fp ->  arguments             (the caller's frame)
//!                 return address        pushed by CALL
//!        varp ->  caller's frame pointer, when the frame is not empty
//!                 locals
//!          sp ->
//! ```

use super::convention::{Arch, reg_args_mask};

/// See the module.
#[derive(Clone, Copy, Debug)]
pub struct Amd64;

const INTS: usize = 9;
const FLOATS: usize = 15;
const MASK: [u8; 5] = reg_args_mask(INTS, FLOATS);

impl Arch for Amd64 {
    const USES_LR: bool = false;
    const MIN_FRAME: usize = 0;
    const UNTYPED_LOCALS: usize = 0;
    const INJECTED_FRAME: usize = 0;
    const REG_ARGS_SIZE: usize = (2 * INTS + FLOATS) * 8 + 8;
    const REG_ARGS_PTRDATA: usize = (2 * INTS + FLOATS) * 8;
    const REG_ARGS_MASK: &'static [u8] = &MASK;
}
