//! `cargo xtask explorer`: builds the explorer's page, then serves it on this machine, writes it as files, or checks it in a real browser.

mod browser;
mod check;
mod make;
mod serve;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

/// The page on which one sees the crates work.
#[derive(Parser)]
#[command(name = "cargo xtask explorer", bin_name = "cargo xtask explorer")]
struct Args {
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

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<()> {
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
