//! Encoded names: one flag byte, a length and the name, then perhaps a tag and a package path.

use super::values::GoStr;

/// Offset of a name from the start of a module's types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct NameOff(pub i32);

/// Pointer to an encoded name; null stands for no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct Name(pub *const u8);

// SAFETY: names are constant data.
unsafe impl Sync for Name {}
// SAFETY: names are constant data, which belong to no thread.
unsafe impl Send for Name {}

const EXPORTED: u8 = 1;
const HAS_TAG: u8 = 1 << 1;
const HAS_PKG: u8 = 1 << 2;
const EMBEDDED: u8 = 1 << 3;

impl Name {
    /// No name.
    pub const NONE: Name = Name(core::ptr::null());

    /// Whether there is no name.
    #[inline]
    pub const fn is_none(self) -> bool {
        self.0.is_null()
    }

    /// # Safety
    /// The name is null or well formed.
    #[inline]
    unsafe fn has(self, flag: u8) -> bool {
        // SAFETY: a well-formed name has a flag byte.
        !self.0.is_null() && unsafe { *self.0 } & flag != 0
    }

    /// Reads the text whose length prefix stands `at` bytes in; gives it and where it ends.
    ///
    /// # Safety
    /// A length and so many bytes stand there.
    #[inline]
    unsafe fn text_at(self, at: usize) -> (GoStr, usize) {
        let (mut len, mut shift, mut i) = (0usize, 0u32, at);
        loop {
            // SAFETY: the encoding ends with a byte below 0x80.
            let b = unsafe { *self.0.add(i) };
            i += 1;
            len |= usize::from(b & 0x7f).wrapping_shl(shift);
            if b < 0x80 {
                break;
            }
            shift += 7;
        }
        // SAFETY: the text follows its length.
        let ptr = unsafe { self.0.add(i) };
        (GoStr { ptr, len }, i + len)
    }

    /// The name itself.
    ///
    /// # Safety
    /// The name is null or well formed.
    #[inline]
    pub unsafe fn text(self) -> GoStr {
        if self.0.is_null() {
            return GoStr::EMPTY;
        }
        // SAFETY: a name's text follows its flags.
        unsafe { self.text_at(1).0 }
    }

    /// The tag, or nothing.
    ///
    /// # Safety
    /// The name is null or well formed.
    pub unsafe fn tag(self) -> GoStr {
        // SAFETY: the flag says that a tag follows the text.
        unsafe {
            if !self.has(HAS_TAG) {
                return GoStr::EMPTY;
            }
            let (_, end) = self.text_at(1);
            self.text_at(end).0
        }
    }

    /// Where the package path is, for a method declared in another package than its type.
    ///
    /// # Safety
    /// The name is null or well formed.
    pub unsafe fn pkg_path_off(self) -> Option<NameOff> {
        // SAFETY: the flag says that four bytes follow text and tag.
        unsafe {
            if !self.has(HAS_PKG) {
                return None;
            }
            let (_, mut end) = self.text_at(1);
            if self.has(HAS_TAG) {
                end = self.text_at(end).1;
            }
            Some(NameOff(self.0.add(end).cast::<i32>().read_unaligned()))
        }
    }

    /// Whether other packages may use the name.
    ///
    /// # Safety
    /// The name is null or well formed.
    #[inline]
    pub unsafe fn is_exported(self) -> bool {
        // SAFETY: the name is null or well formed (this function's contract).
        unsafe { self.has(EXPORTED) }
    }

    /// Whether the field is embedded.
    ///
    /// # Safety
    /// The name is null or well formed.
    #[inline]
    pub unsafe fn is_embedded(self) -> bool {
        // SAFETY: the name is null or well formed (this function's contract).
        unsafe { self.has(EMBEDDED) }
    }

    /// Whether the name is `_`.
    ///
    /// # Safety
    /// The name is null, or well formed and not empty, as fields' are.
    #[inline(always)]
    pub unsafe fn is_blank(self) -> bool {
        // SAFETY: its length, which is one byte or the first of several, and one byte of the name.
        unsafe { !self.0.is_null() && self.0.add(1).cast::<[u8; 2]>().read() == [1, b'_'] }
    }
}
