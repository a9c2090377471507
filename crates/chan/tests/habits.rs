//! What programs of communicating processes expect of channels, with OS threads in the place of processes.
//!
//! Each test is one habit of theirs: fairness of the queue, select with senders and receivers in one
//! task, the prime sieve, a pipeline that is cancelled by close, and so on.
#![cfg(not(shuttle))]

use goxide_chan::hosted::{TryRecvError, TrySendError};
use goxide_chan::thread::{Receiver, RecvTimeoutError, Select, SendTimeoutError, Sender, channel};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{scope, sleep, spawn};
use std::time::Duration;

const N: usize = if cfg!(miri) { 20 } else { 2000 };

fn moment() {
    sleep(Duration::from_millis(20));
}

#[test]
fn a_receive_blocks_until_there_is_something() {
    for cap in 0..10 {
        let (tx, rx) = channel::<i32>(cap);
        let got = AtomicUsize::new(0);
        scope(|s| {
            s.spawn(|| {
                assert_eq!(rx.recv(), Ok(1));
                got.store(1, Ordering::Relaxed);
            });
            if cap == 3 {
                moment();
            }
            assert_eq!(got.load(Ordering::Relaxed), 0);
            tx.send(1).unwrap();
        });
        assert_eq!(got.load(Ordering::Relaxed), 1);
    }
}

#[test]
fn a_send_blocks_at_a_full_channel() {
    for cap in 0..10 {
        let (tx, rx) = channel::<usize>(cap);
        for i in 0..cap {
            tx.send(i).unwrap();
        }
        assert_eq!(tx.len(), cap);
        assert_eq!(tx.try_send(99), Err(TrySendError::Full(99)));
        let sent = AtomicUsize::new(0);
        scope(|s| {
            s.spawn(|| {
                tx.send(cap).unwrap();
                sent.store(1, Ordering::Relaxed);
            });
            if cap == 3 {
                moment();
            }
            assert_eq!(sent.load(Ordering::Relaxed), 0);
            for i in 0..=cap {
                assert_eq!(rx.recv(), Ok(i));
            }
        });
    }
}

#[test]
fn close_lets_everybody_go() {
    let (tx, rx) = channel::<i32>(0);
    scope(|s| {
        for _ in 0..5 {
            s.spawn(|| assert!(rx.recv().is_err()));
        }
        moment();
        tx.close().unwrap();
    });
    assert!(tx.close().is_err());
    assert_eq!(tx.send(3).map_err(|e| e.0), Err(3));

    let (tx, rx) = channel::<i32>(1);
    tx.send(1).unwrap();
    scope(|s| {
        for _ in 0..3 {
            s.spawn(|| assert!(tx.send(2).is_err()));
        }
        moment();
        tx.close().unwrap();
    });
    assert_eq!(rx.try_recv(), Ok(1));
    assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
}

#[test]
fn elements_arrive_in_order() {
    for cap in [0, 1, 10] {
        let (tx, rx) = channel(cap);
        scope(|s| {
            s.spawn(move || (0..N).for_each(|i| tx.send(i).unwrap()));
            assert!(rx.iter().eq(0..N));
        });
    }
}

#[test]
fn many_senders_and_receivers_lose_and_double_nothing() {
    const P: usize = 4;
    for cap in [0, 1, 10, P * N] {
        let (tx, rx) = channel(cap);
        let mut seen = scope(|s| {
            let hs: Vec<_> = (0..P)
                .map(|_| {
                    let tx = tx.clone();
                    s.spawn(move || (0..N).for_each(|i| tx.send(i).unwrap()));
                    let rx = rx.clone();
                    s.spawn(move || rx.iter().collect::<Vec<_>>())
                })
                .collect();
            drop((tx, rx));
            hs.into_iter().flat_map(|h| h.join().unwrap()).collect::<Vec<_>>()
        });
        seen.sort_unstable();
        assert!(seen.into_iter().eq((0..N).flat_map(|i| [i; P])));
    }
}

#[test]
fn select_is_woken_by_either_side() {
    // Two tasks, each able to send to or receive from the other, over unbuffered channels.
    let (atx, arx) = channel::<i32>(0);
    let (btx, brx) = channel::<i32>(0);
    let dance = |me: i32, (tx1, rx1): (Sender<i32>, Receiver<i32>), (tx2, rx2): (Sender<i32>, Receiver<i32>)| {
        let mut sum = 0i64;
        for _ in 0..N {
            sum += Select::new()
                .send(&tx1, me, |r| r.map(|()| 0).unwrap())
                .send(&tx2, me, |r| r.map(|()| 0).unwrap())
                .recv(&rx1, |v| i64::from(v.unwrap()))
                .recv(&rx2, |v| i64::from(v.unwrap()))
                .wait();
        }
        sum
    };
    let (a, b) = ((atx, arx), (btx, brx));
    let (x, y) = scope(|s| {
        let h = s.spawn({
            let (a, b) = (a.clone(), b.clone());
            move || dance(1, a, b)
        });
        let x = dance(100, a, b);
        (x, h.join().unwrap())
    });
    // Each meeting moved one element one way: N meetings in all.
    assert_eq!(x + y / 100, N as i64);
}

#[test]
fn select_fairness() {
    // Two sources that always have something: neither may starve.
    let (done_tx, done) = channel::<()>(0);
    let sources: Vec<_> = (0..2).map(|i| (i, channel::<u8>(if i == 0 { 0 } else { 64 }))).collect();
    scope(|s| {
        for (i, (tx, _)) in &sources {
            let done = done.clone();
            s.spawn(move || while Select::new().send(tx, *i, |r| r.is_ok()).recv(&done, |_| false).wait() {});
        }
        let (r0, r1) = (&sources[0].1.1, &sources[1].1.1);
        let mut hits = [0usize; 2];
        while hits.iter().sum::<usize>() < N {
            let i = Select::new().recv(r0, |v| v).recv(r1, |v| v).wait().unwrap();
            hits[i as usize] += 1;
        }
        drop(done_tx);
        assert!(hits.iter().all(|&h| h > 0), "{hits:?}");
    });
}

#[test]
fn select_default_and_close() {
    let (tx, rx) = channel::<i32>(1);
    let poll = || Select::new().recv(&rx, Some).or_default(|| None);
    assert_eq!(poll(), None);
    tx.send(4).unwrap();
    assert_eq!(poll(), Some(Some(4)));
    tx.close().unwrap();
    assert_eq!(poll(), Some(None));
    let failed = Select::new().send(&tx, 5, |r| r.map_err(|e| e.0)).wait();
    assert_eq!(failed, Err(5));
}

#[test]
fn a_race_of_selects_for_one_element() {
    // However many select on a channel, one element wakes exactly one.
    for _ in 0..N / 20 {
        let (tx, rx) = channel::<i32>(0);
        let (stop, stopped) = channel::<()>(0);
        let won = AtomicUsize::new(0);
        scope(|s| {
            for _ in 0..3 {
                s.spawn(|| {
                    if Select::new().recv(&rx, |v| v.is_some()).recv(&stopped, |_| false).wait() {
                        won.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
            tx.send(1).unwrap();
            drop(stop);
        });
        assert_eq!(won.into_inner(), 1);
    }
}

#[test]
fn prime_sieve() {
    fn sieve(rx: Receiver<u32>, primes: Sender<u32>) {
        let Ok(p) = rx.recv() else { return };
        primes.send(p).unwrap();
        let (tx, next) = channel(0);
        spawn(move || sieve(next, primes));
        for n in rx.iter().filter(|n| n % p != 0) {
            if tx.send(n).is_err() {
                return;
            }
        }
    }
    let (tx, rx) = channel(0);
    let (ptx, primes) = channel(0);
    spawn(move || sieve(rx, ptx));
    spawn(move || (2..72).for_each(|n| tx.send(n).unwrap()));
    let found: Vec<_> = primes.iter().collect();
    assert_eq!(found, [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71]);
}

#[test]
fn semaphore_out_of_a_channel() {
    let (sem_tx, sem_rx) = channel::<()>(3);
    let inside = AtomicUsize::new(0);
    scope(|s| {
        for _ in 0..8 {
            s.spawn(|| {
                for _ in 0..N / 20 {
                    sem_tx.send(()).unwrap();
                    assert!(inside.fetch_add(1, Ordering::SeqCst) < 3);
                    inside.fetch_sub(1, Ordering::SeqCst);
                    sem_rx.recv().unwrap();
                }
            });
        }
    });
}

#[test]
fn ping_pong() {
    let (atx, arx) = channel(0);
    let (btx, brx) = channel(0);
    scope(|s| {
        s.spawn(move || arx.iter().for_each(|v: usize| btx.send(v + 1).unwrap()));
        let mut v = 0;
        for _ in 0..N {
            atx.send(v).unwrap();
            v = brx.recv().unwrap();
        }
        drop(atx);
        assert_eq!(v, N);
    });
}

#[test]
fn channels_of_channels() {
    let (tx, rx) = channel::<(u32, Sender<u32>)>(0);
    scope(|s| {
        s.spawn(|| rx.iter().for_each(|(n, reply)| reply.send(n * n).unwrap()));
        let mut squares = HashMap::new();
        for n in 0..50 {
            let (reply, answer) = channel(0);
            tx.send((n, reply)).unwrap();
            squares.insert(n, answer.recv().unwrap());
        }
        drop(tx);
        assert!(squares.iter().all(|(n, sq)| n * n == *sq));
    });
}

#[test]
fn time_limits() {
    let (tx, rx) = channel::<i32>(0);
    let ms = Duration::from_millis(10);
    assert_eq!(rx.recv_timeout(ms), Err(RecvTimeoutError::Timeout));
    assert_eq!(tx.send_timeout(1, ms), Err(SendTimeoutError::Timeout(1)));
    // Nothing was left in the queues.
    assert_eq!(tx.try_send(1), Err(TrySendError::Full(1)));
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    scope(|s| {
        s.spawn(|| tx.send_timeout(2, Duration::from_secs(100)).unwrap());
        assert_eq!(rx.recv_timeout(Duration::from_secs(100)), Ok(2));
    });
    // Race the limit.
    scope(|s| {
        let h = s.spawn(|| (0..N).filter(|&i| tx.send_timeout(3, Duration::from_micros(i as u64 % 50)).is_ok()).count());
        let mut got = 0;
        while !h.is_finished() {
            got += usize::from(rx.recv_timeout(Duration::from_micros(20)).is_ok());
        }
        assert_eq!(h.join().unwrap(), got);
    });
    tx.close().unwrap();
    assert_eq!(rx.recv_timeout(ms), Err(RecvTimeoutError::Closed));
    assert_eq!(tx.send_timeout(1, ms), Err(SendTimeoutError::Closed(1)));
}

/// Counts how many of it live.
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn new(n: &Arc<AtomicUsize>) -> Self {
        n.fetch_add(1, Ordering::Relaxed);
        Self(n.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[test]
fn every_element_is_dropped_once() {
    let n = Arc::new(AtomicUsize::new(0));
    let live = || n.load(Ordering::Relaxed);
    let (tx, rx) = channel(5);
    for _ in 0..5 {
        tx.send(Counted::new(&n)).unwrap();
    }
    drop(rx.recv());
    assert_eq!(live(), 4);
    drop(rx.try_recv());
    assert_eq!(live(), 3);
    drop(rx);
    assert_eq!(live(), 0, "nobody can receive them any more");
    assert!(tx.send(Counted::new(&n)).is_err());
    assert_eq!(live(), 0);

    let (tx, rx) = channel(5);
    tx.send(Counted::new(&n)).unwrap();
    drop(tx);
    assert_eq!(live(), 1, "still to be received");
    drop(rx);
    assert_eq!(live(), 0);

    // Losing cases of a select keep nothing, and lose nothing.
    let (tx, rx) = channel(1);
    let (tx2, _rx2) = channel(0);
    Select::new().send(&tx, Counted::new(&n), drop).send(&tx2, Counted::new(&n), drop).wait();
    assert_eq!(live(), 1);
    Select::new().send(&tx, Counted::new(&n), drop).or_default(|| ());
    assert_eq!(live(), 1);
    drop(Select::new().recv(&rx, |v| v).send(&tx2, Counted::new(&n), |_| None).wait());
    assert_eq!(live(), 0);
}

#[test]
fn zero_sized_and_large_elements() {
    let (tx, rx) = channel::<()>(2);
    tx.send(()).unwrap();
    assert_eq!(rx.recv(), Ok(()));
    let (tx, rx) = channel::<[u64; 1000]>(1);
    tx.send([7; 1000]).unwrap();
    assert_eq!(rx.recv(), Ok([7; 1000]));
}
