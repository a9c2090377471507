//! Small reads and writes on raw descriptors. Buffering, paths in Rust strings and polling do not live here.

use core::ffi::CStr;

use rustix::fd::{BorrowedFd, IntoRawFd};

use crate::Errno;

/// Standard output.
pub const STDOUT: i32 = 1;
/// Standard error.
pub const STDERR: i32 = 2;

/// # Safety
/// `fd` is not -1. That it is open is not needed: the kernel says so if it is not.
unsafe fn borrow(fd: i32) -> BorrowedFd<'static> {
    // SAFETY: `fd` is not -1 (this function's contract); the borrow lives for one system call, which checks the number
    // itself.
    unsafe { BorrowedFd::borrow_raw(fd) }
}

/// Writes some of `bytes`; says how many.
///
/// # Errors
/// That of the system call; `EBADF` for a negative `fd`.
pub fn write(fd: i32, bytes: &[u8]) -> Result<usize, Errno> {
    if fd < 0 {
        return Err(Errno(9));
    }
    // SAFETY: `fd` is not negative.
    Ok(rustix::io::write(unsafe { borrow(fd) }, bytes)?)
}

/// Writes all of `bytes`, unless an error comes between. For messages of a dying process.
///
/// # Errors
/// That of the first system call that failed, except `EINTR`; some of `bytes` may be written.
pub fn write_all(fd: i32, mut bytes: &[u8]) -> Result<(), Errno> {
    while !bytes.is_empty() {
        match write(fd, bytes) {
            Ok(n) => bytes = &bytes[n.min(bytes.len())..],
            Err(Errno::INTR) => {}
            Err(e) => return Err(e),
        }
    }
    Ok(())
}

/// Opens a file for reading, close-on-exec.
///
/// # Errors
/// That of the system call.
pub fn open(path: &CStr) -> Result<i32, Errno> {
    use rustix::fs::{Mode, OFlags};
    Ok(rustix::fs::open(path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?.into_raw_fd())
}

/// Reads into `buf`; 0 at the end.
///
/// # Errors
/// That of the system call; `EBADF` for a negative `fd`.
pub fn read(fd: i32, buf: &mut [u8]) -> Result<usize, Errno> {
    if fd < 0 {
        return Err(Errno(9));
    }
    // SAFETY: `fd` is not negative.
    Ok(rustix::io::read(unsafe { borrow(fd) }, buf)?)
}

/// Closes `fd`.
///
/// # Safety
/// `fd` belongs to the caller and is not used after this.
pub unsafe fn close(fd: i32) {
    // SAFETY: `fd` belongs to this call and is not used after it (this function's contract).
    unsafe { rustix::io::close(fd) }
}

/// The leading bytes of a small file such as those under `/sys`: opens, fills `buf` as far as it goes, closes.
///
/// # Errors
/// That of the system call that failed, except `EINTR`.
pub fn read_file<'a>(path: &CStr, buf: &'a mut [u8]) -> Result<&'a [u8], Errno> {
    let fd = open(path)?;
    let mut len = 0;
    let result = loop {
        match read(fd, &mut buf[len..]) {
            Ok(0) => break Ok(()),
            Ok(n) => len += n,
            Err(Errno::INTR) => {}
            Err(e) => break Err(e),
        }
    };
    // SAFETY: we opened it and forget it.
    unsafe { close(fd) };
    result.map(|()| &buf[..len])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_file() {
        let mut buf = [0; 6];
        let got = read_file(c"/proc/self/status", &mut buf).unwrap();
        assert_eq!(got, b"Name:\t");
        assert_eq!(read_file(c"/no/such/file", &mut buf), Err(Errno::NOENT));
    }

    #[test]
    fn bad_descriptor_is_an_error() {
        assert_eq!(write(-1, b"x"), Err(Errno(9)));
        assert_eq!(write(9999, b"x"), Err(Errno(9)));
        assert_eq!(read(-1, &mut [0]), Err(Errno(9)));
    }
}
