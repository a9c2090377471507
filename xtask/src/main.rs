//! `cargo xtask`: the project's commands, one file each under `cmd/`.
//!
//! This file parses the command line and dispatches; it does no work itself.

mod arch;
mod bench;
mod boundary;
mod buildflags;
mod cmd;
mod conformance;
mod fingerprint;
mod golang;
mod goobj;
mod inventory;
mod layout;
mod library;
mod measure;
mod outside;
mod packages;
mod parallel;
mod paths;
mod process;
mod progress;
mod size;
mod stack_budget;
mod start;
mod tidy;
mod toolchain;

use std::process::ExitCode;

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
    /// Build the page on which one sees the crates work, and serve it on this machine.
    Explorer(cmd::explorer::Args),
    /// Run a Go program and open the explorer's page on its bootstrap, collections and goroutines.
    Explore(cmd::explore::Args),
    /// Run that GOROOT's `go` with the arguments given.
    Go(cmd::go::Args),
    /// Hold Go programs' behaviour under Goxide against the official runtime's.
    Conformance(cmd::conformance::Args),
    /// Run Go programs on both runtimes and print the ratios.
    Bench(cmd::bench::Args),
    /// Run the own tests of Go packages on both runtimes.
    Packages(cmd::packages::Args),
    /// Real clusters of servers on both runtimes, under the same clients.
    Servers(cmd::servers::Args),
    /// A server under load: no request is lost, nothing is left behind, and when idle it makes no system call
    Soak(cmd::soak::Args),
    /// Measure what is claimed, side by side with official Go.
    Figures(cmd::figures::Args),
    /// Where the bytes of a program file go, by section, crate, module and symbol.
    Size(cmd::size::Args),
    /// Everything a change has to pass.
    Ci(cmd::ci::Args),
    /// Check layering and file rules.
    Tidy(cmd::tidy::Args),
    /// Hold the boundary table against what compiled Go code expects.
    Abi(cmd::abi::Args),
}

/// A failure whose every detail has been printed already, on standard output.
#[derive(Debug)]
struct Reported;

impl std::fmt::Display for Reported {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("see the report above")
    }
}

impl std::error::Error for Reported {}

fn main() -> ExitCode {
    let paths = paths::Paths::locate();
    let outcome = match Cli::parse().command {
        Command::Goroot(args) => cmd::goroot::run(&paths, &args),
        Command::Explorer(args) => cmd::explorer::run(&paths, &args),
        Command::Explore(args) => cmd::explore::run(&paths, &args),
        Command::Go(args) => cmd::go::run(&paths, &args),
        Command::Conformance(args) => cmd::conformance::run(&paths, &args),
        Command::Tidy(args) => cmd::tidy::run(&paths, &args),
        Command::Bench(args) => cmd::bench::run(&paths, &args),
        Command::Figures(args) => cmd::figures::run(&paths, &args),
        Command::Size(args) => cmd::size::run(&paths, &args),
        Command::Ci(args) => cmd::ci::run(&paths, &args),
        Command::Packages(args) => cmd::packages::run(&paths, &args),
        Command::Servers(args) => cmd::servers::run(&paths, &args),
        Command::Soak(args) => cmd::soak::run(&paths, &args),
        Command::Abi(args) => cmd::abi::run(&paths, &args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            if !error.is::<Reported>() {
                eprintln!("error: {error:#}");
            }
            ExitCode::FAILURE
        }
    }
}
