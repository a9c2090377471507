//! What the crates' manifests promise to users and to each other: a crate that is published has all that its page
//! shows, no dependency is asked for in two versions, `std` is passed on, and a static library is nothing else beside. Which crate may name which is in `layers`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

use super::Problem;
use crate::arch::Arch;

/// The crates that are published: all that do not say `publish = false`.
pub fn published(root: &Path) -> Result<Vec<String>> {
    let metadata = workspace(root)?;
    Ok(metadata.workspace_packages().into_iter().filter(|p| is_published(p)).map(|p| p.name.to_string()).collect())
}

/// What is wrong with the manifests.
pub fn check(root: &Path) -> Result<Vec<Problem>> {
    let metadata = workspace(root)?;
    let mut problems = Vec::new();
    let mut asked: BTreeMap<&str, Vec<(String, &Package)>> = BTreeMap::new();
    for package in metadata.workspace_packages() {
        for dependency in package.dependencies.iter().filter(|d| d.path.is_none()) {
            asked.entry(&dependency.name).or_default().push((dependency.req.to_string(), package));
        }
        let mixed =
            package.targets.iter().any(|t| is_mixed(&t.crate_types.iter().map(ToString::to_string).collect::<Vec<_>>()));
        for name in without_std(package, &metadata) {
            problems.push(format!(
                "{}: feature `std` does not ask for `{name}/std`, so that crate takes the process for one without it",
                package.manifest_path
            ));
        }
        if mixed {
            problems.push(format!(
                "{}: with another kind of library beside `staticlib` cargo drops `lto`",
                package.manifest_path
            ));
        }
        if is_published(package) {
            let directory = package.manifest_path.parent().context("a manifest is in a directory")?;
            let readme = fs::read_to_string(directory.join("README.md")).unwrap_or_default();
            let lacks = lacking(package, &readme, &|file| directory.join(file).exists());
            problems.extend(lacks.into_iter().map(|what| format!("{}: {what}", package.manifest_path)));
        }
    }
    for (name, requests) in asked {
        if let Some((req, package)) = requests.iter().find(|(req, _)| !same(req, &requests[0].0)) {
            let (first, other) = (&requests[0], &package.manifest_path);
            problems.push(format!("{other}: {name} {req}, where {} has {}: workspace.dependencies", first.1.name, first.0));
        }
    }
    Ok(problems)
}

fn workspace(root: &Path) -> Result<Metadata> {
    let mut command = MetadataCommand::new();
    command.manifest_path(root.join("Cargo.toml")).no_deps().exec().context("asking cargo for the workspace")
}

fn is_published(package: &Package) -> bool {
    package.publish.as_ref().is_none_or(|registries| !registries.is_empty())
}

/// Crates of this workspace that a crate with a feature `std` depends on, have one too, and are not asked for it: a build of the
/// whole workspace hides that, as features add up there.
fn without_std<'a>(package: &'a Package, metadata: &Metadata) -> Vec<&'a str> {
    let Some(std) = package.features.get("std") else { return Vec::new() };
    let has_std = |name: &str| {
        let packages = metadata.workspace_packages();
        packages.iter().any(|p| p.name.as_str() == name && p.features.contains_key("std"))
    };
    let needed = package.dependencies.iter().filter(|d| d.kind == DependencyKind::Normal && d.path.is_some());
    let names = needed.map(|d| d.name.as_str()).filter(|name| has_std(name));
    names.filter(|name| !std.contains(&format!("{name}/std"))).collect()
}

/// Whether a target is a static library and something else: cargo leaves `lto` out for such a one, without a word.
fn is_mixed(kinds: &[String]) -> bool {
    kinds.len() > 1 && kinds.iter().any(|kind| kind == "staticlib")
}

/// Whether two requirements are met by the same versions; `1` and `1.1` are met by the newest 1.
fn same(a: &str, b: &str) -> bool {
    let major = |req: &str| {
        let parts: Vec<String> = req.trim_start_matches('^').split('.').map(String::from).collect();
        let significant = parts.iter().position(|p| p != "0").unwrap_or(parts.len() - 1);
        parts[..=significant].to_vec()
    };
    major(a) == major(b)
}

/// What a published crate's page lacks.
fn lacking(package: &Package, readme: &str, has: &dyn Fn(&str) -> bool) -> Vec<String> {
    let mut lacks = Vec::new();
    let mut want = |there: bool, what: &str| {
        if !there {
            lacks.push(what.to_string());
        }
    };
    want(package.description.is_some(), "no description");
    want(package.repository.is_some(), "no repository");
    want(package.license.is_some(), "no license");
    for file in ["LICENSE-MIT", "LICENSE-APACHE"] {
        want(has(file), &format!("no {file} beside it: a package is what is in its directory"));
    }
    // The registry's own limits.
    let fit = |word: &String| word.len() <= 20 && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_+".contains(c));
    want(
        (1..=5).contains(&package.keywords.len()) && package.keywords.iter().all(fit),
        "one to five keywords of up to 20 letters",
    );
    want((1..=5).contains(&package.categories.len()), "one to five categories");
    let targets = package.metadata.pointer("/docs/rs/targets").and_then(|t| t.as_array());
    let documented = |arch: Arch| targets.is_some_and(|t| t.iter().any(|t| t == arch.triple()));
    want(Arch::ALL.into_iter().all(documented), "package.metadata.docs.rs lacks a target");
    match &package.rust_version {
        Some(rust) => {
            let rust = format!("{}.{} or newer", rust.major, rust.minor);
            want(readme.contains(&rust), &format!("README.md does not say that it wants Rust {rust}"));
        }
        None => want(false, "no rust-version"),
    }
    for link in relative_links(readme) {
        want(false, &format!("README.md links to {link}, which leads nowhere on a page elsewhere"));
    }
    lacks
}

/// Targets of links that only work inside of the repository. An item of the crate (`[x](crate::x)`) is none: it is the crate's documentation, too.
fn relative_links(markdown: &str) -> Vec<&str> {
    let targets = markdown.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target);
    targets.filter(|t| t.contains('/') && !t.starts_with("https://") && !t.contains(char::is_whitespace)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_that_meet() {
        assert!(same("^1", "^1.1"));
        assert!(same("^0.8", "^0.8.2"));
        assert!(!same("^0.5", "^0.8"));
        assert!(!same("^1", "^2"));
    }

    #[test]
    fn links() {
        let text = "[a](../gc) [b](https://docs.rs/a) [c](#c) [d](crate::d) [e](DESIGN/e.md) `x[i](a / b)`";
        assert_eq!(relative_links(text), ["../gc", "DESIGN/e.md"]);
    }

    #[test]
    fn std_is_passed_on() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the repository");
        let metadata = workspace(root).expect("the workspace");
        let packages = metadata.workspace_packages();
        let package = packages.into_iter().find(|p| p.name.as_str() == "goxide-alloc").expect("the allocator");
        assert_eq!(without_std(package, &metadata), Vec::<&str>::new());
        let mut package = package.clone();
        package.features.insert("std".into(), Vec::new());
        assert_eq!(without_std(&package, &metadata), ["goxide-sys"]);
    }

    #[test]
    fn an_empty_page_lacks_everything() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the repository");
        let metadata = workspace(root).expect("the workspace");
        let mut package =
            metadata.workspace_packages().into_iter().find(|p| is_published(p)).expect("a published crate").clone();
        let good = format!(
            "Rust {} or newer",
            package.rust_version.as_ref().map(|v| format!("{}.{}", v.major, v.minor)).expect("a version")
        );
        assert_eq!(lacking(&package, &good, &|_| true), Vec::<String>::new());
        assert_eq!(lacking(&package, "", &|_| true).len(), 1);
        assert_eq!(lacking(&package, &good, &|_| false).len(), 2);
        package.keywords.push("a-keyword-of-more-than-twenty-letters".into());
        package.categories.clear();
        package.metadata = serde_json::json!({"docs": {"rs": {"targets": [Arch::Amd64.triple()]}}});
        assert_eq!(lacking(&package, &good, &|_| true).len(), 3);
    }

    #[test]
    fn a_static_library_is_nothing_else() {
        let kinds = |kinds: &[&str]| kinds.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert!(is_mixed(&kinds(&["staticlib", "rlib"])));
        assert!(!is_mixed(&kinds(&["staticlib"])));
        assert!(!is_mixed(&kinds(&["rlib", "cdylib"])));
    }
}
