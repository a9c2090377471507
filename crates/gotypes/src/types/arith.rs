//! Arithmetic on Go's basic types that the compiler leaves to the runtime.
//!
//! On 64-bit machines compiled code converts between floats and integers by itself; the functions here answer as that
//! code does on amd64, out-of-range values included, for use from tools and tests and by ports to other sizes.

/// A `complex128`.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Complex128 {
    /// Real part.
    pub re: f64,
    /// Imaginary part.
    pub im: f64,
}

const SIGN: u64 = 1 << 63;

#[inline]
fn abs(x: f64) -> f64 {
    f64::from_bits(x.to_bits() & !SIGN)
}

#[inline]
fn with_sign_of(x: f64, sign: f64) -> f64 {
    f64::from_bits(x.to_bits() & !SIGN | sign.to_bits() & SIGN)
}

/// 1 for an infinity, 0 for the rest, with the sign kept.
#[inline]
fn boxed(x: f64) -> f64 {
    with_sign_of(if x.is_infinite() { 1.0 } else { 0.0 }, x)
}

/// `n / m`, by Smith's method, with C99's rules (annex G.5.1) for infinities and zeros. Bit for bit what Go
/// computes on amd64; on arm64 Go fuses products with sums and may differ in the last bit.
pub fn complex128_div(n: Complex128, m: Complex128) -> Complex128 {
    let (a, b, c, d) = (n.re, n.im, m.re, m.im);
    let (re, im) = if abs(c) >= abs(d) {
        let ratio = d / c;
        let denom = c + ratio * d;
        ((a + b * ratio) / denom, (b - a * ratio) / denom)
    } else {
        let ratio = c / d;
        let denom = d + ratio * c;
        ((a * ratio + b) / denom, (b * ratio - a) / denom)
    };
    if !(re.is_nan() && im.is_nan()) {
        return Complex128 { re, im };
    }
    if c == 0.0 && d == 0.0 && !(a.is_nan() && b.is_nan()) {
        let inf = with_sign_of(f64::INFINITY, c);
        return Complex128 { re: inf * a, im: inf * b };
    }
    if (a.is_infinite() || b.is_infinite()) && c.is_finite() && d.is_finite() {
        let (a, b) = (boxed(a), boxed(b));
        return Complex128 { re: f64::INFINITY * (a * c + b * d), im: f64::INFINITY * (b * c - a * d) };
    }
    if (c.is_infinite() || d.is_infinite()) && a.is_finite() && b.is_finite() {
        let (c, d) = (boxed(c), boxed(d));
        return Complex128 { re: 0.0 * (a * c + b * d), im: 0.0 * (b * c - a * d) };
    }
    Complex128 { re, im }
}

/// `int64(f)`; what does not fit gives the smallest number.
#[inline]
pub fn float64_to_int64(f: f64) -> i64 {
    if (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&f) { f as i64 } else { i64::MIN }
}

/// `uint64(f)`: below 2^63 as for `int64`, from there on with the top bit taken off and set again.
#[inline]
pub fn float64_to_uint64(f: f64) -> u64 {
    const TOP: f64 = 9_223_372_036_854_775_808.0;
    // A NaN takes the second way.
    if f < TOP { float64_to_int64(f) as u64 } else { float64_to_int64(f - TOP) as u64 | SIGN }
}

/// `uint32(f)`: the low half of `int64(f)`.
#[inline]
pub fn float64_to_uint32(f: f64) -> u32 {
    float64_to_int64(f) as u32
}

/// `float64(i)`
#[inline]
pub fn int64_to_float64(i: i64) -> f64 {
    i as f64
}

/// `float32(i)`, rounded once.
#[inline]
pub fn int64_to_float32(i: i64) -> f32 {
    i as f32
}

/// `float64(u)`
#[inline]
pub fn uint64_to_float64(u: u64) -> f64 {
    u as f64
}

/// `float32(u)`, rounded once.
#[inline]
pub fn uint64_to_float32(u: u64) -> f32 {
    u as f32
}

/// `float64(u)`
#[inline]
pub fn uint32_to_float64(u: u32) -> f64 {
    f64::from(u)
}

/// Product, and whether it does not fit.
#[inline]
pub const fn mul_uintptr(a: usize, b: usize) -> (usize, bool) {
    a.overflowing_mul(b)
}

/// Go's `min` and `max` of two floats: a NaN wins, the last one given before the first, and -0 is less than 0.
macro_rules! float_extremes {
    ($($min:ident $max:ident $float:ty),*) => {$(
        /// `min(x, y)`
        #[inline]
        pub fn $min(x: $float, y: $float) -> $float {
            if x == 0.0 && y == 0.0 {
                <$float>::from_bits(x.to_bits() | y.to_bits())
            } else if y.is_nan() || y < x {
                y
            } else {
                x
            }
        }

        /// `max(x, y)`
        #[inline]
        pub fn $max(x: $float, y: $float) -> $float {
            if x == 0.0 && y == 0.0 {
                <$float>::from_bits(x.to_bits() & y.to_bits())
            } else if y.is_nan() || y > x {
                y
            } else {
                x
            }
        }
    )*};
}

float_extremes! { float32_min float32_max f32, float64_min float64_max f64 }
