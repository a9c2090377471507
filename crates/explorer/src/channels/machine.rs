//! Two real channels, and goroutines that each do one operation and end. There is no scheduler: an operation that must wait leaves its record in
//! the channel's queue, and the goroutine goes on, as far as it goes, when another operation has served it.

use super::world::World;
use crate::random::Random;
use goxide_chan::{
    Case, Chan, Elem, Finished, Op, Select, SendResult, Waiter, cancel, cancel_select, close, finish_recv, finish_select,
    finish_send, recv_or_enqueue, select_or_enqueue, select_unlock_after_park, send_or_enqueue, unlock_after_park,
};
use std::collections::VecDeque;

/// Goroutines that may wait at a time.
const MOST_WAITING: usize = 24;
/// Goroutines that ended and are still shown.
const KEPT: usize = 6;
/// Room in the second channel.
pub const ROOM: usize = 4;

/// A channel with its buffer.
#[derive(Debug)]
pub struct Channel {
    pub(super) name: &'static str,
    pub(super) chan: Box<Chan>,
    /// Reached through `chan` only.
    _room: Box<[u32]>,
}

impl Channel {
    fn new(name: &'static str, cap: usize) -> Channel {
        let mut room = vec![0u32; cap].into_boxed_slice();
        // SAFETY: room for so many elements, which stays as long as the channel: both go together, and boxes do not move what is in them.
        let chan = unsafe { Chan::new(room.as_mut_ptr().cast(), cap, Elem { size: 4, pointer_free: true, ty: 0 }) };
        Channel { name, chan: Box::new(chan), _room: room }
    }
}

/// What a goroutine does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Deed {
    /// Sends a value on a channel.
    Send(usize, u32),
    /// Receives from a channel.
    Receive(usize),
    /// Receives from whichever channel has something.
    SelectReceive,
    /// Sends a value on the first channel, or receives from the second.
    SelectBoth(u32),
}

/// What a waiting goroutine leaves: the records and elements that channels point to. It is allocated by hand, since they do.
struct Left {
    waiters: [Waiter; 2],
    elems: [u32; 2],
}

/// A goroutine that waits.
pub struct Waiting {
    pub(super) id: usize,
    pub(super) deed: Deed,
    left: *mut Left,
}

impl std::fmt::Debug for Waiting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "G{} {:?}", self.id, self.deed)
    }
}

/// The channels and their goroutines.
#[derive(Debug)]
pub struct Channels {
    pub(super) channels: [Channel; 2],
    pub(super) waiting: Vec<Waiting>,
    /// Those that ended last: number and what they say.
    pub(super) ended: VecDeque<(usize, String)>,
    pub(super) random: Random,
    /// What the last action did, in a sentence.
    pub(super) said: String,
    world: World,
    next: usize,
}

impl Default for Channels {
    fn default() -> Channels {
        Channels::begin(Random::new(0xc4a), 1)
    }
}

impl Channels {
    fn begin(mut random: Random, next: usize) -> Channels {
        let seed = random.below(1 << 20) as u64 + 1;
        Channels {
            channels: [Channel::new("a", 0), Channel::new("b", ROOM)],
            waiting: Vec::new(),
            ended: VecDeque::new(),
            world: World::new(Random::new(seed)),
            random,
            said: "Two channels of int: a has no buffer, b has room for four.".into(),
            next,
        }
    }

    /// New channels in place of these, at which nothing waits.
    pub(super) fn renew(&mut self) {
        *self = Channels::begin(self.random.clone(), self.next);
    }

    /// What a deed is in Go.
    pub(super) fn text(&self, deed: Deed) -> String {
        let name = |channel: usize| self.channels[channel].name;
        match deed {
            Deed::Send(channel, value) => format!("{} <- {value}", name(channel)),
            Deed::Receive(channel) => format!("<-{}", name(channel)),
            Deed::SelectReceive => format!("select {{ <-{} | <-{} }}", name(0), name(1)),
            Deed::SelectBoth(value) => format!("select {{ {} <- {value} | <-{} }}", name(0), name(1)),
        }
    }

    /// A new goroutine does something, and others go on whom that served.
    pub(super) fn go(&mut self, deed: Deed) -> Result<(), String> {
        if self.waiting.len() >= MOST_WAITING {
            return Err(format!("{MOST_WAITING} goroutines wait: serve some, or begin anew"));
        }
        let id = self.next;
        self.next += 1;
        let value = match deed {
            Deed::Send(_, value) | Deed::SelectBoth(value) => value,
            _ => 0,
        };
        let left = Box::into_raw(Box::new(Left { waiters: [const { Waiter::new() }; 2], elems: [value, 0] }));
        match self.try_or_wait(id, deed, left) {
            Some(result) => {
                // SAFETY: made above, and nothing refers to it: the deed is done.
                drop(unsafe { Box::from_raw(left) });
                self.said = format!("G{id} did not have to wait: {result}.");
                self.end(id, deed, &result);
            }
            None => {
                self.said = format!("G{id} waits.");
                self.waiting.push(Waiting { id, deed, left });
            }
        }
        self.wake();
        Ok(())
    }

    /// What came of a deed; none if the goroutine waits.
    fn try_or_wait(&self, id: usize, deed: Deed, left: *mut Left) -> Option<String> {
        // SAFETY: records and elements are those of `left`, which stays until the goroutine has ended or was cancelled. It waits, as far as
        // anything runs here, as soon as the operation says so; only then the channel is unlocked. Both channels live as long as the
        // goroutines (see `drop`), and all use this seam.
        unsafe {
            let elem = |i: usize| (&raw mut (*left).elems[i]).cast::<u8>();
            let record = || &raw mut (*left).waiters[0];
            match deed {
                Deed::Send(channel, value) => {
                    let c = &self.channels[channel].chan;
                    match send_or_enqueue(&self.world, c, elem(0), id, record) {
                        Op::Done => Some(format!("sent {value}")),
                        Op::Closed => Some("panics: send on closed channel".into()),
                        Op::Parked => {
                            unlock_after_park(c);
                            None
                        }
                    }
                }
                Deed::Receive(channel) => {
                    let c = &self.channels[channel].chan;
                    match recv_or_enqueue(&self.world, c, elem(0), id, record) {
                        Op::Done => Some(format!("received {}", (*left).elems[0])),
                        Op::Closed => Some("received 0, for the channel is closed".into()),
                        Op::Parked => {
                            unlock_after_park(c);
                            None
                        }
                    }
                }
                Deed::SelectReceive | Deed::SelectBoth(_) => {
                    let nsends = usize::from(deed != Deed::SelectReceive);
                    let chan = |i: usize| &raw const *self.channels[i].chan;
                    let cases = [0, 1].map(|i| Case { chan: chan(i).cast_mut(), elem: elem(i) });
                    let chain = |_| Waiter::chain(record(), 2);
                    match select_or_enqueue(&self.world, &cases, nsends, &mut [0; 4], id, chain, true) {
                        Select::Chosen(case, got) => Some(self.chose(deed, case, got, left)),
                        Select::SendOnClosed(_) | Select::Default => Some("panics: send on closed channel".into()),
                        Select::Parked(head) => {
                            select_unlock_after_park(head);
                            None
                        }
                    }
                }
            }
        }
    }

    /// What a select did.
    ///
    /// # Safety
    /// `left` is the goroutine's, whose select has ended.
    unsafe fn chose(&self, deed: Deed, case: usize, got: bool, left: *mut Left) -> String {
        let name = self.channels[case].name;
        // SAFETY: `left` is the goroutine's (this function's contract), and no channel refers to it any more.
        let value = unsafe { (*left).elems[case] };
        match (deed, case, got) {
            (Deed::SelectBoth(value), 0, _) => format!("chose {name} and sent {value}"),
            (_, _, true) => format!("chose {name} and received {value}"),
            (_, _, false) => format!("chose {name}, which is closed"),
        }
    }

    /// Those that were woken find out what became of their deeds.
    fn wake(&mut self) {
        for id in self.world.take_woken() {
            let Some(i) = self.waiting.iter().position(|g| g.id == id) else { continue };
            let Waiting { deed, left, .. } = self.waiting.remove(i);
            // SAFETY: the goroutine waited with the records in `left` and was readied; afterwards no channel refers to it, and it is freed once.
            let result = unsafe {
                let w = &raw mut (*left).waiters[0];
                let result = match deed {
                    Deed::Send(_, value) => match finish_send(w) {
                        SendResult::Sent => format!("sent {value}"),
                        SendResult::Closed => "panics: send on closed channel".into(),
                    },
                    Deed::Receive(_) if finish_recv(w) => format!("received {}", (*left).elems[0]),
                    Deed::Receive(_) => "received 0, for the channel was closed".into(),
                    // The chain begins with the record of the channel at the lower address.
                    Deed::SelectReceive | Deed::SelectBoth(_) => match finish_select(w) {
                        Finished::Chosen(case, got) => self.chose(deed, case, got, left),
                        Finished::SendOnClosed(_) => "panics: send on closed channel".into(),
                    },
                };
                drop(Box::from_raw(left));
                result
            };
            self.said += &format!(" G{id} was woken: {result}.");
            self.end(id, deed, &result);
        }
    }

    fn end(&mut self, id: usize, deed: Deed, result: &str) {
        self.ended.push_front((id, format!("{} {result}", self.text(deed))));
        self.ended.truncate(KEPT);
    }

    /// Closes a channel, which wakes all that wait there.
    pub(super) fn close(&mut self, channel: usize) -> Result<(), String> {
        let Channel { name, chan, .. } = &self.channels[channel];
        // SAFETY: the channel lives, and all its operations use this seam.
        let closed = unsafe { close(&self.world, chan) };
        closed.map_err(|_| format!("panic: close of closed channel {name}"))?;
        self.said = format!("{name} was closed: no goroutine waits there any more.");
        self.wake();
        Ok(())
    }
}

impl Drop for Channels {
    fn drop(&mut self) {
        for Waiting { id, deed, left } in self.waiting.drain(..) {
            // SAFETY: the goroutine still waits, since all that were woken are off this list; taken off its queues, nothing refers to what it
            // left, which is freed once.
            unsafe {
                let w = &raw mut (*left).waiters[0];
                let undone = match deed {
                    Deed::Send(..) | Deed::Receive(_) => cancel(w),
                    Deed::SelectReceive | Deed::SelectBoth(_) => cancel_select(&self.world, id, w).is_none(),
                };
                assert!(undone, "a goroutine was served and not woken");
                drop(Box::from_raw(left));
            }
        }
    }
}
