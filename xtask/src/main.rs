//! `cargo xtask`: the project's commands, one file each under `cmd/`.
//!
//! This file parses the command line and dispatches; it does no work itself.

mod arch;
mod boundary;
mod cmd;
mod fingerprint;
mod layout;
mod library;
mod paths;
mod progress;
mod toolchain;

use clap::{Parser, Subcommand};

/// The project's commands.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// One variant per file in `cmd/`.
#[derive(Subcommand)]
enum Command {
    /// Build the static library and lay out the GOROOT that links it.
    Goroot(cmd::goroot::Args),
    /// Run that GOROOT's `go` with the arguments given.
    Go(cmd::go::Args),
}

fn main() -> anyhow::Result<()> {
    let paths = paths::Paths::locate();
    match Cli::parse().command {
        Command::Goroot(args) => cmd::goroot::run(&paths, &args),
        Command::Go(args) => cmd::go::run(&paths, &args),
    }
}
