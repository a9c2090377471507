//! What `cargo xtask bench memory` and `cargo xtask bench talk` do: Go programs run on both
//! runtimes in turn, what they print and what the kernel says of them, and the tables of that.

mod child;
mod lines;
pub mod memory;
mod series;
mod stats;
pub mod talk;

use anyhow::Result;

use crate::arch::Arch;
use crate::cmd::goroot;
use crate::golang::Golang;
use crate::measure::Pair;
use crate::paths::Paths;

/// Both installations; or the official one twice, to try the benchmarks themselves.
fn pair(paths: &Paths, official_twice: bool) -> Result<Pair> {
    if !official_twice {
        return Ok(Pair::new(paths)?.0);
    }
    println!("(official Go in both columns)\n");
    let made = goroot::official_only(paths)?;
    let official = || Golang::official(paths, &made, Arch::host());
    Ok(Pair { official: official()?, goxide: official()? })
}

/// Which of the two runs at a turn: the order alternates, so that neither always profits.
fn turns(round: u32) -> [usize; 2] {
    if round.is_multiple_of(2) { [0, 1] } else { [1, 0] }
}
