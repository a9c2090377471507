//! Readiness of descriptors: epoll, and the event descriptor that interrupts a wait. What is done with an event does not live here.

use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicBool, Ordering};

use rustix::event::epoll::{self, CreateFlags, EventData};
use rustix::event::{EventfdFlags, eventfd as make_eventfd};
use rustix::fd::{BorrowedFd, IntoRawFd};
use rustix::pipe::{PipeFlags, pipe_with};

pub use rustix::event::epoll::{Event, EventFlags};

use crate::Errno;
use crate::arch::nr;
use crate::syscall::raw;
use crate::time::Timespec;

/// A descriptor that may be lent to the kernel for one call.
///
/// # Errors
/// `EBADF` for a negative one.
fn lend(fd: i32) -> Result<BorrowedFd<'static>, Errno> {
    if fd < 0 {
        return Err(Errno::BADF);
    }
    // SAFETY: not -1. The borrow lives for one system call, which checks the number itself.
    Ok(unsafe { BorrowedFd::borrow_raw(fd) })
}

/// Makes an epoll instance, close-on-exec.
///
/// # Errors
/// That of the system call.
pub fn create() -> Result<i32, Errno> {
    Ok(epoll::create(CreateFlags::CLOEXEC)?.into_raw_fd())
}

/// Makes an event descriptor with a count of zero, non-blocking and close-on-exec.
///
/// # Errors
/// That of the system call.
pub fn eventfd() -> Result<i32, Errno> {
    Ok(make_eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?.into_raw_fd())
}

/// What a wait is interrupted by: eight bytes written to one descriptor make the other readable. Both are non-blocking and close-on-exec.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bell {
    /// To be watched, and read.
    pub heard: i32,
    /// To be written to: the same one, or a pipe's other end.
    pub rung: i32,
}

/// An event descriptor, or a pipe where a filter of system calls refuses those.
///
/// # Errors
/// That of the system calls.
pub fn bell() -> Result<Bell, Errno> {
    bell_of(eventfd())
}

fn bell_of(event: Result<i32, Errno>) -> Result<Bell, Errno> {
    match event {
        Ok(fd) => Ok(Bell { heard: fd, rung: fd }),
        Err(Errno::NOSYS | Errno::PERM) => {
            let (heard, rung) = pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK)?;
            Ok(Bell { heard: heard.into_raw_fd(), rung: rung.into_raw_fd() })
        }
        Err(e) => Err(e),
    }
}

impl Bell {
    /// Closes what it consists of.
    ///
    /// # Safety
    /// Nothing uses the descriptors any more.
    pub unsafe fn close(self) {
        // SAFETY: nothing uses them any more (this function's contract).
        unsafe {
            crate::io::close(self.heard);
            if self.rung != self.heard {
                crate::io::close(self.rung);
            }
        }
    }
}

/// Watches `fd` for `events`; each comes with `word`.
///
/// # Errors
/// That of the system call: `EPERM` if `fd` is of a kind that is always ready, as files are.
pub fn add(epoll: i32, fd: i32, word: u64, events: EventFlags) -> Result<(), Errno> {
    Ok(epoll::add(lend(epoll)?, lend(fd)?, EventData::new_u64(word), events)?)
}

/// Watches `fd` no more.
///
/// # Errors
/// That of the system call.
pub fn delete(epoll: i32, fd: i32) -> Result<(), Errno> {
    Ok(epoll::delete(lend(epoll)?, lend(fd)?)?)
}

/// Waits until something is ready, for `ns` nanoseconds at most (negative: for as long as it takes; 0: not at all), and gives the
/// events, as many as fit into `room`. Kernels before 5.11 round the time up to milliseconds; that it was one is noted in `coarse`, so
/// that the next wait with the same note need not find out again.
///
/// # Errors
/// That of the system call: `EINTR` if a signal came first.
pub fn wait<'a>(
    epoll: i32,
    room: &'a mut [MaybeUninit<Event>],
    ns: i64,
    coarse: &AtomicBool,
) -> Result<&'a [Event], Errno> {
    let n = if ns > 0 && !coarse.load(Ordering::Relaxed) {
        match wait_exactly(epoll, room, ns) {
            // EPERM: from a filter of system calls that is older than this one. Epoll itself never says so here.
            Err(Errno::NOSYS | Errno::PERM) => {
                coarse.store(true, Ordering::Relaxed);
                wait_coarsely(epoll, room, ns)
            }
            result => result,
        }
    } else {
        wait_coarsely(epoll, room, ns)
    }?;
    // SAFETY: the kernel has filled in the first `n`, not more than there is room for.
    Ok(unsafe { core::slice::from_raw_parts(room.as_ptr().cast(), n.min(room.len())) })
}

fn wait_exactly(epoll: i32, room: &mut [MaybeUninit<Event>], ns: i64) -> Result<usize, Errno> {
    let time = Timespec::from_nanos(ns);
    let len = room.len().min(i32::MAX as usize);
    // SAFETY: the kernel writes up to `len` events to `room`, and reads one timespec and no mask.
    Errno::check(unsafe {
        raw(nr::EPOLL_PWAIT2, epoll as usize, room.as_mut_ptr().addr(), len, (&raw const time).addr(), 0, 0)
    })
}

fn wait_coarsely(epoll: i32, room: &mut [MaybeUninit<Event>], ns: i64) -> Result<usize, Errno> {
    let ms = if ns < 0 { -1 } else { (ns as u64).div_ceil(1_000_000).min(i32::MAX as u64) as i32 };
    let len = room.len().min(i32::MAX as usize);
    // SAFETY: the kernel writes up to `len` events to `room`, and reads no mask.
    Errno::check(unsafe { raw(nr::EPOLL_PWAIT, epoll as usize, room.as_mut_ptr().addr(), len, ms as usize, 0, 0) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bell_of_either_kind_rings() {
        for event in [eventfd(), Err(Errno::NOSYS), Err(Errno::PERM)] {
            let (ep, bell) = (create().unwrap(), bell_of(event).unwrap());
            assert_eq!(bell.heard == bell.rung, event.is_ok());
            add(ep, bell.heard, 5, EventFlags::IN).unwrap();
            let mut room = [const { MaybeUninit::uninit() }; 4];
            let coarse = AtomicBool::new(false);
            for _ in 0..3 {
                assert!(wait(ep, &mut room, 0, &coarse).unwrap().is_empty());
                assert_eq!(crate::io::write(bell.rung, &1u64.to_ne_bytes()), Ok(8));
                assert_eq!(wait(ep, &mut room, -1, &coarse).unwrap().len(), 1);
                assert_eq!(crate::io::read(bell.heard, &mut [0; 8]), Ok(8));
            }
            assert_eq!(crate::io::read(bell.heard, &mut [0; 8]), Err(Errno::AGAIN), "it does not block");
            // SAFETY: made here.
            unsafe {
                bell.close();
                crate::io::close(ep);
            }
        }
        assert_eq!(bell_of(Err(Errno::NOMEM)), Err(Errno::NOMEM));
    }

    #[test]
    fn an_event_comes_with_its_word() {
        let (ep, event) = (create().unwrap(), eventfd().unwrap());
        add(ep, event, 77, EventFlags::IN).unwrap();
        let mut room = [const { MaybeUninit::uninit() }; 4];
        let coarse = AtomicBool::new(false);
        assert!(wait(ep, &mut room, 0, &coarse).unwrap().is_empty());
        let began = std::time::Instant::now();
        assert!(wait(ep, &mut room, 2_500_000, &coarse).unwrap().is_empty());
        assert!(began.elapsed().as_nanos() >= 2_500_000);
        crate::io::write(event, &1u64.to_ne_bytes()).unwrap();
        for ns in [-1, 0, 1] {
            let got = wait(ep, &mut room, ns, &coarse).unwrap();
            assert_eq!(got.len(), 1);
            assert_eq!(got[0].data.u64(), 77);
        }
        delete(ep, event).unwrap();
        assert!(wait(ep, &mut room, 0, &coarse).unwrap().is_empty());
        // SAFETY: made here.
        unsafe {
            crate::io::close(ep);
            crate::io::close(event);
        }
    }

    #[test]
    fn both_ways_of_waiting_round_up() {
        let ep = create().unwrap();
        let mut room = [const { MaybeUninit::uninit() }; 1];
        for wait in [wait_exactly, wait_coarsely] {
            let began = std::time::Instant::now();
            assert_eq!(wait(ep, &mut room, 1_200_000), Ok(0));
            assert!(began.elapsed().as_nanos() >= 1_200_000);
        }
        // SAFETY: made here.
        unsafe { crate::io::close(ep) };
    }

    #[test]
    fn files_and_nothing_are_refused() {
        let ep = create().unwrap();
        let file = crate::io::open(c"/proc/self/status").unwrap();
        let dir = crate::io::open(c"/").unwrap();
        assert_eq!(add(ep, dir, 0, EventFlags::IN), Err(Errno::PERM));
        assert_eq!(add(ep, -1, 0, EventFlags::IN), Err(Errno::BADF));
        assert!(delete(ep, dir).is_err());
        // SAFETY: made here.
        unsafe {
            crate::io::close(file);
            crate::io::close(dir);
            crate::io::close(ep);
        }
    }
}
