//! `cargo xtask go ARGS...`: Goxide's own `go`, its GOROOT brought up to date first.

use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::Result;

use crate::{arch::Arch, cmd::goroot, paths::Paths};

/// Arguments of `go`.
#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub struct Args {
    /// What follows is given to go as it stands
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<std::ffi::OsString>,
}

/// Becomes that `go`.
pub fn run(paths: &Paths, args: &Args) -> Result<()> {
    let made = goroot::ensure(paths, &paths.goroot(), &[Arch::wanted()], true)?;
    let failed = Command::new(made.go()).args(&args.args).env_remove("GOROOT").exec();
    Err(anyhow::Error::new(failed).context(made.go().display().to_string()))
}
