//! A marker at work ([`Tracer`]), as those see it who tell it pointers. What it does with them is in `mark`.

use crate::check::Check;
use crate::marker::Marker;
use crate::state::Gc;
use goxide_alloc::arena::Page;

/// Pointers whose mark words are on their way.
pub(crate) const WINDOW: usize = 8;

/// A pointer whose mark word is on its way: an object of a page with a kind.
#[derive(Clone, Copy)]
pub(crate) struct Pending<'a> {
    pub page: Option<Page<'a>>,
    /// Address of the page.
    pub base: usize,
    pub index: u32,
    pub kind: u32,
}

/// A marker at work: pointers are passed to it.
pub struct Tracer<'a, H> {
    pub(crate) gc: &'a Gc<H>,
    pub(crate) m: &'a mut Marker,
    pub(crate) window: [Pending<'a>; WINDOW],
    pub(crate) at: usize,
    /// Checking instead of marking.
    pub(crate) check: Option<&'a mut Check>,
    /// An object to which pointers do not count; 0: none.
    pub(crate) except: usize,
    /// One of the two above is set.
    pub(crate) unusual: bool,
    pub(crate) lo: usize,
    pub(crate) span: usize,
}
