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

/// A channel, its model, and the operations that have parked so far.
struct Pair {
    s: S,
    c: Ch,
    pointer_free: bool,
    m: Model,
    parked: Vec<Parked>,
    /// By the present operation.
    woken: Woken,
}

impl Pair {
    /// Performs an operation, which sends `v` if it sends.
    fn operate(&mut self, op: Do, mut v: u64) {
        match op {
            Do::TrySend => {
                let r = unsafe { try_send(&self.s, &self.c, (&raw mut v).cast()) };
                assert_eq!(r, self.m.send(v, &mut self.woken));
            }
            Do::TryRecv => {
                let mut v = 999u64;
                let r = unsafe { try_recv(&self.s, &self.c, (&raw mut v).cast()) };
                assert_eq!((r, v), self.m.recv(&self.parked, &mut self.woken));
            }
            Do::LeafSend => self.leaf_send(v),
            Do::LeafRecv => self.leaf_recv(),
            Do::Send => self.send(v),
            Do::Recv => self.recv(),
            Do::Cancel(i) => self.cancel(i),
            Do::GiveBack => self.give_back(v),
            Do::Close => {
                assert_eq!(unsafe { close(&self.s, &self.c) }.is_err(), self.m.closed);
                self.m.closed = true;
                let all = self.m.receivers.drain(..).chain(self.m.senders.drain(..));
                self.woken.extend(all.map(|i| (i, None)));
            }
        }
        self.wake();
        assert_eq!((self.c.len(), self.c.is_closed()), (self.m.buf.len(), self.m.closed));
        assert!(self.c.try_lock());
        unsafe { self.c.unlock() };
    }

    fn leaf_send(&mut self, mut v: u64) {
        let r = match unsafe { try_send_leaf(&self.s, &self.c, (&raw mut v).cast()) } {
            LeafSend::Contended => {
                assert!(!self.pointer_free || self.m.cap == 0 || !self.m.receivers.is_empty());
                return;
            }
            LeafSend::Done => TrySend::Done,
            LeafSend::Closed => TrySend::Closed,
            _ => TrySend::WouldBlock,
        };
        assert_eq!(r, self.m.send(v, &mut self.woken));
        assert!(self.woken.is_empty(), "a leaf wakes nobody");
    }

    fn leaf_recv(&mut self) {
        let mut v = 999u64;
        let r = match unsafe { try_recv_leaf(&self.s, &self.c, (&raw mut v).cast()) } {
            LeafRecv::Contended => {
                assert!(!self.pointer_free || !self.m.senders.is_empty());
                return;
            }
            LeafRecv::Received => TryRecv::Received,
            LeafRecv::ClosedEmpty => TryRecv::ClosedEmpty,
            _ => TryRecv::WouldBlock,
        };
        assert_eq!((r, v), self.m.recv(&self.parked, &mut self.woken));
        assert!(self.woken.is_empty(), "a leaf wakes nobody");
    }

    fn send(&mut self, v: u64) {
        let mut k = Parked { t: Box::default(), w: Box::default(), v: Box::new(v), is_send: true };
        let (elem, t, w) = ((&raw mut *k.v).cast(), k.t.handle(), &raw mut *k.w);
        let r = unsafe { send_or_enqueue(&self.s, &self.c, elem, t, || w) };
        let expected = match self.m.send(v, &mut self.woken) {
            TrySend::Done => Op::Done,
            TrySend::Closed => Op::Closed,
            TrySend::WouldBlock => Op::Parked,
        };
        assert_eq!(r, expected);
        if r == Op::Parked {
            unsafe { unlock_after_park(&self.c) };
            self.m.senders.push_back(self.parked.len());
            self.parked.push(k);
        }
    }

    fn recv(&mut self) {
        let mut k = Parked { t: Box::default(), w: Box::default(), v: Box::new(999), is_send: false };
        let (elem, t, w) = ((&raw mut *k.v).cast(), k.t.handle(), &raw mut *k.w);
        let r = unsafe { recv_or_enqueue(&self.s, &self.c, elem, t, || w) };
        let (expected, got) = self.m.recv(&self.parked, &mut self.woken);
        let expected = match expected {
            TryRecv::Received => Op::Done,
            TryRecv::ClosedEmpty => Op::Closed,
            TryRecv::WouldBlock => Op::Parked,
        };
        assert_eq!((r, *k.v), (expected, got));
        if r == Op::Parked {
            unsafe { unlock_after_park(&self.c) };
            self.m.receivers.push_back(self.parked.len());
            self.parked.push(k);
        }
    }

    /// Gives one of the parked operations up, if it still waits.
    fn cancel(&mut self, i: usize) {
        if self.parked.is_empty() {
            return;
        }
        let i = i % self.parked.len();
        let waits = self.m.senders.contains(&i) || self.m.receivers.contains(&i);
        let k = &mut self.parked[i];
        if !k.w.fired && waits {
            assert!(unsafe { cancel(&mut *k.w) });
            self.m.senders.retain(|&x| x != i);
            self.m.receivers.retain(|&x| x != i);
        }
    }

    fn give_back(&mut self, v: u64) {
        let mut k = Parked { t: Box::default(), w: Box::default(), v: Box::new(v), is_send: true };
        let (elem, t, w) = ((&raw mut *k.v).cast(), k.t.handle(), &raw mut *k.w);
        let r = unsafe { give_back_or_enqueue(&self.s, &self.c, elem, t, w) };
        if let Some(to) = self.m.receivers.pop_front() {
            assert_eq!(r, Op::Done);
            self.woken.push((to, Some(v)));
            return;
        }
        self.m.buf.push_front(v);
        if self.m.buf.len() <= self.m.cap {
            assert_eq!(r, Op::Done);
            return;
        }
        assert_eq!(Some(*k.v), self.m.buf.pop_back());
        if self.m.closed {
            assert_eq!(r, Op::Closed);
        } else {
            assert_eq!(r, Op::Parked);
            unsafe { unlock_after_park(&self.c) };
            self.m.senders.push_front(self.parked.len());
            self.parked.push(k);
        }
    }

    /// Exactly the right tasks were readied, in the right order, with the right outcome.
    fn wake(&mut self) {
        let woken = std::mem::take(&mut self.woken);
        let order: Vec<_> = woken.iter().map(|w| self.parked[w.0].t.handle()).collect();
        assert_eq!(self.s.order.take(), order);
        for (i, moved) in woken {
            let k = &mut self.parked[i];
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
    }
}

fn run(cap: usize, pointer_free: bool, ops: Vec<Do>) {
    let (s, c, m) = (S::default(), Ch::new(cap, 8, pointer_free), Model { cap, ..Model::default() });
    let mut pair = Pair { s, c, pointer_free, m, parked: Vec::new(), woken: Woken::new() };
    for (next, op) in (1u64..).zip(ops) {
        pair.operate(op, next);
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
