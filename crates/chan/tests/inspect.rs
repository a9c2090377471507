//! The read-only views agree with who waits and what is buffered (feature `inspect`).
#![cfg(not(shuttle))]

use goxide_chan::inspect::End;
use goxide_chan::{
    Chan, Elem, Op, Seam, Waiter, cancel, recv_or_enqueue, send_or_enqueue, try_recv, try_send, unlock_after_park,
};

/// Tasks are numbers, and nothing runs: those that are readied are not looked at here.
struct Numbers;

// SAFETY: nothing selects here, and elements hold no pointers, so they are moved by the crate itself.
unsafe impl Seam for Numbers {
    type Task = usize;
    unsafe fn ready(&self, _: usize, _: *mut Waiter) {}
    unsafe fn copy_elem(&self, _: &Chan, _: *mut u8, _: *const u8) {
        unreachable!("elements are plain");
    }
    unsafe fn clear_elem(&self, _: &Chan, _: *mut u8) {
        unreachable!("elements are plain");
    }
    unsafe fn arm(&self, _: usize) {}
    unsafe fn claim(&self, _: usize) -> bool {
        unreachable!("nothing selects")
    }
    fn random(&self, _: u32) -> u32 {
        0
    }
}

fn waiting(c: &Chan, end: End) -> Vec<usize> {
    let mut tasks = Vec::new();
    c.for_each_waiter(end, |w| tasks.push(w.task.addr()));
    tasks
}

fn buffered(c: &Chan) -> Vec<u32> {
    let mut values = Vec::new();
    // SAFETY: a slot that holds an element of four bytes.
    c.for_each_buffered(|slot| values.push(unsafe { c.slot(slot).cast::<u32>().read() }));
    values
}

#[test]
fn the_views_follow_the_queues_and_the_buffer() {
    let mut room = [0u32; 3];
    // SAFETY: room for three elements of four bytes, which outlives the channel.
    let c = unsafe { Chan::new(room.as_mut_ptr().cast(), 3, Elem { size: 4, pointer_free: true, ty: 0 }) };
    assert_eq!((buffered(&c), waiting(&c, End::Senders), waiting(&c, End::Receivers)), (vec![], vec![], vec![]));
    let mut got = 0u32;
    // The buffer goes round: the oldest element is not in the first slot.
    for value in [7u32, 8, 9] {
        // SAFETY: elements of the channel's size, of this seam.
        let _ =
            unsafe { (try_send(&Numbers, &c, (&raw const value).cast()), try_recv(&Numbers, &c, (&raw mut got).cast())) };
        assert_eq!(got, value);
    }
    let mut senders = [const { Waiter::new() }; 3].map(Box::new).map(Box::into_raw);
    for value in 1..=5u32 {
        let value = Box::leak(Box::new(value));
        // SAFETY: element and waiter stay where they are; the task waits as soon as it is unlocked.
        unsafe {
            let w = senders[(*value as usize).saturating_sub(3) % 3];
            if send_or_enqueue(&Numbers, &c, (value as *const u32).cast(), *value as usize, || w) == Op::Parked {
                unlock_after_park(&c);
            }
        }
    }
    assert_eq!((buffered(&c), waiting(&c, End::Senders), waiting(&c, End::Receivers)), (vec![1, 2, 3], vec![4, 5], vec![]));
    // SAFETY: as for the sends; the first sender's element takes the freed slot.
    let op = unsafe { recv_or_enqueue(&Numbers, &c, (&raw mut got).cast(), 6, || unreachable!("there is an element")) };
    assert_eq!((op, got), (Op::Done, 1));
    assert_eq!((buffered(&c), waiting(&c, End::Senders)), (vec![2, 3, 4], vec![5]));
    // SAFETY: the waiter of task 5 is still queued, and is not used any more.
    assert!(unsafe { cancel(senders[2]) });
    assert_eq!(waiting(&c, End::Senders), []);
    for w in &mut senders {
        // SAFETY: made by `Box::into_raw`, and in no queue.
        drop(unsafe { Box::from_raw(*w) });
    }
}
