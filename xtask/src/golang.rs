//! One Go installation seen as a compiler for one architecture: the official one or
//! Goxide's. Compiles and links single programs by calling the tools directly, which
//! spares each of hundreds of programs the start of a whole `go build`.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::buildflags::BuildFlags;
use crate::cmd::goroot::Made;
use crate::{arch::Arch, fingerprint, layout, paths::Paths, progress};

/// A Go installation and an architecture.
pub struct Golang {
    /// How reports name it.
    pub label: &'static str,
    /// What it compiles for.
    pub arch: Arch,
    /// How it builds.
    pub flags: BuildFlags,
    /// Where it is.
    pub goroot: PathBuf,
    tools: PathBuf,
    /// Where the packages of std are, one `packagefile` line each.
    importcfg: PathBuf,
    /// Changes when anything that is compiled against changes.
    pub compile_id: String,
    /// Changes when anything that is linked changes.
    pub link_id: String,
}

impl Golang {
    /// The official toolchain that `made` was made from.
    pub fn official(paths: &Paths, made: &Made, arch: Arch) -> Result<Self> {
        Self::official_with(paths, made, arch, &BuildFlags::default())
    }

    /// The official toolchain, building with flags.
    pub fn official_with(paths: &Paths, made: &Made, arch: Arch, flags: &BuildFlags) -> Result<Self> {
        Self::new(paths, "go", made.official.goroot.clone(), &made.official.host, arch, flags)
    }

    /// Goxide itself.
    pub fn goxide(paths: &Paths, made: &Made, arch: Arch) -> Result<Self> {
        Self::goxide_with(paths, made, arch, &BuildFlags::default())
    }

    /// Goxide itself, building with flags.
    pub fn goxide_with(paths: &Paths, made: &Made, arch: Arch, flags: &BuildFlags) -> Result<Self> {
        Self::new(paths, "goxide", made.goroot.clone(), &made.official.host, arch, flags)
    }

    /// Another installation of Goxide, such as an earlier commit's, which has to be made of the same toolchain.
    pub fn beside(paths: &Paths, made: &Made, arch: Arch, goroot: &Path) -> Result<Self> {
        let library = layout::library(goroot, arch);
        ensure!(
            library.is_file(),
            "{} is not an installation of Goxide for {arch}: {} is missing; `cargo xtask goroot` makes one in target/goroot",
            goroot.display(),
            library.display()
        );
        let goroot = goroot.canonicalize().with_context(|| format!("finding {}", goroot.display()))?;
        Self::new(paths, "beside", goroot, &made.official.host, arch, &BuildFlags::default())
    }

    /// Official Go of any release, and what it calls that.
    pub fn release(paths: &Paths, arch: Arch, goroot: &Path) -> Result<(Self, String)> {
        let missing = || format!("{} is no installation of Go: it has no VERSION and pkg/tool", goroot.display());
        let version = fs::read_to_string(goroot.join("VERSION")).with_context(missing)?;
        let version = version.lines().next().unwrap_or_default().to_string();
        let tools = fs::read_dir(goroot.join("pkg/tool")).with_context(missing)?;
        let host = tools.flatten().map(|e| e.file_name().to_string_lossy().into_owned()).find(|n| n.contains('_'));
        let host = host.with_context(missing)?;
        ensure!(
            !layout::library(goroot, arch).is_file(),
            "{} is an installation of Goxide, not of official Go: --beside measures beside it",
            goroot.display()
        );
        let goroot = goroot.canonicalize().with_context(|| format!("finding {}", goroot.display()))?;
        Ok((Self::new(paths, "against", goroot, &host, arch, &BuildFlags::default())?, version))
    }

    fn new(
        paths: &Paths,
        label: &'static str,
        goroot: PathBuf,
        host: &str,
        arch: Arch,
        flags: &BuildFlags,
    ) -> Result<Self> {
        let mut golang = Self {
            label,
            arch,
            tools: goroot.join("pkg/tool").join(host),
            importcfg: paths.target.join(format!("conformance/{label}-{arch}{}.importcfg", flags.slug())),
            flags: flags.clone(),
            goroot,
            compile_id: String::new(),
            link_id: String::new(),
        };
        golang.list_std()?;
        let library = layout::library(&golang.goroot, arch);
        golang.link_id = golang.compile_id.clone() + &fingerprint::of_file(&library).unwrap_or_default();
        Ok(golang)
    }

    /// Compiles std where it is not in the build cache yet, and notes where its packages are.
    fn list_std(&mut self) -> Result<()> {
        let spin = progress::spinner(format!("std of {} for {}", self.label, self.arch));
        let format =
            "{{if .Export}}packagefile {{.ImportPath}}={{.Export}}{{else if .GoFiles}}missing {{.ImportPath}}{{end}}";
        let listed = self
            .go(["list", "-e", "-export", "-f", format])
            .args(self.flags.for_go())
            .arg("std")
            .current_dir(&self.goroot)
            .output()
            .with_context(|| format!("running {}", self.goroot.join("bin/go").display()))?;
        let said = String::from_utf8_lossy(&listed.stderr);
        ensure!(listed.status.success(), "go list -export std failed with {}:\n{said}", self.label);
        let listed = String::from_utf8(listed.stdout).context("a package list is text")?;
        let missing: Vec<&str> = listed.lines().filter_map(|l| l.strip_prefix("missing ")).collect();
        let missing: Vec<&str> = missing.into_iter().filter(|p| *p != "unsafe").collect();
        if !missing.is_empty() {
            // `go list -e` keeps the reasons to itself; `go build` gives them.
            let first = if missing.contains(&"runtime") { "runtime" } else { missing[0] };
            let built = self.go(["build"]).args(self.flags.for_go()).arg(first).current_dir(&self.goroot).output()?;
            bail!(
                "{} packages of std do not compile with {} for {}. {first} says:\n{}",
                missing.len(),
                self.label,
                self.arch,
                String::from_utf8_lossy(&built.stderr)
            );
        }
        spin.finish_and_clear();
        let listed: String = listed.lines().filter(|l| l.starts_with("packagefile ")).flat_map(|l| [l, "\n"]).collect();
        self.compile_id = fingerprint::of_bytes(listed.as_bytes());
        fs::create_dir_all(self.importcfg.parent().expect("it is inside the build directory"))?;
        fs::write(&self.importcfg, &listed)?;
        Ok(())
    }

    /// This installation's `go` command.
    pub fn go<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Command {
        let mut go = Command::new(self.goroot.join("bin/go"));
        self.environment(&mut go);
        go.args(args);
        go
    }

    /// Another program, for which this installation's `go` is the one that it finds.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        self.environment(&mut command);
        let mut path = self.goroot.join("bin").into_os_string();
        if let Some(others) = std::env::var_os("PATH") {
            path.push(":");
            path.push(others);
        }
        command.env("PATH", path);
        command
    }

    /// Where the packages of std are, one `packagefile` line each.
    pub fn importcfg(&self) -> &Path {
        &self.importcfg
    }

    fn environment(&self, command: &mut Command) {
        command
            .env("GOROOT", &self.goroot)
            .env("GOOS", "linux")
            .env("GOARCH", self.arch.go_name())
            .env("CGO_ENABLED", "0")
            .env("GOTOOLCHAIN", "local")
            .env("GOENV", "off")
            .env("GO111MODULE", "auto")
            .env_remove("GOFLAGS")
            .env_remove("GOEXPERIMENT")
            .env_remove("GOAMD64")
            .envs(self.flags.env());
    }

    fn tool(&self, name: &str) -> Command {
        let mut tool = Command::new(self.tools.join(name));
        self.environment(&mut tool);
        tool
    }

    /// Compiles one package to `out`. `more` holds `packagefile` lines beyond std.
    pub fn compile(&self, package: &Package, more: &str, out: &Path) -> Result<(), BuildError> {
        let importcfg = self.importcfg_with(more, out)?;
        let mut compile = self.tool("compile");
        compile.arg("-e").args(["-D", "test"]).arg("-p").arg(&package.path);
        compile.arg("-importcfg").arg(importcfg).arg("-o").arg(out);
        // File names in tracebacks are then the same on every machine.
        compile.arg("-trimpath").arg(format!("{}=>", package.dir.display()));
        compile.args(self.flags.for_compile()).args(&package.flags).args(&package.files).current_dir(&package.dir);
        finish(compile, "compile")
    }

    /// The compiler's assembly listing of one file.
    pub fn listing(&self, file: &Path, out: &Path) -> Result<String> {
        let mut compile = self.tool("compile");
        compile.args(["-S", "-p", "main", "-importcfg"]).arg(&self.importcfg).arg("-o").arg(out).arg(file);
        let output = compile.output().context("running the compiler")?;
        let listing = String::from_utf8_lossy(&output.stdout).into_owned();
        ensure!(output.status.success(), "compile failed:\n{listing}");
        Ok(listing)
    }

    /// Links a main package.
    pub fn link(&self, main: &Path, more: &str, flags: &[String], out: &Path) -> Result<(), BuildError> {
        let importcfg = self.importcfg_with(more, main)?;
        let mut link = self.tool("link");
        link.args(self.flags.for_link()).arg("-importcfg").arg(importcfg).args(flags).arg("-o").arg(out).arg(main);
        finish(link, "link")
    }

    fn importcfg_with(&self, more: &str, beside: &Path) -> Result<PathBuf, BuildError> {
        if more.is_empty() {
            return Ok(self.importcfg.clone());
        }
        let path = beside.with_extension("importcfg");
        let text = fs::read_to_string(&self.importcfg).and_then(|std| fs::write(&path, std + more));
        text.map_err(|e| BuildError(format!("{}: {e}", path.display())))?;
        Ok(path)
    }
}

/// A package to compile.
pub struct Package {
    /// Its import path.
    pub path: String,
    /// Where its files are.
    pub dir: PathBuf,
    /// Its files.
    pub files: Vec<PathBuf>,
    /// Compiler flags.
    pub flags: Vec<String>,
}

/// What the compiler or the linker said when it failed.
#[derive(Debug)]
pub struct BuildError(pub String);

/// Runs a tool to its end; its words are the error.
pub fn finish(mut tool: Command, name: &str) -> Result<(), BuildError> {
    let output = tool.output().map_err(|e| BuildError(format!("{name}: {e}")))?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    Err(BuildError(format!("{name} failed:\n{}", String::from_utf8_lossy(&said).trim_end())))
}
