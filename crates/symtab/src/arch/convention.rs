//! What a machine's convention consists of.

/// How Go frames look on a machine.
pub trait Arch: Copy + 'static {
    /// Whether a call leaves the return address in a register, which the callee
    /// saves at 0(SP), instead of pushing it.
    const USES_LR: bool;
    /// Bytes at the bottom of each frame that belong to the convention.
    const MIN_FRAME: usize;
    /// A frame whose locals are no larger than this has no locals map.
    const UNTYPED_LOCALS: usize;
    /// What a signal handler takes from the stack to save the link register
    /// before it injects a call.
    const INJECTED_FRAME: usize;
    /// Size in bytes of reflect's record of argument registers.
    const REG_ARGS_SIZE: usize;
    /// How many bytes from that record's start may hold pointers.
    const REG_ARGS_PTRDATA: usize;
    /// Its pointer mask, one bit per word.
    const REG_ARGS_MASK: &'static [u8];
}

/// The pointer mask of reflect's register record: `ints` words that are not
/// pointers, `floats` that are not, then `ints` that are.
pub(super) const fn reg_args_mask<const N: usize>(ints: usize, floats: usize) -> [u8; N] {
    let mut mask = [0u8; N];
    let mut i = ints + floats;
    while i < 2 * ints + floats {
        mask[i / 8] |= 1 << (i % 8);
        i += 1;
    }
    mask
}
