//! `Debug` for the types whose contents other threads change, assembly owns, or are of no use as text: their name.
//! Nothing is read. Types that are values derive it where they are.

goxide_sys::debug_by_name! {
    [] super::Collector, "Collector";
    [] super::Mutator, "Mutator";
    [T] super::Slot<T>, "Slot";
    [T] super::Ref<'_, T>, "Ref";
    [] super::Any, "Any";
    [T] super::Array<T>, "Array";
    [] super::Bytes, "Bytes";
    [T] super::Root<T>, "Root";
    [T] super::Global<T>, "Global";
}
