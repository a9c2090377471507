//! Slices: making, growing, copying, and the checks of `unsafe.Slice` and `unsafe.String`.
//!
//! Each operation that allocates comes in two halves, a pure *plan* that says how much memory to ask for (or which
//! fault it is), and a *fill* that needs the memory; and as one function that does both. So an entry may plan on the
//! goroutine's stack and switch only to allocate. Capacities are Go 1.21's to the element.

mod grow;
mod make;
mod views;

pub use grow::{GrowPlan, grow_fill, grow_plan, grow_slice, reflect_grow_num, reflect_grow_slice};
pub use make::{make_no_zero, make_slice, make_slice_copy, make_slice_size, make_slice64, slice_copy};
pub use views::{check_unsafe_slice, check_unsafe_string};
