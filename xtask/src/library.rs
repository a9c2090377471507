//! Building the freestanding static library for one architecture.
//! Where it is put afterwards is `layout`'s business.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::{arch::Arch, paths::Paths, progress};

/// Flags beyond the `goroot` profile. The program is linked statically at a fixed
/// address, and Go's tracebacks and profilers walk frame pointers. With less inlining than usual, and without padding in front of
/// loops, an empty program is a seventh smaller, and no bench was slower.
const FLAGS: [&str; 6] = [
    "-Crelocation-model=static",
    "-Cforce-frame-pointers=yes",
    "-Cpanic=abort",
    "-Cdebuginfo=1",
    "-Cno-vectorize-loops",
    "-Cllvm-args=--inline-threshold=85 --inlinehint-threshold=120 --align-loops=1",
];

/// Builds `libgoxide_boot.a` and returns its path.
pub fn build(paths: &Paths, arch: Arch, quiet: bool) -> Result<PathBuf> {
    let target = paths.target.join("freestanding");
    let rustc = compiler(arch)?;
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .current_dir(&paths.root)
        .args([
            "build",
            "--package",
            "goxide-boot",
            "--lib",
            "--profile",
            "goroot",
            "--no-default-features",
            "--features",
            "freestanding",
        ])
        .args(["--target", arch.triple()])
        .arg("--target-dir")
        .arg(&target)
        .env("CARGO_ENCODED_RUSTFLAGS", FLAGS.join("\x1f"))
        .env_remove("RUSTFLAGS")
        // What `cargo run` set for this program must not leak into its own cargo.
        .env_remove("CARGO_MANIFEST_DIR")
        .stdin(Stdio::null());
    if let Some(rustc) = rustc {
        cargo.env("RUSTC", rustc).arg("--ignore-rust-version");
    }
    let built = if quiet {
        let _spin = progress::spinner(format!("building libgoxide.a for {arch}"));
        let output = cargo.output().context("cargo could not be run")?;
        if !output.status.success() {
            eprint!("{}", String::from_utf8_lossy(&output.stderr));
        }
        output.status
    } else {
        cargo.status().context("cargo could not be run")?
    };
    if !built.success() {
        bail!("the library does not build for {arch}; the compiler's messages stand above");
    }
    Ok(target.join(arch.triple()).join("goroot/libgoxide_boot.a"))
}

/// Makes sure there is a core library for the architecture. Returns a compiler to use
/// instead of the default one when rustup cannot provide it.
fn compiler(arch: Arch) -> Result<Option<PathBuf>> {
    if arch == Arch::host() || has_target("rustc", arch) {
        return Ok(None);
    }
    let _spin = progress::spinner(format!("adding the Rust target {}", arch.triple()));
    let added = Command::new("rustup").args(["target", "add", arch.triple()]).output();
    if added.is_ok_and(|o| o.status.success()) && has_target("rustc", arch) {
        return Ok(None);
    }
    // Debian's own compiler, whose libraries for other architectures are ordinary packages.
    let debian = PathBuf::from("/usr/bin/rustc");
    if has_target(&debian, arch) {
        return Ok(Some(debian));
    }
    bail!(
        "no Rust core library for {triple}, and rustup could not add it. Either\n  \
         rustup target add {triple}\nor, on Debian,\n  \
         dpkg --add-architecture {deb} && apt-get update && apt-get install rustc-web libstd-rust-web-dev:{deb}",
        triple = arch.triple(),
        deb = arch.go_name(),
    )
}

/// Whether a compiler has libraries for the architecture installed.
fn has_target(rustc: impl AsRef<std::ffi::OsStr>, arch: Arch) -> bool {
    let asked = Command::new(rustc).args(["--print", "target-libdir", "--target", arch.triple()]).output();
    let Ok(answer) = asked else { return false };
    let dir = PathBuf::from(String::from_utf8_lossy(&answer.stdout).trim());
    answer.status.success() && dir.is_dir() && dir.read_dir().is_ok_and(|mut d| d.next().is_some())
}
