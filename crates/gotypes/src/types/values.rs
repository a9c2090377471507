//! The headers of strings and slices.
//!
//! They are plain words, copied freely; what keeps the data alive is the collector's business.

/// A string.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct GoStr {
    /// First byte; may be anything if `len` is 0.
    pub ptr: *const u8,
    /// Number of bytes.
    pub len: usize,
}

impl GoStr {
    /// `""`
    pub const EMPTY: GoStr = GoStr { ptr: core::ptr::null(), len: 0 };

    /// A Go string over static bytes.
    pub const fn of(s: &'static str) -> GoStr {
        GoStr { ptr: s.as_ptr(), len: s.len() }
    }

    /// The bytes.
    ///
    /// # Safety
    /// The bytes stay valid and unchanged for `'a`.
    #[inline]
    pub const unsafe fn as_bytes<'a>(self) -> &'a [u8] {
        if self.len == 0 {
            return &[];
        }
        // SAFETY: `len` is not 0, so `ptr` is at `len` bytes, which stay valid and unchanged for `'a` (this function's
        // contract).
        unsafe { core::slice::from_raw_parts(self.ptr, self.len) }
    }

    /// Whether there are no bytes.
    #[inline]
    pub const fn is_empty(self) -> bool {
        self.len == 0
    }
}

/// A slice of anything.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct GoSlice {
    /// First element.
    pub ptr: *mut u8,
    /// Number of elements.
    pub len: usize,
    /// Number of elements that the array has room for.
    pub cap: usize,
}

impl GoSlice {
    /// `nil`
    pub const NIL: GoSlice = GoSlice { ptr: core::ptr::null_mut(), len: 0, cap: 0 };

    /// The elements.
    ///
    /// # Safety
    /// The slice holds `T`s, which stay valid and unchanged for `'a`.
    #[inline]
    pub const unsafe fn as_slice<'a, T>(self) -> &'a [T] {
        if self.len == 0 {
            return &[];
        }
        // SAFETY: `len` is not 0, so `ptr` is at `len` values of `T`, which stay valid and unchanged for `'a` (this
        // function's contract).
        unsafe { core::slice::from_raw_parts(self.ptr.cast::<T>(), self.len) }
    }
}

const _: () = {
    use core::mem::{offset_of, size_of};
    assert!(size_of::<GoStr>() == 16 && offset_of!(GoStr, len) == 8);
    assert!(size_of::<GoSlice>() == 24 && offset_of!(GoSlice, cap) == 16);
};
