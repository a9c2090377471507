//! `Debug` for the types whose contents other threads change: their name. Nothing is read.

goxide_sys::debug_by_name! {
    [H: crate::Host] crate::Desc<H>, "Desc";
}

#[cfg(not(loom))]
goxide_sys::debug_by_name! {
    [H: crate::Host] crate::Poller<H>, "Poller";
}
