//! Numbers that Go 1.21's compiler, assembler, linker and runtime agree on.
//! Only numbers: no table is read here.

/// Marks a function that the runtime must recognise.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FuncId(pub u8);

#[allow(missing_docs, reason = "each is the identity of the function of that name")]
impl FuncId {
    pub const NORMAL: Self = Self(0);
    pub const ABORT: Self = Self(1);
    pub const ASMCGOCALL: Self = Self(2);
    pub const ASYNC_PREEMPT: Self = Self(3);
    pub const CGOCALLBACK: Self = Self(4);
    pub const DEBUG_CALL_V2: Self = Self(5);
    pub const GC_BG_MARK_WORKER: Self = Self(6);
    pub const GOEXIT: Self = Self(7);
    pub const GOGO: Self = Self(8);
    pub const GOPANIC: Self = Self(9);
    pub const HANDLE_ASYNC_EVENT: Self = Self(10);
    pub const MCALL: Self = Self(11);
    pub const MORESTACK: Self = Self(12);
    pub const MSTART: Self = Self(13);
    pub const PANICWRAP: Self = Self(14);
    pub const RT0_GO: Self = Self(15);
    pub const RUNFINQ: Self = Self(16);
    pub const RUNTIME_MAIN: Self = Self(17);
    pub const SIGPANIC: Self = Self(18);
    pub const SYSTEMSTACK: Self = Self(19);
    pub const SYSTEMSTACK_SWITCH: Self = Self(20);
    /// Generated code (method wrappers, hash and equality functions, ...).
    pub const WRAPPER: Self = Self(21);

    /// Whether a frame of this function was entered by a signal handler's doing
    /// and not by a call, so that its caller's pc is not a return address.
    #[inline]
    pub const fn is_injected(self) -> bool {
        matches!(self, Self::SIGPANIC | Self::ASYNC_PREEMPT | Self::DEBUG_CALL_V2)
    }

    /// Whether a wrapper that called this function is left out of stack traces.
    /// It is shown when it called a panic and not the function that it wraps.
    #[inline]
    pub const fn elides_wrapper(self) -> bool {
        !matches!(self, Self::GOPANIC | Self::SIGPANIC | Self::PANICWRAP)
    }
}

/// Bits about a function.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FuncFlag(pub u8);

impl FuncFlag {
    /// The outermost function of its stack.
    pub const TOP_FRAME: Self = Self(1);
    /// Writes the stack pointer in a way that the pc/sp table cannot say.
    pub const SP_WRITE: Self = Self(2);
    /// Written in assembly.
    pub const ASM: Self = Self(4);

    /// Whether all of `bits` are set.
    #[inline]
    pub const fn has(self, bits: Self) -> bool {
        self.0 & bits.0 == bits.0
    }

    /// This without `bits`.
    #[inline]
    pub const fn without(self, bits: Self) -> Self {
        Self(self.0 & !bits.0)
    }
}

/// A function's argument size when neither compiler nor assembler knew it.
pub const ARGS_SIZE_UNKNOWN: i32 = i32::MIN;

/// Which table of a function maps its pcs to numbers.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PcData(pub u32);

impl PcData {
    /// Whether the pc may be interrupted (see [`unsafe_point`]).
    pub const UNSAFE_POINT: Self = Self(0);
    /// Which stack map holds.
    pub const STACK_MAP_INDEX: Self = Self(1);
    /// Which entry of the inline tree the instruction belongs to.
    pub const INL_TREE_INDEX: Self = Self(2);
    /// Which argument spill slots hold their argument.
    pub const ARG_LIVE_INDEX: Self = Self(3);
}

/// Which blob of read-only data of a function.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FuncData(pub u8);

impl FuncData {
    /// Pointer bitmaps of the arguments.
    pub const ARGS_POINTER_MAPS: Self = Self(0);
    /// Pointer bitmaps of the locals.
    pub const LOCALS_POINTER_MAPS: Self = Self(1);
    /// Variables of the frame whose address is taken.
    pub const STACK_OBJECTS: Self = Self(2);
    /// The tree of inlined calls.
    pub const INL_TREE: Self = Self(3);
    /// Where open-coded defers keep their closures.
    pub const OPEN_CODED_DEFER_INFO: Self = Self(4);
    /// How to print the arguments.
    pub const ARG_INFO: Self = Self(5);
    /// Which argument spill slots hold their argument, by index.
    pub const ARG_LIVE_INFO: Self = Self(6);
    /// The function that a `go` or `defer` wrapper wraps.
    pub const WRAP_INFO: Self = Self(7);
}

/// Values of [`PcData::UNSAFE_POINT`].
pub mod unsafe_point {
    /// May be interrupted.
    pub const SAFE: i32 = -1;
    /// May not be interrupted.
    pub const UNSAFE: i32 = -2;
    /// If interrupted, the sequence must be started again from its beginning.
    pub const RESTART_1: i32 = -3;
    /// As [`RESTART_1`]: two numbers keep adjacent sequences distinct.
    pub const RESTART_2: i32 = -4;
    /// If interrupted, the function must be started again.
    pub const RESTART_AT_ENTRY: i32 = -5;
}
