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
        use Part::{Hex, Int, Text, Uint};
        let name = Part::Name(self.func.map_or(&b"?"[..], |f| f.name()));
        let mut line = |parts: &[Part<'_>]| parts.iter().for_each(|part| part.print(out));
        match self.kind {
            FaultKind::UnknownPc => line(&[Text("runtime: g "), Uint(goid), Text(": unknown pc "), Hex(self.pc)]),
            FaultKind::UnknownCaller(lr) => {
                line(&[Text("runtime: g "), Uint(goid), Text(": unexpected return pc for "), name]);
                line(&[Text(" called from "), Hex(lr)]);
            }
            FaultKind::Stuck => line(&[Text("runtime: traceback stuck. pc="), Hex(self.pc), Text(" sp="), Hex(self.sp)]),
            FaultKind::SpWrite => line(&[Text("traceback: unexpected SPWRITE function "), name]),
            FaultKind::Incomplete => {
                line(&[Text("runtime: g"), Uint(goid), Text(": stack ends in "), name, Text(", frame.sp="), Hex(self.sp)]);
            }
            FaultKind::OutOfBounds(addr) => {
                line(&[Text("runtime: g"), Uint(goid), Text(": frame of "), name]);
                line(&[Text(" reaches outside the stack: "), Hex(addr)]);
            }
            FaultKind::BadTable => {
                line(&[Text("runtime: invalid pc-encoded table f="), name, Text(" targetpc="), Hex(self.pc)]);
            }
            FaultKind::UntypedLocals { addr, size } => {
                line(&[Text("runtime: frame "), name, Text(" untyped locals "), Hex(addr), Text("+"), Hex(size)]);
            }
            FaultKind::UntypedArgs { addr, size } => {
                line(&[Text("runtime: frame "), name, Text(" untyped args "), Hex(addr), Text("+"), Hex(size)]);
            }
            FaultKind::BadMapIndex { index, count, locals } => {
                let what = Text(if locals { " locals" } else { " args" });
                line(&[Text("runtime: pcdata is "), Int(index), Text(" and "), Int(count), what]);
                line(&[Text(" stack map entries for "), name, Text(" (targetpc="), Hex(self.pc), Text(")")]);
            }
            FaultKind::ReflectMismatch => line(&[Text("runtime: confused by "), name]),
            FaultKind::BadPointer { slot, value } => {
                line(&[Text("runtime: bad pointer in frame "), name, Text(" at "), Hex(slot), Text(": "), Hex(value)]);
            }
        }
        out.put(b"\n");
    }
}

impl core::fmt::Display for Fault<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.text())
    }
}

impl core::error::Error for Fault<'_> {}

/// What a description consists of.
#[derive(Clone, Copy)]
enum Part<'a> {
    Text(&'static str),
    /// The name of a function.
    Name(&'a [u8]),
    Uint(u64),
    Int(i32),
    Hex(usize),
}

impl Part<'_> {
    fn print(self, out: &mut dyn Sink) {
        match self {
            Part::Text(text) => out.put(text.as_bytes()),
            Part::Name(name) => out.put(name),
            Part::Uint(n) => out.put_uint(n),
            Part::Int(n) => out.put_int(i64::from(n)),
            Part::Hex(n) => out.put_hex(n),
        }
    }
}
