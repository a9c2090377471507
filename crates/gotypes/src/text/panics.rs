//! How a value that was passed to `panic` is printed when it was not recovered.
//!
//! Values with an `Error` or `String` method have been turned into their text before; that calls Go code and is not
//! done here.

use super::print::{self, Sink};
use crate::space::TypeSpace;
use crate::space::spelling::type_string;
use crate::types::{Eface, GoStr, kind};

/// Whether the value prints bare, as its type is one of Go's predeclared ones, and not with its type around it.
///
/// Only predeclared types have a basic kind and a name without a package in front.
///
/// # Safety
/// `v` is a whole value, not nil, of a type known to `space`.
unsafe fn is_predeclared(space: &TypeSpace, v: &Eface) -> bool {
    // SAFETY: the type of a non-nil interface is a descriptor.
    unsafe {
        matches!((*v.typ).kind(), kind::BOOL..=kind::COMPLEX128 | kind::STRING)
            && !type_string(space, v.typ).as_bytes().contains(&b'.')
    }
}

/// Prints a value of basic kind; `false` if its kind is none.
///
/// # Safety
/// `v` is a whole value, not nil.
unsafe fn basic(out: &mut impl Sink, v: &Eface) -> bool {
    // SAFETY: the kind says what lies behind the data word; basic kinds are never in it.
    unsafe {
        let p = v.value_ptr();
        match (*v.typ).kind() {
            kind::BOOL => print::bool(out, *p != 0),
            kind::INT | kind::INT64 => print::int(out, *p.cast::<i64>()),
            kind::INT8 => print::int(out, i64::from(*p.cast::<i8>())),
            kind::INT16 => print::int(out, i64::from(*p.cast::<i16>())),
            kind::INT32 => print::int(out, i64::from(*p.cast::<i32>())),
            kind::UINT | kind::UINT64 | kind::UINTPTR => print::uint(out, *p.cast::<u64>()),
            kind::UINT8 => print::uint(out, u64::from(*p)),
            kind::UINT16 => print::uint(out, u64::from(*p.cast::<u16>())),
            kind::UINT32 => print::uint(out, u64::from(*p.cast::<u32>())),
            kind::FLOAT32 => print::float(out, f64::from(*p.cast::<f32>())),
            kind::FLOAT64 => print::float(out, *p.cast::<f64>()),
            kind::COMPLEX64 => {
                let [re, im] = *p.cast::<[f32; 2]>();
                print::complex(out, f64::from(re), f64::from(im));
            }
            kind::COMPLEX128 => {
                let [re, im] = *p.cast::<[f64; 2]>();
                print::complex(out, re, im);
            }
            kind::STRING => print::string(out, (*p.cast::<GoStr>()).as_bytes()),
            _ => return false,
        }
        true
    }
}

/// Prints any value (`printany`): predeclared types bare, other basic kinds as `main.T(1)` or `main.S("x")`, the rest
/// as `(main.T) 0xdata`.
///
/// # Safety
/// `v` is a whole value of a type known to `space`, or nil.
pub unsafe fn any(space: &TypeSpace, out: &mut impl Sink, v: Eface) {
    if v.typ.is_null() {
        return out.put(b"nil");
    }
    // SAFETY: `v` is a whole value, not nil as just seen, of a type known to `space` (this function's contract), whose text
    // is constant.
    unsafe {
        if is_predeclared(space, &v) {
            basic(out, &v);
            return;
        }
        let name = type_string(space, v.typ).as_bytes();
        let (open, close): (&[u8], &[u8]) = match (*v.typ).kind() {
            kind::STRING => (b"(\"", b"\")"),
            // A complex number brings its own parentheses.
            kind::COMPLEX64 | kind::COMPLEX128 => (b"", b""),
            kind::BOOL..=kind::FLOAT64 => (b"(", b")"),
            _ => {
                out.put(b"(");
                print::string(out, name);
                out.put(b") ");
                return print::pointer(out, v.data);
            }
        };
        print::string(out, name);
        print::string(out, open);
        basic(out, &v);
        print::string(out, close);
    }
}

/// The text of the panic that a generated method raises when the pointer it was called with is nil (`panicwrap`), from
/// the method's full name, `main.(*T).M`. `false`, with nothing written, if the name has another form.
pub fn nil_receiver(out: &mut impl Sink, method: &[u8]) -> bool {
    let find = |s: &[u8], c| s.iter().position(|&b| b == c);
    let parts = || {
        let open = find(method, b'(')?;
        let pkg = method.get(..open)?.strip_suffix(b".")?;
        let rest = method.get(open..)?.strip_prefix(b"(*")?;
        let close = find(rest, b')')?;
        Some((pkg, rest.get(..close)?, rest.get(close..)?.strip_prefix(b").")?))
    };
    let Some((pkg, typ, name)) = parts() else {
        return false;
    };
    for s in [b"value method ", pkg, b".", typ, b".", name, b" called using nil *", typ, b" pointer"] {
        print::string(out, s);
    }
    true
}
