//! What `cargo xtask bench memory`, `bench concurrency`, `bench stalls`, `bench talk` and `bench programs` do: Go programs run on both
//! runtimes in turn, what they print and what the kernel says of them, and the tables of that.

mod child;
pub mod concurrency;
mod inputs;
mod lines;
pub mod memory;
mod programs;
mod series;
pub mod stalls;
pub mod stats;
pub mod talk;
pub mod whole;

use std::path::PathBuf;

use anyhow::Result;

use crate::arch::Arch;
use crate::cmd::goroot;
use crate::golang::Golang;
use crate::measure::{NAMES, Pair};
use crate::paths::Paths;

/// What Goxide is measured beside.
#[derive(clap::Args, Default)]
pub struct Beside {
    /// Measure beside another Goxide, such as an earlier commit's target/goroot, instead of official Go
    #[arg(long, value_name = "GOROOT")]
    beside: Option<PathBuf>,
    /// Official Go in both columns: what the machine alone makes of the ratios
    #[arg(long, hide = true, conflicts_with = "beside")]
    official_twice: bool,
}

impl Beside {
    /// Both installations.
    pub fn pair(&self, paths: &Paths) -> Result<Pair> {
        if let Some(goroot) = &self.beside {
            println!("beside: {}\n", goroot.display());
            return Pair::beside(paths, goroot);
        }
        if !self.official_twice {
            return Ok(Pair::new(paths)?.0);
        }
        let made = goroot::official_only(paths)?;
        let official = || Golang::official(paths, &made, Arch::host());
        Ok(Pair { official: official()?, goxide: official()?, names: [NAMES[0], "again"] })
    }
}

/// Which of the two runs at a turn: the order alternates, so that neither always profits.
fn turns(round: u32) -> [usize; 2] {
    if round.is_multiple_of(2) { [0, 1] } else { [1, 0] }
}
