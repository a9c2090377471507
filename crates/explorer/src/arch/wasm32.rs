//! Linear memory, which grows at its end; and the page's exceptions, which leave frames behind as they are.

use std::arch::wasm32::{memory_grow, memory_size};
use wasm_bindgen::prelude::wasm_bindgen;

/// Bytes by which linear memory grows.
const PAGE: usize = 64 << 10;

/// `size` zero bytes that nothing used before, at a multiple of `align`, a power of two; null if there are none.
pub fn fresh(size: usize, align: usize) -> *mut u8 {
    let end = memory_size(0) * PAGE;
    let Some(at) = end.checked_next_multiple_of(align.max(PAGE)) else { return std::ptr::null_mut() };
    let Some(to) = at.checked_add(size.next_multiple_of(PAGE)) else { return std::ptr::null_mut() };
    // There is one thread, so nothing grows it in between.
    if memory_grow(0, (to - end) / PAGE) != end / PAGE {
        return std::ptr::null_mut();
    }
    at as *mut u8
}

#[wasm_bindgen]
extern "C" {
    /// The page throws what `goxideCaught` catches.
    #[wasm_bindgen(js_name = goxideLeave)]
    fn throw();
    /// The page calls `f` and catches what `goxideLeave` throws.
    #[wasm_bindgen(js_name = goxideCaught)]
    fn catch(f: &mut dyn FnMut());
}

/// Goes back to [`caught`]. The frames between own nothing; the place that they take on the stack is free again when the caller of `caught` returns.
pub fn leave() -> ! {
    throw();
    unreachable!("the page has not thrown")
}

/// Calls `f`, up to where it ends or leaves.
pub fn caught(f: &mut dyn FnMut()) {
    catch(&mut || f());
}
