//! The crates' modules as their sources declare them, for rules that look at items and not at lines.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// A module's path from the crate's root, which is empty.
pub type Id = Vec<String>;

/// The crates of the runtime: the name of each folder, and the root of its library.
pub fn crates(root: &Path) -> Result<Vec<(String, PathBuf)>> {
    let mut entries: Vec<_> = fs::read_dir(root.join("crates"))?.collect::<Result<_, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    let library = |e: fs::DirEntry| (e.file_name().to_string_lossy().into_owned(), e.path().join("src/lib.rs"));
    Ok(entries.into_iter().map(library).filter(|(_, lib)| lib.exists()).collect())
}

/// Calls `f` with each module of the crate whose root is the file `lib`, children first: its path, the file that it is in, its
/// items. Modules and items for tests alone are left out; those for other architectures, features and model checkers are not.
pub fn each_module(lib: &Path, f: &mut impl FnMut(&Id, &Path, &[&syn::Item])) -> Result<()> {
    read(&vec![], lib, lib.parent().context("a crate has a folder")?, f)
}

/// Reads the module `id` from `file`; its children's files are in `folder`.
fn read(id: &Id, file: &Path, folder: &Path, f: &mut impl FnMut(&Id, &Path, &[&syn::Item])) -> Result<()> {
    let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let parsed = syn::parse_file(&text).with_context(|| file.display().to_string())?;
    visit(id, &parsed.items, file, folder, f)
}

fn visit(
    id: &Id,
    items: &[syn::Item],
    file: &Path,
    folder: &Path,
    f: &mut impl FnMut(&Id, &Path, &[&syn::Item]),
) -> Result<()> {
    let mut own = Vec::new();
    for item in items.iter().filter(|item| !is_test(attributes(item))) {
        let syn::Item::Mod(m) = item else {
            own.push(item);
            continue;
        };
        let name = m.ident.to_string();
        let child: Id = id.iter().cloned().chain([name.clone()]).collect();
        let inside = folder.join(&name);
        match (&m.content, path_attribute(&m.attrs)) {
            (Some((_, items)), _) => visit(&child, items, file, &inside, f)?,
            (None, Some(path)) => read(&child, &file.parent().unwrap_or(folder).join(path), &inside, f)?,
            (None, None) => {
                let flat = folder.join(format!("{name}.rs"));
                let file = if flat.exists() { flat } else { inside.join("mod.rs") };
                read(&child, &file, &inside, f)?;
            }
        }
    }
    f(id, file, &own);
    Ok(())
}

/// An item's attributes.
pub fn attributes(item: &syn::Item) -> &[syn::Attribute] {
    match item {
        syn::Item::Const(i) => &i.attrs,
        syn::Item::Enum(i) => &i.attrs,
        syn::Item::ExternCrate(i) => &i.attrs,
        syn::Item::Fn(i) => &i.attrs,
        syn::Item::ForeignMod(i) => &i.attrs,
        syn::Item::Impl(i) => &i.attrs,
        syn::Item::Macro(i) => &i.attrs,
        syn::Item::Mod(i) => &i.attrs,
        syn::Item::Static(i) => &i.attrs,
        syn::Item::Struct(i) => &i.attrs,
        syn::Item::Trait(i) => &i.attrs,
        syn::Item::TraitAlias(i) => &i.attrs,
        syn::Item::Type(i) => &i.attrs,
        syn::Item::Union(i) => &i.attrs,
        syn::Item::Use(i) => &i.attrs,
        _ => &[],
    }
}

/// Whether an item is there for tests alone: `cfg(test)`, or `cfg(all(test, ...))`.
pub fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|a| {
        let syn::Meta::List(list) = &a.meta else { return false };
        let text = list.tokens.to_string().replace(' ', "");
        list.path.is_ident("cfg") && (text == "test" || text.starts_with("all(test,"))
    })
}

fn path_attribute(attributes: &[syn::Attribute]) -> Option<String> {
    attributes.iter().find_map(|a| match &a.meta {
        syn::Meta::NameValue(nv) if nv.path.is_ident("path") => match &nv.value {
            syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(s), .. }) => Some(s.value()),
            _ => None,
        },
        _ => None,
    })
}
