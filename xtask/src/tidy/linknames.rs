//! Every function that goroot/boundary.txt offers to packages outside of std is called
//! by a conformance program, which holds it against official Go.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

/// How the table's block begins, and the line at which what others name ends.
const BLOCK: &str = "# ---- linknames of packages outside std";
const END: &str = "# What the Go half of these asks Rust.";

/// Finds the lines of the block that no program pulls in.
pub fn check(root: &Path, found: &mut Vec<String>) -> Result<()> {
    let table = fs::read_to_string(root.join("goroot/boundary.txt")).context("reading the boundary table")?;
    let offered = offered(&table);
    ensure!(!offered.is_empty(), "boundary.txt has no block {BLOCK:?}");
    let mut named = BTreeSet::new();
    for entry in fs::read_dir(root.join("conformance/linknames")).context("reading conformance/linknames")? {
        let source = fs::read_to_string(entry?.path())?;
        named.extend(names(&source).map(String::from));
    }
    for symbol in offered.iter().filter(|s| !named.contains(**s)) {
        found.push(format!(
            "goroot/boundary.txt: {symbol} is offered to packages outside of std, but no program in conformance/linknames calls it"
        ));
    }
    Ok(())
}

/// The symbols of the block.
fn offered(table: &str) -> Vec<&str> {
    let block = table.lines().skip_while(|l| *l != BLOCK).skip(1);
    let block = block.take_while(|l| *l != END && !l.starts_with("# ----"));
    block.filter(|l| !l.starts_with('#')).filter_map(|l| l.split_whitespace().nth(1)).collect()
}

/// What a program pulls in by `//go:linkname local symbol`.
fn names(source: &str) -> impl Iterator<Item = &str> {
    source.lines().filter_map(|l| l.strip_prefix("//go:linkname ")?.split_whitespace().nth(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_block_ends_where_its_helpers_begin() {
        let table = format!(
            "leaf runtime.a 0 1\n{BLOCK}\n# about it\nleaf runtime.b 0 1\ngo runtime.T.c\n{END}\nleaf runtime.d 0 1\n"
        );
        assert_eq!(offered(&table), ["runtime.b", "runtime.T.c"]);
        assert_eq!(names("//go:linkname b runtime.b\nfunc b()\n").collect::<Vec<_>>(), ["runtime.b"]);
    }
}
