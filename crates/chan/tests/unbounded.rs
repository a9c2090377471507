//! Channels without a bound, against a plain deque, and between threads.
#![cfg(not(shuttle))]

use goxide_chan::hosted::TryRecvError;
use goxide_chan::thread::{Select, unbounded};
use goxide_chan::{future, thread};
use proptest::prelude::*;
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

const N: usize = if cfg!(miri) { 50 } else { 20_000 };

#[test]
fn it_takes_what_comes_and_gives_it_back_in_order() {
    let (tx, rx) = unbounded();
    assert_eq!((tx.capacity(), tx.len(), tx.is_full()), (None, 0, false));
    // Saw teeth: the run wanders, and the buffer both grows and is used again from the front.
    let (mut sent, mut received) = (0, 0);
    for tooth in [1, 15, 16, 17, 5, 100, N, 3] {
        for _ in 0..tooth {
            tx.try_send(sent).unwrap();
            sent += 1;
        }
        for _ in 0..tooth - tooth / 3 {
            assert_eq!(rx.recv(), Ok(received));
            received += 1;
        }
        assert_eq!(rx.len(), sent - received);
    }
    assert!(rx.try_iter().eq(received..sent));
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    tx.send(1).unwrap();
    drop(tx);
    assert!(rx.iter().eq([1]), "what was sent before the close is received");
}

/// A value that is counted while it is there, of an odd size and a large alignment.
#[derive(Debug)]
#[repr(align(64))]
struct Counted(#[allow(dead_code)] Arc<()>, usize, [u8; 37]);

#[test]
fn every_element_is_dropped_once() {
    let count = Arc::new(());
    let (tx, rx) = unbounded();
    for i in 0..100 {
        tx.send(Counted(count.clone(), i, [i as u8; 37])).unwrap();
    }
    for i in 0..40 {
        let got = rx.recv().unwrap();
        assert_eq!((got.1, got.2), (i, [i as u8; 37]));
        assert_eq!((&raw const got).addr() % 64, 0);
    }
    assert_eq!(Arc::strong_count(&count), 61);
    drop(rx);
    assert_eq!(Arc::strong_count(&count), 1, "the last receiver lets go of what is buffered");
    let Counted(_, i, _) = tx.send(Counted(count.clone(), 7, [0; 37])).unwrap_err().into_inner();
    assert_eq!(i, 7);
}

#[test]
fn elements_without_a_size() {
    let (tx, rx) = unbounded();
    for _ in 0..N {
        tx.send(()).unwrap();
    }
    assert_eq!(rx.len(), N);
    drop(tx);
    assert_eq!(rx.into_iter().count(), N);
}

#[test]
fn threads_lose_and_double_nothing() {
    const P: usize = 4;
    let (tx, rx) = unbounded();
    let mut seen = std::thread::scope(|s| {
        let hs: Vec<_> = (0..P)
            .map(|_| {
                let tx = tx.clone();
                s.spawn(move || {
                    for i in 0..N {
                        if i % 3 == 0 {
                            Select::new().send(&tx, i, |sent| sent.unwrap()).wait();
                        } else {
                            tx.send(i).unwrap();
                        }
                    }
                });
                let rx = rx.clone();
                s.spawn(move || rx.into_iter().collect::<Vec<_>>())
            })
            .collect();
        drop((tx, rx));
        hs.into_iter().flat_map(|h| h.join().unwrap()).collect::<Vec<_>>()
    });
    seen.sort_unstable();
    assert!(seen.into_iter().eq((0..N).flat_map(|i| [i; P])));
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Send(u8),
    Recv(u8),
    /// A future begins to receive.
    Begin,
    /// The youngest future is dropped, be it served or not.
    Drop,
    /// The oldest future is polled again.
    Poll,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (1..60u8).prop_map(Step::Send),
        (1..60u8).prop_map(Step::Recv),
        Just(Step::Begin),
        Just(Step::Drop),
        Just(Step::Poll),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 5 } else { 300 }))]

    /// Elements that are given back stand in front of all others, however many come back, and wherever the buffer's run is.
    #[test]
    fn as_a_deque_would(steps in prop::collection::vec(step(), 1..60)) {
        let (tx, rx) = future::unbounded::<Box<u32>>();
        let cx = &mut Context::from_waker(Waker::noop());
        let mut next = 0;
        let mut model = VecDeque::new();
        // Futures that wait or were served, with what they were served.
        let mut futures: VecDeque<(future::RecvFuture<'_, Box<u32>>, Option<u32>)> = VecDeque::new();
        for step in steps {
            match step {
                Step::Send(n) => for _ in 0..n {
                    tx.try_send(Box::new(next)).unwrap();
                    match futures.iter_mut().find(|f| f.1.is_none()) {
                        Some(f) => f.1 = Some(next),
                        None => model.push_back(next),
                    }
                    next += 1;
                }
                Step::Recv(n) => for _ in 0..n {
                    prop_assert_eq!(rx.try_recv().ok().map(|b| *b), model.pop_front());
                }
                Step::Begin => {
                    let mut f = rx.recv();
                    match Pin::new(&mut f).poll(cx) {
                        Poll::Ready(got) => prop_assert_eq!(got.ok().map(|b| *b), model.pop_front()),
                        Poll::Pending => {
                            prop_assert!(model.is_empty());
                            futures.push_back((f, None));
                        }
                    }
                }
                Step::Drop => if let Some((f, served)) = futures.pop_back() {
                    drop(f);
                    if let Some(value) = served {
                        match futures.iter_mut().find(|f| f.1.is_none()) {
                            Some(f) => f.1 = Some(value),
                            None => model.push_front(value),
                        }
                    }
                }
                Step::Poll => if let Some((mut f, served)) = futures.pop_front() {
                    match Pin::new(&mut f).poll(cx) {
                        Poll::Ready(got) => prop_assert_eq!(got.ok().map(|b| *b), served),
                        Poll::Pending => {
                            prop_assert_eq!(served, None);
                            futures.push_front((f, None));
                        }
                    }
                }
            }
            prop_assert_eq!(rx.len(), model.len());
        }
        drop(futures);
        drop(tx);
        // Elements of futures that were dropped just now came back, youngest future last.
        prop_assert!(thread::Receiver::from(rx).into_iter().count() >= model.len());
    }
}
