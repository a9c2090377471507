//! `cargo xtask packages`: the own tests of real Go packages with both runtimes. Running and comparing is in
//! `crate::packages`; here are the packages, and the report.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::cmd::goroot;
use crate::golang::Golang;
use crate::packages::Runner;
use crate::{arch::Arch, paths::Paths, progress};

/// Arguments of `packages`.
#[derive(clap::Args)]
pub struct Args {
    /// Packages, or patterns of packages, as `go test` takes them [default: those of conformance/PACKAGES.txt]
    package: Vec<String>,
    /// Where their sources are: the GOPATH in which Debian's golang-*-dev packages lie
    #[arg(long, value_name = "DIR", default_value = "/usr/share/gocode")]
    gopath: PathBuf,
    /// Further flags for go test, such as --flag=-race or --flag=-run=TestX
    #[arg(long = "flag", value_name = "FLAG", allow_hyphen_values = true)]
    flags: Vec<String>,
}

/// Runs the tests of every package on both runtimes; fails when one that passes officially does not pass here, unless it needs
/// what Goxide refuses by name.
pub fn run(paths: &Paths, args: &Args) -> Result<()> {
    let listed = listed(paths)?;
    let wanted: Vec<&str> = match args.package.is_empty() {
        true => listed.iter().map(|(pattern, _)| pattern.as_str()).collect(),
        false => args.package.iter().map(String::as_str).collect(),
    };
    let gopath = own_copy(paths, &args.gopath, &wanted, &listed)?;
    let made = goroot::ensure(paths, &paths.goroot(), &[Arch::host()], true)?;
    let official = Golang::official(paths, &made, Arch::host())?;
    let goxide = Golang::goxide(paths, &made, Arch::host())?;
    let reports = paths.target.join("packages/reports");
    let runner = |golang| Runner { golang, gopath: &gopath, flags: &args.flags, reports: reports.clone() };

    let mut lost = 0;
    println!("{:<44}{:>12}{:>12}{:>8}{:>9}", "package", "official", "goxide", "lost", "refused");
    for pattern in wanted {
        let spin = progress::spinner(format!("{pattern}: official Go"));
        let (expected, _, _) = runner(&official).run(pattern)?;
        spin.set_message(format!("{pattern}: Goxide"));
        let (found, refused, report) = runner(&goxide).run(pattern)?;
        spin.finish_and_clear();
        ensure!(expected.passed() > 0, "no test of {pattern} passes officially");
        let names = found.lost_since(&expected);
        let (official, goxide) = (expected.passed(), found.passed());
        println!("{pattern:<44}{official:>12}{goxide:>12}{:>8}{:>9}", names.len(), refused.len());
        for refusal in refused {
            println!("  {}.{} is refused: {}", refusal.package, refusal.test, refusal.said);
        }
        for name in names.iter().take(20) {
            println!("  {name}");
        }
        if names.len() > 20 {
            println!("  and {} more", names.len() - 20);
        }
        if !names.is_empty() {
            println!("  report: {}", paths.show(&report));
        }
        lost += names.len();
    }
    if lost > 0 {
        return Err(crate::Reported.into());
    }
    Ok(())
}

/// The list of packages: pattern, and Debian's package that has it (`std` for the standard library).
fn listed(paths: &Paths) -> Result<Vec<(String, String)>> {
    let file = paths.root.join("conformance/PACKAGES.txt");
    let text = std::fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
    let lines = text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#'));
    lines
        .map(|line| match line.split_whitespace().collect::<Vec<_>>()[..] {
            [pattern, debian] => Ok((pattern.into(), debian.into())),
            _ => bail!("PACKAGES.txt: {line:?} is not PATTERN DEBIAN-PACKAGE"),
        })
        .collect()
}

/// A copy of the GOPATH, links resolved: tests write beside their sources, and `go` does not embed links.
pub fn own_copy(paths: &Paths, gopath: &Path, wanted: &[&str], listed: &[(String, String)]) -> Result<PathBuf> {
    let copy = paths.target.join("packages/gopath");
    let outside = wanted.iter().filter(|p| p.split('/').next().is_some_and(|first| first.contains('.')));
    let present = |pattern: &str| gopath.join("src").join(pattern.trim_end_matches("/...")).is_dir();
    let absent: Vec<&str> = outside.copied().filter(|p| !present(p)).collect();
    if !absent.is_empty() {
        let debian = |p: &&str| listed.iter().find(|(pattern, _)| pattern == p).map(|(_, debian)| debian.as_str());
        let install: Vec<&str> = absent.iter().filter_map(debian).collect();
        bail!(
            "not below {}: {}. Debian has them: apt-get install {}",
            gopath.join("src").display(),
            absent.join(", "),
            install.join(" ")
        );
    }
    if gopath.is_dir() {
        std::fs::create_dir_all(&copy)?;
        let status = Command::new("cp").arg("-ruL").arg(gopath.join("src")).arg(&copy).status().context("running cp")?;
        ensure!(status.success(), "copying {} to {} failed", gopath.display(), paths.show(&copy));
    }
    Ok(copy)
}
