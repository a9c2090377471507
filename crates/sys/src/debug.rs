//! `Debug` for the types whose contents other threads change, assembly owns, or are of no use as text: their name.
//! Nothing is read. Types that are values derive it where they are.

/// Implements `Debug` for types, given as `[generics] Type, "name";`, that prints their name and reads nothing of them. For the
/// crates above this one.
#[doc(hidden)]
#[macro_export]
macro_rules! debug_by_name {
    ($([$($generics:tt)*] $ty:ty, $name:literal;)*) => {$(
        impl<$($generics)*> ::core::fmt::Debug for $ty {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.debug_struct($name).finish_non_exhaustive()
            }
        }
    )*};
}

#[cfg(target_os = "linux")]
crate::debug_by_name! {
    [] crate::signal::UContext, "UContext";
}
