//! The front end for futures: polled by hand where the order matters, on tokio where it does not.
#![cfg(not(shuttle))]

use goxide_chan::future::{Select, channel};
use goxide_chan::thread;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

#[derive(Default)]
struct Bell(AtomicUsize);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Polls once, with a bell.
fn poll<F: Future>(f: Pin<&mut F>, bell: &Arc<Bell>) -> Poll<F::Output> {
    f.poll(&mut Context::from_waker(&Waker::from(bell.clone())))
}

fn rung(bell: &Bell) -> usize {
    bell.0.swap(0, Ordering::Relaxed)
}

fn rt() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap()
}

#[test]
fn a_waiting_receive_is_woken_with_its_element() {
    let bell = Arc::new(Bell::default());
    let (tx, rx) = channel(0);
    let mut r = pin!(rx.recv());
    assert!(poll(r.as_mut(), &bell).is_pending());
    assert_eq!(rung(&bell), 0);
    tx.try_send(5).unwrap();
    assert_eq!(rung(&bell), 1);
    assert_eq!(poll(r, &bell), Poll::Ready(Ok(5)));
}

#[test]
fn the_last_waker_is_the_one_to_wake() {
    let (old, new) = (Arc::new(Bell::default()), Arc::new(Bell::default()));
    let (tx, rx) = channel(0);
    let mut r = pin!(rx.recv());
    assert!(poll(r.as_mut(), &old).is_pending());
    assert!(poll(r.as_mut(), &new).is_pending());
    tx.try_send(5).unwrap();
    assert_eq!((rung(&old), rung(&new)), (0, 1));
}

#[test]
fn a_waiting_send_is_woken_by_receive_and_close() {
    let bell = Arc::new(Bell::default());
    let (tx, rx) = channel(1);
    tx.try_send(1).unwrap();
    let mut a = pin!(tx.send(2));
    let mut b = pin!(tx.send(3));
    assert!(poll(a.as_mut(), &bell).is_pending());
    assert!(poll(b.as_mut(), &bell).is_pending());
    assert_eq!(rx.try_recv(), Ok(1));
    assert_eq!(rung(&bell), 1);
    assert!(poll(a, &bell).is_ready());
    tx.close().unwrap();
    assert_eq!(rung(&bell), 1);
    let Poll::Ready(Err(e)) = poll(b, &bell) else { panic!() };
    assert_eq!(e.0, 3, "the element comes back");
    assert_eq!(rx.try_recv(), Ok(2));
}

#[test]
fn dropping_a_waiting_future_withdraws_it() {
    let bell = Arc::new(Bell::default());
    let (tx, rx) = channel(0);
    {
        let mut r = pin!(rx.recv());
        assert!(poll(r.as_mut(), &bell).is_pending());
    }
    assert!(tx.try_send(1).is_err());
    let value = Arc::new(());
    let (tx, rx) = channel(0);
    {
        let mut s = pin!(tx.send(value.clone()));
        assert!(poll(s.as_mut(), &bell).is_pending());
        assert_eq!(Arc::strong_count(&value), 2);
    }
    assert_eq!(Arc::strong_count(&value), 1);
    assert!(rx.try_recv().is_err());
    assert_eq!(rung(&bell), 0);
}

#[test]
fn dropping_a_served_receive_loses_nothing() {
    for cap in 0..3 {
        let bell = Arc::new(Bell::default());
        let (tx, rx) = channel(cap);
        {
            let mut r = pin!(rx.recv());
            assert!(poll(r.as_mut(), &bell).is_pending());
            tx.try_send(1).unwrap();
            for i in 0..cap {
                tx.try_send(i + 2).unwrap();
            }
        }
        for i in 0..=cap {
            assert_eq!(rx.try_recv(), Ok(i + 1), "in order, capacity {cap}");
        }
        // To another receiver, if there is one.
        let mut other = pin!(rx.recv());
        {
            let mut r = pin!(rx.recv());
            assert!(poll(r.as_mut(), &bell).is_pending());
            assert!(poll(other.as_mut(), &bell).is_pending());
            tx.try_send(9).unwrap();
        }
        assert_eq!(poll(other, &bell), Poll::Ready(Ok(9)));
    }
}

#[test]
fn given_back_elements_are_dropped_once() {
    let bell = Arc::new(Bell::default());
    let value = Arc::new(());
    for receive in [true, false] {
        let (tx, rx) = channel(0);
        {
            let mut r = pin!(rx.recv());
            assert!(poll(r.as_mut(), &bell).is_pending());
            tx.try_send(value.clone()).unwrap();
        }
        assert_eq!(Arc::strong_count(&value), 2);
        if receive {
            drop(rx.try_recv().unwrap());
            assert_eq!(Arc::strong_count(&value), 1);
        }
        drop((tx, rx));
        assert_eq!(Arc::strong_count(&value), 1);
    }
}

#[test]
fn leaked_futures_do_no_harm() {
    let bell = Arc::new(Bell::default());
    let (tx, rx) = channel(0);
    let mut r = Box::pin(rx.recv());
    assert!(poll(r.as_mut(), &bell).is_pending());
    std::mem::forget(r);
    let value = Box::new(5);
    let mut s = Box::pin(Select::new().recv(&rx, |_| *value));
    assert!(poll(s.as_mut(), &bell).is_pending());
    std::mem::forget(s);
    drop(value);
    tx.try_send(1).unwrap();
    tx.try_send(2).unwrap();
    assert!(tx.try_send(3).is_err());
    assert_eq!(rung(&bell), 2);
}

#[test]
fn select_waits_is_woken_and_can_be_dropped() {
    let bell = Arc::new(Bell::default());
    let (atx, arx) = channel(0);
    let (btx, brx) = channel(0);
    let mut s = pin!(Select::new().recv(&arx, |v| v).send(&btx, 7, |_| None));
    assert!(poll(s.as_mut(), &bell).is_pending());
    assert_eq!(brx.try_recv(), Ok(7));
    assert!(atx.try_send(1).is_err(), "the select is decided");
    assert_eq!(rung(&bell), 1);
    assert_eq!(poll(s, &bell), Poll::Ready(None));

    // Dropped while it waits.
    {
        let mut s = pin!(Select::new().recv(&arx, |v| v).send(&btx, 7, |_| None));
        assert!(poll(s.as_mut(), &bell).is_pending());
    }
    assert!(atx.try_send(1).is_err() && brx.try_recv().is_err());
    // Dropped after it was served.
    {
        let mut s = pin!(Select::new().recv(&arx, |v| v).send(&btx, 7, |_| None));
        assert!(poll(s.as_mut(), &bell).is_pending());
        atx.try_send(1).unwrap();
    }
    assert_eq!(arx.try_recv(), Ok(1), "given back");
    // Without cases.
    assert!(poll(pin!(Select::<()>::new()), &bell).is_pending());
}

#[test]
fn stress_on_a_runtime() {
    const N: usize = if cfg!(miri) { 10 } else { 5000 };
    for cap in [0, 1, 16] {
        let sum = rt().block_on(async move {
            let (tx, rx) = channel(cap);
            let sends: Vec<_> = (0..4)
                .map(|_| {
                    let tx = tx.clone();
                    tokio::spawn(async move {
                        for i in 0..N {
                            tx.send(i).await.unwrap();
                        }
                    })
                })
                .collect();
            let recvs: Vec<_> = (0..4)
                .map(|_| {
                    let rx = rx.clone();
                    tokio::spawn(async move {
                        let mut sum = 0;
                        while let Ok(i) = rx.recv().await {
                            sum += i;
                        }
                        sum
                    })
                })
                .collect();
            drop((tx, rx));
            for s in sends {
                s.await.unwrap();
            }
            let mut sum = 0;
            for r in recvs {
                sum += r.await.unwrap();
            }
            sum
        });
        assert_eq!(sum, 4 * N * (N - 1) / 2);
    }
}

#[test]
fn receives_raced_against_dropping_lose_nothing() {
    const N: usize = if cfg!(miri) { 10 } else { 5000 };
    for cap in [0, 1, 3] {
        let got = rt().block_on(async move {
            let (tx, rx) = channel(cap);
            let h = tokio::spawn(async move {
                let mut got = Vec::new();
                loop {
                    // Poll once or twice, then perhaps give up.
                    let mut r = rx.recv();
                    let mut polls = 0;
                    let r = std::future::poll_fn(|cx| match Pin::new(&mut r).poll(cx) {
                        Poll::Ready(v) => Poll::Ready(Some(v)),
                        Poll::Pending if polls == 1 => Poll::Ready(None),
                        Poll::Pending => {
                            polls += 1;
                            cx.waker().wake_by_ref();
                            Poll::Pending
                        }
                    })
                    .await;
                    match r {
                        Some(Ok(v)) if v == usize::MAX => return got,
                        Some(Ok(v)) => got.push(v),
                        Some(Err(_)) => return got,
                        None => tokio::task::yield_now().await,
                    }
                }
            });
            for i in 0..N {
                tx.send(i).await.unwrap();
            }
            // A close could overtake an element on its way back; a last element cannot.
            tx.send(usize::MAX).await.unwrap();
            h.await.unwrap()
        });
        assert!(got.into_iter().eq(0..N), "capacity {cap}");
    }
}

#[test]
fn threads_and_futures_share_a_channel() {
    let (tx, rx) = thread::channel(0);
    let rx: goxide_chan::future::Receiver<_> = rx.into();
    let h = std::thread::spawn(move || (0..1000).for_each(|i| tx.send(i).unwrap()));
    let sum = rt().block_on(async move {
        let mut sum = 0;
        while let Ok(i) = rx.recv().await {
            sum += i;
        }
        sum
    });
    h.join().unwrap();
    assert_eq!(sum, 499_500);
}
