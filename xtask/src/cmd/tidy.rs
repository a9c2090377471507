//! `cargo xtask tidy`: layering and file rules; the rules are in `crate::tidy`.

use anyhow::Result;

use crate::{paths::Paths, tidy};

/// Arguments of `tidy`.
#[derive(clap::Args)]
pub struct Args {}

/// Prints what is untidy and fails if anything is.
pub fn run(paths: &Paths, _args: &Args) -> Result<()> {
    let problems = tidy::check(&paths.root)?;
    for problem in &problems {
        println!("{problem}");
    }
    println!("{} problems", problems.len());
    if problems.is_empty() { Ok(()) } else { Err(crate::Reported.into()) }
}
