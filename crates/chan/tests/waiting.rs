//! How long a thread waits, and for what: time limits, iterators, timers as channels, ends that do not keep a channel open. Nothing here
//! measures time, but that nothing comes before it.
#![cfg(not(shuttle))]

use goxide_chan::hosted::{SendError, TryRecvError, TrySendError};
use goxide_chan::thread::{RecvTimeoutError, Select, SelectTimeoutError, SendTimeoutError, channel, unbounded};
use goxide_chan::timer::{after, never, tick};
use goxide_chan::{future, thread};
use std::thread::{scope, spawn};
use std::time::{Duration, Instant};

const SHORT: Duration = Duration::from_millis(5);
const LONG: Duration = Duration::from_secs(3600);

#[test]
fn deadlines_are_kept_and_not_anticipated() {
    let (tx, rx) = channel::<u32>(1);
    let begun = Instant::now();
    let deadline = begun + SHORT;
    assert_eq!(rx.recv_deadline(deadline), Err(RecvTimeoutError::Timeout));
    assert!(begun.elapsed() >= SHORT);
    // Late, but nothing to wait for.
    assert_eq!(tx.send_deadline(1, deadline), Ok(()));
    assert_eq!(tx.send_deadline(2, deadline), Err(SendTimeoutError::Timeout(2)));
    assert_eq!(rx.recv_deadline(deadline), Ok(1));
    // In time.
    scope(|s| {
        s.spawn(|| assert_eq!(rx.recv_timeout(LONG), Ok(3)));
        assert_eq!(tx.send_timeout(3, LONG), Ok(()));
    });
    scope(|s| {
        s.spawn(|| assert_eq!(rx.recv_timeout(Duration::MAX), Err(RecvTimeoutError::Closed)));
        tx.close().unwrap();
    });
    assert_eq!(tx.send_timeout(4, LONG), Err(SendTimeoutError::Closed(4)));
}

#[test]
fn a_select_gives_up_in_time() {
    let (atx, arx) = channel::<Box<u32>>(0);
    let (btx, brx) = channel::<Box<u32>>(0);
    let begun = Instant::now();
    let select = || Select::new().recv(&arx, |v| v).send(&btx, Box::new(1), |_| None);
    assert_eq!(select().wait_timeout(SHORT), Err(SelectTimeoutError));
    assert!(begun.elapsed() >= SHORT);
    assert_eq!(select().wait_deadline(begun), Err(SelectTimeoutError));
    assert_eq!(brx.try_recv(), Err(TryRecvError::Empty), "the send was withdrawn");
    assert!(matches!(atx.try_send(Box::new(2)), Err(TrySendError::Full(_))), "and so was the receive");
    // With something to do it does it, however late it is.
    let (ctx, crx) = channel(1);
    ctx.send(3).unwrap();
    assert_eq!(Select::new().recv(&crx, |v| v).wait_deadline(begun), Ok(Some(3)));
    // Without a case there is the time limit alone.
    assert_eq!(Select::<()>::new().wait_timeout(SHORT), Err(SelectTimeoutError));
    // Woken in time.
    scope(|s| {
        s.spawn(|| assert_eq!(select().wait_timeout(LONG), Ok(Some(Box::new(4)))));
        atx.send(Box::new(4)).unwrap();
    });
}

#[test]
fn loops_over_receivers() {
    let (tx, rx) = channel(10);
    (0..10).for_each(|i| tx.send(i).unwrap());
    assert!(rx.try_iter().take(3).eq(0..3));
    assert!(rx.try_iter().eq(3..10), "ends when there is nothing, though the channel is open");
    let sender = spawn(move || (0..100).for_each(|i| tx.send(i).unwrap()));
    let mut sum = 0;
    for x in &rx {
        sum += x;
        if x == 49 {
            break;
        }
    }
    for x in rx {
        sum += x;
    }
    assert_eq!(sum, 4950);
    sender.join().unwrap();
}

#[test]
fn a_timer_fires_once_and_does_not_close() {
    let begun = Instant::now();
    let (long, short) = (after(2 * SHORT), after(SHORT));
    let at = short.recv().unwrap();
    assert!(at >= begun + SHORT && begun.elapsed() >= SHORT);
    assert!(long.recv().unwrap() >= begun + 2 * SHORT, "one that is due later does not wait for others");
    assert_eq!(short.try_recv(), Err(TryRecvError::Empty));
    assert_eq!(short.recv_timeout(SHORT), Err(RecvTimeoutError::Timeout), "and is not closed");
    // Far away, and beyond the clock.
    assert_eq!(after(LONG).try_recv(), Err(TryRecvError::Empty));
    assert_eq!(after(Duration::MAX).try_recv(), Err(TryRecvError::Empty));
}

#[test]
fn a_ticker_goes_on() {
    let begun = Instant::now();
    let ticks = tick(Duration::from_millis(2));
    let mut last = begun;
    for n in 1..4 {
        let at = ticks.recv().unwrap();
        assert!(at > last && begun.elapsed() >= n * Duration::from_millis(2));
        last = at;
    }
    assert!(std::panic::catch_unwind(|| tick(Duration::ZERO)).is_err());
}

#[test]
fn never_is_never() {
    let rx = never::<u32>();
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    assert!(!rx.is_closed() && rx.sender_count() == 1);
    assert_eq!(Select::new().recv(&rx, |v| v).wait_timeout(SHORT), Err(SelectTimeoutError));
}

#[test]
fn timers_that_are_not_wanted_do_not_stay() {
    // Far more than are kept: the sweep finds that all receivers are gone. (That they go is seen in the crate's own test.)
    for _ in 0..10_000 {
        drop(after(LONG));
    }
    assert!(after(SHORT).recv().is_ok());
}

#[test]
fn a_timer_ends_a_select_between_futures() {
    let (_tx, rx) = future::channel::<u32>(0);
    let limit = future::Receiver::from(after(SHORT));
    let rt = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let late = rt.block_on(async { future::Select::new().recv(&rx, |_| false).recv(&limit, |at| at.is_some()).await });
    assert!(late);
}

#[test]
fn a_weak_sender_does_not_keep_the_channel_open() {
    let (tx, rx) = channel::<u32>(1);
    let weak = tx.downgrade();
    weak.upgrade().unwrap().send(1).unwrap();
    let second = weak.clone().upgrade().unwrap();
    assert_eq!((tx.sender_count(), tx.receiver_count()), (2, 1));
    assert!(second.same_channel(&tx));
    drop((tx, second));
    assert!(weak.upgrade().is_none());
    assert!(rx.is_disconnected());
    assert!(rx.iter().eq([1]));
    // Futures have it too; a channel that was closed by hand still has its ends.
    let (tx, _rx) = future::unbounded::<u32>();
    let weak = tx.downgrade();
    tx.close().unwrap();
    assert_eq!(weak.upgrade().unwrap().try_send(1), Err(TrySendError::Closed(1)));
}

#[test]
fn errors_say_which() {
    let (tx, rx) = channel::<u32>(1);
    tx.send(1).unwrap();
    assert!(tx.is_full() && tx.try_send(2).is_err_and(|e| e.is_full() && !e.is_disconnected() && e.into_inner() == 2));
    assert!(tx.send_timeout(2, SHORT).is_err_and(|e| e.is_timeout() && e.into_inner() == 2));
    drop(tx);
    assert_eq!(rx.recv(), Ok(1));
    assert!(rx.try_recv().is_err_and(|e| e.is_closed() && e.is_disconnected()));
    assert!(rx.recv_timeout(SHORT).is_err_and(|e| e.is_disconnected()));
    assert_eq!(TrySendError::from(SendError(3)), TrySendError::Closed(3));
    let (tx, rx) = unbounded::<u32>();
    assert!(rx.try_recv().is_err_and(|e| e.is_empty()));
    drop(thread::Receiver::clone(&rx));
    assert!(!tx.is_disconnected());
}
