//! IEEE 754 arithmetic without floating-point instructions, as code that is compiled with `-d=softfloat` asks for it:
//! sums, products, quotients, comparisons and conversions of binary32 and binary64, given and answered as bit patterns.
//!
//! Every operation rounds once, to nearest, ties to even, subnormals included, so that numbers come out as the hardware's
//! do. Two things are Go's choice: a NaN result is always the positive quiet NaN without a payload, and a float that no
//! integer equals converts to 0 (see [`Format::to_i64`]).
//!
//! Not here: remainders, roots and fused operations; the compiler never asks for them.

/// A binary interchange format: `MANT` stored bits of mantissa, `EXP` of exponent. Patterns lie in the low bits of a word.
#[derive(Clone, Copy, Debug)]
pub struct Format<const MANT: u32, const EXP: u32>;

/// binary32
pub const F32: Format<23, 8> = Format;
/// binary64
pub const F64: Format<52, 11> = Format;

/// A number without its sign.
#[derive(Clone, Copy, Debug)]
enum Size {
    Zero,
    /// `mant` * 2^(`exp` - 63); the top bit of `mant` is set.
    Finite {
        exp: i32,
        mant: u64,
    },
    Infinite,
}

/// A pattern taken apart.
#[derive(Clone, Copy, Debug)]
struct Parts {
    negative: bool,
    size: Size,
}

impl Parts {
    fn new(negative: bool, size: Size) -> Self {
        Self { negative, size }
    }

    /// `wide` * 2^(`exp` - 127), cut to 64 bits with all that was cut off in the lowest one.
    fn normalised(negative: bool, exp: i32, wide: u128) -> Self {
        if wide == 0 {
            return Self::new(negative, Size::Zero);
        }
        let shift = wide.leading_zeros();
        let wide = wide << shift;
        let mant = (wide >> 64) as u64 | u64::from(wide as u64 != 0);
        Self::new(negative, Size::Finite { exp: exp - shift as i32, mant })
    }
}

/// Shifts right, with all that falls off gathered in the lowest bit.
fn shift_sticky(x: u128, by: u32) -> u128 {
    match by {
        0 => x,
        1..128 => x >> by | u128::from(x << (128 - by) != 0),
        _ => u128::from(x != 0),
    }
}

impl<const MANT: u32, const EXP: u32> Format<MANT, EXP> {
    const BIAS: i32 = (1 << (EXP - 1)) - 1;
    const HIDDEN: u64 = 1 << MANT;
    const SIGN: u64 = 1 << (MANT + EXP);
    const INFINITY: u64 = ((1 << EXP) - 1) << MANT;
    const NAN: u64 = Self::INFINITY | 1 << (MANT - 1);

    /// `None` for a NaN.
    fn unpack(self, bits: u64) -> Option<Parts> {
        let negative = bits & Self::SIGN != 0;
        let (stored, fraction) = ((bits & Self::INFINITY) >> MANT, bits & (Self::HIDDEN - 1));
        let special = stored << MANT == Self::INFINITY;
        let size = match (stored, fraction) {
            (_, 0) if special => Size::Infinite,
            _ if special => return None,
            (0, 0) => Size::Zero,
            (0, _) => {
                let shift = fraction.leading_zeros();
                Size::Finite { exp: 64 - Self::BIAS - MANT as i32 - shift as i32, mant: fraction << shift }
            }
            _ => Size::Finite { exp: stored as i32 - Self::BIAS, mant: (fraction | Self::HIDDEN) << (63 - MANT) },
        };
        Some(Parts::new(negative, size))
    }

    /// Rounds to the format.
    fn pack(self, parts: Parts) -> u64 {
        let sign = if parts.negative { Self::SIGN } else { 0 };
        let (exp, mant) = match parts.size {
            Size::Zero => return sign,
            Size::Infinite => return sign | Self::INFINITY,
            Size::Finite { exp, mant } => (exp, mant),
        };
        if exp > Self::BIAS {
            return sign | Self::INFINITY;
        }
        // How many bits are dropped: what the format has no room for, and more below its smallest normal number.
        let smallest = 1 - Self::BIAS;
        let drop = 63 - MANT + (smallest - exp).clamp(0, 64) as u32;
        let (kept, rest) = if drop < 64 { (mant >> drop, mant << (64 - drop)) } else { (0, u64::from(mant != 0)) };
        // At 64 dropped bits, the whole mantissa is the rest: at least half of the smallest number.
        let rest = if drop == 64 { mant } else { rest };
        const HALF: u64 = 1 << 63;
        let up = rest > HALF || rest == HALF && kept & 1 == 1;
        // The hidden bit counts as one in the exponent, and so does a carry out of the mantissa.
        let stored = (exp.max(smallest) + Self::BIAS - 1) as u64;
        sign | ((stored << MANT) + kept + u64::from(up))
    }

    /// `a + b`
    pub fn add(self, a: u64, b: u64) -> u64 {
        let (Some(x), Some(y)) = (self.unpack(a), self.unpack(b)) else { return Self::NAN };
        let same = x.negative == y.negative;
        self.pack(match (x.size, y.size) {
            (Size::Infinite, Size::Infinite) if !same => return Self::NAN,
            (Size::Infinite, _) => x,
            (_, Size::Infinite) => y,
            // A sum of zeros is negative if both are.
            (Size::Zero, Size::Zero) => Parts::new(x.negative && y.negative, Size::Zero),
            (_, Size::Zero) => x,
            (Size::Zero, _) => y,
            (Size::Finite { exp: ex, mant: mx }, Size::Finite { exp: ey, mant: my }) => {
                let x_leads = (ex, mx) >= (ey, my);
                let (sign, exp, big, small) = if x_leads { (x.negative, ex, mx, my) } else { (y.negative, ey, my, mx) };
                // One bit above for a carry.
                let (big, small) = (u128::from(big) << 63, u128::from(small) << 63);
                let small = shift_sticky(small, ex.abs_diff(ey));
                let wide = if same { big + small } else { big - small };
                // What is left of equal numbers is positive.
                Parts::normalised(sign && wide != 0, exp + 1, wide)
            }
        })
    }

    /// `a * b`
    pub fn mul(self, a: u64, b: u64) -> u64 {
        let (Some(x), Some(y)) = (self.unpack(a), self.unpack(b)) else { return Self::NAN };
        let negative = x.negative != y.negative;
        self.pack(match (x.size, y.size) {
            (Size::Infinite, Size::Zero) | (Size::Zero, Size::Infinite) => return Self::NAN,
            (Size::Infinite, _) | (_, Size::Infinite) => Parts::new(negative, Size::Infinite),
            (Size::Zero, _) | (_, Size::Zero) => Parts::new(negative, Size::Zero),
            (Size::Finite { exp: ex, mant: mx }, Size::Finite { exp: ey, mant: my }) => {
                Parts::normalised(negative, ex + ey + 1, u128::from(mx) * u128::from(my))
            }
        })
    }

    /// `a / b`
    pub fn div(self, a: u64, b: u64) -> u64 {
        let (Some(x), Some(y)) = (self.unpack(a), self.unpack(b)) else { return Self::NAN };
        let negative = x.negative != y.negative;
        self.pack(match (x.size, y.size) {
            (Size::Infinite, Size::Infinite) | (Size::Zero, Size::Zero) => return Self::NAN,
            (Size::Infinite, _) | (_, Size::Zero) => Parts::new(negative, Size::Infinite),
            (Size::Zero, _) | (_, Size::Infinite) => Parts::new(negative, Size::Zero),
            (Size::Finite { exp: ex, mant: mx }, Size::Finite { exp: ey, mant: my }) => {
                // Between a half and two: at least 63 bits of quotient, and one that says whether anything was left.
                // The top bit is set already; saying so spares a check.
                let (dividend, divisor) = (u128::from(mx) << 63, u128::from(my | 1 << 63));
                let wide = (dividend / divisor) << 64 | u128::from(!dividend.is_multiple_of(divisor));
                Parts::normalised(negative, ex - ey, wide)
            }
        })
    }

    /// Whether `a == b`.
    pub fn equal(self, a: u64, b: u64) -> bool {
        self.ordered(a, b).is_some_and(|(x, y)| x == y)
    }

    /// Whether `a > b`.
    pub fn greater(self, a: u64, b: u64) -> bool {
        self.ordered(a, b).is_some_and(|(x, y)| x > y)
    }

    /// Whether `a >= b`.
    pub fn at_least(self, a: u64, b: u64) -> bool {
        self.ordered(a, b).is_some_and(|(x, y)| x >= y)
    }

    /// Integers in the order of the numbers, both zeros being the same. `None` if one is a NaN.
    fn ordered(self, a: u64, b: u64) -> Option<(i64, i64)> {
        let key = |bits: u64| {
            let size = bits & (Self::SIGN - 1);
            (size <= Self::INFINITY).then_some(if bits & Self::SIGN != 0 { -(size as i64) } else { size as i64 })
        };
        Some((key(a)?, key(b)?))
    }

    /// The same number in another format, rounded.
    pub fn convert<const M: u32, const E: u32>(self, bits: u64, to: Format<M, E>) -> u64 {
        self.unpack(bits).map_or(Format::<M, E>::NAN, |parts| to.pack(parts))
    }

    /// The integer as a number, rounded.
    pub fn from_i64(self, i: i64) -> u64 {
        self.pack(Parts::normalised(i < 0, 63, u128::from(i.unsigned_abs()) << 64))
    }

    /// The integer as a number, rounded.
    pub fn from_u64(self, u: u64) -> u64 {
        self.pack(Parts::normalised(false, 63, u128::from(u) << 64))
    }

    /// Towards zero. What has 64 bits or fewer is taken modulo 2^64, as compiled code's conversion through `uint64` wants;
    /// larger numbers and NaN give 0.
    pub fn to_i64(self, bits: u64) -> i64 {
        let Some(parts) = self.unpack(bits) else { return 0 };
        let magnitude = match parts.size {
            Size::Finite { exp: exp @ 0..64, mant } => mant >> (63 - exp),
            _ => 0,
        };
        if parts.negative { (magnitude as i64).wrapping_neg() } else { magnitude as i64 }
    }

    /// Below 2^63 as [`Format::to_i64`]; from there on, and for NaN, the top bit is set.
    pub fn to_u64(self, bits: u64) -> u64 {
        let limit = (63 + Self::BIAS as u64) << MANT;
        let low = self.to_i64(bits) as u64;
        if self.greater(limit, bits) { low } else { low | 1 << 63 }
    }
}
