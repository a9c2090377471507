//! Channels: goxide-chan over goroutines, compiled for Go here once. A blocking operation runs on g0; if it cannot finish, its wait
//! record is enqueued, the goroutine is parked, and the finish half runs when it is woken, before it goes on at the entry's stub
//! with the result.
//!
//! Not here: what compiled code calls, and what needs no waiting (crate `entries`); the records' memory ([`crate::waiters`]).

use crate::memory::{GoMem, touch};
use crate::raise::{plain, plain_when_resumed};
use crate::reason::Reason;
use crate::records::Finish;
use crate::state::{G, RT, g};
use crate::token::{Processor, Shared, System};
use crate::wait_profile;
use crate::waiters::{give_chain, give_waiter, take_waiter};
use crate::words::Two;
use core::ptr::null_mut;
use core::sync::atomic::Ordering;
use goxide_chan::{Chan, Waiter, ops, select};
use goxide_gotypes::mem;
use goxide_gotypes::text::fault::msg;
use goxide_gotypes::types::Type;
use goxide_sched::Resume;

/// Looks at the headers of channels before a lock is taken: a program's bad pointer to one faults here, where the fault is the goroutine's. For
/// operations that do not take the lock at once in Go either; the others end the program.
///
/// # Safety
/// Each is null or a channel, if the program's pointer is right. In a system entry, in which no region is open.
#[inline]
pub unsafe fn look_at(chans: impl IntoIterator<Item = *const Chan>) {
    touch(|by| {
        for c in chans.into_iter().filter(|c| !c.is_null()) {
            // SAFETY: a channel's header, if the program's pointer is right (this function's contract).
            unsafe { mem::raw::probe(by, c.cast(), size_of::<Chan>()) };
        }
    });
}

/// The seam: while it is there, it has the token.
#[derive(Clone, Copy)]
pub struct GoChans<'t>(Shared<'t>);

impl<'t> GoChans<'t> {
    /// For an operation on this thread's processor.
    #[inline(always)]
    pub fn of(proc: Processor<'t>) -> GoChans<'t> {
        GoChans(proc.share())
    }

    /// For moves alone.
    #[inline(always)]
    fn mem(self) -> GoMem<'t> {
        // SAFETY: nothing is allocated with it.
        unsafe { GoMem::of(self.0) }
    }

    /// A wait record.
    #[inline(always)]
    fn record(self) -> *mut Waiter {
        // SAFETY: no other method of this runs meanwhile, nor is anything borrowed that one gave.
        take_waiter(unsafe { self.0.processor() })
    }

    /// A wait record, which is the goroutine's from here on.
    ///
    /// # Safety
    /// `t` is this thread's goroutine.
    #[inline(always)]
    unsafe fn record_for(self, t: *mut G) -> *mut Waiter {
        let w = self.record();
        // SAFETY: the goroutine is this thread's (this function's contract), and so is the record.
        unsafe {
            (*w).user = wait_profile::began();
            (*t).waiting = w.cast();
        }
        w
    }
}

// SAFETY: a goroutine's `select_done` word decides its race; copies are typed and move a whole element.
unsafe impl goxide_chan::Seam for GoChans<'_> {
    type Task = *mut G;

    unsafe fn ready(&self, t: *mut G, w: *mut Waiter) {
        // SAFETY: `t` was taken off the queue where it waited (the trait's contract), so to ready it is ours, and its record, whose word
        // `stamp` set, is nothing else's until then; this is g0 of a thread with a processor.
        unsafe {
            if (*w).user != 0 {
                (*w).user = wait_profile::since((*w).user);
            }
            RT.sched.ready(t, true)
        }
    }

    unsafe fn copy_elem(&self, c: &Chan, dst: *mut u8, src: *const u8) {
        // SAFETY: the word is the element type's descriptor; both point to an element (the trait's contract).
        unsafe { mem::moves::move_value(&self.mem(), c.elem_type() as *const Type, dst, src) }
    }

    unsafe fn clear_elem(&self, c: &Chan, dst: *mut u8) {
        // SAFETY: the word is the element type's descriptor, and `dst` points to an element (the trait's contract).
        unsafe { mem::moves::clear_value(&self.mem(), c.elem_type() as *const Type, dst) }
    }

    #[inline]
    fn is_plain(&self, c: &Chan) -> bool {
        c.is_pointer_free() || !crate::barrier::is_on()
    }

    unsafe fn arm(&self, t: *mut G) {
        // SAFETY: the goroutine's own word.
        unsafe { (*t).select_done.store(0, Ordering::Relaxed) }
    }

    unsafe fn claim(&self, t: *mut G) -> bool {
        // SAFETY: descriptors are never freed. The exchange pairs with others of its kind: one wins.
        unsafe { (*t).select_done.compare_exchange(0, 1, Ordering::AcqRel, Ordering::Relaxed).is_ok() }
    }

    fn random(&self, n: u32) -> u32 {
        crate::random::random_below(n)
    }
}

/// Parks the goroutine for good.
///
/// # Safety
/// In a system entry of a goroutine that nothing will ready.
pub unsafe fn park_forever(_: System<'_>, reason: Reason) -> ! {
    // SAFETY: on g0 of this thread's goroutine, which is not woken (this function's contract).
    unsafe { RT.sched.park_on_g0(g(), None, 0, reason) }
}

/// Parks the goroutine at the channel that it has just queued up at, and which is still locked.
///
/// # Safety
/// In a system entry of `t`, which has queued up at `c`, left locked, with a wait record of its own; `half` is what completes that.
unsafe fn park_at(_: System<'_>, t: *mut G, c: &Chan, half: Finish, reason: Reason) -> ! {
    /// # Safety
    /// As an `Unlock` of the scheduler's; `c` is the address of a channel that an operation left locked when it parked.
    unsafe fn unlock(_t: *mut G, c: usize) -> bool {
        // SAFETY: the channel was left locked by the operation that parked, and lives as long as a goroutine waits at it.
        unsafe { ops::unlock_after_park(&*(c as *const Chan)) }
        true
    }
    // SAFETY: on g0 of this thread's goroutine, which a waker finds by its record once the channel is unlocked.
    unsafe {
        (*t).resume = Resume::Finish(half);
        RT.sched.park_on_g0(t, Some(unlock), core::ptr::from_ref(c) as usize, reason)
    }
}

/// Takes the finished wait records off the goroutine.
///
/// # Safety
/// `t` is about to run on this thread, after it parked with a record or a chain of them.
unsafe fn take_records(t: *mut G) -> *mut Waiter {
    // SAFETY: the goroutine is about to run on this thread.
    unsafe { core::mem::replace(&mut (*t).waiting, null_mut()).cast() }
}

/// Sends, parking if need be.
///
/// # Safety
/// In a system entry without a result other than what is in the goroutine's context; the channel is null or compiled code's, the
/// element is in the caller's frame or in the heap.
pub unsafe fn send(mut sys: System<'_>, c: *mut Chan, elem: *const u8) {
    // SAFETY: the channel is null or lives, and the element is in its caller's frame or in the heap (this function's contract); what parks is
    // undone by the half that is named. No frame owns what must be dropped, and no region is open.
    unsafe {
        if c.is_null() {
            park_forever(sys, Reason::ChanSendNil)
        }
        let t = g();
        let chans = GoChans::of(sys.processor());
        match ops::send_or_enqueue(&chans, &*c, elem, t, || chans.record_for(t)) {
            ops::Op::Done => {}
            ops::Op::Closed => plain(sys, msg::SEND_CLOSED),
            ops::Op::Parked => park_at(sys, t, &*c, Finish::Send, Reason::ChanSend),
        }
    }
}

/// The finish half of [`send`].
///
/// # Safety
/// The goroutine parked there, and is about to go on.
pub unsafe fn sent(mut sys: System<'_>, t: *mut G) {
    // SAFETY: its record is finished: it was readied by what took that off the queue.
    unsafe {
        let w = take_records(t);
        wait_profile::waited(sys.lend(), t, (*w).user);
        let r = ops::finish_send(w);
        give_waiter(sys.processor(), w);
        if r == ops::SendResult::Closed {
            plain_when_resumed(sys, t, msg::SEND_CLOSED);
        }
    }
}

/// Receives, parking if need be; whether an element came. `half` says what the entry answers if it parks: [`Finish::Recv`] or
/// [`Finish::Selected`].
///
/// # Safety
/// As for [`send`]; the place is null, or in the caller's frame or in the heap.
pub unsafe fn recv(mut sys: System<'_>, c: *mut Chan, elem: *mut u8, half: Finish) -> bool {
    // SAFETY: the channel is null or lives, and the place is null or one for an element (this function's contract); what parks is undone by
    // `half`. No frame owns what must be dropped, and no region is open.
    unsafe {
        if c.is_null() {
            park_forever(sys, Reason::ChanReceiveNil)
        }
        let t = g();
        let chans = GoChans::of(sys.processor());
        match ops::recv_or_enqueue(&chans, &*c, elem, t, || chans.record_for(t)) {
            ops::Op::Done => true,
            ops::Op::Closed => false,
            ops::Op::Parked => park_at(sys, t, &*c, half, Reason::ChanReceive),
        }
    }
}

/// The finish half of [`recv`]: whether an element came, as the first result and as the second.
///
/// # Safety
/// As for [`sent`].
pub unsafe fn received(mut sys: System<'_>, t: *mut G) {
    // SAFETY: the goroutine parked there (this function's contract), and its records are finished: it was readied by what took one of them off
    // its queue. Nothing else uses them any more.
    unsafe {
        let w = take_records(t);
        wait_profile::waited(sys.lend(), t, (*w).user);
        let got = usize::from(ops::finish_recv(w));
        give_waiter(sys.into_processor(), w);
        (*t).ctx.regs[0] = got;
        (*t).ctx.regs[1] = got;
    }
}

/// The same for an entry whose first result is that the operation was done.
///
/// # Safety
/// As for [`sent`].
pub unsafe fn received_selected(sys: System<'_>, t: *mut G) {
    // SAFETY: the goroutine parked in `recv`, and is about to go on (this function's contract).
    unsafe {
        received(sys, t);
        (*t).ctx.regs[0] = 1;
    }
}

/// Selects, parking if need be: (case or -1, whether an element came).
///
/// # Safety
/// In a system entry of `t` that answers that. Cases and scratch space are compiled code's, in its frame.
pub unsafe fn select(
    mut sys: System<'_>,
    t: *mut G,
    cases: &[select::Case],
    nsends: usize,
    order: &mut [u16],
    block: bool,
) -> Two {
    let chans = GoChans::of(sys.processor());
    let chain = |n: usize| {
        let mut head: *mut Waiter = null_mut();
        let began = wait_profile::began();
        for _ in 0..n {
            let w = chans.record();
            // SAFETY: the record is ours.
            unsafe {
                (*w).user = began;
                (*w).wait_link = head;
            }
            head = w;
        }
        head
    };
    /// # Safety
    /// As an `Unlock` of the scheduler's; `head` is the address of the chain of a select that left its channels locked when it
    /// parked.
    unsafe fn unlock(_t: *mut G, head: usize) -> bool {
        // SAFETY: the channels of the chain were left locked by the select that parked.
        unsafe { select::select_unlock_after_park(head as *mut Waiter) }
        true
    }
    // SAFETY: the cases' channels live as long as their goroutine; what parks is undone by `selected`.
    unsafe {
        match select::select_or_enqueue(&chans, cases, nsends, order, t, chain, block) {
            select::Select::Chosen(i, ok) => Two(i, usize::from(ok)),
            select::Select::Default => Two(usize::MAX, 0),
            select::Select::SendOnClosed(_) => plain(sys, msg::SEND_CLOSED),
            select::Select::Parked(head) if head.is_null() => park_forever(sys, Reason::SelectNoCases),
            select::Select::Parked(head) => {
                (*t).waiting = head.cast();
                (*t).resume = Resume::Finish(Finish::Select);
                RT.sched.park_on_g0(t, Some(unlock), head as usize, Reason::Select)
            }
        }
    }
}

/// The finish half of [`select()`].
///
/// # Safety
/// As for [`sent`].
pub unsafe fn selected(mut sys: System<'_>, t: *mut G) {
    // SAFETY: the goroutine parked there (this function's contract), and its records are finished: it was readied by what took one of them off
    // its queue. Nothing else uses them any more.
    unsafe {
        let head = take_records(t);
        if (*head).user != 0 {
            let mut nanos = 0;
            Waiter::each(head, |w| {
                if (*w).fired {
                    nanos = (*w).user;
                }
            });
            wait_profile::waited(sys.lend(), t, nanos);
        }
        let r = select::finish_select(head);
        give_chain(sys.processor(), head);
        match r {
            select::Finished::Chosen(i, ok) => {
                (*t).ctx.regs[0] = i;
                (*t).ctx.regs[1] = usize::from(ok);
            }
            select::Finished::SendOnClosed(_) => plain_when_resumed(sys, t, msg::SEND_CLOSED),
        }
    }
}
