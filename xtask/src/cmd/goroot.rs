//! `cargo xtask goroot`: the GOROOT that links Goxide, made or brought up to date.
//! The steps are in `toolchain`, `library` and `layout`; here is only their order
//! and the decision whether anything is to be done.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::fingerprint::Fingerprint;
use crate::toolchain::Toolchain;
use crate::{arch::Arch, layout, library, paths::Paths, progress};

/// Arguments of `goroot`.
#[derive(clap::Args, Default)]
pub struct Args {
    /// Where to lay it out [default: target/goroot]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Build the library for this architecture only [default: both]
    #[arg(long)]
    arch: Option<Arch>,
}

/// Makes the GOROOT and prints its path as the last line.
pub fn run(paths: &Paths, args: &Args) -> Result<()> {
    let arches = args.arch.map_or_else(|| Arch::ALL.to_vec(), |a| vec![a]);
    let out = args.out.clone().unwrap_or_else(|| paths.goroot());
    let made = ensure(paths, &std::path::absolute(out)?, &arches, false)?;
    println!("{}", made.goroot.display());
    Ok(())
}

/// A GOROOT that is up to date, and the toolchain it was made from.
pub struct Made {
    /// Goxide's GOROOT.
    pub goroot: PathBuf,
    /// The official toolchain.
    pub official: Toolchain,
}

impl Made {
    /// The `go` that links Goxide.
    pub fn go(&self) -> PathBuf {
        self.goroot.join("bin/go")
    }
}

/// Brings the GOROOT at `out` up to date for the architectures given. With nothing
/// changed this only compares time stamps.
pub fn ensure(paths: &Paths, out: &Path, arches: &[Arch], quiet: bool) -> Result<Made> {
    let official = Toolchain::find(paths)?;
    let parent = out.parent().context("the GOROOT needs a directory to be in")?;
    fs::create_dir_all(parent)?;
    let name = out.file_name().context("the GOROOT needs a name")?.to_string_lossy();
    let stamps = parent.join(format!(".{name}.stamps"));
    fs::create_dir_all(&stamps)?;
    // One at a time: two commands may want the same GOROOT.
    let lock = fs::File::create(stamps.join("lock"))?;
    lock.lock()?;

    let current = fingerprint(paths, &official, out);
    let stamp = |arch: Arch| stamps.join(arch.go_name());
    let is_current =
        |arch: Arch| fs::read_to_string(stamp(arch)).is_ok_and(|s| s == current) && layout::library(out, arch).exists();
    let made = Made { goroot: out.to_path_buf(), official };
    if arches.iter().all(|&a| is_current(a)) {
        return Ok(made);
    }

    // First the libraries: when one does not build, the GOROOT stays as it was.
    let mut built = Vec::new();
    for &arch in arches.iter().filter(|&&a| !is_current(a)) {
        built.push((arch, library::build(paths, arch, quiet)?));
    }
    let spin = progress::spinner("laying out the GOROOT");
    let toolchain_stamp = stamps.join("toolchain");
    // The layout's own source counts: what it does may have changed.
    let toolchain_id = made.official.id() + &crate::fingerprint::of_bytes(include_bytes!("../layout.rs"));
    if !out.exists() || fs::read_to_string(&toolchain_stamp).ok().as_deref() != Some(&toolchain_id) {
        let _ = fs::remove_file(&toolchain_stamp);
        layout::toolchain_files(&made.official, out)?;
        fs::write(&toolchain_stamp, toolchain_id)?;
    }
    layout::runtime(paths, &made.official, out, &built)?;
    for arch in Arch::ALL {
        match built.iter().find(|(a, _)| *a == arch) {
            Some((_, library)) => layout::install_library(library, out, arch)?,
            // A library of another day does not fit this package runtime.
            None if !is_current(arch) => drop(fs::remove_file(layout::library(out, arch))),
            None => {}
        }
    }
    layout::linker(paths, &made.official, out)?;
    for (arch, _) in &built {
        fs::write(stamp(*arch), &current)?;
    }
    spin.finish_and_clear();
    Ok(made)
}

/// The official toolchain alone, for what does not need Goxide. The GOROOT named may not exist.
pub fn official_only(paths: &Paths) -> Result<Made> {
    Ok(Made { goroot: paths.goroot(), official: Toolchain::find(paths)? })
}

/// Everything the GOROOT is made of.
fn fingerprint(paths: &Paths, official: &Toolchain, out: &Path) -> String {
    let mut all = Fingerprint::default();
    all.text(&official.id()).text(&out.to_string_lossy());
    for part in ["goroot", "crates", "Cargo.toml", "Cargo.lock", "xtask/src"] {
        all.tree(&paths.root.join(part));
    }
    all.finish()
}
