//! The kernel's error number as a value. Texts for it do not live here.

/// An error number as the kernel returned it (positive).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(transparent)]
pub struct Errno(pub i32);

impl Errno {
    /// Operation not permitted.
    pub const PERM: Errno = Errno(1);
    /// No such file or directory.
    pub const NOENT: Errno = Errno(2);
    /// No such process or thread.
    pub const SRCH: Errno = Errno(3);
    /// A signal arrived first.
    pub const INTR: Errno = Errno(4);
    /// Bad file descriptor.
    pub const BADF: Errno = Errno(9);
    /// Not ready, or a resource limit was reached.
    pub const AGAIN: Errno = Errno(11);
    /// Out of memory.
    pub const NOMEM: Errno = Errno(12);
    /// Bad address.
    pub const FAULT: Errno = Errno(14);
    /// Bad argument.
    pub const INVAL: Errno = Errno(22);
    /// The kernel does not have this call.
    pub const NOSYS: Errno = Errno(38);
    /// The time ran out.
    pub const TIMEDOUT: Errno = Errno(110);

    /// Splits a raw system call result into value or error.
    ///
    /// # Errors
    /// The error that the number stands for, from -4095 to -1.
    #[inline]
    pub const fn check(ret: isize) -> Result<usize, Errno> {
        if ret < 0 && ret > -4096 { Err(Errno(-ret as i32)) } else { Ok(ret as usize) }
    }
}

impl From<rustix::io::Errno> for Errno {
    #[inline]
    fn from(e: rustix::io::Errno) -> Errno {
        Errno(e.raw_os_error())
    }
}

impl core::fmt::Display for Errno {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "errno {}", self.0)
    }
}

impl core::error::Error for Errno {}
