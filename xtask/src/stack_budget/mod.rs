//! The stack that leaf entries take, read off the machine code. A leaf runs on the goroutine's own stack, of which a Go
//! function's prologue guarantees 800 bytes; this adds up, over everything the leaf calls, what it pushes.
//!
//! The library is linked whole (`image`), each function decoded (`amd64`, `arm64`) into steps (`step`), followed for its own
//! frame (`walk`), and the frames added over the calls (`graph`). What code does not show is in `rules`.

mod amd64;
mod arm64;
mod graph;
mod image;
mod recursion;
mod rules;
mod step;
mod walk;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Result, ensure};

use crate::arch::Arch;
use crate::boundary::{Depths, Entry, HAND_WRITTEN_LEAVES, Kind, Measured};
use graph::{Graph, Worst};
use image::Image;
pub use step::Wants;

/// What a prologue guarantees.
const GUARANTEED: i64 = 800;
/// What of it is not Rust's: the stub with its return addresses and alignment (40 bytes). Stubs of entries that yield
/// run a leaf only where a prologue's guarantee is left whole. For the others the linker adds up the rest, the Go functions
/// without a stack check that call them (`boundary`): syscall.Syscall6 with its callees takes 144 bytes.
const NOT_OURS: i64 = 200;
/// The bound that each leaf has to keep, and what the linker counts for one whose library is not there.
pub const LIMIT: i64 = GUARANTEED - NOT_OURS;
/// How many leaves the table shows.
const SHOWN: usize = 10;

/// The Rust symbols that run on a goroutine's stack.
pub fn leaves(table: &[Entry]) -> Vec<String> {
    let of_entry = |e: &Entry| match e.kind {
        Kind::Leaf | Kind::Long(_) => Some(e.rust_symbol()),
        Kind::Fast => Some(e.rust_symbol() + "_fast"),
        _ => None,
    };
    let mut all: Vec<String> = table.iter().filter_map(of_entry).collect();
    all.extend(HAND_WRITTEN_LEAVES.iter().map(|&s| s.to_owned()));
    all.sort();
    all.dedup();
    all
}

/// How much of a goroutine's stack each leaf takes, for the linker, and what it wants, for its stub. Nothing if there is no such library: it will be built,
/// and this asked again, before anything is linked with it.
pub fn depths(library: &Path, arch: Arch, leaves: &[String]) -> Result<Depths> {
    if !library.exists() {
        return Ok(Depths::new());
    }
    let image = Image::of_library(library, arch)?;
    let mut graph = Graph::new(&image);
    let mut depths = Depths::new();
    for leaf in leaves {
        // One that is missing is reported by the link; one without a bound has no number.
        let Some(at) = image.symbol(leaf) else { continue };
        let worst = graph.worst(at);
        ensure!(worst.unbounded.is_empty(), "{leaf} ({arch}) has no bound on its stack: {}", worst.unbounded.join("; "));
        let straight = image.function(at).and_then(|f| image.code(f)).and_then(|code| straight(arch, code));
        depths.insert(leaf.clone(), Measured { bytes: worst.bytes, wants: worst.wants, straight });
    }
    Ok(depths)
}

/// What a routine does before its return, if that is so little and of such a kind that its callers may have a copy.
fn straight(arch: Arch, code: &[u8]) -> Option<Vec<u8>> {
    /// Bytes of a copy: a call and what it costs a caller in bytes, twice.
    const MOST: usize = 24;
    let code = match arch {
        Arch::Amd64 => amd64::straight(code),
        Arch::Arm64 => arm64::straight(code),
    };
    code.filter(|code| code.len() <= MOST).map(<[u8]>::to_vec)
}

/// Prints the deepest leaves of a library and answers what is wrong with any.
pub fn check(library: &Path, arch: Arch, leaves: &[String]) -> Result<Vec<String>> {
    let image = Image::of_library(library, arch)?;
    let mut graph = Graph::new(&image);
    let mut problems = Vec::new();
    let mut rows: Vec<(&str, Worst)> = Vec::new();
    for leaf in leaves {
        match image.symbol(leaf) {
            Some(at) => rows.push((leaf, graph.worst(at))),
            None => problems.push(format!("{leaf}: the library does not define it ({arch})")),
        }
    }
    rows.sort_by_key(|(name, worst)| (-worst.bytes, *name));
    println!("{:<52}{:>7} of {LIMIT} bytes of stack", format!("deepest of {} leaves ({arch})", rows.len()), "bytes");
    for (name, worst) in rows.iter().take(SHOWN) {
        println!("{name:<52}{:>7}  {}", worst.bytes, worst.way());
    }
    for (name, worst) in &rows {
        problems.extend(faults(worst).into_iter().map(|fault| format!("{name} ({arch}): {fault}")));
    }
    Ok(problems)
}

/// What is wrong with what runs on system stacks, as far as it is checked: recursion.
pub fn check_recursion(library: &Path, arch: Arch) -> Result<Vec<String>> {
    let image = Image::of_library(library, arch)?;
    let recursive = recursion::unexplained(&image);
    println!("{} functions, {} cycles of calls without a reason ({arch})", image.functions().count(), recursive.len());
    Ok(recursive.iter().map(|names| format!("recursion that no rule bounds ({arch}): {}", names.join(", "))).collect())
}

/// What is compiled twice: the scheduler is generic over its embedder, and each crate that calls a generic function of it gets a copy of all
/// that this reaches. Crate rt compiles it once (`rt::sched`, `compiled_here`), for all to call.
pub fn check_copies(library: &Path, arch: Arch) -> Result<Vec<String>> {
    let image = Image::of_library(library, arch)?;
    let copied = copies(&image);
    Ok(copied.iter().map(|name| format!("compiled twice ({arch}): {name}: call it by goxide_rt::sched")).collect())
}

/// The scheduler's methods that are there more than once. Small ones are inlined in places, which is as well.
fn copies(image: &Image) -> Vec<String> {
    const SMALL: u64 = 128;
    let mut seen = BTreeMap::new();
    for f in image.functions().filter(|f| f.size > SMALL && f.name.starts_with("goxide_sched::")) {
        *seen.entry(f.name.clone()).or_insert(0) += 1;
    }
    // Closures' functions have parameters of their own, and what takes a closure is another function for each.
    let is_method = |name: &String| !name.contains("{{closure}}") && !name.ends_with(">::locked");
    seen.into_iter().filter(|(name, n)| *n > 1 && is_method(name)).map(|(name, _)| name).collect()
}

/// What is wrong with a leaf.
fn faults(worst: &Worst) -> Vec<String> {
    let mut faults: Vec<String> = worst.unbounded.iter().map(|why| format!("no bound: {why}")).collect();
    if worst.bytes > LIMIT {
        faults.push(format!("{} bytes of stack, {LIMIT} allowed: {}", worst.bytes, worst.way()));
    }
    if let Some(way) = &worst.panics {
        faults.push(format!("may panic: {}", way.join(" > ")));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_of_the_scheduler_are_found() {
        let (large, small) = ([0x90; 200], [0x90; 20]);
        let image = |names: [&str; 2], code: &[u8]| {
            copies(&Image::of_functions(Arch::Amd64, 0x1000, &names.map(|name| (name, code))))
        };
        let schedule = "goxide_sched::schedule::<impl goxide_sched::model::Sched<H>>::schedule";
        assert_eq!(image([schedule; 2], &large), [schedule]);
        assert_eq!(image([schedule; 2], &small), [""; 0]);
        assert_eq!(image([schedule, "goxide_sched::idle::other"], &large), [""; 0]);
        assert_eq!(image(["goxide_rt::pieces::go"; 2], &large), [""; 0]);
    }
}
