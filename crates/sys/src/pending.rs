//! Signals that came, from handlers to the one thread that looks at them: a set, not a queue, as the kernel keeps it.
//!
//! A handler ([`Pending::send`]) does two things if the signal is wanted: it adds it to `set`, and swaps `asleep` to 0; who finds 1 there wakes
//! the receiver. The receiver ([`Pending::receive`]) takes signals off `set`; if there is none it swaps 1 into `asleep`, looks at `set` once more
//! and sleeps while the word is 1. Of the two swaps one comes after the other: if the receiver's, it sees the signal, if the handler's, that
//! sees that the receiver sleeps.
//!
//! `sending` counts the handlers that may have seen a signal wanted and not added it yet. So that a signal which is not wanted any more is not
//! lost half-way, [`Pending::is_idle`] answers whether all that came while it was wanted has been received *and dealt with*: no handler is
//! between, nothing is in the set, and then the receiver sleeps, which it does only when it asks for the next.
//!
//! Not here: handlers, and what signals mean.

use core::sync::atomic::Ordering::{AcqRel, Acquire};

use crate::Futex;
use crate::signal::Set;

#[cfg(not(loom))]
use core::sync::atomic::{AtomicU32, AtomicU64};
#[cfg(loom)]
use loom::sync::atomic::{AtomicU32, AtomicU64};

/// Signals on their way from handlers to one receiver. All bytes zero at first: none is wanted.
#[derive(Debug)]
pub struct Pending {
    /// What `send` takes.
    wanted: AtomicU64,
    /// What came and was not received.
    set: AtomicU64,
    /// Handlers in `send`.
    sending: AtomicU32,
    /// 1: the receiver sleeps, or is about to.
    asleep: Futex,
}

const fn bit(sig: u32) -> Set {
    match sig {
        1..=64 => 1 << (sig - 1),
        _ => 0,
    }
}

impl Pending {
    /// No signal is wanted.
    #[cfg(not(loom))]
    pub const fn new() -> Pending {
        Pending { wanted: AtomicU64::new(0), set: AtomicU64::new(0), sending: AtomicU32::new(0), asleep: Futex::new(0) }
    }

    /// No signal is wanted.
    #[cfg(loom)]
    pub fn new() -> Pending {
        Pending { wanted: AtomicU64::new(0), set: AtomicU64::new(0), sending: AtomicU32::new(0), asleep: Futex::new(0) }
    }

    /// From now on [`Pending::send`] takes `sig`. Numbers that no signal has are never wanted.
    pub fn want(&self, sig: u32) {
        self.wanted.fetch_or(bit(sig), AcqRel);
    }

    /// [`Pending::send`] does not take `sig` any more; see [`Pending::is_idle`].
    pub fn unwant(&self, sig: u32) {
        self.wanted.fetch_and(!bit(sig), AcqRel);
    }

    /// Whether `sig` is wanted; if so, it will be received. One that came twice before it is received counts once. For handlers: it
    /// never waits, and enters the kernel only to wake the receiver.
    pub fn send(&self, sig: u32) -> bool {
        // AcqRel: before or after the look in `is_idle`, which changes the word, too. If before, that sees this; if after, this sees what
        // `unwant` had done by then.
        self.sending.fetch_add(1, AcqRel);
        let wanted = self.wanted.load(Acquire) & bit(sig) != 0;
        if wanted {
            self.set.fetch_or(bit(sig), AcqRel);
            // AcqRel: before or after the swap in `receive`.
            if self.asleep.swap(0, AcqRel) == 1 {
                self.asleep.wake(1);
            }
        }
        // Release: pairs with the look in `is_idle`, which then sees the signal in the set.
        self.sending.fetch_sub(1, AcqRel);
        wanted
    }

    /// The lowest of the signals that came; sleeps until there is one. By one thread at a time.
    pub fn receive(&self) -> u32 {
        loop {
            if let Some(sig) = self.try_receive() {
                return sig;
            }
            // A swap, as the handlers' is: one comes after the other and sees what came before that. Release: what was done about the signal
            // received last; pairs with the look in `is_idle`.
            self.asleep.swap(1, AcqRel);
            if self.set.load(Acquire) == 0 {
                self.asleep.wait(1, -1);
            }
            // However it was woken; a handler that comes from now on need not wake it. Before what it takes off the set.
            self.asleep.swap(0, AcqRel);
        }
    }

    /// As [`Pending::receive`], without sleeping: none if no signal came.
    pub fn try_receive(&self) -> Option<u32> {
        let set = self.set.load(Acquire);
        if set == 0 {
            return None;
        }
        let sig = set.trailing_zeros() + 1;
        // Release: pairs with the load in `is_idle`, which then sees that the receiver is awake.
        self.set.fetch_and(!bit(sig), AcqRel);
        Some(sig)
    }

    /// Whether everything that was sent was received, and the receiver is back for more. True once is enough: what was not wanted when this
    /// was called will not come later.
    pub fn is_idle(&self) -> bool {
        // In this order: a signal is added while its handler counts, and taken while the receiver is awake.
        self.sending.fetch_add(0, AcqRel) == 0 && self.set.load(Acquire) == 0 && self.asleep.load(Acquire) == 1
    }
}

impl Default for Pending {
    fn default() -> Pending {
        Pending::new()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn what_is_wanted_is_received_once_and_lowest_first() {
        let p = Pending::new();
        assert!(!p.send(10));
        for sig in [0, 1, 10, 64, 65] {
            p.want(sig);
        }
        assert!(!p.send(0) && !p.send(65) && !p.send(2));
        assert!(p.send(64) && p.send(10) && p.send(10) && p.send(1));
        assert_eq!([p.receive(), p.receive(), p.receive()], [1, 10, 64]);
        assert_eq!(p.try_receive(), None);
        assert!(!p.is_idle(), "the receiver is not back");
        p.unwant(10);
        assert!(!p.send(10));
    }

    #[test]
    fn a_sleeping_receiver_is_woken() {
        let p = Arc::new(Pending::new());
        p.want(7);
        let q = p.clone();
        let receiver = std::thread::spawn(move || (0..1000).map(|_| q.receive()).sum::<u32>());
        for _ in 0..1000 {
            assert!(p.send(7));
            while p.set.load(Acquire) != 0 {
                std::thread::yield_now();
            }
        }
        assert_eq!(receiver.join().unwrap(), 7000);
    }
}

#[cfg(all(test, loom))]
mod loom_tests {
    use super::*;
    use loom::sync::Arc;
    use loom::thread;

    fn model(f: impl Fn() + Sync + Send + 'static) {
        let mut builder = loom::model::Builder::new();
        // The model of the futex has locks of its own: without a bound there are too many ways.
        builder.preemption_bound = Some(3);
        builder.check(f);
    }

    /// A handler and a receiver that sleeps: no wake-up is lost.
    #[test]
    fn pending_no_signal_is_lost() {
        model(|| {
            let p = Arc::new(Pending::new());
            p.want(1);
            p.want(2);
            let q = p.clone();
            let sender = thread::spawn(move || assert!(q.send(1) && q.send(2)));
            assert_eq!([p.receive(), p.receive()], [1, 2]);
            sender.join().unwrap();
        });
    }

    /// A signal that was taken while it was wanted has been dealt with when `is_idle` says so after it ceased to be wanted.
    #[test]
    fn pending_idle_means_dealt_with() {
        model(|| {
            let p = Arc::new(Pending::new());
            let dealt = Arc::new(AtomicU32::new(0));
            p.want(1);
            let receiver = {
                let (p, dealt) = (p.clone(), dealt.clone());
                thread::spawn(move || {
                    assert_eq!(p.receive(), 1);
                    dealt.store(1, core::sync::atomic::Ordering::Relaxed);
                    // Back for more, without sleeping for it.
                    p.asleep.store(1, core::sync::atomic::Ordering::Release);
                })
            };
            let sender = {
                let p = p.clone();
                thread::spawn(move || p.send(1))
            };
            p.unwant(1);
            let idle = p.is_idle();
            let before = dealt.load(core::sync::atomic::Ordering::Relaxed);
            // Nothing comes after an idle moment; what was taken before it, has been dealt with.
            if sender.join().unwrap() {
                assert!(!idle || before == 1);
            } else {
                p.want(1);
                assert!(p.send(1));
            }
            receiver.join().unwrap();
        });
    }
}
