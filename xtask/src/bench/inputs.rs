//! What the programs of `bench programs` get as input, where neither the toolchain has it nor the tree: made from a seed or out of the
//! toolchain's own files, the same each time.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// Makes all inputs in a directory, unless they are there.
pub fn make(made: &Path, src: &Path) -> Result<()> {
    let done = made.join("done");
    if done.is_file() {
        return Ok(());
    }
    let modules = made.join("modules");
    fs::create_dir_all(&modules).with_context(|| format!("making {}", modules.display()))?;
    fs::write(made.join("records.json"), records(120_000))?;
    for number in 0..MODULES {
        fs::write(modules.join(format!("m{number}.js")), module(number))?;
    }
    fs::write(modules.join("index.js"), index())?;
    fs::write(made.join("script.sh"), shell(60_000))?;
    fs::write(made.join("page.html"), fs::read(src.join("cmd/trace/static/trace_viewer_full.html"))?.repeat(8))?;
    fs::write(made.join("long.go"), fs::read(src.join("net/http/h2_bundle.go"))?.repeat(4))?;
    let mut sources = Vec::new();
    for dir in ["net", "go"] {
        for entry in walkdir::WalkDir::new(src.join(dir)).sort_by_file_name() {
            let entry = entry?;
            if entry.file_type().is_file() && entry.path().extension().is_some_and(|e| e == "go") {
                sources.extend(fs::read(entry.path())?);
            }
        }
    }
    fs::write(made.join("sources.txt"), sources)?;
    fs::write(done, "")?;
    Ok(())
}

/// How many JavaScript modules there are.
const MODULES: usize = 600;

/// Numbers that look like chance, and are the same each time (Numerical Recipes' generator).
struct Numbers(u32);

impl Numbers {
    fn below(&mut self, n: u32) -> u32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) % n
    }
}

/// A JSON array of objects.
fn records(n: u32) -> String {
    let mut numbers = Numbers(1);
    let objects = (0..n).map(|id| {
        let (kind, value) = (numbers.below(50), numbers.below(10_000));
        let tags: Vec<String> = (0..numbers.below(5)).map(|_| format!("\"tag{}\"", numbers.below(200))).collect();
        format!("{{\"id\":{id},\"kind\":\"k{kind}\",\"value\":{value}.5,\"tags\":[{}]}}", tags.join(","))
    });
    format!("[{}]\n", objects.collect::<Vec<_>>().join(",\n"))
}

/// A module that imports two others before it.
fn module(number: usize) -> String {
    let mut numbers = Numbers(u32::try_from(number).expect("few modules"));
    let mut text = String::new();
    let mut others = vec![number / 2, number / 3];
    others.dedup();
    for other in others.into_iter().filter(|other| *other != number) {
        let _ = writeln!(text, "import {{ f{other}_0 as g{other} }} from './m{other}.js';");
    }
    for function in 0..20 {
        let (a, b) = (numbers.below(1000), numbers.below(1000));
        let _ = write!(
            text,
            "/** Function {function} of module {number}. */\nexport function f{number}_{function}(first, second = {a}) {{\n  \
             const total = [first, second].map((value) => value * {b}).filter(Boolean);\n  \
             if (total.length > {a}) {{ return {{ first, second, ...total, name: `n${{first}}` }}; }}\n  \
             for (let index = 0; index < total.length; index++) {{ first += total[index] ?? {b}; }}\n  return first;\n}}\n"
        );
    }
    text
}

/// The module that uses all.
fn index() -> String {
    (0..MODULES).map(|n| format!("import * as m{n} from './m{n}.js';\nconsole.log(m{n}, m{n}.f{n}_1({n}));\n")).collect()
}

/// A script of shell functions, badly indented.
fn shell(n: u32) -> String {
    let mut text = String::from("#!/bin/sh\n");
    for i in 0..n {
        let _ = write!(
            text,
            "f{i}()  {{\nif [ \"$1\" = {i} ] ;then echo \"a $(( $1+{i} ))\" |  sed 's/a/b/' >&2\n else\n  for x in 1 2 3;do   echo $x `date`\ndone\n  fi\n\
             case \"$2\" in a|b) return 1 ;; *) : ${{VAR:=x{i}}};; esac\n}}\n"
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_json_and_always_the_same() {
        let text = records(50);
        let parsed: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(parsed.as_array().map(Vec::len), Some(50));
        assert_eq!(text, records(50));
    }

    #[test]
    fn modules_import_what_is_there() {
        assert!(module(0).starts_with("/**"), "the first imports itself");
        assert_eq!(module(1).matches("import").count(), 1, "a name is declared once");
        assert!(module(7).contains("from './m3.js'") && module(7).contains("from './m2.js'"));
    }
}
