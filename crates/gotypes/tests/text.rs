//! Strings, printing, numbers and the environment, against what the official toolchain writes.
#![allow(clippy::undocumented_unsafe_blocks)]

#[path = "types_support/mod.rs"]
mod support;

use goxide_gotypes::mem::Mem;
use goxide_gotypes::text::env::{self, DebugVars, Godebug};
use goxide_gotypes::text::fault::Fault;
use goxide_gotypes::text::{ByteSink, Sink, number, print, strings, utf8};
use goxide_gotypes::types::arith::{self, Complex128};
use goxide_gotypes::types::{Eface, GoSlice, GoStr, Iface, Type};
use proptest::prelude::*;
use support::{Event, TestMem, go, rows, text};

fn written(f: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut out = Vec::new();
    f(&mut out);
    String::from_utf8(out).unwrap()
}

fn bits(s: &str) -> f64 {
    f64::from_bits(u64::from_str_radix(s, 16).unwrap())
}

#[test]
fn floats_print_as_in_go() {
    for r in rows(include_str!("types_tables/float.tsv")) {
        assert_eq!(written(|o| print::float(o, bits(r[0]))), r[1], "{}", r[0]);
    }
}

#[test]
fn complex_division_is_gos_bit_for_bit() {
    let same = |a: f64, b: f64| a.is_nan() && b.is_nan() || a.to_bits() == b.to_bits();
    for r in rows(include_str!("types_tables/complex.tsv")) {
        let v: Vec<f64> = r.iter().map(|s| bits(s)).collect();
        let q = arith::complex128_div(Complex128 { re: v[0], im: v[1] }, Complex128 { re: v[2], im: v[3] });
        assert!(same(q.re, v[4]) && same(q.im, v[5]), "{r:?}: {q:?}");
    }
}

#[test]
fn conversions_are_gos() {
    for r in rows(include_str!("types_tables/convert.tsv")) {
        let f = bits(r[0]);
        let (i, u) = (arith::float64_to_int64(f), arith::float64_to_uint64(f));
        assert_eq!(i.to_string(), r[1], "{f}");
        assert_eq!(u.to_string(), r[2], "{f}");
        assert_eq!(arith::float64_to_uint32(f).to_string(), r[3], "{f}");
        assert_eq!(format!("{:08x}", arith::int64_to_float32(i).to_bits()), r[4], "{f}");
        assert_eq!(format!("{:08x}", arith::uint64_to_float32(u).to_bits()), r[5], "{f}");
        assert_eq!(format!("{:016x}", arith::uint64_to_float64(u).to_bits()), r[6], "{f}");
    }
}

#[test]
fn other_operands_of_print() {
    let int = |v| written(|o| print::int(o, v));
    assert_eq!(int(0), "0");
    assert_eq!(int(i64::MIN), "-9223372036854775808");
    assert_eq!(written(|o| print::uint(o, u64::MAX)), "18446744073709551615");
    assert_eq!(written(|o| print::hex(o, 0)), "0x0");
    assert_eq!(written(|o| print::hex(o, u64::MAX)), "0xffffffffffffffff");
    assert_eq!(written(|o| print::hex_min(o, 0xab, 16)), "0x00000000000000ab");
    assert_eq!(written(|o| print::hex_min(o, 0xab, 99)), "0x00000000000000ab");
    assert_eq!(written(|o| print::bool(o, true)), "true");
    assert_eq!(written(|o| print::bool(o, false)), "false");
    assert_eq!(written(|o| print::complex(o, 1.0, -2.0)), "(+1.000000e+000-2.000000e+000i)");
    let s = GoSlice { ptr: 0x10 as *mut u8, len: 2, cap: 3 };
    assert_eq!(written(|o| print::slice(o, s)), "[2/3]0x10");
    let e = Eface { typ: 0x20 as *const Type, data: 0x30 as *mut u8 };
    assert_eq!(written(|o| print::eface(o, e)), "(0x20,0x30)");
    assert_eq!(written(|o| print::iface(o, Iface::NIL)), "(0x0,0x0)");
    let mut small = ByteSink::<4>::new();
    small.put(b"abc");
    small.put(b"def");
    assert_eq!(small.bytes(), b"abcd");
}

#[test]
fn runes_decode_as_in_go() {
    for r in rows(include_str!("types_tables/runes.tsv")) {
        let bytes: Vec<u8> =
            (0..r[0].len() / 2).map(|i| u8::from_str_radix(&r[0][2 * i..2 * i + 2], 16).unwrap()).collect();
        let want: Vec<i32> =
            r[1].trim_matches(['[', ']']).split(' ').map(|h| i32::from_str_radix(h, 16).unwrap()).collect();
        let mem = TestMem::default();
        let s = GoStr { ptr: bytes.as_ptr(), len: bytes.len() };
        let got = unsafe { strings::to_runes(&mem, core::ptr::null_mut(), s).unwrap() };
        assert_eq!(unsafe { got.as_slice::<i32>() }, want, "{}", r[0]);
        assert_eq!(utf8::count(&bytes), want.len());
    }
    assert_eq!(utf8::decode_at(b"ab", 2), (utf8::RUNE_ERROR, 3));
    assert_eq!(utf8::decode_at(b"ab", 9), (utf8::RUNE_ERROR, 10));
}

const NOWHERE: (usize, usize) = (0, 0);

#[test]
fn joining() {
    let mem = TestMem::default();
    let (a, b, e) = (go("hello, "), go("world"), GoStr::EMPTY);
    let join = |tmp, stack, parts: &[GoStr]| unsafe { strings::concat(&mem, stack, tmp, parts).unwrap() };
    let none = core::ptr::null_mut();
    assert_eq!(text(join(none, NOWHERE, &[a, e, b])), "hello, world");
    assert_eq!(join(none, NOWHERE, &[e, e]).len, 0);
    mem.take();
    // One part that is not empty: itself, without a copy,
    assert_eq!(join(none, NOWHERE, &[e, a, e]).ptr, a.ptr);
    // unless it lies on the stack and the result may outlive the frame.
    let stack = (a.ptr as usize, a.ptr as usize + 1);
    let mut buf = [0u8; strings::TMP_SIZE];
    assert_eq!(join(buf.as_mut_ptr(), stack, &[a]).ptr, a.ptr);
    assert_eq!(mem.take(), []);
    let copy = join(none, stack, &[a]);
    assert_ne!(copy.ptr, a.ptr);
    assert_eq!(text(copy), "hello, ");
    assert_eq!(mem.take(), [Event::Alloc { size: 7, typed: false, zero: false }]);
    // Short results go to the buffer, longer ones do not.
    let s = join(buf.as_mut_ptr(), NOWHERE, &[a, b]);
    assert_eq!((s.ptr, text(s).as_str()), (buf.as_ptr(), "hello, world"));
    let long = go(&"x".repeat(26));
    assert_ne!(join(buf.as_mut_ptr(), NOWHERE, &[a, long]).ptr, buf.as_ptr());
    assert_eq!(join(buf.as_mut_ptr(), NOWHERE, &[go("123456"), long]).ptr, buf.as_ptr());
    let huge = GoStr { ptr: a.ptr, len: isize::MAX as usize };
    let r = unsafe { strings::concat(&mem, NOWHERE, none, &[huge, a]) };
    assert!(matches!(r, Err(Fault::Throw("string concatenation too long"))));
}

#[test]
fn bytes_and_strings() {
    let mem = TestMem::default();
    let none = core::ptr::null_mut();
    let one = unsafe { strings::from_bytes(&mem, none, b"x".as_ptr(), 1) };
    assert_eq!(text(one), "x");
    assert_eq!(one.ptr as usize, mem.small_values() as usize + 8 * usize::from(b'x'));
    assert_eq!(unsafe { strings::from_bytes(&mem, none, core::ptr::null(), 0) }.len, 0);
    assert_eq!(mem.take(), []);
    assert_eq!(text(unsafe { strings::from_bytes(&mem, none, b"xyz".as_ptr(), 3) }), "xyz");

    let b = unsafe { strings::to_bytes(&mem, none, go("hello there")) };
    assert_eq!((b.len, b.cap), (11, 16));
    let all = unsafe { core::slice::from_raw_parts(b.ptr, b.cap) };
    assert_eq!(all, b"hello there\0\0\0\0\0");
    let mut buf = [7u8; strings::TMP_SIZE];
    let b = unsafe { strings::to_bytes(&mem, buf.as_mut_ptr(), go("hi")) };
    assert_eq!((b.ptr.cast_const(), b.len, b.cap), (buf.as_ptr(), 2, 32));
    assert!(buf[2..].iter().all(|&b| b == 0));
    let mut runes = [7i32; strings::TMP_SIZE];
    let r = unsafe { strings::to_runes(&mem, runes.as_mut_ptr(), go("hé")).unwrap() };
    assert_eq!((r.ptr.cast_const().cast(), r.len, r.cap), (runes.as_ptr(), 2, 32));
    assert_eq!(runes[..3], [104, 233, 0]);

    let rune = |v| text(unsafe { strings::from_rune(&mem, none, v) });
    assert_eq!(rune(65), "A");
    assert_eq!(rune(0x4e16), "世");
    for bad in [-1, 0xd800, 0x11_0000, 1 << 32 | 65, i64::MIN] {
        assert_eq!(rune(bad), "\u{fffd}");
    }
    let mut four = [0u8; 4];
    assert_eq!(unsafe { strings::from_rune(&mem, four.as_mut_ptr(), 65) }.ptr, four.as_ptr());
}

#[test]
fn c_strings() {
    let mem = TestMem::default();
    assert_eq!(unsafe { strings::find_null(core::ptr::null()) }, 0);
    let all = [b'a'; 64];
    for start in 0..16 {
        for end in start..64 {
            let mut b = all;
            b[end] = 0;
            assert_eq!(unsafe { strings::find_null(b[start..].as_ptr()) }, end - start);
        }
    }
    // Bytes of 0x80 and 0x01 beside the zero must not mislead the word at a time search.
    let b = *b"\x80\x01\x80\x01\x80\x01\x80\x01\x00\x01\x01\x01\x01\x01\x01\x01";
    assert_eq!(unsafe { strings::find_null(b.as_ptr()) }, 8);
    assert_eq!(text(unsafe { strings::from_c(&mem, c"path".as_ptr().cast()) }), "path");
    assert_eq!(text(unsafe { strings::from_c_in_place(c"path".as_ptr().cast()) }), "path");
    assert_eq!(unsafe { strings::from_c(&mem, c"".as_ptr().cast()) }.len, 0);
}

#[test]
fn numbers() {
    use number::*;
    assert_eq!(parse_i64(b""), None);
    assert_eq!(parse_i64(b"-"), Some(0), "as in Go");
    assert_eq!(parse_i64(b"+1"), None);
    assert_eq!(parse_i64(b"12x"), None);
    assert_eq!(parse_i64(b"9223372036854775807"), Some(i64::MAX));
    assert_eq!(parse_i64(b"9223372036854775808"), None);
    assert_eq!(parse_i64(b"-9223372036854775808"), Some(i64::MIN));
    assert_eq!(parse_i64(b"-9223372036854775809"), None);
    assert_eq!(parse_i64(b"18446744073709551616"), None);
    assert_eq!(parse_i32(b"2147483648"), None);
    assert_eq!(parse_i32(b"-2147483648"), Some(i32::MIN));
    for (s, n) in [
        ("0", Some(0)),
        ("123", Some(123)),
        ("1B", Some(1)),
        ("1KiB", Some(1 << 10)),
        ("3MiB", Some(3 << 20)),
        ("5GiB", Some(5 << 30)),
        ("2TiB", Some(2 << 40)),
        ("8388607TiB", Some(8_388_607 << 40)),
        ("8388608TiB", None),
        ("", None),
        ("B", None),
        ("iB", None),
        ("KiB", None),
        ("1iB", None),
        ("1KB", None),
        ("1PiB", None),
        ("-1", None),
        ("-1B", None),
        ("-1KiB", None),
        ("1 B", None),
        ("1b", None),
        ("9223372036854775807", Some(i64::MAX)),
        ("9223372036854775808", None),
        ("12Ki", None),
        ("xB", None),
    ] {
        assert_eq!(parse_byte_count(s.as_bytes()), n, "{s}");
    }
}

#[test]
fn settings() {
    let g = Godebug::at_start(b"", b"");
    assert_eq!((g.vars, g.mem_profile_rate), (DebugVars::DEFAULT, None));
    assert_eq!((g.vars.cgocheck, g.vars.containermaxprocs, g.missed), (1, 1, 0));
    let g = Godebug::at_start(
        b"panicnil=1,gctrace=3",
        b"gctrace=1,nonsense=4,,schedtrace,cgocheck=x,gctrace=2,memprofilerate=9",
    );
    assert_eq!((g.vars.panicnil, g.vars.gctrace, g.vars.schedtrace, g.vars.cgocheck), (1, 2, 0, 1));
    assert_eq!(g.mem_profile_rate, Some(9));
    assert_eq!(Godebug::at_start(b"", b"gctrace=1=2").vars.gctrace, 0);
    let g = Godebug::at_start(b"", b"sbrk=0,efence=1,madvdontneed=1,tracebackancestors=5,scavtrace=x");
    assert_eq!(g.missed, 0b100010);
    assert_eq!(Godebug::at_start(b"efence=1,sbrk=1", b"efence=0,sbrk=x").missed, 0b1000);

    assert_eq!(env::updated_panicnil(b"", b"", 1), 0);
    assert_eq!(env::updated_panicnil(b"panicnil=1", b"gctrace=1", 0), 1);
    assert_eq!(env::updated_panicnil(b"panicnil=1", b"panicnil=0", 1), 0);
    assert_eq!(env::updated_panicnil(b"", b"panicnil=0,panicnil=1", 0), 1);
    assert_eq!(env::updated_panicnil(b"", b"panicnil=1,panicnil=x", 0), 0);

    assert_eq!(
        [env::gogc(None), env::gogc(Some(b"")), env::gogc(Some(b"off")), env::gogc(Some(b"50"))],
        [100, 100, -1, 50]
    );
    assert_eq!(env::memory_limit(None), Ok(i64::MAX));
    assert_eq!(env::memory_limit(Some(b"off")), Ok(i64::MAX));
    assert_eq!(env::memory_limit(Some(b"10MiB")), Ok(10 << 20));
    assert_eq!(env::memory_limit(Some(b"10MB")), Err(env::BadMemoryLimit));
    assert_eq!(env::max_procs(Some(b"4")), Some(4));
    assert_eq!([env::max_procs(None), env::max_procs(Some(b"0")), env::max_procs(Some(b"x"))], [None; 3]);
    let t = |s: &str| env::traceback(s.as_bytes());
    assert_eq!([t("none"), t(""), t("single"), t("all"), t("system"), t("crash")], [0, 4, 4, 6, 10, 11]);
    assert_eq!([t("0"), t("1"), t("7"), t("x"), t("-1"), t("wer")], [2, 6, 30, 2, 2, 2]);
}

/// Rust's own decoder, adapted: what it refuses counts one byte at a time.
fn model_runes(mut s: &[u8]) -> Vec<i32> {
    let mut out = Vec::new();
    while !s.is_empty() {
        let n = (1..=s.len().min(4)).find(|&n| core::str::from_utf8(&s[..n]).is_ok());
        match n {
            Some(n) => out.push(core::str::from_utf8(&s[..n]).unwrap().chars().next().unwrap() as i32),
            None => out.push(0xfffd),
        }
        s = &s[n.unwrap_or(1)..];
    }
    out
}

proptest! {
    #[test]
    fn runes_against_rusts_decoder(s in prop::collection::vec(any::<u8>(), 0..40), t in ".{0,20}") {
        for s in [s.as_slice(), t.as_bytes()] {
            let mem = TestMem::default();
            let g = GoStr { ptr: s.as_ptr(), len: s.len() };
            let runes = unsafe { strings::to_runes(&mem, core::ptr::null_mut(), g).unwrap() };
            let model = model_runes(s);
            prop_assert_eq!(utf8::count(s), model.len());
            for at in 0..=s.len() {
                let cut = utf8::cut(s, at);
                prop_assert!(cut <= at && cut + 3 >= at);
                prop_assert_eq!(utf8::count(&s[..cut]) + utf8::count(&s[cut..]), model.len());
            }
            prop_assert_eq!(unsafe { runes.as_slice::<i32>() }, &model[..]);
            let back = unsafe { strings::from_runes(&mem, core::ptr::null_mut(), model.as_ptr(), model.len()) };
            let want: String = model.iter().map(|&r| char::from_u32(r as u32).unwrap()).collect();
            prop_assert_eq!(text(back), want);
        }
    }

    #[test]
    fn any_number_is_encoded(r in any::<i32>()) {
        let c = char::from_u32(r as u32).unwrap_or('\u{fffd}');
        let mut b = [0; 4];
        let want = c.encode_utf8(&mut b).as_bytes();
        let (got, n) = utf8::encode(r);
        prop_assert_eq!(&got.to_le_bytes()[..n], want);
        prop_assert_eq!(u64::from(got) >> (8 * n), 0);
        prop_assert_eq!(utf8::encoded_len(r), n);
    }

    #[test]
    fn integers_against_rusts(v in any::<i64>()) {
        prop_assert_eq!(written(|o| print::int(o, v)), v.to_string());
        prop_assert_eq!(written(|o| print::uint(o, v as u64)), (v as u64).to_string());
        prop_assert_eq!(written(|o| print::hex(o, v as u64)), format!("{v:#x}"));
        prop_assert_eq!(number::parse_i64(v.to_string().as_bytes()), Some(v));
    }

    #[test]
    fn joins_against_rusts(parts in prop::collection::vec("[a-z]{0,12}", 0..6), buffered: bool, on_stack: bool) {
        let mem = TestMem::default();
        let strs: Vec<GoStr> = parts.iter().map(|p| GoStr { ptr: p.as_ptr(), len: p.len() }).collect();
        let mut buf = [0u8; strings::TMP_SIZE];
        let tmp = if buffered { buf.as_mut_ptr() } else { core::ptr::null_mut() };
        let stack = if on_stack { (1, usize::MAX) } else { NOWHERE };
        let s = unsafe { strings::concat(&mem, stack, tmp, &strs).unwrap() };
        prop_assert_eq!(text(s), parts.concat());
        let order = unsafe { strings::compare(s, strs.first().copied().unwrap_or(GoStr::EMPTY)) };
        let want = parts.concat().as_str().cmp(parts.first().map_or("", |p| p));
        prop_assert_eq!(order, want as isize);
    }

    #[test]
    fn printed_floats_are_near(v in any::<f64>()) {
        let s = written(|o| print::float(o, v));
        if v.is_finite() && v.abs() > 1e-300 {
            let back: f64 = s.parse().unwrap_or(f64::INFINITY);
            prop_assert!(back.is_infinite() || ((back - v) / v).abs() < 1e-6, "{v:e} {s}");
        }
    }
}

#[test]
fn processors_by_quota() {
    let cases = [
        (8, None, 8),
        (8, Some(3), 3),
        (8, Some(1), 2),
        (8, Some(2), 2),
        (1, Some(1), 1),
        (1, Some(9), 1),
        (4, Some(64), 4),
    ];
    for (cpus, quota, procs) in cases {
        assert_eq!(env::default_procs(cpus, quota), procs, "{cpus} {quota:?}");
    }
    assert_eq!(env::default_procs(8, Some(u64::MAX)), 8);
}
