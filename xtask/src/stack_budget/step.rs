//! What an instruction does to the stack and to the flow of control: the little that a bound needs, the same for both
//! architectures. Decoding is in `amd64` and `arm64`, following the steps in `walk`.

/// One instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Where it stands.
    pub at: u64,
    /// What it does to the stack pointer.
    pub stack: Stack,
    /// Where control goes from it.
    pub flow: Flow,
    /// What it does to other registers, as far as that is followed (on amd64: wherever a compiler calls a function whose
    /// address it keeps in a register).
    pub writes: Writes,
    /// What it expects or changes beyond C's rules. Nothing on arm64, where the stack is always aligned and compiled code keeps no vector
    /// register.
    pub wants: Wants,
}

/// What code expects of a caller that is compiled Go code, or changes, which keeps to other rules than C's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wants {
    /// The stack is to be aligned to 16 bytes: something that must be aligned may lie there, or something that wide does, which is slower
    /// where it crosses lines of the cache.
    pub aligned: bool,
    /// X15, which compiled code keeps at zero, may be another value behind it.
    pub x15: bool,
}

impl Wants {
    /// What is not known may do anything.
    pub const UNKNOWN: Self = Self { aligned: true, x15: true };

    /// What both together want.
    pub fn and(self, other: Self) -> Self {
        Self { aligned: self.aligned || other.aligned, x15: self.x15 || other.x15 }
    }
}

/// What an instruction writes to registers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Writes {
    /// Those that no longer hold what they did.
    pub registers: Vec<u8>,
    /// The one that holds a function's address now.
    pub function: Option<(u8, u64)>,
}

/// An effect on the stack pointer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stack {
    /// None.
    Keep,
    /// The stack grows by so many bytes (shrinks, if negative).
    Grow(i64),
    /// A register becomes the stack pointer plus an offset.
    Mark(u8, i64),
    /// The stack pointer becomes that register plus an offset.
    Back(u8, i64),
    /// The stack pointer is rounded down, to a multiple of so many bytes; from the register if there is one.
    Align(Option<u8>, i64),
    /// The stack pointer comes from memory: another stack from here on.
    Leave,
    /// Unbounded: no static limit.
    Unknown,
}

/// Where control goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flow {
    /// To the next instruction.
    Next,
    /// There or to the next.
    Branch(u64),
    /// There.
    Jump(u64),
    /// To one of these.
    Table(Vec<u64>),
    /// There, and back to the next.
    Call(u64),
    /// To what a register (this one) or a word of memory says, and back.
    CallIndirect(Option<u8>),
    /// To what a register or a word of memory says.
    JumpIndirect(Option<u8>),
    /// Nowhere: a return or a trap.
    Stop,
}
