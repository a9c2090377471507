//! The order of the crates: an arrow points down, or it is an error. The layers are
//! those of the design; a crate that is not among them is an error too.

use std::path::Path;

use anyhow::{Context, Result};
use cargo_metadata::{DependencyKind, MetadataCommand};

use super::Problem;

/// From the bottom up. A crate may name crates of lower layers only.
const LAYERS: [&[&str]; 11] = [
    &["sys", "gc-derive"],
    &["tls"],
    &["alloc", "stack"],
    &["gc", "sched", "sysmon", "netpoll", "chan", "maps"],
    &["symtab"],
    &["gotypes"],
    &["rt"],
    &["entries"],
    &["boot"],
    &["explorer"],
    &["xtask", "xtask-explorer"],
];

/// The only crates that may know that Go exists.
const KNOW_GO: [&str; 8] = ["symtab", "gotypes", "rt", "entries", "boot", "explorer", "xtask", "xtask-explorer"];

/// The name a package goes by in the design.
fn short(package: &str) -> &str {
    package.strip_prefix("goxide-").unwrap_or(package)
}

/// Whether a file, named from the repository's root, belongs to a crate that may not know that Go exists.
pub fn stands_alone(path: &str) -> bool {
    let mut parts = path.split('/');
    parts.next() == Some("crates") && parts.next().is_some_and(|name| !KNOW_GO.contains(&name))
}

fn layer(package: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&short(package)))
}

/// Dependencies that point up or sideways, among those that end up in a program.
pub fn check(root: &Path) -> Result<Vec<Problem>> {
    let metadata = MetadataCommand::new()
        .manifest_path(root.join("Cargo.toml"))
        .no_deps()
        .exec()
        .context("asking cargo for the workspace")?;
    let mut problems = Vec::new();
    for package in metadata.workspace_packages() {
        let name = package.name.as_str();
        if layer(name).is_none() {
            problems.push(format!("{}: {name} is in no layer of xtask/src/tidy/layers.rs", package.manifest_path));
        }
        let used = package.dependencies.iter().filter(|d| d.kind != DependencyKind::Development && d.path.is_some());
        problems.extend(used.filter_map(|d| arrow(name, &d.name)));
        if !KNOW_GO.contains(&short(name)) && package.readme.is_none() {
            problems.push(format!("{}: a crate of its own has a README.md", package.manifest_path));
        }
    }
    Ok(problems)
}

/// What is wrong with one crate naming another, if anything is.
fn arrow(from: &str, to: &str) -> Option<Problem> {
    let (above, below) = (layer(from)?, layer(to)?);
    let direction = match above.cmp(&below) {
        std::cmp::Ordering::Greater => return None,
        std::cmp::Ordering::Equal => "sideways",
        std::cmp::Ordering::Less => "up",
    };
    Some(format!("{from} -> {to} points {direction}: subsystems meet through a seam that boot plugs"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows() {
        for good in [("goxide-boot", "goxide-entries"), ("goxide-tls", "goxide-sys"), ("goxide-sched", "goxide-stack")] {
            assert_eq!(arrow(good.0, good.1), None, "{good:?}");
        }
        for bad in [("goxide-chan", "goxide-sched"), ("goxide-alloc", "goxide-gc"), ("goxide-sys", "goxide-tls")] {
            assert!(arrow(bad.0, bad.1).is_some(), "{bad:?}");
        }
    }
}
