//! `Debug` for the types whose contents other threads change, assembly owns, or are of no use as text: their name.
//! Nothing is read. Types that are values derive it where they are.

goxide_sys::debug_by_name! {
    [] crate::span::Span, "Span";
    [] crate::arena::PageMarks, "PageMarks";
    [] crate::arena::Page<'_>, "Page";
    [] crate::cache::Cache, "Cache";
    [S: crate::os::PageSource] crate::heap::Heap<S>, "Heap";
    [] crate::persistent::Persistent, "Persistent";
    [T] crate::persistent::FixAlloc<T>, "FixAlloc";
}
