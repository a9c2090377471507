//! What a collector must know of an object's inside: which of its words are pointers.
//!
//! Here is how that knowledge is passed to an allocation and how it is packed into a bitmap; where the bitmaps are
//! kept is `arena`'s business, and nothing here interprets `opaque`.

/// The pointer layout of the elements of an allocation.
///
/// An allocation of `size` bytes is a row of elements of `elem_size` bytes; in each of them only the first `ptr_bytes`
/// bytes can hold pointers, and bit `i` of `mask` (least significant first) says whether word `i` is one.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Layout {
    /// What the embedder recognises the layout by (a type descriptor's address, say). 0: no pointers at all, and then
    /// the other fields are not looked at.
    pub opaque: usize,
    /// Bytes from one element to the next; a multiple of 8 unless `opaque` is 0.
    pub elem_size: usize,
    /// Bytes of an element up to the end of its last pointer; a multiple of 8, at most `elem_size`.
    pub ptr_bytes: usize,
    /// One bit per word of `ptr_bytes`, in (ptr_bytes / 8 + 7) / 8 bytes; unused bits are 0. Read for allocations of at most
    /// [`MAX_BITMAP`](crate::size_class::MAX_BITMAP) bytes.
    pub mask: *const u8,
}

impl Layout {
    /// The layout of memory without pointers.
    pub const NOSCAN: Layout = Layout { opaque: 0, elem_size: 0, ptr_bytes: 0, mask: core::ptr::null() };

    /// Whether objects of this layout hold no pointers.
    #[inline(always)]
    pub const fn noscan(&self) -> bool {
        self.opaque == 0
    }

    /// The pointer bits of a whole allocation of `size` <= 512 bytes: bit `i` for its word `i`.
    ///
    /// # Safety
    /// `opaque` is not 0, `mask` is readable for as many bytes as `ptr_bytes` asks for, and the sizes are as the
    /// fields' documentation says.
    #[inline(always)]
    pub unsafe fn bits(&self, size: usize) -> u64 {
        debug_assert!(size <= crate::size_class::MAX_BITMAP && self.elem_size.is_multiple_of(8));
        let words = (size / 8) as u32;
        // SAFETY: `mask` is readable for as many bytes as `ptr_bytes` asks for (this function's contract), of which no more
        // than the smaller of it and `size` are asked for here.
        let mut bits = unsafe { load_mask(self.mask, self.ptr_bytes.min(size) / 8) };
        if self.elem_size < size {
            let mut period = (self.elem_size / 8) as u32;
            // An element size of 0 has no pointers; it must not keep the loop from ending.
            while period.wrapping_sub(1) < words {
                // Not a shift by 64 or more: period <= words - 1 <= 63 is not given in the last round.
                bits |= bits.checked_shl(period).unwrap_or(0);
                period *= 2;
            }
        }
        // For words in 1..=64; without words there are no bits either.
        bits & (!0u64).wrapping_shr(64 - words)
    }
}

/// Loads the first `words` <= 64 bits of a mask, reading no byte beyond the last that holds one of them.
///
/// # Safety
/// `mask` is readable for (words + 7) / 8 bytes.
#[inline(always)]
pub(crate) unsafe fn load_mask(mask: *const u8, words: usize) -> u64 {
    // SAFETY: each arm reads at most (words + 7) / 8 bytes from mask; overlapping reads cover the odd lengths.
    unsafe {
        match words {
            0 => 0,
            1..=8 => *mask as u64,
            9..=16 => u16::from_le_bytes(*mask.cast()) as u64,
            17..=24 => u16::from_le_bytes(*mask.cast()) as u64 | (*mask.add(2) as u64) << 16,
            25..=32 => u32::from_le_bytes(*mask.cast()) as u64,
            _ => {
                let n = words.div_ceil(8).min(8);
                let low = u32::from_le_bytes(*mask.cast()) as u64;
                // The last four bytes: they overlap the first four by 8 - n bytes.
                let high = u32::from_le_bytes(*mask.add(n - 4).cast()) as u64;
                low | high << ((n - 4) * 8)
            }
        }
    }
}

/// What is known of the object at an address: the answer of [`Heap::pointer_layout`](crate::Heap::pointer_layout).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PointerLayout {
    /// No pointers.
    NoScan,
    /// Bit `i` says whether word `i` of the object is a pointer; there are no pointers beyond word 63.
    Bits(u64),
    /// `Layout::opaque` as it was given to the allocation.
    Opaque(usize),
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn bits_repeat_the_mask(
            elem_words in 1usize..=64, ptr_part in 0usize..=64, raw in any::<[u8; 8]>(), size_words in 1usize..=64,
        ) {
            let ptr_words = ptr_part.min(elem_words);
            // Exactly as many bytes as promised, so that reading beyond is caught by a sanitizer; unused bits are 0.
            let mut mask = raw[..ptr_words.div_ceil(8)].to_vec();
            if let (Some(last), r @ 1..) = (mask.last_mut(), ptr_words % 8) {
                *last &= (1u8 << r) - 1;
            }
            let layout = Layout { opaque: 1, elem_size: elem_words * 8, ptr_bytes: ptr_words * 8, mask: mask.as_ptr() };
            // SAFETY: the mask has ceil(ptr_words / 8) bytes, opaque is 1.
            let bits = unsafe { layout.bits(size_words * 8) };
            for w in 0..64 {
                let i = w % elem_words;
                let want = w < size_words && i < ptr_words && mask[i / 8] >> (i % 8) & 1 != 0;
                prop_assert_eq!(bits >> w & 1 != 0, want, "word {}", w);
            }
        }
    }
}
