//! The public types of the front end: what their traits ask of keys and values, where they may go, and extreme values of
//! every argument.

use std::cell::Cell;
use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use goxide_maps::hosted::Key;
use goxide_maps::{CapacityError, Cursor, CursorMap};

/// A key and value that has no trait but what a key needs.
#[derive(Hash, PartialEq)]
struct Plain(u64);
impl Key for Plain {}

#[test]
fn traits_ask_what_they_need() {
    fn default<T: Default>() {}
    default::<CursorMap<Plain, Plain>>();
    fn debug<T: Debug>() {}
    debug::<Cursor<Plain, Plain>>();
    debug::<CursorMap<u8, Option<String>>>();
    fn error<T: std::error::Error>() {}
    error::<CapacityError>();
    fn clone<T: Clone>() {}
    clone::<CursorMap<String, String>>();
    let mut map = CursorMap::new();
    map.insert(7u8, "seven");
    assert_eq!(format!("{map:?}"), r#"{7: "seven"}"#);
}

/// Whether a type is `Send` or `Sync`: the inherent constant wins where its bound holds.
macro_rules! is {
    ($bound:ident, $t:ty) => {{
        #[allow(dead_code, reason = "its constant is unused where the bound holds")]
        trait No {
            const IS: bool = false;
        }
        impl<T: ?Sized> No for T {}
        struct Of<T: ?Sized>(core::marker::PhantomData<T>);
        #[allow(dead_code, reason = "unused where the bound does not hold")]
        impl<T: ?Sized + $bound> Of<T> {
            const IS: bool = true;
        }
        <Of<$t>>::IS
    }};
}

/// A map is as its keys and values are; a cursor gives access to nothing by itself.
const _: () = {
    assert!(is!(Send, CursorMap<u8, Cell<u8>>) && !is!(Sync, CursorMap<u8, Cell<u8>>));
    assert!(is!(Sync, CursorMap<u8, String>));
    assert!(!is!(Send, CursorMap<u8, Rc<u8>>) && !is!(Sync, CursorMap<u8, Rc<u8>>));
    assert!(!is!(Send, CursorMap<Box<Rc<u8>>, u8>));
    assert!(is!(Send, Cursor<u8, Rc<u8>>) && is!(Sync, Cursor<u8, Rc<u8>>));
};

#[test]
fn capacities_that_cannot_be_had_are_refused() {
    fn text<K: Key, V>(n: usize) -> String {
        let e = catch_unwind(AssertUnwindSafe(|| drop(CursorMap::<K, V>::with_capacity(n)))).unwrap_err();
        e.downcast::<&str>().unwrap().to_string()
    }
    let max = isize::MAX as usize;
    for n in [usize::MAX, usize::MAX - 1, usize::MAX / 8, usize::MAX / 8 + 1, max, max + 1, max / 2] {
        assert_eq!(text::<u64, u64>(n), "capacity overflow");
        assert_eq!(text::<String, [u8; 1000]>(n), "capacity overflow");
        // Even an entry without a size needs its control byte.
        assert_eq!(text::<(), ()>(n), "capacity overflow");
        assert!(CursorMap::<u64, u64>::try_with_capacity(n).is_err());
    }
    // Within the address space, far beyond memory: an error at once, not table by table.
    for n in [1usize << 55, 1 << 50, 1 << 46, 1 << 42] {
        let e = CursorMap::<u64, u64>::try_with_capacity(n).unwrap_err();
        assert!(!e.to_string().is_empty());
    }
}

#[test]
fn capacities_that_can_be_had_are() {
    for n in [0, 1, 7, 8, 9, 1000, 1024, 100_000] {
        let mut map = CursorMap::<u64, u64>::with_capacity(n);
        (0..n as u64).for_each(|i| assert!(map.insert(i, i).is_none()));
        assert_eq!(map.iter().count(), n);
    }
    let mut nothing = CursorMap::<(), ()>::with_capacity(1000);
    assert_eq!((nothing.insert((), ()), nothing.insert((), ())), (None, Some(())));
    assert_eq!((nothing.len(), nothing.iter().count()), (1, 1));
    let mut large = CursorMap::<u8, [u64; 2000]>::with_capacity(10);
    (0..=255).for_each(|k| assert!(large.insert(k, [k as u64; 2000]).is_none()));
    assert!(large.iter().all(|(k, v)| v[1999] == *k as u64));
}
