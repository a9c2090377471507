//! Interleavings: run with `RUSTFLAGS="--cfg shuttle"`. Small programs are explored exhaustively
//! (as far as the bound goes), larger ones at random. A lost wake-up shows as a deadlock.
#![cfg(shuttle)]

use goxide_chan::future;
use goxide_chan::hosted::TryRecvError;
use goxide_chan::thread::{RecvTimeoutError, Select, SendTimeoutError, channel, unbounded};
use shuttle::sync::Arc;
use shuttle::sync::atomic::{AtomicUsize, Ordering};
use shuttle::thread::spawn;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

/// Schedules of one exploration: enough for the small programs here, in seconds.
const BOUND: usize = 20_000;

/// Every schedule up to the bound, then random ones that go deeper.
fn explore(f: impl Fn() + Send + Sync + Clone + 'static) {
    let dfs = shuttle::scheduler::DfsScheduler::new(Some(BOUND), true);
    shuttle::Runner::new(dfs, shuttle::Config::default()).run(f.clone());
    random(f);
}

fn random(f: impl Fn() + Send + Sync + Clone + 'static) {
    shuttle::check_random(f.clone(), 3_000);
    shuttle::check_pct(f, 3_000, 3);
}

#[test]
fn one_send_one_receive() {
    for cap in 0..2 {
        explore(move || {
            let (tx, rx) = channel(cap);
            let h = spawn(move || tx.send(7).unwrap());
            assert_eq!(rx.recv(), Ok(7));
            h.join().unwrap();
        });
    }
}

#[test]
fn order_is_kept_through_blocking() {
    for cap in 0..3 {
        random(move || {
            let (tx, rx) = channel(cap);
            let h = spawn(move || (0..4).for_each(|i| tx.send(i).unwrap()));
            assert!(rx.iter().eq(0..4));
            h.join().unwrap();
        });
    }
}

#[test]
fn two_senders_two_receivers() {
    for cap in 0..2 {
        random(move || {
            let (tx, rx) = channel(cap);
            let total = Arc::new(AtomicUsize::new(0));
            let mut hs = Vec::new();
            for i in 1..3 {
                let (tx, rx, total) = (tx.clone(), rx.clone(), total.clone());
                hs.push(spawn(move || {
                    tx.send(i).unwrap();
                    tx.send(i * 10).unwrap();
                }));
                hs.push(spawn(move || {
                    for v in rx.iter() {
                        total.fetch_add(v, Ordering::SeqCst);
                    }
                }));
            }
            drop((tx, rx));
            hs.into_iter().for_each(|h| h.join().unwrap());
            assert_eq!(total.load(Ordering::SeqCst), 33);
        });
    }
}

#[test]
fn close_races_with_send_and_receive() {
    for cap in 0..2 {
        explore(move || {
            let (tx, rx) = channel(cap);
            let closer = tx.clone();
            let s = spawn(move || tx.send(1).is_ok());
            let r = spawn(move || rx.iter().count());
            closer.close().unwrap();
            let (sent, received) = (s.join().unwrap(), r.join().unwrap());
            assert_eq!(usize::from(sent), received, "what was sent arrives; what failed does not");
        });
    }
}

#[test]
fn an_empty_receive_tells_the_truth_about_close() {
    // Fast path: if the element was sent before the close, `Closed` cannot be seen before it.
    // (At random only: depth first, the polling loop would never end.)
    random(|| {
        let (tx, rx) = channel(1);
        let h = spawn(move || {
            tx.send(1).unwrap();
            tx.close().unwrap();
        });
        loop {
            match rx.try_recv() {
                Ok(1) => break,
                Err(TryRecvError::Empty) => shuttle::thread::yield_now(),
                other => panic!("{other:?}"),
            }
        }
        h.join().unwrap();
        assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
    });
}

#[test]
fn a_channel_is_never_empty_and_open_if_it_was_closed_full() {
    // Full, then closed, then drained: "empty" without "closed" was true at no moment. The fast
    // path has to load the two in the right order to know.
    explore(|| {
        let (tx, rx) = channel(1);
        tx.send(1).unwrap();
        let h = spawn({
            let rx = rx.clone();
            move || {
                tx.close().unwrap();
                let _ = rx.try_recv();
            }
        });
        assert_ne!(rx.try_recv(), Err(TryRecvError::Empty));
        h.join().unwrap();
    });
}

#[test]
fn a_select_takes_exactly_one() {
    explore(|| {
        let (atx, arx) = channel(1);
        let (btx, brx) = channel(1);
        let a = spawn(move || atx.send(1).unwrap());
        let b = spawn({
            let brx = brx.clone();
            move || {
                btx.send(2).unwrap();
                drop(brx);
            }
        });
        let got = Select::new().recv(&arx, |v| v).recv(&brx, |v| v).wait().unwrap();
        a.join().unwrap();
        b.join().unwrap();
        let rest = if got == 1 { brx.try_recv() } else { arx.try_recv() };
        assert_eq!(rest, Ok(3 - got), "the other is still there");
        let none = if got == 1 { arx.try_recv() } else { brx.try_recv() };
        assert!(none.is_err());
    });
}

#[test]
fn a_select_is_claimed_once() {
    // Two unbuffered sends race for one select: one is received, the other still waits.
    random(|| {
        let (atx, arx) = channel(0);
        let (btx, brx) = channel(0);
        let a = spawn(move || atx.send(1).is_ok());
        let b = spawn(move || btx.send(2).is_ok());
        let got = Select::new().recv(&arx, |v| v).recv(&brx, |v| v).wait().unwrap();
        let rest = if got == 1 { brx.recv() } else { arx.recv() };
        assert_eq!(rest, Ok(3 - got));
        assert!(a.join().unwrap() && b.join().unwrap());
    });
}

#[test]
fn selects_meet_selects() {
    random(|| {
        let (atx, arx) = channel(0);
        let (btx, brx) = channel(0);
        let h = spawn(move || Select::new().send(&atx, 1, |r| r.is_ok()).send(&btx, 2, |r| r.is_ok()).wait());
        let got = Select::new().recv(&brx, |v| v).recv(&arx, |v| v).wait();
        assert!(matches!(got, Some(1 | 2)));
        assert!(h.join().unwrap());
    });
}

#[test]
fn crossed_selects_do_not_deadlock() {
    // Both sides list the channels the other way round, and both can send or receive.
    random(|| {
        let (atx, arx) = channel(0);
        let (btx, brx) = channel(0);
        let h = spawn({
            let (atx, arx, btx, brx) = (atx.clone(), arx.clone(), btx.clone(), brx.clone());
            move || {
                Select::new()
                    .send(&atx, 1, |r| r.map(|()| 0).unwrap())
                    .recv(&brx, |v| v.unwrap())
                    .recv(&arx, |v| v.unwrap())
                    .send(&btx, 2, |r| r.map(|()| 0).unwrap())
                    .wait()
            }
        });
        let x = Select::new()
            .recv(&brx, |v| v.unwrap())
            .send(&btx, 2, |r| r.map(|()| 0).unwrap())
            .send(&atx, 1, |r| r.map(|()| 0).unwrap())
            .recv(&arx, |v| v.unwrap())
            .wait();
        let y = h.join().unwrap();
        assert!((x == 0) != (y == 0), "one sent, the other received: {x} {y}");
    });
}

#[test]
fn a_select_races_with_close() {
    random(|| {
        let (atx, arx) = channel::<i32>(0);
        let (btx, brx) = channel::<i32>(0);
        let h = spawn(move || {
            btx.close().unwrap();
            atx.send(1).is_ok()
        });
        let got = Select::new().recv(&arx, |v| v).recv(&brx, |v| v).wait();
        match got {
            Some(1) => assert!(h.join().unwrap()),
            None => {
                drop(arx);
                h.join().unwrap();
            }
            other => panic!("{other:?}"),
        }
    });
}

#[test]
fn a_select_default_is_never_wrong_about_all() {
    // The element moves from `b` to `a`: at no moment are both empty, in this order of moves.
    random(|| {
        let (atx, arx) = channel(1);
        let (btx, brx) = channel(1);
        btx.send(1).unwrap();
        let h = spawn({
            let brx = brx.clone();
            move || {
                atx.send(2).unwrap();
                let _ = brx.try_recv();
            }
        });
        let got = Select::new().recv(&arx, |v| v).recv(&brx, |v| v).or_default(|| None);
        assert!(got.is_some(), "one of them always had something");
        h.join().unwrap();
    });
}

#[test]
fn futures_are_woken_and_can_be_dropped() {
    random(|| {
        let (tx, rx) = future::channel(0);
        let done = tx.clone();
        let h = spawn(move || {
            shuttle::future::block_on(async {
                tx.send(1).await.unwrap();
                tx.send(2).await.unwrap();
            })
        });
        let got = shuttle::future::block_on(async {
            let mut got = Vec::new();
            while got.len() < 2 {
                // Polled once, then dropped if that was not enough: nothing may get lost.
                let mut r = rx.recv();
                let once = std::future::poll_fn(|cx| {
                    Poll::Ready(match std::future::Future::poll(Pin::new(&mut r), cx) {
                        Poll::Ready(v) => Some(v.unwrap()),
                        Poll::Pending => None,
                    })
                })
                .await;
                drop(r);
                match once {
                    Some(v) => got.push(v),
                    None if got.is_empty() => got.push(rx.recv().await.unwrap()),
                    None => shuttle::thread::yield_now(),
                }
            }
            got
        });
        assert_eq!(got, [1, 2]);
        h.join().unwrap();
        drop(done);
    });
}

#[test]
fn future_selects_are_decided_once() {
    random(|| {
        let (atx, arx) = future::channel(0);
        let (btx, brx) = future::channel(0);
        let a = spawn(move || shuttle::future::block_on(async { atx.send(1).await.is_ok() }));
        let b = spawn(move || shuttle::future::block_on(async { btx.send(2).await.is_ok() }));
        let sum = shuttle::future::block_on(async {
            let x = future::Select::new().recv(&arx, |v| v).recv(&brx, |v| v).await.unwrap();
            let y = if x == 1 { brx.recv().await } else { arx.recv().await };
            x + y.unwrap()
        });
        assert_eq!(sum, 3);
        assert!(a.join().unwrap() && b.join().unwrap());
    });
}

// In a model a time limit is reached whenever chance has it, so any will do.
const LIMIT: Duration = Duration::from_secs(1);

#[test]
fn a_receive_that_times_out_loses_nothing() {
    for cap in 0..2 {
        explore(move || {
            let (tx, rx) = channel(cap);
            let h = spawn(move || tx.send(Box::new(7)).is_ok());
            let first = rx.recv_timeout(LIMIT);
            if let Err(e) = &first {
                assert_eq!(*e, RecvTimeoutError::Timeout);
                assert_eq!(rx.recv(), Ok(Box::new(7)), "it came too late, but it came");
            }
            assert!(h.join().unwrap());
            assert_eq!(rx.recv_timeout(LIMIT), Err(RecvTimeoutError::Closed));
        });
    }
}

#[test]
fn a_send_that_times_out_was_not_received() {
    for cap in 0..2 {
        explore(move || {
            let (tx, rx) = channel(cap);
            (0..cap).for_each(|_| tx.send(Box::new(0)).unwrap());
            let h = spawn(move || match tx.send_timeout(Box::new(7), LIMIT) {
                Ok(()) => true,
                Err(SendTimeoutError::Timeout(v)) => {
                    assert_eq!(v, Box::new(7));
                    false
                }
                Err(SendTimeoutError::Closed(_)) => panic!("the receiver is there"),
            });
            let got = rx.iter().filter(|v| **v == 7).count();
            assert_eq!(got, usize::from(h.join().unwrap()));
        });
    }
}

#[test]
fn a_time_limit_races_with_close() {
    explore(|| {
        let (tx, rx) = channel::<Box<u32>>(0);
        let other = tx.clone();
        let s = spawn(move || tx.send_timeout(Box::new(1), LIMIT).is_ok());
        let r = spawn(move || rx.recv_timeout(LIMIT).is_ok());
        // The receiver may have gone, and closed the channel, before.
        let _ = other.close();
        assert_eq!(s.join().unwrap(), r.join().unwrap());
    });
}

#[test]
fn a_select_that_times_out_loses_nothing() {
    explore(|| {
        let (atx, arx) = channel(0);
        let (btx, brx) = channel(1);
        let a = spawn(move || atx.send(Box::new(1)).is_ok());
        let b = spawn(move || btx.send(Box::new(2)).is_ok());
        let mut got: Vec<u32> = Vec::new();
        if let Ok(v) = Select::new().recv(&arx, |v| v).recv(&brx, |v| v).wait_timeout(LIMIT) {
            got.extend(v.map(|v| *v));
        }
        // Whichever was not received is still to come.
        got.extend(arx.iter().map(|v| *v));
        got.extend(brx.iter().map(|v| *v));
        got.sort_unstable();
        assert_eq!(got, [1, 2]);
        assert!(a.join().unwrap() && b.join().unwrap());
    });
}

#[test]
fn selects_that_time_out_meet_selects() {
    random(|| {
        let (atx, arx) = channel(0);
        let (btx, brx) = channel(0);
        let h = spawn(move || {
            Select::new().send(&atx, 1, |r| r.is_ok()).send(&btx, 2, |r| r.is_ok()).wait_timeout(LIMIT) == Ok(true)
        });
        let got = Select::new().recv(&brx, |v| v).recv(&arx, |v| v).wait_timeout(LIMIT);
        let received = matches!(got, Ok(Some(1 | 2)));
        drop((arx, brx));
        assert_eq!(h.join().unwrap(), received);
    });
}

#[test]
fn unbounded_channels_grow_under_way() {
    random(|| {
        let (tx, rx) = unbounded();
        let hs: Vec<_> = (0..2)
            .map(|s| {
                let tx = tx.clone();
                spawn(move || {
                    for i in 0..12 {
                        let elem = Box::new(s * 100 + i);
                        if i % 4 == 3 {
                            Select::new().send(&tx, elem, |r| r.unwrap()).wait();
                        } else {
                            tx.send(elem).unwrap();
                        }
                    }
                })
            })
            .collect();
        drop(tx);
        let other = spawn({
            let rx = rx.clone();
            move || rx.recv_timeout(LIMIT).is_ok()
        });
        let (mut last, mut count) = ([None; 2], 0);
        for v in rx {
            let s = *v / 100;
            assert!(last[s] < Some(*v), "each sender's elements are in order");
            last[s] = Some(*v);
            count += 1;
        }
        hs.into_iter().for_each(|h| h.join().unwrap());
        assert_eq!(count + usize::from(other.join().unwrap()), 24);
    });
}

#[test]
fn a_weak_sender_races_with_the_last_one() {
    explore(|| {
        let (tx, rx) = channel(2);
        let weak = tx.downgrade();
        let h = spawn(move || match weak.upgrade() {
            Some(tx) => tx.send(1).is_ok(),
            None => false,
        });
        drop(tx);
        let got = rx.iter().count();
        assert_eq!(got, usize::from(h.join().unwrap()), "as long as there is an end the channel is open");
    });
}
