//! `cargo xtask bench programs`: whole programs that this project did not write, from the toolchain's and Debian's Go sources, built with both
//! runtimes and run on the same input in turn. Their output has to be the same; what is compared is processor time, the time that passes, and
//! the most memory.
//!
//! Which programs and with what arguments stands in `conformance/bench/programs/programs.toml`. The input that they get is made in `inputs`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use super::child::{self, Bounds};
use super::{Beside, inputs, stats, turns};
use crate::cmd::packages;
use crate::golang::Golang;
use crate::measure::Pair;
use crate::{fingerprint, paths::Paths, progress};

/// Arguments of `bench programs`.
#[derive(clap::Args)]
pub struct Args {
    /// Only the programs whose name contains one of these, such as gofmt
    only: Vec<String>,
    /// How often each program is run on each runtime
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Where the sources that are not the toolchain's are: the GOPATH in which Debian's golang-*-dev packages lie
    #[arg(long, value_name = "DIR", default_value = "/usr/share/gocode")]
    gopath: PathBuf,
    #[command(flatten)]
    bounds: Bounds,
    #[command(flatten)]
    beside: Beside,
}

/// The file of programs.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    program: Vec<Program>,
}

/// One program, as the file says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Program {
    name: String,
    package: String,
    debian: String,
    args: Vec<String>,
    #[serde(default)]
    env: BTreeMap<String, String>,
    #[serde(default)]
    sorted: bool,
}

/// What runs of a program took: of each runtime, one value a run.
#[derive(Default)]
struct Taken {
    cpu: [Vec<f64>; 2],
    wall: [Vec<f64>; 2],
    peak: [Vec<f64>; 2],
}

/// The directories that arguments name.
struct Places {
    src: PathBuf,
    here: PathBuf,
    made: PathBuf,
    scratch: PathBuf,
    importcfg: PathBuf,
}

impl Places {
    fn fresh(&self) -> PathBuf {
        self.scratch.join("fresh")
    }

    fn out(&self) -> PathBuf {
        self.scratch.join("out")
    }

    /// What an argument stands for: several arguments if it is `{go:PACKAGE}`.
    fn fill(&self, argument: &str, golang: &Golang) -> Result<Vec<String>> {
        if let Some(package) = argument.strip_prefix("{go:").and_then(|rest| rest.strip_suffix('}')) {
            return go_files(package, golang);
        }
        let mut text = argument.to_owned();
        let places = [
            ("{src}", &self.src),
            ("{here}", &self.here),
            ("{made}", &self.made),
            ("{out}", &self.out()),
            ("{fresh}", &self.fresh()),
            ("{importcfg}", &self.importcfg),
        ];
        for (name, path) in places {
            text = text.replace(name, &path.to_string_lossy());
        }
        ensure!(!text.contains('{') || !text.starts_with('{'), "programs.toml: {argument} stands for nothing");
        Ok(vec![text])
    }
}

/// The Go files of a package of std that are compiled for this machine without cgo.
fn go_files(package: &str, golang: &Golang) -> Result<Vec<String>> {
    let format = "{{$d := .Dir}}{{range .GoFiles}}{{$d}}/{{.}}\n{{end}}";
    let listed = golang.go(["list", "-f", format, package]).env("CGO_ENABLED", "0").output().context("running go list")?;
    ensure!(listed.status.success(), "go list {package}: {}", String::from_utf8_lossy(&listed.stderr));
    Ok(String::from_utf8(listed.stdout)?.lines().map(str::to_owned).collect())
}

/// Runs the programs wanted and prints the table.
pub fn run(paths: &Paths, args: &Args) -> Result<()> {
    let here = paths.root.join("conformance/bench/programs");
    let programs = wanted(&fs::read_to_string(here.join("programs.toml"))?, &args.only)?;
    let listed: Vec<(String, String)> = programs.iter().map(|p| (p.package.clone(), p.debian.clone())).collect();
    let packages: Vec<&str> = programs.iter().map(|p| p.package.as_str()).collect();
    let gopath = packages::own_copy(paths, &args.gopath, &packages, &listed)?;
    let pair = args.beside.pair(paths)?;
    let compiler = Pair::compiler(paths)?;
    let made = paths.target.join("bench/inputs");
    let src = compiler.goroot.join("src");
    inputs::make(&made, &src)?;
    let scratch = paths.target.join("bench/run");
    let places = Places { src, here, made, scratch, importcfg: compiler.importcfg().to_owned() };

    println!("{:<14}{:>11}{:>11}{:>9}{:>9}{:>9}", "CPU s (median)", pair.names[0], pair.names[1], "CPU", "time", "memory");
    let bar = progress::bar(programs.len() * args.rounds as usize * 2, "programs");
    let (mut ratios, mut failed) = ([const { Vec::new() }; 3], 0);
    for program in &programs {
        bar.set_message(program.name.clone());
        let taken = both(paths, &pair, &compiler, &gopath, &places, program, args, &|| bar.inc(1));
        match taken {
            Ok(taken) => {
                let of = |values: &[Vec<f64>; 2]| stats::median(&values[0]) / stats::median(&values[1]);
                let row = [of(&taken.cpu), of(&taken.wall), of(&taken.peak)];
                ratios.iter_mut().zip(row).for_each(|(all, ratio)| all.push(ratio));
                let (name, [go, goxide]) = (&program.name, taken.cpu.map(|c| stats::median(&c)));
                let [cpu, wall, peak] = row;
                bar.suspend(|| println!("{name:<14}{go:>11.2}{goxide:>11.2}{cpu:>9.2}{wall:>9.2}{peak:>9.2}"));
            }
            Err(error) => {
                failed += 1;
                bar.suspend(|| println!("{}: {error:#}", program.name));
            }
        }
    }
    bar.finish_and_clear();
    if let [Some(cpu), Some(wall), Some(peak)] = ratios.map(|r| stats::geometric_mean(&r)) {
        println!("{:<36}{cpu:>9.2}{wall:>9.2}{peak:>9.2}", "geometric mean");
    }
    println!("\nratios: the first's over the second's; above 1 Goxide is better. Output was the same in every run.");
    ensure!(failed == 0, "{failed} of {} programs did not run as they should", programs.len());
    Ok(())
}

/// The programs of the file whose names contain one of `only`, or all.
fn wanted(file: &str, only: &[String]) -> Result<Vec<Program>> {
    let List { program: mut programs } = toml::from_str(file).context("reading programs.toml")?;
    let names = programs.iter().map(|p| p.name.as_str()).collect::<Vec<_>>().join(", ");
    programs.retain(|p| only.is_empty() || only.iter().any(|o| p.name.contains(o.as_str())));
    ensure!(!programs.is_empty(), "no program is called {}; there are {names}", only.join(" or "));
    Ok(programs)
}

/// Builds a program with both and runs it on both, in turn.
#[expect(clippy::too_many_arguments, reason = "what all programs share, and one")]
fn both(
    paths: &Paths,
    pair: &Pair,
    compiler: &Golang,
    gopath: &Path,
    places: &Places,
    program: &Program,
    args: &Args,
    tick: &dyn Fn(),
) -> Result<Taken> {
    let mut built = Vec::new();
    for golang in pair.both() {
        let exe = paths.target.join("bench/programs").join(format!("{}-{}", program.name, golang.label));
        let mut go = golang.go(["build", "-o"]);
        go.arg(&exe).arg(&program.package).env("GO111MODULE", "off").env("GOPATH", gopath).env("CGO_ENABLED", "0");
        let done = go.output().context("running go build")?;
        ensure!(done.status.success(), "does not build with {}:\n{}", golang.label, String::from_utf8_lossy(&done.stderr));
        built.push(exe);
    }
    let mut arguments = Vec::new();
    for argument in &program.args {
        arguments.extend(places.fill(argument, compiler)?);
    }
    let mut taken = Taken::default();
    let mut said: Option<String> = None;
    for round in 0..args.rounds {
        for which in turns(round) {
            let _ = fs::remove_dir_all(&places.scratch);
            fs::create_dir_all(places.fresh())?;
            // The tools that some of them start are the official ones for both.
            let mut command = compiler.command(&built[which]);
            command.args(&arguments).current_dir(&places.scratch).env_remove("GOGC").env_remove("GOMEMLIMIT");
            for (name, value) in &program.env {
                command.env(name, places.fill(value, compiler)?.concat());
            }
            let begin = Instant::now();
            let ended = child::run(command, &places.scratch, args.bounds)?;
            taken.wall[which].push(begin.elapsed().as_secs_f64());
            taken.cpu[which].push(ended.cpu);
            taken.peak[which].push(ended.peak);
            let now = output(places, program.sorted)?;
            if said.get_or_insert_with(|| now.clone()) != &now {
                bail!("the output of run {} with {} is another", round + 1, pair.names[which]);
            }
            tick();
        }
    }
    Ok(taken)
}

/// What a program has written, to its standard output and to its file; nothing at all is no work done.
fn output(places: &Places, sorted: bool) -> Result<String> {
    let mut all = fs::read(places.scratch.join("stdout"))?;
    if sorted {
        let mut lines: Vec<&[u8]> = all.split(|b| *b == b'\n').collect();
        lines.sort_unstable();
        all = lines.join(&b'\n');
    }
    all.extend(fs::read(places.out()).unwrap_or_default());
    ensure!(!all.is_empty(), "it wrote nothing");
    Ok(fingerprint::of_bytes(&all))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_programs_is_read() {
        let file = include_str!("../../../conformance/bench/programs/programs.toml");
        assert!(wanted(file, &[]).expect("a good file").len() >= 10);
        let one = wanted(file, &["gofm".into()]).expect("a good file");
        assert_eq!((one.len(), one[0].package.as_str()), (1, "cmd/gofmt"));
        let none = wanted(file, &["nothing".into()]).map(|p| p.len()).expect_err("there is none");
        assert!(none.to_string().contains("gofmt"), "{none}");
        assert!(wanted("[[program]]\nname = 'x'\nsort = true", &[]).is_err());
    }
}
