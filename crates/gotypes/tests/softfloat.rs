//! Arithmetic without floating-point instructions, held against the hardware's.

use goxide_gotypes::types::arith;
use goxide_gotypes::types::softfloat::{F32, F64};
use proptest::prelude::*;

/// Patterns where rounding, overflow, subnormals and specials meet: any mantissa ends, exponents near every edge.
fn pattern(mant: u32, exp: u32) -> impl Strategy<Value = u64> {
    let top = (1u64 << exp) - 1;
    let bias = top / 2;
    let exponent = prop_oneof![
        4 => 0..=top,
        2 => Just(0),
        1 => Just(1),
        1 => Just(top),
        1 => Just(top - 1),
        6 => bias - 4..=bias + u64::from(mant) + 14,
    ];
    let fraction = prop_oneof![
        4 => any::<u64>(),
        1 => Just(0),
        1 => Just(u64::MAX),
        2 => (0..64u32).prop_map(|n| 1 << n),
        2 => (0..64u32).prop_map(|n| u64::MAX << n),
        1 => (0..64u32).prop_map(|n| u64::MAX >> n),
    ];
    (any::<bool>(), exponent, fraction)
        .prop_map(move |(s, e, f)| u64::from(s) << (mant + exp) | e << mant | f & ((1 << mant) - 1))
}

fn p64() -> impl Strategy<Value = u64> {
    pattern(52, 11)
}

fn p32() -> impl Strategy<Value = u32> {
    pattern(23, 8).prop_map(|b| b as u32)
}

/// The hardware's result, with the one NaN that stands for all.
fn bits64(f: f64) -> u64 {
    if f.is_nan() { 0x7ff8_0000_0000_0000 } else { f.to_bits() }
}

fn bits32(f: f32) -> u64 {
    u64::from(if f.is_nan() { 0x7fc0_0000 } else { f.to_bits() })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40_000))]

    #[test]
    fn binary64(a in p64(), b in p64()) {
        let (x, y) = (f64::from_bits(a), f64::from_bits(b));
        prop_assert_eq!(F64.add(a, b), bits64(x + y), "{} + {}", x, y);
        prop_assert_eq!(F64.mul(a, b), bits64(x * y), "{} * {}", x, y);
        prop_assert_eq!(F64.div(a, b), bits64(x / y), "{} / {}", x, y);
        prop_assert_eq!(F64.equal(a, b), x == y);
        prop_assert_eq!(F64.greater(a, b), x > y);
        prop_assert_eq!(F64.at_least(a, b), x >= y);
        prop_assert_eq!(F64.equal(a, a), !x.is_nan());
        prop_assert_eq!(F64.add(a, a ^ 1 << 63), bits64(x - x));
    }

    #[test]
    fn binary32(a in p32(), b in p32()) {
        let (x, y) = (f32::from_bits(a), f32::from_bits(b));
        let (a, b) = (u64::from(a), u64::from(b));
        prop_assert_eq!(F32.add(a, b), bits32(x + y), "{} + {}", x, y);
        prop_assert_eq!(F32.mul(a, b), bits32(x * y), "{} * {}", x, y);
        prop_assert_eq!(F32.div(a, b), bits32(x / y), "{} / {}", x, y);
        prop_assert_eq!(F32.equal(a, b), x == y);
        prop_assert_eq!(F32.greater(a, b), x > y);
        prop_assert_eq!(F32.at_least(a, b), x >= y);
    }

    #[test]
    fn conversions_between_floats(a in p64(), b in p32()) {
        prop_assert_eq!(F64.convert(a, F32), bits32(f64::from_bits(a) as f32));
        prop_assert_eq!(F32.convert(b.into(), F64), bits64(f32::from_bits(b).into()));
    }

    #[test]
    fn conversions_from_integers(u in any::<u64>(), cut in 0..64u32) {
        let u = u >> cut;
        prop_assert_eq!(F64.from_u64(u), (u as f64).to_bits());
        prop_assert_eq!(F32.from_u64(u), u64::from((u as f32).to_bits()));
        prop_assert_eq!(F64.from_i64(u as i64), (u as i64 as f64).to_bits());
        prop_assert_eq!(F32.from_i64(u as i64), u64::from((u as i64 as f32).to_bits()));
        prop_assert_eq!(F64.from_i64((u as i64).wrapping_neg()), ((u as i64).wrapping_neg() as f64).to_bits());
    }

    #[test]
    fn conversions_to_integers(a in p64(), b in p32()) {
        let x = f64::from_bits(a);
        // Where there is an answer it is the hardware's.
        if (-9.3e18..9.2e18).contains(&x) && x >= i64::MIN as f64 {
            prop_assert_eq!(F64.to_i64(a), x as i64, "{}", x);
        }
        if x > -1.0 && x < 18_446_744_073_709_551_616.0 {
            prop_assert_eq!(F64.to_u64(a), x as u64, "{}", x);
        }
        if x.is_nan() || x.abs() >= 18_446_744_073_709_551_616.0 {
            prop_assert_eq!(F64.to_i64(a), 0);
        }
        let y = f32::from_bits(b);
        if y > -1.0 && y < 18_446_744_073_709_551_616.0 {
            prop_assert_eq!(F32.to_u64(b.into()), y as u64, "{}", y);
        }
        prop_assert_eq!(F32.to_i64(b.into()), F64.to_i64(bits64(y.into())));
    }

    /// A result is the least or greatest by an order in which -0 precedes 0, and a NaN where there is one.
    #[test]
    fn extremes(a in p64(), b in p64()) {
        let (x, y) = (f64::from_bits(a), f64::from_bits(b));
        let (low, high) = (arith::float64_min(x, y), arith::float64_max(x, y));
        if x.is_nan() || y.is_nan() {
            prop_assert!(low.is_nan() && high.is_nan());
        } else {
            let (l, h) = if x.total_cmp(&y).is_le() { (x, y) } else { (y, x) };
            prop_assert_eq!((low.to_bits(), high.to_bits()), (l.to_bits(), h.to_bits()));
        }
        let (x, y) = (x as f32, y as f32);
        let (low, high) = (arith::float32_min(x, y), arith::float32_max(x, y));
        if x.is_nan() || y.is_nan() {
            prop_assert!(low.is_nan() && high.is_nan());
        } else {
            let (l, h) = if x.total_cmp(&y).is_le() { (x, y) } else { (y, x) };
            prop_assert_eq!((low.to_bits(), high.to_bits()), (l.to_bits(), h.to_bits()));
        }
    }
}

/// Halfway cases and the edges of the range, which random numbers seldom meet.
#[test]
fn edges() {
    for (a, b) in [
        (f64::MAX, f64::MAX),
        (f64::MAX, f64::EPSILON),
        (f64::MIN_POSITIVE, 0.5),
        (f64::MIN_POSITIVE, 2.0),
        (5e-324, 0.5),
        (5e-324, 1.5),
        (5e-324, -5e-324),
        (1.0, 1.110_223_024_625_156_5e-16),
        (1.0, -1.0),
        (0.0, -0.0),
        (-0.0, -0.0),
        (f64::INFINITY, 0.0),
        (f64::INFINITY, -1.0),
        (0.0, 0.0),
        (1.0, 0.0),
        (f64::MAX, 0.5),
        (f64::NAN, 1.0),
        (f64::MIN_POSITIVE, f64::MIN_POSITIVE),
        (1e308, 1e-308),
        (f64::MAX, 9.98e291),
    ] {
        for (a, b) in [(a, b), (b, a), (-a, b), (b, -a)] {
            let (x, y) = (a.to_bits(), b.to_bits());
            assert_eq!(F64.add(x, y), bits64(a + b), "{a} + {b}");
            assert_eq!(F64.mul(x, y), bits64(a * b), "{a} * {b}");
            assert_eq!(F64.div(x, y), bits64(a / b), "{a} / {b}");
            assert_eq!(F64.convert(x, F32), bits32(a as f32), "{a}");
        }
    }
}
