//! Building a case with one Go installation. What is built already, from the same
//! sources with the same toolchain and library, is not built again.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::case::{Action, Case};
use crate::fingerprint::{self, Fingerprint};
use crate::golang::{BuildError, Golang, Package, finish};
use crate::paths::Paths;
use crate::process;

/// Where the programs of one installation are kept.
pub struct Builder<'a> {
    golang: &'a Golang,
    cache: PathBuf,
}

impl<'a> Builder<'a> {
    /// A builder for one corpus (`ours` or a suite's name) and one installation.
    pub fn new(paths: &Paths, corpus: &str, golang: &'a Golang) -> Self {
        let cache = format!("conformance/{corpus}/{}-{}{}", golang.label, golang.arch, golang.flags.slug());
        Self { golang, cache: paths.target.join(cache) }
    }

    /// The program of a case. The outer error is ours, the inner one the compiler's.
    pub fn build(&self, case: &Case) -> Result<Result<PathBuf, BuildError>> {
        let dir = self.cache.join(&case.name);
        fs::create_dir_all(&dir)?;
        let mut key = Fingerprint::default();
        for source in case.sources()? {
            key.text(&source.to_string_lossy()).text(&fingerprint::of_file(&source)?);
        }
        key.text(&format!("{:?} {:?} {:?} {}", case.action, case.flags, case.env, self.golang.flags));
        let mut linked = Fingerprint::default();
        key.text(&self.golang.compile_id);
        let compiled = key.finish();
        linked.text(&compiled).text(&self.golang.link_id);
        let linked = linked.finish();

        let exe = dir.join("exe");
        let is_current = |mark: &str, key: &str| fs::read_to_string(dir.join(mark)).is_ok_and(|k| k == key);
        if exe.exists() && is_current("linked", &linked) {
            return Ok(Ok(exe));
        }
        let reuse = is_current("compiled", &compiled);
        if !reuse {
            // Nothing of an older build may take part in this one.
            fs::remove_dir_all(&dir)?;
            fs::create_dir_all(&dir)?;
        }
        let honours_symbols = matches!(case.action, Action::Run) && case.flags.is_empty();
        anyhow::ensure!(honours_symbols || !case.symbols, "{}: `symbols` is for `run` without flags", case.name);
        let built = match case.action {
            Action::Run if case.flags.is_empty() => {
                let link: &[&str] = if case.symbols { &["-s=false", "-w=false"] } else { &[] };
                self.single(case.package(), link, &dir, reuse)
            }
            Action::Run => self.with_go(case, &dir),
            Action::RunDir => self.directory(case, &dir, reuse),
            Action::RunInDir => self.module(case, &dir),
            Action::RunOutput => self.generated(case, &dir)?,
            Action::Not(why) => anyhow::bail!("{} is not run: {why}", case.name),
        };
        if built.is_ok() {
            fs::write(dir.join("compiled"), compiled)?;
            fs::write(dir.join("linked"), linked)?;
        }
        Ok(built.map(|()| exe))
    }

    fn single(&self, files: Vec<PathBuf>, link: &[&str], dir: &Path, reuse: bool) -> Result<(), BuildError> {
        let object = dir.join("main.a");
        if !reuse || !object.exists() {
            self.golang.compile(&main_package(files), "", &object)?;
        }
        let link: Vec<String> = link.iter().map(|&flag| flag.into()).collect();
        self.golang.link(&object, "", &link, &dir.join("exe"))
    }

    /// Flags are the go command's, so it is asked itself.
    fn with_go(&self, case: &Case, dir: &Path) -> Result<(), BuildError> {
        let mut go = self.golang.go(["build", "-trimpath", "-o"]);
        go.arg(dir.join("exe")).args(self.golang.flags.for_go()).args(&case.flags).args(case.package()).envs(&case.env);
        go.current_dir(parent(&case.file));
        finish(go, "go build")
    }

    /// The packages of a directory in the order of their files; each may import the
    /// earlier ones as `./name`.
    fn directory(&self, case: &Case, dir: &Path, reuse: bool) -> Result<(), BuildError> {
        let packages = packages(&case.dir()).map_err(|e| BuildError(format!("{e:#}")))?;
        let split = case.flags.iter().position(|f| f == "-ldflags").unwrap_or(case.flags.len());
        let (flags, ldflags) = case.flags.split_at(split);
        let mut more = String::new();
        let mut last = None;
        for mut package in packages {
            package.flags = flags.to_vec();
            let object = dir.join(format!("{}.a", package.path.replace('/', "-")));
            if !reuse || !object.exists() {
                self.golang.compile(&package, &more, &object)?;
            }
            if package.path != "main" {
                more.push_str(&format!("\npackagefile {}={}\n", package.path, object.display()));
            }
            last = Some(object);
        }
        let main = last.ok_or_else(|| BuildError("the directory holds no Go files".into()))?;
        let ldflags = ldflags.get(1..).unwrap_or_default();
        self.golang.link(&main, &more, ldflags, &dir.join("exe"))
    }

    /// A copy of the directory as a module of its own.
    fn module(&self, case: &Case, dir: &Path) -> Result<(), BuildError> {
        let copy = dir.join("module");
        let laid_out = || -> Result<()> {
            let from = case.dir();
            for entry in walkdir::WalkDir::new(&from) {
                let entry = entry?;
                let to = copy.join(entry.path().strip_prefix(&from)?);
                if entry.file_type().is_dir() {
                    fs::create_dir_all(&to)?;
                } else {
                    fs::copy(entry.path(), &to)?;
                }
            }
            let name = from.file_name().context("a directory has a name")?.to_string_lossy();
            fs::write(copy.join("go.mod"), format!("module {name}\ngo 1.14\n"))?;
            Ok(())
        };
        laid_out().map_err(|e| BuildError(format!("{e:#}")))?;
        let mut go = self.golang.go(["build", "-o"]);
        go.arg(dir.join("exe"))
            .args(self.golang.flags.for_go())
            .args(&case.flags)
            .arg(".")
            .current_dir(&copy)
            .env("GOPATH", dir.join("gopath"));
        finish(go, "go build")
    }

    /// The program that the case prints.
    fn generated(&self, case: &Case, dir: &Path) -> Result<Result<(), BuildError>> {
        let generator = dir.join("generator");
        fs::create_dir_all(&generator)?;
        let built = match case.flags.is_empty() {
            true => self.single(case.package(), &[], &generator, false),
            false => self.with_go(case, &generator),
        };
        if let Err(error) = built {
            return Ok(Err(error));
        }
        let mut run = super::run::command(self.golang.arch, &generator.join("exe"))?;
        run.args(&case.args).current_dir(parent(&case.file));
        let limit = super::run::limit(case, self.golang.arch) + Duration::from_secs(20);
        let ran = process::run(run, &generator, limit, process::Streams::Apart)?;
        if ran.exit != process::Exit::Code(0) {
            return Ok(Err(BuildError(format!("the generator ended with {}:\n{}", ran.exit, ran.stderr))));
        }
        let source = generator.join("tmp__.go");
        fs::write(&source, ran.stdout)?;
        Ok(self.single(vec![source], &[], dir, false))
    }
}

fn parent(file: &Path) -> &Path {
    file.parent().unwrap_or(file)
}

fn main_package(files: Vec<PathBuf>) -> Package {
    let dir = files.first().map_or(Path::new("."), |f| parent(f)).into();
    Package { path: "main".into(), dir, files, flags: Vec::new() }
}

/// Groups a directory's files by their package clause, in the order of the files.
fn packages(dir: &Path) -> Result<Vec<Package>> {
    let mut files: Vec<PathBuf> = fs::read_dir(dir)
        .with_context(|| format!("reading {}", dir.display()))?
        .map(|e| Ok(e?.path()))
        .collect::<Result<_>>()?;
    files.retain(|f| f.extension().is_some_and(|e| e == "go"));
    files.sort();
    let mut found: Vec<(String, Package)> = Vec::new();
    for file in files {
        let source = fs::read_to_string(&file)?;
        let clause = source.lines().find_map(|l| l.strip_prefix("package "));
        let clause = clause.with_context(|| format!("{} has no package clause", file.display()))?;
        let name: String = clause.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        ensure!(!name.is_empty(), "{} has a strange package clause", file.display());
        if let Some((_, package)) = found.iter_mut().find(|(n, _)| *n == name) {
            package.files.push(file);
            continue;
        }
        let stem = file.file_stem().unwrap_or_default().to_string_lossy();
        let path = if name == "main" { "main".into() } else { format!("test/{stem}") };
        found.push((name, Package { path, dir: dir.into(), files: vec![file], flags: Vec::new() }));
    }
    Ok(found.into_iter().map(|(_, package)| package).collect())
}
