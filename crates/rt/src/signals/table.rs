//! What a Go program does about each signal that it did not ask for: one line a signal. The numbers are Linux's, on both machines.
//!
//! Not here: what is done (`handler`), and what os/signal was asked for (`queue`).

use goxide_sys::signal::{self, MAX, Set};

/// What is done about a signal, as far as os/signal was not asked for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Fate {
    /// Nothing can be done: KILL and STOP.
    Beyond,
    /// The kernel's own action, and os/signal may change that: what stops a process and has it go on.
    Kernel,
    /// The kernel's own action, which nothing changes: what C libraries keep for themselves.
    Foreign,
    /// Nothing.
    Ignore,
    /// The process ends by the signal, as the kernel would have it.
    End,
    /// All goroutines are shown, and the process ends with 2.
    Dump,
    /// A fault: a panic of the goroutine, if the kernel made it; else as [`Fate::Dump`].
    Panic,
    /// Each thread makes a system call ([`Own::EveryThread`]); nothing else.
    EveryThread,
}

/// What the runtime itself uses a signal for. Such a use begins with [`own`](super::handler::own), and what it does comes before anything else.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Own {
    /// `SIGNAL_33`: a system call that each thread makes.
    EveryThread,
    /// SIGURG: a goroutine is to yield.
    Preempt,
    /// SIGPROF: a sample of the processor profile.
    Profile,
}

impl Own {
    /// How many there are.
    pub const COUNT: usize = 3;

    /// The use that `sig` has.
    pub const fn of(sig: i32) -> Option<Own> {
        match sig {
            EVERY_THREAD => Some(Own::EveryThread),
            signal::SIGURG => Some(Own::Preempt),
            signal::SIGPROF => Some(Own::Profile),
            _ => None,
        }
    }
}

/// The signal by which all threads are had to make a system call: C libraries use it for the same.
pub const EVERY_THREAD: i32 = 33;

/// The line of a signal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Row {
    /// What is done.
    pub fate: Fate,
    /// os/signal may be asked for it.
    pub notifies: bool,
    /// No thread ever blocks it.
    pub open: bool,
}

const fn row(fate: Fate, notifies: bool, open: bool) -> Row {
    Row { fate, notifies, open }
}

/// The line of signal `sig`; none if there is no such signal.
pub const fn row_of(sig: i32) -> Option<Row> {
    use Fate::*;
    Some(match sig {
        signal::SIGHUP | signal::SIGINT | signal::SIGTERM => row(End, true, true),
        signal::SIGQUIT | signal::SIGABRT => row(Dump, true, true),
        signal::SIGILL | signal::SIGTRAP | signal::SIGSTKFLT | signal::SIGSYS => row(Dump, false, true),
        signal::SIGBUS | signal::SIGFPE | signal::SIGSEGV => row(Panic, false, true),
        signal::SIGKILL | signal::SIGSTOP => row(Beyond, false, false),
        signal::SIGCONT | signal::SIGTSTP | signal::SIGTTIN | signal::SIGTTOU => row(Kernel, true, false),
        signal::SIGCHLD | signal::SIGPROF | signal::SIGURG => row(Ignore, true, true),
        EVERY_THREAD => row(EveryThread, false, true),
        32 | 34 => row(Foreign, false, true),
        1..=MAX => row(Ignore, true, false),
        _ => return None,
    })
}

/// A bit of a set of signals.
pub const fn bit(sig: i32) -> Set {
    1 << (sig - 1)
}

/// The signals that have the runtime's handler once all are installed. HUP and INT have none until os/signal is asked for them: the
/// kernel's action is the same as Go's, and where the parent process had them ignored they stay so.
pub const HANDLED: Set = {
    let mut set = 0;
    let mut sig = 1;
    while sig <= MAX {
        if let Some(row) = row_of(sig) {
            let ours = !matches!(row.fate, Fate::Beyond | Fate::Kernel | Fate::Foreign);
            if ours && sig != signal::SIGHUP && sig != signal::SIGINT {
                set |= bit(sig);
            }
        }
        sig += 1;
    }
    set
};

/// The signals that no thread ever blocks.
pub const OPEN: Set = {
    let mut set = 0;
    let mut sig = 1;
    while sig <= MAX {
        if let Some(row) = row_of(sig)
            && row.open
        {
            set |= bit(sig);
        }
        sig += 1;
    }
    set
};

/// The signals that have a handler from the first moment on: those that have something printed, since the kernel would not.
pub const FIRST: Set = {
    let mut set = 0;
    let mut sig = 1;
    while sig <= MAX {
        if let Some(row) = row_of(sig)
            && matches!(row.fate, Fate::Dump | Fate::Panic)
        {
            set |= bit(sig);
        }
        sig += 1;
    }
    set
};

/// The signals that end a process by the kernel's action and do nothing to a Go program. Until all handlers are there, they are blocked.
pub const WAIT: Set = {
    let mut set = 0;
    let mut sig = 1;
    while sig <= MAX {
        if let Some(row) = row_of(sig)
            && matches!(row.fate, Fate::Ignore | Fate::EveryThread)
            && !matches!(sig, signal::SIGCHLD | signal::SIGURG | signal::SIGWINCH)
        {
            set |= bit(sig);
        }
        sig += 1;
    }
    set
};
