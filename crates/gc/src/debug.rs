//! `Debug` for the types whose contents other threads change, assembly owns, or are of no use as text: their name.
//! Nothing is read. Types that are values derive it where they are.

goxide_sys::debug_by_name! {
    [] crate::count::Counts, "Counts";
    [] crate::queue::Ring, "Ring";
    [] crate::queue::Block, "Block";
    [] crate::queue::Blocks, "Blocks";
    [H: crate::seam::Host] crate::state::Gc<H>, "Gc";
    [] crate::marker::Marker, "Marker";
    [H: crate::seam::Host] crate::tracer::Tracer<'_, H>, "Tracer";
    [] crate::special::Special, "Special";
    [] crate::special::Specials, "Specials";
}
