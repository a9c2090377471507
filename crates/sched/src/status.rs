//! What a processor does ([`Status`]), and how far the scheduler has started ([`Started`]): what their words say. Who changes which is
//! in the modules `idle`, `syscall`, `stw` and `monitor`.

use crate::coded::Code;

/// What a processor does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// It is on the idle list, or about to be.
    Idle = 0,
    /// It is held by a thread that runs tasks or the scheduler.
    Running = 1,
    /// It was left behind by a thread in a system call, or by a thief that naps. The thread that changes the status owns it next.
    Syscall = 2,
    /// It is stopped together with the world, or on its way from one to another.
    Stopped = 3,
    /// It is beyond the current number of processors.
    Dead = 4,
    /// A thread that is being woken, or made, is to have it. The one that changes the status owns it next: that thread, or the stopper of the
    /// world, who need not wait until the kernel lets the thread run.
    Offered = 5,
    /// Offered, and stopped together with the world: the offer stands again when that goes on, unless the thread came by meanwhile, and
    /// has made it STOPPED.
    Withheld = 6,
}

impl Code for Status {
    #[inline]
    fn number(self) -> u32 {
        self as u32
    }

    #[inline]
    fn of(number: u32) -> Self {
        match number {
            0 => Status::Idle,
            1 => Status::Running,
            2 => Status::Syscall,
            3 => Status::Stopped,
            5 => Status::Offered,
            6 => Status::Withheld,
            _ => Status::Dead,
        }
    }
}

/// How far the scheduler has started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Started {
    /// Nothing runs yet.
    No = 0,
    /// Tasks run; a monitor was not needed yet.
    Alone = 1,
    /// Tasks run, and the embedder was told that a monitor is needed.
    Monitored = 2,
}

impl Code for Started {
    #[inline]
    fn number(self) -> u32 {
        self as u32
    }

    #[inline]
    fn of(number: u32) -> Self {
        match number {
            0 => Started::No,
            1 => Started::Alone,
            _ => Started::Monitored,
        }
    }
}
