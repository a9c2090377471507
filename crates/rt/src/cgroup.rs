//! Reads the files about control groups, by raw system calls: for `GODEBUG=cgroupmemlimit=1`, and for the default of GOMAXPROCS. What they
//! say is `text::cgroup`'s business.

use core::ffi::CStr;
use goxide_gotypes::text::cgroup::{Files, cpu_limit, memory_limit};
use goxide_sys::{Errno, io};

/// The longest line that is passed on.
const LINE: usize = 8192;

struct Kernel;

impl Files for Kernel {
    fn each_line(&self, path: &[u8], f: &mut dyn FnMut(&[u8])) {
        let mut name = [0; LINE];
        match name.get_mut(..path.len()) {
            Some(to) if path.len() < LINE => to.copy_from_slice(path),
            _ => return,
        }
        let Ok(name) = CStr::from_bytes_until_nul(&name) else { return };
        let Ok(fd) = io::open(name) else { return };
        let mut buf = [0; LINE];
        let mut len = 0;
        loop {
            match io::read(fd, &mut buf[len..]) {
                Ok(0) => break,
                Ok(n) => len += n,
                Err(Errno::INTR) => continue,
                Err(_) => break,
            }
            let mut begin = 0;
            while let Some(n) = buf[begin..len].iter().position(|&b| b == b'\n') {
                f(&buf[begin..begin + n]);
                begin += n + 1;
            }
            buf.copy_within(begin..len, 0);
            len -= begin;
            if len == LINE {
                // Far too long: what comes of it is not what it was, but no such line is looked for.
                len = 0;
            }
        }
        if len > 0 {
            f(&buf[..len]);
        }
        // SAFETY: we opened it and forget it.
        unsafe { io::close(fd) };
    }
}

/// The tightest memory limit of the process's control groups. Takes some 60 KiB of stack.
#[cold]
#[inline(never)]
pub fn limit() -> Option<i64> {
    memory_limit(&Kernel).and_then(|n| i64::try_from(n).ok())
}

/// The processors that the tightest CPU quota of the process's control groups is worth, rounded up. Takes some 60 KiB of stack, and some
/// tens of microseconds.
#[cold]
#[inline(never)]
pub fn quota() -> Option<u64> {
    cpu_limit(&Kernel)
}
