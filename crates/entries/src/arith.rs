//! Arithmetic that the compiler leaves to the runtime. Leaves; on 64-bit machines compiled code hardly ever calls them.

use core::cmp::Ordering;
use goxide_gotypes::types::GoStr;
use goxide_gotypes::types::arith::{self, Complex128};
use goxide_gotypes::types::softfloat::{F32, F64};

macro_rules! leaves {
    ($($name:ident($($arg:ident: $ty:ty),*) -> $out:ty = $body:expr;)*) => {
        $(#[unsafe(no_mangle)] extern "C" fn $name($($arg: $ty),*) -> $out { $body })*
    };
}

leaves! {
    // Division by zero is checked by compiled code before the call.
    gx_runtime_int64div(a: i64, b: i64) -> i64 = if b == 0 { 0 } else { a.wrapping_div(b) };
    gx_runtime_uint64div(a: u64, b: u64) -> u64 = a.checked_div(b).unwrap_or(0);
    gx_runtime_int64mod(a: i64, b: i64) -> i64 = if b == 0 { 0 } else { a.wrapping_rem(b) };
    gx_runtime_uint64mod(a: u64, b: u64) -> u64 = a.checked_rem(b).unwrap_or(0);
    gx_runtime_float64toint64(f: f64) -> i64 = arith::float64_to_int64(f);
    gx_runtime_float64touint64(f: f64) -> u64 = arith::float64_to_uint64(f);
    gx_runtime_float64touint32(f: f64) -> u32 = arith::float64_to_uint32(f);
    gx_runtime_int64tofloat64(i: i64) -> f64 = arith::int64_to_float64(i);
    gx_runtime_int64tofloat32(i: i64) -> f32 = arith::int64_to_float32(i);
    gx_runtime_uint64tofloat64(u: u64) -> f64 = arith::uint64_to_float64(u);
    gx_runtime_uint64tofloat32(u: u64) -> f32 = arith::uint64_to_float32(u);
    gx_runtime_uint32tofloat64(u: u32) -> f64 = arith::uint32_to_float64(u);
    gx_runtime_complex128div(nr: f64, ni: f64, mr: f64, mi: f64) -> Complex128 =
        arith::complex128_div(Complex128 { re: nr, im: ni }, Complex128 { re: mr, im: mi });
    gx_runtime_fmin32(x: f32, y: f32) -> f32 = arith::float32_min(x, y);
    gx_runtime_fmin64(x: f64, y: f64) -> f64 = arith::float64_min(x, y);
    gx_runtime_fmax32(x: f32, y: f32) -> f32 = arith::float32_max(x, y);
    gx_runtime_fmax64(x: f64, y: f64) -> f64 = arith::float64_max(x, y);
}

// What code compiled with `-d=softfloat` calls: floats are bit patterns in integer registers.
leaves! {
    gx_runtime_fadd32(x: u32, y: u32) -> u32 = F32.add(x.into(), y.into()) as u32;
    gx_runtime_fadd64(x: u64, y: u64) -> u64 = F64.add(x, y);
    gx_runtime_fmul32(x: u32, y: u32) -> u32 = F32.mul(x.into(), y.into()) as u32;
    gx_runtime_fmul64(x: u64, y: u64) -> u64 = F64.mul(x, y);
    gx_runtime_fdiv32(x: u32, y: u32) -> u32 = F32.div(x.into(), y.into()) as u32;
    gx_runtime_fdiv64(x: u64, y: u64) -> u64 = F64.div(x, y);
    gx_runtime_feq32(x: u32, y: u32) -> bool = F32.equal(x.into(), y.into());
    gx_runtime_feq64(x: u64, y: u64) -> bool = F64.equal(x, y);
    gx_runtime_fgt32(x: u32, y: u32) -> bool = F32.greater(x.into(), y.into());
    gx_runtime_fgt64(x: u64, y: u64) -> bool = F64.greater(x, y);
    gx_runtime_fge32(x: u32, y: u32) -> bool = F32.at_least(x.into(), y.into());
    gx_runtime_fge64(x: u64, y: u64) -> bool = F64.at_least(x, y);
    gx_runtime_f32to64(x: u32) -> u64 = F32.convert(x.into(), F64);
    gx_runtime_f64to32(x: u64) -> u32 = F64.convert(x, F32) as u32;
    gx_runtime_f32toint32(x: u32) -> i32 = F32.to_i64(x.into()) as i32;
    gx_runtime_f32toint64(x: u32) -> i64 = F32.to_i64(x.into());
    gx_runtime_f32touint64(x: u32) -> u64 = F32.to_u64(x.into());
    gx_runtime_f64toint32(x: u64) -> i32 = F64.to_i64(x) as i32;
    gx_runtime_f64toint64(x: u64) -> i64 = F64.to_i64(x);
    gx_runtime_f64touint64(x: u64) -> u64 = F64.to_u64(x);
    gx_runtime_fint32to32(x: i32) -> u32 = F32.from_i64(x.into()) as u32;
    gx_runtime_fint32to64(x: i32) -> u64 = F64.from_i64(x.into());
    gx_runtime_fint64to32(x: i64) -> u32 = F32.from_i64(x) as u32;
    gx_runtime_fint64to64(x: i64) -> u64 = F64.from_i64(x);
    gx_runtime_fuint64to32(x: u64) -> u32 = F32.from_u64(x) as u32;
    gx_runtime_fuint64to64(x: u64) -> u64 = F64.from_u64(x);
}

/// `min(x, y)` of strings: the first of equal ones.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_strmin(x: *const u8, n: usize, y: *const u8, m: usize) -> GoStr {
    let (x, y) = (GoStr { ptr: x, len: n }, GoStr { ptr: y, len: m });
    // SAFETY: compiled code's strings.
    if unsafe { order(x, y) } == Ordering::Greater { y } else { x }
}

/// `max(x, y)` of strings: the first of equal ones.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_runtime_strmax(x: *const u8, n: usize, y: *const u8, m: usize) -> GoStr {
    let (x, y) = (GoStr { ptr: x, len: n }, GoStr { ptr: y, len: m });
    // SAFETY: compiled code's strings.
    if unsafe { order(x, y) } == Ordering::Less { y } else { x }
}

/// How the strings compare, byte by byte.
///
/// # Safety
/// Both are readable for their length.
unsafe fn order(x: GoStr, y: GoStr) -> Ordering {
    // SAFETY: the shorter length is readable in both.
    let first = unsafe { goxide_sys::mem::compare(x.ptr, y.ptr, x.len.min(y.len)) };
    first.cmp(&0).then(x.len.cmp(&y.len))
}
