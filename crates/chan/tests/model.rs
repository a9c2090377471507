//! Random operations against the plainest model there is: a `VecDeque`, and two of waiting tasks.
#![allow(clippy::undocumented_unsafe_blocks)] // every pointer below is to something boxed
#![cfg(not(shuttle))]

mod common;

use common::{Ch, S, T};
use goxide_chan::*;
use proptest::prelude::*;
use std::collections::VecDeque;

#[derive(Clone, Debug)]
enum Do {
    TrySend,
    TryRecv,
    LeafSend,
    LeafRecv,
    Send,
    Recv,
    Cancel(usize),
    GiveBack,
    Close,
}

fn any_op() -> impl Strategy<Value = Do> {
    prop_oneof![
        6 => Just(Do::TrySend),
        6 => Just(Do::TryRecv),
        3 => Just(Do::LeafSend),
        3 => Just(Do::LeafRecv),
        6 => Just(Do::Send),
        6 => Just(Do::Recv),
        2 => any::<usize>().prop_map(Do::Cancel),
        1 => Just(Do::GiveBack),
        1 => Just(Do::Close),
    ]
}

struct Parked {
    t: Box<T>,
    w: Box<Waiter>,
    v: Box<u64>,
    is_send: bool,
}

/// The model: what is buffered, who waits (by index into the list of parked operations).
#[derive(Default)]
struct Model {
    cap: usize,
    buf: VecDeque<u64>,
    senders: VecDeque<usize>,
    receivers: VecDeque<usize>,
    closed: bool,
}

/// What a woken task must find: the element moved, or (`None`) that the channel was closed.
type Woken = Vec<(usize, Option<u64>)>;

impl Model {
    fn send(&mut self, v: u64, woken: &mut Woken) -> TrySend {
        if self.closed {
            TrySend::Closed
        } else if let Some(r) = self.receivers.pop_front() {
            woken.push((r, Some(v)));
            TrySend::Done
        } else if self.buf.len() < self.cap {
            self.buf.push_back(v);
            TrySend::Done
        } else {
            TrySend::WouldBlock
        }
    }

    fn recv(&mut self, parked: &[Parked], woken: &mut Woken) -> (TryRecv, u64) {
        if let Some(s) = self.senders.pop_front() {
            let v = *parked[s].v;
            woken.push((s, Some(v)));
            self.buf.push_back(v);
        }
        match self.buf.pop_front() {
            Some(v) => (TryRecv::Received, v),
            None if self.closed => (TryRecv::ClosedEmpty, 0),
            None => (TryRecv::WouldBlock, 999),
        }
    }
}

fn run(cap: usize, pointer_free: bool, ops: Vec<Do>) {
    let (s, c) = (S::default(), Ch::new(cap, 8, pointer_free));
    let mut m = Model { cap, ..Model::default() };
    let mut parked: Vec<Parked> = Vec::new();
    for (next, op) in (1u64..).zip(ops) {
        let mut woken = Woken::new();
        let mut v = next;
        let elem: *mut u8 = (&raw mut v).cast();
        match op {
            Do::TrySend => {
                assert_eq!(unsafe { try_send(&s, &c, elem) }, m.send(v, &mut woken));
            }
            Do::TryRecv => {
                v = 999;
                let r = unsafe { try_recv(&s, &c, elem) };
                assert_eq!((r, v), m.recv(&parked, &mut woken));
            }
            Do::LeafSend => match unsafe { try_send_leaf(&s, &c, elem) } {
                LeafSend::Contended => {
                    assert!(!pointer_free || cap == 0 || !m.receivers.is_empty());
                }
                r => {
                    let r = match r {
                        LeafSend::Done => TrySend::Done,
                        LeafSend::Closed => TrySend::Closed,
                        _ => TrySend::WouldBlock,
                    };
                    assert_eq!(r, m.send(v, &mut woken));
                    assert!(woken.is_empty(), "a leaf wakes nobody");
                }
            },
            Do::LeafRecv => {
                v = 999;
                match unsafe { try_recv_leaf(&s, &c, elem) } {
                    LeafRecv::Contended => assert!(!pointer_free || !m.senders.is_empty()),
                    r => {
                        let r = match r {
                            LeafRecv::Received => TryRecv::Received,
                            LeafRecv::ClosedEmpty => TryRecv::ClosedEmpty,
                            _ => TryRecv::WouldBlock,
                        };
                        assert_eq!((r, v), m.recv(&parked, &mut woken));
                        assert!(woken.is_empty(), "a leaf wakes nobody");
                    }
                }
            }
            Do::Send | Do::Recv => {
                let is_send = matches!(op, Do::Send);
                let v = if is_send { v } else { 999 };
                let mut k = Parked { t: Box::default(), w: Box::default(), v: Box::new(v), is_send };
                let (elem, t, w) = ((&raw mut *k.v).cast(), k.t.handle(), &raw mut *k.w);
                let r = unsafe {
                    if is_send { send_or_enqueue(&s, &c, elem, t, || w) } else { recv_or_enqueue(&s, &c, elem, t, || w) }
                };
                if r == Op::Parked {
                    unsafe { unlock_after_park(&c) };
                }
                let expected = if is_send {
                    match m.send(v, &mut woken) {
                        TrySend::Done => Op::Done,
                        TrySend::Closed => Op::Closed,
                        TrySend::WouldBlock => Op::Parked,
                    }
                } else {
                    let (r, got) = m.recv(&parked, &mut woken);
                    assert_eq!(*k.v, got);
                    match r {
                        TryRecv::Received => Op::Done,
                        TryRecv::ClosedEmpty => Op::Closed,
                        TryRecv::WouldBlock => Op::Parked,
                    }
                };
                assert_eq!(r, expected);
                if r == Op::Parked {
                    let q = if is_send { &mut m.senders } else { &mut m.receivers };
                    q.push_back(parked.len());
                    parked.push(k);
                }
            }
            Do::Cancel(i) => {
                if !parked.is_empty() {
                    let i = i % parked.len();
                    let waits = m.senders.contains(&i) || m.receivers.contains(&i);
                    let k = &mut parked[i];
                    if !k.w.fired && waits {
                        assert!(unsafe { cancel(&mut *k.w) });
                        m.senders.retain(|&x| x != i);
                        m.receivers.retain(|&x| x != i);
                    }
                }
            }
            Do::GiveBack => {
                let mut k = Parked { t: Box::default(), w: Box::default(), v: Box::new(v), is_send: true };
                let (elem, t, w) = ((&raw mut *k.v).cast(), k.t.handle(), &raw mut *k.w);
                let r = unsafe { give_back_or_enqueue(&s, &c, elem, t, w) };
                if let Some(to) = m.receivers.pop_front() {
                    assert_eq!(r, Op::Done);
                    woken.push((to, Some(v)));
                } else {
                    m.buf.push_front(v);
                    if m.buf.len() <= cap {
                        assert_eq!(r, Op::Done);
                    } else {
                        assert_eq!(Some(*k.v), m.buf.pop_back());
                        if m.closed {
                            assert_eq!(r, Op::Closed);
                        } else {
                            assert_eq!(r, Op::Parked);
                            unsafe { unlock_after_park(&c) };
                            m.senders.push_front(parked.len());
                            parked.push(k);
                        }
                    }
                }
            }
            Do::Close => {
                assert_eq!(unsafe { close(&s, &c) }.is_err(), m.closed);
                m.closed = true;
                let all = m.receivers.drain(..).chain(m.senders.drain(..));
                woken.extend(all.map(|i| (i, None)));
            }
        }
        // Exactly the right tasks were readied, in the right order, with the right outcome.
        let order: Vec<_> = woken.iter().map(|w| parked[w.0].t.handle()).collect();
        assert_eq!(s.order.take(), order);
        for (i, moved) in woken {
            let k = &mut parked[i];
            assert!(k.t.take_ready());
            unsafe {
                if k.is_send {
                    assert_eq!(finish_send(&mut *k.w) == SendResult::Sent, moved.is_some());
                } else {
                    assert_eq!(finish_recv(&mut *k.w), moved.is_some());
                    assert_eq!(*k.v, moved.unwrap_or(0));
                }
            }
        }
        assert_eq!((c.len(), c.is_closed()), (m.buf.len(), m.closed));
        assert!(c.try_lock());
        unsafe { c.unlock() };
    }
}

proptest! {
    #[test]
    fn behaves_like_the_model(
        cap in 0usize..5,
        pointer_free in any::<bool>(),
        ops in proptest::collection::vec(any_op(), 0..200),
    ) {
        run(cap, pointer_free, ops);
    }
}
