//! `cargo xtask explorer`: the page on which one sees the crates work. The work is done by the package `xtask/explorer`, which is apart since what
//! it is made of (`wasm-bindgen`'s tool, a browser's client) takes longer to build than all other commands together.

use std::ffi::OsString;
use std::process::Command;

use anyhow::{Context, Result};

use crate::paths::Paths;

/// Arguments of `explorer`.
#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub struct Args {
    /// What `cargo xtask explorer --help` explains: --dist DIR, --port N, --check
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<OsString>,
}

impl Args {
    /// Those of the browser tests.
    pub fn check() -> Args {
        Args { args: vec!["--check".into()] }
    }
}

/// Builds the package and runs it.
pub fn run(paths: &Paths, args: &Args) -> Result<()> {
    run_tool(paths, &args.args)
}

/// Builds the package and runs it with some arguments.
pub fn run_tool(paths: &Paths, args: &[OsString]) -> Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut tool = Command::new(cargo);
    tool.args(["run", "--quiet", "--package", "xtask-explorer", "--"]).args(args).current_dir(&paths.root);
    let status = tool.status().context("running cargo")?;
    // It has said what was wrong.
    if status.success() { Ok(()) } else { Err(crate::Reported.into()) }
}
