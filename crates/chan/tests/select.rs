//! Select on a single thread: what is chosen, what is left behind in the queues, and the contracts
//! around parking.
#![allow(clippy::undocumented_unsafe_blocks)] // every pointer below is to a local of the test
#![cfg(not(shuttle))]

mod common;

use common::{Ch, S, T};
use goxide_chan::*;
use std::ptr::null_mut;

/// A select: everything that has to stay in place.
struct Sel {
    t: Box<T>,
    ws: Vec<Waiter>,
    vs: Vec<u64>,
    cases: Vec<Case>,
    nsends: usize,
    head: *mut Waiter,
}

/// Cases from channels and, for sends, values.
fn sel(sends: &[(*mut Chan, u64)], recvs: &[*mut Chan]) -> Sel {
    let mut vs: Vec<u64> = sends.iter().map(|s| s.1).chain(recvs.iter().map(|_| 999)).collect();
    let base = vs.as_mut_ptr();
    let chans = sends.iter().map(|s| s.0).chain(recvs.iter().copied());
    let cases: Vec<_> = chans.enumerate().map(|(i, chan)| Case { chan, elem: unsafe { base.add(i) }.cast() }).collect();
    Sel { t: Box::default(), ws: Vec::new(), vs, cases, nsends: sends.len(), head: null_mut() }
}

impl Sel {
    fn run(&mut self, s: &S, block: bool) -> Select {
        let mut order = vec![0xdead; 2 * self.cases.len()];
        let ws = &mut self.ws;
        let r = unsafe {
            select_or_enqueue(
                s,
                &self.cases,
                self.nsends,
                &mut order,
                self.t.handle(),
                |n| {
                    ws.resize_with(n, Waiter::new);
                    Waiter::chain(ws.as_mut_ptr(), n)
                },
                block,
            )
        };
        // Either none or all of the locks are held.
        for case in &self.cases {
            if !case.chan.is_null() {
                let free = unsafe { (*case.chan).try_lock() };
                assert_eq!(free, !matches!(r, Select::Parked(_)), "{r:?}");
                if free {
                    unsafe { (*case.chan).unlock() };
                }
            }
        }
        if let Select::Parked(head) = r {
            self.head = head;
            unsafe { select_unlock_after_park(head) };
        }
        r
    }

    fn park(&mut self, s: &S) {
        let r = self.run(s, true);
        assert!(matches!(r, Select::Parked(_)), "{r:?}");
    }

    fn finish(&mut self) -> Finished {
        assert!(self.t.take_ready());
        unsafe { finish_select(self.head) }
    }
}

fn send(s: &S, c: &Chan, v: u64) -> TrySend {
    unsafe { try_send(s, c, (&raw const v).cast()) }
}

fn recv(s: &S, c: &Chan) -> (TryRecv, u64) {
    let mut v = 999u64;
    let r = unsafe { try_recv(s, c, (&raw mut v).cast()) };
    (r, v)
}

fn is_deserted(c: &Chan) -> bool {
    c.is_empty() && !c.recv_hint() && (c.cap() > 0 || !c.send_hint())
}

#[test]
fn default_if_nothing_is_ready() {
    let s = S::default();
    let (a, b) = (Ch::words(0), Ch::words(1));
    assert_eq!(sel(&[(a.ptr(), 1)], &[b.ptr()]).run(&s, false), Select::Default);
    assert_eq!(sel(&[], &[b.ptr()]).run(&s, false), Select::Default);
    assert_eq!(sel(&[], &[]).run(&s, false), Select::Default);
    assert_eq!(sel(&[(null_mut(), 1)], &[null_mut()]).run(&s, false), Select::Default);
}

#[test]
fn nothing_to_wait_for_is_forever() {
    let s = S::default();
    assert_eq!(sel(&[], &[]).run(&s, true), Select::Parked(null_mut()));
    assert_eq!(sel(&[(null_mut(), 1)], &[null_mut()]).run(&s, true), Select::Parked(null_mut()));
}

#[test]
fn picks_what_is_ready() {
    let s = S::default();
    let (a, b) = (Ch::words(1), Ch::words(1));
    assert_eq!(send(&s, &b, 7), TrySend::Done);
    let mut x = sel(&[(b.ptr(), 1)], &[null_mut(), a.ptr(), b.ptr()]);
    assert_eq!(x.run(&s, true), Select::Chosen(3, true));
    assert_eq!(x.vs[3], 7);
    assert_eq!(sel(&[(b.ptr(), 8)], &[a.ptr()]).run(&s, true), Select::Chosen(0, false));
    assert_eq!(recv(&s, &b), (TryRecv::Received, 8));
    unsafe { close(&s, &a).unwrap() };
    let mut x = sel(&[], &[b.ptr(), a.ptr()]);
    assert_eq!(x.run(&s, true), Select::Chosen(1, false));
    assert_eq!(x.vs[1], 0);
    assert_eq!(sel(&[(a.ptr(), 1)], &[b.ptr()]).run(&s, false), Select::SendOnClosed(0));
}

#[test]
fn the_choice_is_even() {
    let s = S::default();
    let cs: Vec<_> = (0..4).map(|_| Ch::words(1)).collect();
    let mut hits = [0; 4];
    for c in &cs {
        assert_eq!(send(&s, c, 1), TrySend::Done);
    }
    for _ in 0..4000 {
        let recvs: Vec<_> = cs.iter().map(Ch::ptr).collect();
        let Select::Chosen(i, true) = sel(&[], &recvs).run(&s, true) else { panic!() };
        hits[i] += 1;
        assert_eq!(send(&s, &cs[i], 1), TrySend::Done);
    }
    // Expected 1000 each, deviation 27.
    assert!(hits.iter().all(|&h| (850..1150).contains(&h)), "{hits:?}");
}

#[test]
fn woken_by_a_send_and_gone_from_everywhere() {
    let s = S::default();
    let (a, b, c) = (Ch::words(0), Ch::words(0), Ch::words(2));
    let mut x = sel(&[(a.ptr(), 5)], &[b.ptr(), c.ptr()]);
    x.park(&s);
    assert_eq!(send(&s, &b, 7), TrySend::Done);
    assert_eq!(send(&s, &b, 8), TrySend::WouldBlock, "one is enough");
    assert_eq!(x.finish(), Finished::Chosen(1, true));
    assert_eq!(x.vs[1], 7);
    for c in [&a, &b, &c] {
        assert!(is_deserted(c));
    }
}

#[test]
fn losers_that_linger_are_skipped() {
    let s = S::default();
    let (a, b) = (Ch::words(0), Ch::words(1));
    let mut x = sel(&[], &[a.ptr(), b.ptr()]);
    x.park(&s);
    assert_eq!(send(&s, &a, 1), TrySend::Done);
    // `x` has won at `a` but not run yet; its waiter is still in `b`'s queue.
    assert_eq!(send(&s, &b, 2), TrySend::Done, "into the buffer");
    assert_eq!(b.len(), 1);
    // And at an unbuffered channel there is no partner: neither for a send, nor for a select.
    let (d, e) = (Ch::words(0), Ch::words(0));
    let mut y = sel(&[], &[d.ptr(), e.ptr()]);
    y.park(&s);
    assert_eq!(send(&s, &d, 3), TrySend::Done);
    assert!(e.send_hint(), "it looks as if");
    assert_eq!(sel(&[(e.ptr(), 4)], &[d.ptr()]).run(&s, false), Select::Default);
    assert_eq!(x.finish(), Finished::Chosen(0, true));
    assert_eq!(y.finish(), Finished::Chosen(0, true));
    assert_eq!((x.vs[0], y.vs[0]), (1, 3));
    assert_eq!(recv(&s, &b), (TryRecv::Received, 2));
}

#[test]
fn woken_by_close() {
    let s = S::default();
    let (a, b) = (Ch::words(0), Ch::words(0));
    let mut x = sel(&[(a.ptr(), 5)], &[b.ptr()]);
    x.park(&s);
    unsafe { close(&s, &b).unwrap() };
    assert_eq!(x.finish(), Finished::Chosen(1, false));
    assert_eq!(x.vs[1], 0);
    let b = Ch::words(0);
    let mut x = sel(&[(a.ptr(), 5)], &[b.ptr()]);
    x.park(&s);
    unsafe { close(&s, &a).unwrap() };
    assert_eq!(x.finish(), Finished::SendOnClosed(0));
    assert!(is_deserted(&b));
}

#[test]
fn two_selects_meet() {
    let s = S::default();
    let (a, b) = (Ch::words(0), Ch::words(0));
    let mut x = sel(&[(a.ptr(), 1), (b.ptr(), 2)], &[]);
    x.park(&s);
    let mut y = sel(&[], &[b.ptr(), a.ptr()]);
    let Select::Chosen(i, true) = y.run(&s, true) else { panic!() };
    assert_eq!(x.finish(), Finished::Chosen(1 - i, false));
    assert_eq!(y.vs[i], [2, 1][i]);
    assert!(is_deserted(&a) && is_deserted(&b));
}

#[test]
fn the_same_channel_many_times_and_both_ways() {
    let s = S::default();
    let a = Ch::words(0);
    let mut x = sel(&[(a.ptr(), 1), (a.ptr(), 2)], &[a.ptr(), a.ptr()]);
    x.park(&s); // and does not meet itself
    let (r, v) = recv(&s, &a);
    assert_eq!((r, v), (TryRecv::Received, x.vs[v as usize - 1]));
    assert_eq!(x.finish(), Finished::Chosen(v as usize - 1, false));
    assert!(is_deserted(&a));
    x.park(&s);
    assert_eq!(send(&s, &a, 9), TrySend::Done);
    let Finished::Chosen(i, true) = x.finish() else { panic!() };
    assert_eq!(x.vs[i], 9);
    assert!(is_deserted(&a));
}

#[test]
fn lock_all_of_locks_each_channel_once() {
    let s = S::default();
    let cs: Vec<_> = (0..5).map(|_| Ch::words(0)).collect();
    let mut recvs: Vec<_> = cs.iter().map(Ch::ptr).collect();
    recvs.extend_from_within(..);
    recvs.push(null_mut());
    let mut x = sel(&[], &recvs);
    x.park(&s);
    unsafe {
        lock_all_of(x.head);
        assert!(cs.iter().all(|c| !c.try_lock()));
        // A stack mover would adjust the slots here; ours moves to new ones.
        let mut moved = vec![0u64; recvs.len()];
        let mut w = x.head;
        let (mut n, mut last) = (0, std::ptr::null());
        while !w.is_null() {
            assert!((*w).chan >= last, "in lock order");
            last = (*w).chan;
            (*w).elem = (&raw mut moved[(*w).case_index as usize]).cast();
            w = (*w).wait_link;
            n += 1;
        }
        assert_eq!(n, 10);
        unlock_all(x.head);
        assert_eq!(send(&s, &cs[2], 6), TrySend::Done);
        let Finished::Chosen(i, true) = x.finish() else { panic!() };
        assert!(i == 2 || i == 7);
        assert_eq!((moved[i], x.vs[i]), (6, 999));
        lock_all_of(null_mut());
        unlock_all(null_mut());
    }
}

#[test]
fn cancelled_selects_leave_no_trace() {
    let s = S::default();
    let (a, b) = (Ch::words(0), Ch::words(0));
    let mut x = sel(&[(a.ptr(), 1)], &[b.ptr()]);
    x.park(&s);
    assert_eq!(unsafe { cancel_select(&s, x.t.handle(), x.head) }, None);
    assert!(is_deserted(&a) && is_deserted(&b));
    x.park(&s);
    assert_eq!(recv(&s, &a), (TryRecv::Received, 1));
    assert!(x.t.take_ready());
    let late = unsafe { cancel_select(&s, x.t.handle(), x.head) };
    assert_eq!(late, Some(Finished::Chosen(0, false)));
    assert!(is_deserted(&a) && is_deserted(&b));
}

#[test]
fn as_many_cases_as_there_may_be() {
    let s = S::default();
    let cs: Vec<_> = (0..1000).map(|_| Ch::words(0)).collect();
    let last = Ch::words(0);
    let mut recvs: Vec<_> = (0..MAX_CASES - 1).map(|i| cs[i % 1000].ptr()).collect();
    recvs.push(last.ptr());
    let mut x = sel(&[], &recvs);
    assert_eq!(x.run(&s, false), Select::Default);
    x.park(&s);
    assert_eq!(send(&s, &last, 77), TrySend::Done);
    assert_eq!(x.finish(), Finished::Chosen(65535, true));
    assert_eq!(x.vs[65535], 77);
    assert!(cs.iter().all(|c| is_deserted(c)));
}
