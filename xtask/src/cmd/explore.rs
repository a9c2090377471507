//! `cargo xtask explore -- go run prog.go`: runs a Go program so that it leaves a recording, and opens the explorer's page on it. The work is
//! done by the package `xtask/explorer`; here the GOROOT is brought up to date.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::{arch::Arch, cmd::explorer, cmd::goroot, paths::Paths};

/// Arguments of `explore`.
#[derive(clap::Args)]
pub struct Args {
    /// Write the page and the recording into this directory, for any static server, and serve nothing
    #[arg(long, value_name = "DIR")]
    dist: Option<PathBuf>,
    /// Port to serve the page at, on the loopback address alone; 0: any
    #[arg(long, default_value_t = 8021)]
    port: u16,
    /// Check in Chromium that the page shows the recording, and write screenshots to target/explorer/screenshots
    #[arg(long, conflicts_with = "dist")]
    check: bool,
    /// Milliseconds between two lines of the scheduler
    #[arg(long, value_name = "MS", default_value_t = 10)]
    every: u32,
    /// Take no execution trace: for a program that takes one itself
    #[arg(long)]
    no_trace: bool,
    /// What to run: `go run` with its arguments, or a program that Goxide built; it has to end by itself
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

impl Args {
    /// Those of the browser tests, with a program of the corpus.
    pub fn check(program: &Path) -> Args {
        let command = vec!["go".into(), "run".into(), program.into()];
        Args { dist: None, port: 0, check: true, every: 10, no_trace: false, command }
    }
}

/// Brings the GOROOT up to date and hands over.
pub fn run(paths: &Paths, args: &Args) -> Result<()> {
    let here = std::env::current_dir()?;
    let go = if args.command[0] == "go" {
        goroot::ensure(paths, &paths.goroot(), &[Arch::wanted()], true)?.go()
    } else {
        paths.goroot().join("bin/go")
    };
    let mut all: Vec<OsString> =
        vec!["explore".into(), "--go".into(), go.into(), "--directory".into(), here.clone().into()];
    all.extend([format!("--every={}", args.every), format!("--port={}", args.port)].map(OsString::from));
    if let Some(dir) = &args.dist {
        all.extend(["--dist".into(), here.join(dir).into()]);
    }
    all.extend(args.check.then(|| "--check".into()));
    all.extend(args.no_trace.then(|| "--no-trace".into()));
    all.push("--".into());
    all.extend(args.command.iter().cloned());
    explorer::run_tool(paths, &all)
}
