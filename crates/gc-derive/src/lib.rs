#![doc = include_str!("../README.md")]

use proc_macro::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Error, Expr, Fields, GenericArgument, Lit, Member, PathArguments, Result, Type};

/// Makes a struct an `Object` of goxide-gc: its fields of type `Slot<T>` and `[Slot<T>; N]` are its pointers. See the crate's
/// page.
#[proc_macro_derive(Object)]
pub fn object(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as DeriveInput);
    expand(&input).unwrap_or_else(Error::into_compile_error).into()
}

/// A field with slots.
struct Found {
    member: Member,
    /// The type that the slots lead to.
    to: Type,
    /// Elements, of an array.
    len: Option<usize>,
}

fn expand(input: &DeriveInput) -> Result<proc_macro2::TokenStream> {
    let Data::Struct(data) = &input.data else {
        return Err(Error::new_spanned(&input.ident, "an Object is a struct: its slots are always at the same places"));
    };
    if let Fields::Unit = data.fields {
        return Err(Error::new_spanned(&input.ident, "an Object has a size"));
    }
    let mut found = Vec::new();
    for (member, field) in data.fields.members().zip(&data.fields) {
        if let Some(to) = slot(&field.ty) {
            found.push(Found { member, to, len: None });
        } else if let Type::Array(array) = &field.ty
            && let Some(to) = slot(&array.elem)
        {
            found.push(Found { member, to, len: Some(length(&array.len)?) });
        }
    }
    let name = &input.ident;
    let (params, args, bounds) = input.generics.split_for_impl();
    let checks = found.iter().map(|Found { member, to, len, .. }| match len {
        None => quote!(let _: &::goxide_gc::hosted::Slot<#to> = &object.#member;),
        Some(n) => quote!(let _: &[::goxide_gc::hosted::Slot<#to>; #n] = &object.#member;),
    });
    let places = found.iter().flat_map(|Found { member, len, .. }| {
        (0..len.unwrap_or(1)).map(move |i| quote!(::core::mem::offset_of!(Self, #member) + #i * 8))
    });
    Ok(quote! {
        const _: () = {
            impl #params #name #args #bounds {
                // Compiles for fields that are slots only.
                #[allow(dead_code)]
                fn __these_are_slots(object: &Self) {
                    #(#checks)*
                }
            }
            // SAFETY: every field is a slot or an array of slots of eight bytes, which `__these_are_slots` compiles for only then; the places are offsets of these fields.
            unsafe impl #params ::goxide_gc::hosted::Object for #name #args #bounds {
                const SLOTS: &'static [usize] = &::goxide_gc::hosted::in_order([#(#places),*]);
            }
        };
    })
}

/// What the slot leads to, if the type is written as one.
fn slot(ty: &Type) -> Option<Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == "Slot")?;
    let PathArguments::AngleBracketed(of) = &last.arguments else { return None };
    of.args.iter().find_map(|arg| match arg {
        GenericArgument::Type(to) => Some(to.clone()),
        _ => None,
    })
}

/// An array's length, which must be a number: a name for one cannot be looked up here.
fn length(len: &Expr) -> Result<usize> {
    if let Expr::Lit(lit) = len
        && let Lit::Int(n) = &lit.lit
    {
        return n.base10_parse();
    }
    Err(Error::new_spanned(len, "the length of an array of slots is to be written as a number"))
}
