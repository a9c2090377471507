//! Runtime errors: which there are, and Go's exact words for them.
//!
//! A function that can end in a Go panic returns a [`Fault`]; its caller makes the Go value and raises it. The words
//! are here, so that Rust can also print them without Go code.

use super::print::{self, Sink};
use crate::mem::{Uncomparable, Unhashable};
use crate::space::TypeSpace;
use crate::space::spelling::{pkg_path, type_string};
use crate::types::{GoStr, Type};

/// What went wrong.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// A `runtime.Error` whose text is this behind [`PREFIX`] (Go's `errorString`).
    Error(&'static str),
    /// The same, with the name of a type at the end.
    ErrorType(&'static str, *const Type),
    /// A `*runtime.TypeAssertionError`.
    Assertion(AssertionError),
    /// Not a panic: the program ends with `fatal error: ` and this.
    Throw(&'static str),
}

/// In front of most runtime errors (those of Go's `errorString` and `boundsError`), but neither of `plainError` nor of
/// failed assertions.
pub const PREFIX: &str = "runtime error: ";

/// The words of runtime errors. Those up to `UNSAFE_*` follow [`PREFIX`].
#[allow(missing_docs)]
pub mod msg {
    pub const MAKESLICE_LEN: &str = "makeslice: len out of range";
    pub const MAKESLICE_CAP: &str = "makeslice: cap out of range";
    pub const GROWSLICE_LEN: &str = "growslice: len out of range";
    pub const DIVIDE: &str = "integer divide by zero";
    pub const OVERFLOW: &str = "integer overflow";
    pub const SHIFT: &str = "negative shift amount";
    pub const FLOAT: &str = "floating point error";
    pub const MEMORY: &str = "invalid memory address or nil pointer dereference";
    pub const UNCOMPARABLE: &str = "comparing uncomparable type ";
    pub const UNHASHABLE: &str = "hash of unhashable type ";
    pub const UNSAFE_SLICE_LEN: &str = "unsafe.Slice: len out of range";
    pub const UNSAFE_SLICE_NIL: &str = "unsafe.Slice: ptr is nil and len is not zero";
    pub const UNSAFE_STRING_LEN: &str = "unsafe.String: len out of range";
    pub const UNSAFE_STRING_NIL: &str = "unsafe.String: ptr is nil and len is not zero";
    /// Plain: without the prefix, as the ones below.
    pub const NIL_MAP: &str = "assignment to entry in nil map";
    pub const MAKECHAN_SIZE: &str = "makechan: size out of range";
    pub const CLOSE_NIL: &str = "close of nil channel";
    pub const CLOSE_CLOSED: &str = "close of closed channel";
    pub const SEND_CLOSED: &str = "send on closed channel";
}

impl From<Uncomparable> for Fault {
    fn from(u: Uncomparable) -> Fault {
        Fault::ErrorType(msg::UNCOMPARABLE, u.0)
    }
}

impl From<Unhashable> for Fault {
    fn from(u: Unhashable) -> Fault {
        Fault::ErrorType(msg::UNHASHABLE, u.0)
    }
}

impl Fault {
    /// Writes the text that the Go value's `Error` method gives (for [`Fault::Throw`] the bare words).
    ///
    /// # Safety
    /// Types in the fault are known to `space`.
    pub unsafe fn write(&self, space: &TypeSpace, out: &mut impl Sink) {
        match *self {
            Fault::Error(m) => {
                out.put(PREFIX.as_bytes());
                out.put(m.as_bytes());
            }
            Fault::ErrorType(m, t) => {
                out.put(PREFIX.as_bytes());
                out.put(m.as_bytes());
                // SAFETY: the type in the fault is a descriptor known to `space` (this function's contract), whose text is
                // constant.
                print::string(out, unsafe { type_string(space, t).as_bytes() });
            }
            // SAFETY: the types in the fault are known to `space` (this function's contract), and an assertion asserts some
            // type.
            Fault::Assertion(ref e) => unsafe { e.write(space, out) },
            Fault::Throw(m) => out.put(m.as_bytes()),
        }
    }
}

/// Go's `runtime.TypeAssertionError`, field for field.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct AssertionError {
    /// Static type of what was asserted, or null.
    pub interface: *const Type,
    /// Dynamic type, or null for nil.
    pub concrete: *const Type,
    /// Type that was asked for.
    pub asserted: *const Type,
    /// A method that `asserted` needs and `concrete` lacks, or empty.
    pub missing_method: GoStr,
}

const _: () = assert!(size_of::<AssertionError>() == 40);

impl AssertionError {
    /// Writes the error's text.
    ///
    /// # Safety
    /// The types are known to `space`; `asserted` is not null.
    pub unsafe fn write(&self, space: &TypeSpace, out: &mut impl Sink) {
        // SAFETY: the types are null or known to `space`, and `asserted` is not null (this function's contract); a null one
        // is not asked for its name. Names and texts of descriptors are constant.
        unsafe {
            let name = |t: *const Type| type_string(space, t).as_bytes();
            let mut all = |parts: &[&[u8]]| {
                for p in parts {
                    print::string(out, p);
                }
            };
            let inter = if self.interface.is_null() { b"interface" } else { name(self.interface) };
            let wanted = name(self.asserted);
            all(&[b"interface conversion: "]);
            if self.concrete.is_null() {
                return all(&[inter, b" is nil, not ", wanted]);
            }
            let have = name(self.concrete);
            if !self.missing_method.is_empty() {
                return all(&[have, b" is not ", wanted, b": missing method ", self.missing_method.as_bytes()]);
            }
            all(&[inter, b" is ", have, b", not ", wanted]);
            if have == wanted {
                let packages = pkg_path(space, self.concrete).as_bytes() != pkg_path(space, self.asserted).as_bytes();
                let what: &[u8] = if packages { b"packages" } else { b"scopes" };
                all(&[b" (types from different ", what, b")"]);
            }
        }
    }
}

/// Which index or slice expression went wrong; the numbers are Go's `boundsErrorCode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum BoundsCode {
    /// `s[x]`
    Index,
    /// `s[?:x]`, beyond the length
    SliceAlen,
    /// `s[?:x]`, beyond the capacity
    SliceAcap,
    /// `s[x:y]`
    SliceB,
    /// `s[::x]`, beyond the length
    Slice3Alen,
    /// `s[::x]`, beyond the capacity
    Slice3Acap,
    /// `s[:x:y]`
    Slice3B,
    /// `s[x:y:]`
    Slice3C,
    /// `(*[x]T)(s)`
    Convert,
}

impl BoundsCode {
    /// All codes, in the order of their numbers.
    pub const ALL: [BoundsCode; 9] = [
        BoundsCode::Index,
        BoundsCode::SliceAlen,
        BoundsCode::SliceAcap,
        BoundsCode::SliceB,
        BoundsCode::Slice3Alen,
        BoundsCode::Slice3Acap,
        BoundsCode::Slice3B,
        BoundsCode::Slice3C,
        BoundsCode::Convert,
    ];

    /// Text before `x`, between `x` and `y`, after `y`; then the text after `x` if `x` is negative, when `y` does not
    /// matter. (For `Convert` the numbers come in the other order.)
    const fn words(self) -> (&'static str, &'static str, &'static str, &'static str) {
        use BoundsCode::*;
        match self {
            Index => ("index out of range [", "] with length ", "", "]"),
            SliceAlen => ("slice bounds out of range [:", "] with length ", "", "]"),
            SliceAcap => ("slice bounds out of range [:", "] with capacity ", "", "]"),
            SliceB => ("slice bounds out of range [", ":", "]", ":]"),
            Slice3Alen => ("slice bounds out of range [::", "] with length ", "", "]"),
            Slice3Acap => ("slice bounds out of range [::", "] with capacity ", "", "]"),
            Slice3B => ("slice bounds out of range [:", ":", "]", ":]"),
            Slice3C => ("slice bounds out of range [", ":", ":]", "::]"),
            Convert => ("cannot convert slice with length ", " to array or pointer to array with length ", "", ""),
        }
    }
}

/// Writes the text of a `boundsError`, prefix included. `signed` says whether `x` is an `int64` or a `uint64`.
pub fn format_bounds_error(code: BoundsCode, x: i64, signed: bool, y: i64, out: &mut impl Sink) {
    let (before, between, after, negative) = code.words();
    let number = |out: &mut _, v: i64| {
        if signed { print::int(out, v) } else { print::uint(out, v as u64) }
    };
    out.put(PREFIX.as_bytes());
    out.put(before.as_bytes());
    if code == BoundsCode::Convert {
        print::int(out, y);
        out.put(between.as_bytes());
        return number(out, x);
    }
    number(out, x);
    if signed && x < 0 {
        return out.put(negative.as_bytes());
    }
    out.put(between.as_bytes());
    print::int(out, y);
    print::string(out, after.as_bytes());
}
