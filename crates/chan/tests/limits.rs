//! The public types of the front ends: what their traits ask of the element, where they may go, and extreme values of
//! every argument.
#![cfg(not(shuttle))]

use std::cell::Cell;
use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::time::{Duration, Instant};

use goxide_chan::{future, hosted, thread};

/// Neither `Clone` nor `Debug`, nor anything else.
struct Plain(#[allow(dead_code)] u8);

#[test]
fn traits_ask_nothing_of_the_element() {
    fn end<T: Clone + Debug>() {}
    end::<thread::Sender<Plain>>();
    end::<thread::Receiver<Plain>>();
    end::<future::Sender<Plain>>();
    end::<future::Receiver<Plain>>();
    end::<hosted::Tx<Plain>>();
    end::<hosted::Rx<Plain>>();
    fn debug<T: Debug>() {}
    debug::<future::SendFuture<'_, Plain>>();
    debug::<future::RecvFuture<'_, Plain>>();
    debug::<thread::Select<'_, Plain>>();
    debug::<future::Select<'_, Plain>>();
    fn error<T: std::error::Error>() {}
    error::<hosted::SendError<Plain>>();
    error::<hosted::TrySendError<Plain>>();
    error::<thread::SendTimeoutError<Plain>>();
    error::<thread::RecvTimeoutError>();
    error::<hosted::RecvError>();
    error::<hosted::TryRecvError>();
    fn default<T: Default>() {}
    default::<thread::Select<'_, Plain>>();
    default::<future::Select<'_, Plain>>();

    // Many producers and many consumers of it.
    let (tx, rx) = thread::channel::<Plain>(1);
    let n: usize = std::thread::scope(|s| {
        for _ in 0..3 {
            let tx = tx.clone();
            s.spawn(move || (0..100).for_each(|i| assert!(tx.send(Plain(i)).is_ok())));
        }
        drop(tx);
        let all: Vec<_> = (0..3)
            .map(|_| {
                let rx = rx.clone();
                s.spawn(move || rx.iter().count())
            })
            .collect();
        all.into_iter().map(|t| t.join().unwrap()).sum()
    });
    assert_eq!(n, 300);
}

/// Whether a type is `Send` and `Sync`: the inherent constant wins where its bound holds.
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

/// Elements that can be sent are moved between threads, never shared; so ends of elements that can be sent, but not shared,
/// can be both, and ends of others neither.
const _: () = {
    macro_rules! check {
        ($($end:ty, $bad:ty;)*) => { $(
            assert!(is!(Send, $end) && is!(Sync, $end));
            assert!(!is!(Send, $bad) && !is!(Sync, $bad));
        )* };
    }
    check! {
        thread::Sender<Cell<u8>>, thread::Sender<Rc<u8>>;
        thread::Receiver<Cell<u8>>, thread::Receiver<Rc<u8>>;
        future::Sender<Cell<u8>>, future::Sender<Rc<u8>>;
        future::Receiver<Cell<u8>>, future::Receiver<Rc<u8>>;
        hosted::Tx<Cell<u8>>, hosted::Tx<Rc<u8>>;
        hosted::Rx<Cell<u8>>, hosted::Rx<Rc<u8>>;
    }
    assert!(is!(Send, future::SendFuture<'_, Cell<u8>>) && !is!(Send, future::SendFuture<'_, Rc<u8>>));
    assert!(is!(Send, future::RecvFuture<'_, Cell<u8>>) && !is!(Send, future::RecvFuture<'_, Rc<u8>>));
    // A select holds closures and elements that can be sent, and makes its result where it is polled.
    assert!(is!(Send, future::Select<'_, Rc<u8>>) && !is!(Sync, future::Select<'_, u8>));
    assert!(is!(Send, thread::Select<'_, Rc<u8>>) && !is!(Sync, thread::Select<'_, u8>));
    assert!(!is!(Send, goxide_chan::Waiter) && !is!(Sync, goxide_chan::Waiter));
};

/// A channel of elements without a size may be as long as one likes, and works.
#[test]
fn the_longest_channel_of_nothing() {
    for cap in [usize::MAX, usize::MAX - 1, isize::MAX as usize, isize::MAX as usize + 1] {
        let (tx, rx) = thread::channel::<()>(cap);
        assert_eq!(tx.capacity(), Some(cap));
        for _ in 0..100 {
            tx.send(()).unwrap();
        }
        assert_eq!(rx.len(), 100);
        drop(tx);
        assert_eq!(rx.iter().count(), 100);
        let (tx, rx) = future::channel::<()>(cap);
        tx.try_send(()).unwrap();
        rx.try_recv().unwrap();
    }
}

#[test]
fn room_that_cannot_be_had_is_refused() {
    for cap in [usize::MAX, usize::MAX / 8, isize::MAX as usize / 8 + 1, isize::MAX as usize] {
        let text = |r: std::thread::Result<()>| *r.unwrap_err().downcast::<&str>().unwrap();
        assert_eq!(text(catch_unwind(|| drop(thread::channel::<u64>(cap)))), "capacity overflow");
        assert_eq!(text(catch_unwind(|| drop(future::channel::<u64>(cap)))), "capacity overflow");
    }
    assert!(catch_unwind(|| drop(thread::channel::<[u8; 1 << 32]>(0))).is_err());
    // Much, but address space.
    let (tx, rx) = thread::channel::<[u8; 1000]>(1 << 20);
    tx.send([1; 1000]).unwrap();
    assert_eq!(rx.recv().unwrap()[999], 1);
}

#[test]
fn the_longest_and_shortest_waits() {
    let (tx, rx) = thread::channel::<u8>(1);
    assert_eq!(rx.recv_timeout(Duration::ZERO), Err(thread::RecvTimeoutError::Timeout));
    tx.send_timeout(1, Duration::MAX).unwrap();
    assert_eq!(tx.send_timeout(2, Duration::ZERO), Err(thread::SendTimeoutError::Timeout(2)));
    let start = Instant::now();
    std::thread::scope(|s| {
        s.spawn(|| {
            std::thread::sleep(Duration::from_millis(20));
            rx.recv().unwrap();
            std::thread::sleep(Duration::from_millis(20));
            assert_eq!(rx.recv_timeout(Duration::MAX), Ok(3));
            assert_eq!(rx.recv_timeout(Duration::MAX), Ok(4));
        });
        tx.send_timeout(3, Duration::MAX).unwrap();
        tx.send_timeout(4, Duration::MAX).unwrap();
    });
    assert!(start.elapsed() >= Duration::from_millis(20));
}

#[test]
fn a_select_of_too_many_is_refused() {
    let (tx, rx) = thread::channel::<()>(1);
    tx.send(()).unwrap();
    let full = |n: usize| (0..n).fold(thread::Select::new(), |s, _| s.recv(&rx, |_| ()));
    full(goxide_chan::MAX_CASES).wait();
    assert!(catch_unwind(AssertUnwindSafe(|| drop(full(goxide_chan::MAX_CASES + 1)))).is_err());
}
