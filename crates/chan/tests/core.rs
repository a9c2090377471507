//! The core's operations one by one, on a single thread: what returns what, who is woken, in which
//! order, with which element.
#![allow(clippy::undocumented_unsafe_blocks)] // every pointer below is to a local of the test
#![cfg(not(shuttle))]

mod common;

use common::{Ch, S, T};
use goxide_chan::*;
use std::ptr::{null_mut, without_provenance_mut};

fn p<X>(x: &mut X) -> *mut u8 {
    (x as *mut X).cast()
}

fn send(s: &S, c: &Chan, mut v: u64) -> TrySend {
    unsafe { try_send(s, c, p(&mut v)) }
}

fn recv(s: &S, c: &Chan) -> (TryRecv, u64) {
    let mut v = 999;
    let r = unsafe { try_recv(s, c, p(&mut v)) };
    (r, v)
}

/// A parked operation: everything that has to stay in place.
struct Parked {
    t: Box<T>,
    w: Box<Waiter>,
    v: Box<u64>,
}

fn park_recv(s: &S, c: &Chan) -> Parked {
    let mut k = Parked { t: Box::default(), w: Box::default(), v: Box::new(999) };
    unsafe {
        assert_eq!(recv_or_enqueue(s, c, p(&mut *k.v), k.t.handle(), || &mut *k.w), Op::Parked);
        assert!(!c.try_lock(), "parked with the lock held");
        unlock_after_park(c);
    }
    k
}

fn park_send(s: &S, c: &Chan, v: u64) -> Parked {
    let mut k = Parked { t: Box::default(), w: Box::default(), v: Box::new(v) };
    unsafe {
        assert_eq!(send_or_enqueue(s, c, p(&mut *k.v), k.t.handle(), || &mut *k.w), Op::Parked);
        assert!(!c.try_lock(), "parked with the lock held");
        unlock_after_park(c);
    }
    k
}

#[test]
fn buffered_is_fifo_and_wraps() {
    let (s, c) = (S::default(), Ch::words(3));
    let mut next_in = 0;
    let mut next_out = 0;
    for round in 0..10 {
        for _ in 0..=(round % 3) {
            assert_eq!(send(&s, &c, next_in), TrySend::Done);
            next_in += 1;
        }
        assert_eq!(c.len() as u64, next_in - next_out);
        while next_out < next_in {
            assert_eq!(recv(&s, &c), (TryRecv::Received, next_out));
            next_out += 1;
        }
        assert_eq!(recv(&s, &c), (TryRecv::WouldBlock, 999), "untouched");
    }
    assert_eq!((c.len(), c.cap()), (0, 3));
}

#[test]
fn full_and_unbuffered_would_block() {
    let s = S::default();
    let c = Ch::words(1);
    assert_eq!(send(&s, &c, 1), TrySend::Done);
    assert_eq!(send(&s, &c, 2), TrySend::WouldBlock);
    let c = Ch::words(0);
    assert_eq!(send(&s, &c, 1), TrySend::WouldBlock);
    assert_eq!(recv(&s, &c), (TryRecv::WouldBlock, 999));
}

#[test]
fn closed_drains_then_clears() {
    let (s, c) = (S::default(), Ch::words(2));
    assert_eq!(send(&s, &c, 7), TrySend::Done);
    unsafe {
        assert_eq!(close(&s, &c), Ok(()));
        assert_eq!(close(&s, &c), Err(AlreadyClosed));
    }
    assert!(c.is_closed());
    assert_eq!(send(&s, &c, 8), TrySend::Closed);
    assert_eq!(recv(&s, &c), (TryRecv::Received, 7));
    assert_eq!(recv(&s, &c), (TryRecv::ClosedEmpty, 0));
    // All shapes agree, and none left the lock held.
    let (t, mut v) = (T::default(), 5u64);
    unsafe {
        assert_eq!(send_or_enqueue(&s, &c, p(&mut v), t.handle(), || unreachable!("it does not wait")), Op::Closed);
        assert_eq!(recv_or_enqueue(&s, &c, p(&mut v), t.handle(), || unreachable!("it does not wait")), Op::Closed);
        assert_eq!(v, 0);
        assert_eq!(try_send_leaf(&s, &c, p(&mut v)), LeafSend::Closed);
        v = 5;
        assert_eq!(try_recv_leaf(&s, &c, p(&mut v)), LeafRecv::ClosedEmpty);
        assert_eq!(v, 0);
    }
    assert!(c.try_lock());
}

#[test]
fn hand_off_to_waiting_receivers_in_order() {
    let (s, c) = (S::default(), Ch::words(0));
    let mut a = park_recv(&s, &c);
    let mut b = park_recv(&s, &c);
    assert_eq!(send(&s, &c, 1), TrySend::Done);
    assert!(a.t.take_ready() && !b.t.take_ready());
    assert!(a.w.elem.is_null(), "a served slot is nobody's business any more");
    assert_eq!(send(&s, &c, 2), TrySend::Done);
    assert!(b.t.take_ready());
    assert_eq!(send(&s, &c, 3), TrySend::WouldBlock);
    unsafe {
        assert!(finish_recv(&mut *a.w) && finish_recv(&mut *b.w));
    }
    assert_eq!((*a.v, *b.v), (1, 2));
}

#[test]
fn waiting_senders_refill_the_buffer_in_order() {
    let (s, c) = (S::default(), Ch::words(2));
    for v in 0..2 {
        assert_eq!(send(&s, &c, v), TrySend::Done);
    }
    let mut a = park_send(&s, &c, 2);
    let b = park_send(&s, &c, 3);
    assert_eq!(recv(&s, &c), (TryRecv::Received, 0));
    assert!(a.t.take_ready() && !b.t.take_ready());
    assert_eq!(c.len(), 2);
    unsafe { assert_eq!(finish_send(&mut *a.w), SendResult::Sent) };
    for v in 1..4 {
        assert_eq!(recv(&s, &c), (TryRecv::Received, v));
    }
    assert!(b.t.take_ready());
    assert_eq!(recv(&s, &c), (TryRecv::WouldBlock, 999));
}

#[test]
fn unbuffered_sender_is_received_from_directly() {
    let (s, c) = (S::default(), Ch::words(0));
    let mut a = park_send(&s, &c, 5);
    assert_eq!(recv(&s, &c), (TryRecv::Received, 5));
    unsafe { assert_eq!(finish_send(&mut *a.w), SendResult::Sent) };
    // A receive that drops the element works too.
    let a = park_send(&s, &c, 6);
    unsafe { assert_eq!(try_recv(&s, &c, null_mut()), TryRecv::Received) };
    assert!(a.t.take_ready());
}

#[test]
fn close_wakes_everybody_once_in_order() {
    let (s, c) = (S::default(), Ch::words(0));
    let mut rs: Vec<_> = (0..3).map(|_| park_recv(&s, &c)).collect();
    unsafe { close(&s, &c).unwrap() };
    let order: Vec<_> = rs.iter().map(|r| r.t.handle()).collect();
    assert_eq!(*s.order.borrow(), order);
    for r in &mut rs {
        assert!(r.t.take_ready());
        assert!(unsafe { !finish_recv(&mut *r.w) });
        assert_eq!(*r.v, 0, "cleared");
    }
    let c = Ch::words(1);
    assert_eq!(send(&s, &c, 1), TrySend::Done);
    let mut a = park_send(&s, &c, 2);
    unsafe {
        close(&s, &c).unwrap();
        assert!(a.t.take_ready());
        assert_eq!(finish_send(&mut *a.w), SendResult::Closed);
    }
    assert_eq!(recv(&s, &c), (TryRecv::Received, 1), "what was buffered stays");
    assert_eq!(recv(&s, &c), (TryRecv::ClosedEmpty, 0));
}

#[test]
fn leaf_does_the_buffer_and_nothing_else() {
    let (s, c) = (S::default(), Ch::words(1));
    let mut v = 3u64;
    unsafe {
        assert_eq!(try_recv_leaf(&s, &c, p(&mut v)), LeafRecv::WouldBlock);
        assert_eq!(try_send_leaf(&s, &c, p(&mut v)), LeafSend::Done);
        assert_eq!(try_send_leaf(&s, &c, p(&mut v)), LeafSend::WouldBlock);
        v = 0;
        assert_eq!(try_recv_leaf(&s, &c, p(&mut v)), LeafRecv::Received);
        assert_eq!(v, 3);
        // The lock is taken.
        c.lock();
        assert_eq!(try_send_leaf(&s, &c, p(&mut v)), LeafSend::Contended);
        c.unlock();
        // A waiter would have to be woken.
        let r = park_recv(&s, &c);
        assert_eq!(try_send_leaf(&s, &c, p(&mut v)), LeafSend::Contended);
        assert!(!r.t.take_ready());
        assert_eq!(send(&s, &c, 1), TrySend::Done);
        assert_eq!(send(&s, &c, 2), TrySend::Done);
        let w = park_send(&s, &c, 3);
        assert_eq!(try_recv_leaf(&s, &c, p(&mut v)), LeafRecv::Contended);
        assert!(!w.t.take_ready());
        assert!(c.try_lock());
        c.unlock();
        assert_eq!(recv(&s, &c), (TryRecv::Received, 2));
        // Elements with pointers are not a leaf's business.
        let c = Ch::new(1, 8, false);
        assert_eq!(try_send_leaf(&s, &c, p(&mut v)), LeafSend::Contended);
    }
}

#[test]
fn every_size_goes_through_whole() {
    let s = S::default();
    for size in [0usize, 1, 2, 3, 4, 5, 7, 8, 9, 12, 16, 17, 24, 32, 100, 4096] {
        for pointer_free in [true, false] {
            let c = Ch::new(3, size, pointer_free);
            for round in 0..5u8 {
                let src: Vec<u8> = (0..size).map(|i| i as u8 ^ round).collect();
                let mut dst = vec![0xee; size + 1];
                unsafe {
                    assert_eq!(try_send(&s, &c, src.as_ptr()), TrySend::Done);
                    assert_eq!(try_recv(&s, &c, dst.as_mut_ptr()), TryRecv::Received);
                }
                assert_eq!(dst.pop(), Some(0xee), "not a byte too many");
                assert_eq!(dst, src);
                if !pointer_free {
                    assert!(c.raw().iter().all(|&b| b == 0), "nothing is retained");
                }
            }
        }
    }
}

#[test]
fn barriers_are_asked_for_the_right_moves() {
    let (s, c) = (S::default(), Ch::new(1, 8, false));
    let counts = || (s.copies.take(), s.hands.take(), s.clears.take());
    assert_eq!(send(&s, &c, 1), TrySend::Done);
    assert_eq!(counts(), (1, 0, 0));
    let _a = park_send(&s, &c, 2);
    assert_eq!(recv(&s, &c), (TryRecv::Received, 1));
    assert_eq!(counts(), (1, 1, 0), "out of the buffer; across tasks into it");
    assert_eq!(recv(&s, &c), (TryRecv::Received, 2));
    assert_eq!(counts(), (1, 0, 1), "out, and the slot cleared");
    let _b = park_recv(&s, &c);
    assert_eq!(send(&s, &c, 3), TrySend::Done);
    assert_eq!(counts(), (0, 1, 0));
    let _c = park_recv(&s, &c);
    unsafe { close(&s, &c).unwrap() };
    assert_eq!(counts(), (0, 0, 1));
    assert_eq!(recv(&s, &c), (TryRecv::ClosedEmpty, 0));
    assert_eq!(counts(), (0, 0, 1));
}

#[test]
fn zero_size_elements_need_no_memory() {
    let s = S::default();
    let elem = Elem { size: 0, pointer_free: true, ty: 0 };
    let c = unsafe { Chan::new(without_provenance_mut(8), usize::MAX, elem) };
    unsafe {
        for _ in 0..1000 {
            assert_eq!(try_send(&s, &c, null_mut()), TrySend::Done);
        }
        assert_eq!(c.len(), 1000);
        assert_eq!(try_recv(&s, &c, null_mut()), TryRecv::Received);
    }
    assert_eq!(c.len(), 999);
}

#[test]
fn cancel_leaves_from_anywhere() {
    let (s, c) = (S::default(), Ch::words(0));
    for gone in 0..3 {
        let mut rs: Vec<_> = (0..3).map(|_| park_recv(&s, &c)).collect();
        assert!(unsafe { cancel(&mut *rs[gone].w) });
        let left: Vec<_> = (0..3).filter(|&i| i != gone).collect();
        for &i in &left {
            assert_eq!(send(&s, &c, i as u64), TrySend::Done);
            assert!(rs[i].t.take_ready());
            assert_eq!(*rs[i].v, i as u64);
        }
        assert!(unsafe { !cancel(&mut *rs[left[0]].w) }, "too late");
        assert_eq!(send(&s, &c, 9), TrySend::WouldBlock);
        assert!(!rs[gone].t.take_ready());
    }
}

#[test]
fn given_back_elements_come_first() {
    let s = S::default();
    let give = |c: &Chan, v: u64| {
        let mut k = Parked { t: Box::default(), w: Box::default(), v: Box::new(v) };
        let op = unsafe {
            let op = give_back_or_enqueue(&s, c, p(&mut *k.v), k.t.handle(), &mut *k.w);
            if op == Op::Parked {
                unlock_after_park(c);
            }
            op
        };
        (op, k)
    };
    for cap in 0..4 {
        let c = Ch::words(cap);
        for v in 0..cap as u64 {
            assert_eq!(send(&s, &c, v + 10), TrySend::Done);
        }
        let _waiting = park_send(&s, &c, cap as u64 + 10);
        let (op, _k) = give(&c, 9);
        assert_eq!(op, Op::Parked);
        for v in 9..=cap as u64 + 10 {
            assert_eq!(recv(&s, &c), (TryRecv::Received, v), "capacity {cap}");
        }
        let r = park_recv(&s, &c);
        assert_eq!(give(&c, 5).0, Op::Done);
        assert_eq!(*r.v, 5);
        if cap > 0 {
            assert_eq!(give(&c, 2).0, Op::Done);
            assert_eq!(recv(&s, &c), (TryRecv::Received, 2));
        }
        unsafe { close(&s, &c).unwrap() };
        assert_eq!(give(&c, 2).0, if cap > 0 { Op::Done } else { Op::Closed });
    }
}
