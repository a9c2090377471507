//! `Debug` for the types whose contents other threads change, assembly owns, or are of no use as text: their name.
//! Nothing is read. Types that are values derive it where they are.

goxide_sys::debug_by_name! {
    [] crate::chan::Chan, "Chan";
    [C] crate::wait::Waiter<C>, "Waiter";
}
