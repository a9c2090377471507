//! What can be wrong with a stack or with the tables that describe it. Nothing
//! is decided here: a stack move makes a fault fatal, a traceback prints it.

use super::functab::Func;
use super::sink::Sink;

/// What is wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FaultKind {
    /// The walk was to begin at a pc that is no function's.
    UnknownPc,
    /// The function returns to this pc, which is no function's.
    UnknownCaller(usize),
    /// The next frame is the same as this one.
    Stuck,
    /// A function that is not innermost writes the stack pointer.
    SpWrite,
    /// The stack ended in a function that is not the outermost of a stack.
    Incomplete,
    /// The stack pointer, or an address computed from it, is outside the stack.
    OutOfBounds(usize),
    /// A pc table does not reach the pc.
    BadTable,
    /// The frame has locals and no map of them.
    UntypedLocals {
        /// Where they are.
        addr: usize,
        /// How many bytes.
        size: usize,
    },
    /// The frame has arguments and no map of them.
    UntypedArgs {
        /// Where they are.
        addr: usize,
        /// How many bytes.
        size: usize,
    },
    /// The index of the stack map is not one of the function's.
    BadMapIndex {
        /// The index.
        index: i32,
        /// How many maps there are.
        count: i32,
        /// Whether it is the locals' map (else the arguments').
        locals: bool,
    },
    /// A stub of reflect has no, or another function's, description of its call.
    ReflectMismatch,
    /// A slot that holds a pointer holds this, which cannot be one.
    BadPointer {
        /// Address of the slot.
        slot: usize,
        /// What it holds.
        value: usize,
    },
}

/// What is wrong, and in which frame.
#[derive(Clone, Copy, Debug)]
pub struct Fault<'m> {
    /// What is wrong.
    pub kind: FaultKind,
    /// The frame's function, when known.
    pub func: Option<Func<'m>>,
    /// The frame's pc.
    pub pc: usize,
    /// The frame's stack pointer.
    pub sp: usize,
}

impl Fault<'_> {
    /// The text of the fatal error, in Go's words where Go has the error.
    pub fn text(&self) -> &'static str {
        match self.kind {
            FaultKind::UnknownPc => "unknown pc",
            FaultKind::UnknownCaller(_) => "unknown caller pc",
            FaultKind::Stuck => "traceback stuck",
            FaultKind::SpWrite => "traceback",
            FaultKind::Incomplete => "traceback did not unwind completely",
            FaultKind::OutOfBounds(_) => "traceback left the stack",
            FaultKind::BadTable => "invalid runtime symbol table",
            FaultKind::UntypedLocals { .. } | FaultKind::UntypedArgs { .. } => "missing stackmap",
            FaultKind::BadMapIndex { .. } => "bad symbol table",
            FaultKind::ReflectMismatch => "reflect mismatch",
            FaultKind::BadPointer { .. } => "invalid pointer found on stack",
        }
    }

    /// Prints what is wrong: one line, as Go prints before the fatal error.
    /// `goid` names the goroutine whose stack it is.
    pub fn describe(&self, out: &mut dyn Sink, goid: u64) {
        let name = self.func.map_or(&b"?"[..], |f| f.name());
        match self.kind {
            FaultKind::UnknownPc => {
                out.put(b"runtime: g ");
                out.put_uint(goid);
                out.put(b": unknown pc ");
                out.put_hex(self.pc);
            }
            FaultKind::UnknownCaller(lr) => {
                out.put(b"runtime: g ");
                out.put_uint(goid);
                out.put(b": unexpected return pc for ");
                out.put(name);
                out.put(b" called from ");
                out.put_hex(lr);
            }
            FaultKind::Stuck => {
                out.put(b"runtime: traceback stuck. pc=");
                out.put_hex(self.pc);
                out.put(b" sp=");
                out.put_hex(self.sp);
            }
            FaultKind::SpWrite => {
                out.put(b"traceback: unexpected SPWRITE function ");
                out.put(name);
            }
            FaultKind::Incomplete => {
                out.put(b"runtime: g");
                out.put_uint(goid);
                out.put(b": stack ends in ");
                out.put(name);
                out.put(b", frame.sp=");
                out.put_hex(self.sp);
            }
            FaultKind::OutOfBounds(addr) => {
                out.put(b"runtime: g");
                out.put_uint(goid);
                out.put(b": frame of ");
                out.put(name);
                out.put(b" reaches outside the stack: ");
                out.put_hex(addr);
            }
            FaultKind::BadTable => {
                out.put(b"runtime: invalid pc-encoded table f=");
                out.put(name);
                out.put(b" targetpc=");
                out.put_hex(self.pc);
            }
            FaultKind::UntypedLocals { addr, size } => untyped(out, name, b" untyped locals ", addr, size),
            FaultKind::UntypedArgs { addr, size } => untyped(out, name, b" untyped args ", addr, size),
            FaultKind::BadMapIndex { index, count, locals } => {
                out.put(b"runtime: pcdata is ");
                out.put_int(i64::from(index));
                out.put(b" and ");
                out.put_int(i64::from(count));
                out.put(if locals { b" locals" } else { b" args" });
                out.put(b" stack map entries for ");
                out.put(name);
                out.put(b" (targetpc=");
                out.put_hex(self.pc);
                out.put(b")");
            }
            FaultKind::ReflectMismatch => {
                out.put(b"runtime: confused by ");
                out.put(name);
            }
            FaultKind::BadPointer { slot, value } => {
                out.put(b"runtime: bad pointer in frame ");
                out.put(name);
                out.put(b" at ");
                out.put_hex(slot);
                out.put(b": ");
                out.put_hex(value);
            }
        }
        out.put(b"\n");
    }
}

fn untyped(out: &mut dyn Sink, name: &[u8], what: &[u8], addr: usize, size: usize) {
    out.put(b"runtime: frame ");
    out.put(name);
    out.put(what);
    out.put_hex(addr);
    out.put(b"+");
    out.put_hex(size);
}
