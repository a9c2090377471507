//! Arithmetic that the compiler leaves to the runtime. Leaves; on 64-bit machines compiled code hardly ever calls them.

use crate::types::arith::{self, Complex128};

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
}
