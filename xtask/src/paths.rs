//! Where things are: the repository, its build directory, the GOROOT made in it.

use std::path::{Path, PathBuf};

/// The directories every command starts from.
pub struct Paths {
    /// The repository.
    pub root: PathBuf,
    /// Everything built goes under here: `CARGO_TARGET_DIR` or `target`.
    pub target: PathBuf,
}

impl Paths {
    /// Finds the repository from this package's own directory.
    pub fn locate() -> Self {
        let package =
            std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = package.parent().unwrap_or(&package).to_path_buf();
        let target = match std::env::var_os("CARGO_TARGET_DIR") {
            Some(dir) => root.join(dir),
            None => root.join("target"),
        };
        Self { root, target }
    }

    /// The GOROOT when `--out` names no other place.
    pub fn goroot(&self) -> PathBuf {
        self.target.join("goroot")
    }

    /// `path` as a reader of messages wants it: relative to the repository.
    pub fn show<'a>(&self, path: &'a Path) -> std::path::Display<'a> {
        path.strip_prefix(&self.root).unwrap_or(path).display()
    }
}
