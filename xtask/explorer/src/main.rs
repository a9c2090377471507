//! `cargo xtask explorer`: builds the explorer's page, then serves it on this machine, writes it as files, or checks it in a real browser.
//! `cargo xtask explore`: the same, with the recording of a program's run beside it.

mod browser;
mod check;
mod make;
mod record;
mod recorded;
mod serve;
mod sieve;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// The page on which one sees the crates work.
#[derive(Parser)]
#[command(name = "cargo xtask explorer", bin_name = "cargo xtask explorer", args_conflicts_with_subcommands = true)]
struct Args {
    #[command(flatten)]
    page: Page,
    #[command(subcommand)]
    with: Option<With>,
}

/// What is done with the page.
#[derive(clap::Args)]
struct Page {
    /// Write the page into this directory, for any static server, and serve nothing
    #[arg(long, value_name = "DIR")]
    dist: Option<PathBuf>,
    /// Port to serve it at, on the loopback address alone; 0: any
    #[arg(long, default_value_t = 8021)]
    port: u16,
    /// Check the page in Chromium, which chromedriver drives, and write screenshots to target/explorer/screenshots
    #[arg(long, conflicts_with = "dist")]
    check: bool,
}

#[derive(Subcommand)]
enum With {
    /// With the recording of a program's run: what cargo xtask explore asks for
    #[command(hide = true)]
    Explore(Explore),
}

#[derive(clap::Args)]
struct Explore {
    #[command(flatten)]
    page: Page,
    /// Goxide's go
    #[arg(long)]
    go: PathBuf,
    /// Where the program is to run
    #[arg(long)]
    directory: PathBuf,
    /// Milliseconds between two lines of the scheduler
    #[arg(long)]
    every: u32,
    /// Take no execution trace
    #[arg(long)]
    no_trace: bool,
    #[arg(last = true, required = true)]
    command: Vec<OsString>,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let outcome = match &args.with {
        None => show(&args.page),
        Some(With::Explore(args)) => explore(args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The page alone.
fn show(args: &Page) -> Result<()> {
    let made = make::make()?;
    if let Some(dir) = &args.dist {
        make::copy(&made.page, dir)?;
        println!("{}", dir.display());
        return Ok(());
    }
    let server = serve::Server::bind(&made.page, if args.check { 0 } else { args.port })?;
    if args.check {
        let address = server.address().to_string();
        std::thread::spawn(move || server.run());
        return check::run(&address, &made.screenshots);
    }
    println!("http://{} (Ctrl-C ends it)", server.address());
    server.run()
}

/// The page with the recording of a run.
fn explore(args: &Explore) -> Result<()> {
    let made = make::make()?;
    let ask = record::Ask {
        go: &args.go,
        directory: &args.directory,
        command: &args.command,
        every: args.every,
        trace: !args.no_trace,
    };
    let recorded = record::record(&ask, &made.recorded)?;
    println!("the program has ended: {}", recorded.status);
    if recorded.trace.is_none() && !args.no_trace {
        println!("it left no execution trace: only what go run builds, and what ends by itself, does");
    }
    let dir = args.page.dist.as_ref().unwrap_or(&made.recorded);
    make::copy(&made.page, dir)?;
    if let Some(dir) = &args.page.dist {
        make::copy_recording(&recorded, dir)?;
        println!("{}: open index.html?recording#run", dir.display());
        return Ok(());
    }
    let server = serve::Server::bind(dir, if args.page.check { 0 } else { args.page.port })?;
    if args.page.check {
        let address = server.address().to_string();
        std::thread::spawn(move || server.run());
        return recorded::run(&address, &made.screenshots, &recorded);
    }
    println!("http://{}/?recording#run (Ctrl-C ends it)", server.address());
    server.run()
}
