//! Builds the page: the crate for WebAssembly, its bindings, the files beside it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use xtask_wasm::Dist;

use crate::record::Recorded;

const TARGET: &str = "wasm32-unknown-unknown";
const PACKAGE: &str = "goxide-explorer";

/// What was made, and where screenshots are to go.
pub struct Made {
    /// The page's directory.
    pub page: PathBuf,
    /// Where a program's run is recorded, and the page is served with it.
    pub recorded: PathBuf,
    /// Where `--check` puts what it saw.
    pub screenshots: PathBuf,
}

/// Builds all of it, below the target directory.
pub fn make() -> Result<Made> {
    have_target()?;
    let home = PathBuf::from(&xtask_wasm::metadata().target_directory).join("explorer");
    let page = home.join("page");
    let mut build = xtask_wasm::default_build_command();
    // Small rather than fast, for the page alone: other release builds keep their settings.
    build.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "s").env("CARGO_PROFILE_RELEASE_DEBUG", "false");
    build.env("CARGO_PROFILE_RELEASE_LTO", "fat").env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "1").arg("--quiet");
    let mut dist = Dist::default().build_command(build).dist_dir(&page).app_name("explorer");
    dist.release = true;
    dist.build(PACKAGE).context("building the explorer")?;
    Ok(Made { page, recorded: home.join("recorded"), screenshots: home.join("screenshots") })
}

/// Copies the page's files into a directory, in which other files stay.
pub fn copy(page: &Path, dir: &Path) -> Result<()> {
    fs::create_dir_all(dir).with_context(|| format!("making {}", dir.display()))?;
    for entry in fs::read_dir(page)? {
        let entry = entry?;
        // The page is flat; what a TypeScript compiler wants is nothing for a browser.
        if entry.file_type()?.is_file() && !entry.file_name().to_string_lossy().ends_with(".d.ts") {
            let to = dir.join(entry.file_name());
            fs::copy(entry.path(), &to).with_context(|| format!("writing {}", to.display()))?;
        }
    }
    Ok(())
}

/// Copies what a program left to where the page looks for it.
pub fn copy_recording(recorded: &Recorded, dir: &Path) -> Result<()> {
    let trace = dir.join("recording.trace");
    if recorded.trace.is_none() && trace.exists() {
        fs::remove_file(&trace).with_context(|| format!("removing {}, which is from another run", trace.display()))?;
    }
    for file in [Some(&recorded.lines), recorded.trace.as_ref()].into_iter().flatten() {
        let to = dir.join(file.file_name().context("a recording's name")?);
        fs::copy(file, &to).with_context(|| format!("writing {}", to.display()))?;
    }
    Ok(())
}

/// Sees to it that the compiler can compile for WebAssembly.
fn have_target() -> Result<()> {
    if library_is_there()? {
        return Ok(());
    }
    eprintln!("installing the target {TARGET} with rustup");
    let installed = Command::new("rustup").args(["target", "add", TARGET]).status();
    match installed {
        Ok(status) if status.success() => {}
        Ok(_) => bail!("rustup cannot install the target {TARGET}: see above; it needs a network for that once"),
        Err(_) => bail!(
            "the compiler has no core library for {TARGET}, and there is no rustup to install it: add it as this compiler's packager has it"
        ),
    }
    ensure!(library_is_there()?, "rustup has installed {TARGET} for another toolchain than the one that cargo uses here");
    Ok(())
}

/// Whether the compiler has a core library for WebAssembly.
fn library_is_there() -> Result<bool> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let asked = Command::new(rustc).args(["--print", "target-libdir", "--target", TARGET]).output();
    let asked = asked.context("asking rustc where its libraries are")?;
    let dir = PathBuf::from(String::from_utf8_lossy(&asked.stdout).trim());
    let is_core = |e: fs::DirEntry| e.file_name().to_string_lossy().starts_with("libcore-");
    Ok(asked.status.success() && fs::read_dir(dir).is_ok_and(|files| files.flatten().any(is_core)))
}
