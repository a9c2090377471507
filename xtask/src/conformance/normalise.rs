//! What may differ between two faithful runs is made equal here and nowhere else,
//! by the rules in `conformance/normalise.toml`.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use regex::Regex;
use serde::Deserialize;

/// The rules, compiled.
pub struct Rules(Vec<(Stream, Regex, String)>);

/// What a rule applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error, where tracebacks are.
    Stderr,
    /// Either.
    Both,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    rule: Vec<Rule>,
}

/// One rule as it stands in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    /// Why two faithful runs may differ in this.
    #[serde(rename = "why")]
    _why: String,
    stream: Stream,
    pattern: String,
    replace: String,
}

impl Rules {
    /// Reads the rules of a corpus.
    pub fn read(file: &Path) -> Result<Self> {
        let text = fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
        Self::parse(&text).with_context(|| file.display().to_string())
    }

    fn parse(text: &str) -> Result<Self> {
        let document: Document = toml::from_str(text)?;
        let compile = |r: Rule| Ok((r.stream, Regex::new(&r.pattern)?, r.replace));
        Ok(Self(document.rule.into_iter().map(compile).collect::<Result<_, regex::Error>>()?))
    }

    /// Applies the rules for one stream. `places` are directories of this run and the
    /// names they go by.
    pub fn apply(&self, stream: Stream, text: &str, places: &[(&Path, &str)]) -> String {
        let mut text = text.to_string();
        for (place, name) in places {
            text = text.replace(&*place.to_string_lossy(), name);
        }
        for (applies, pattern, replace) in &self.0 {
            if *applies == stream || *applies == Stream::Both {
                text = pattern.replace_all(&text, replace).into_owned();
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stderr(text: &str) -> String {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../conformance/normalise.toml");
        let rules = Rules::read(&file).expect("the rules are readable");
        rules.apply(Stream::Stderr, text, &[(Path::new("/opt/go"), "$GOROOT")])
    }

    #[test]
    fn tracebacks_of_two_machines_become_equal() {
        let one = "panic: x\n\ngoroutine 18 [running]:\nmain.f(0xc000012345?, {0x45e0a0, 0x1})\n\tchan/a.go:7 +0x1d\n\
                   created by main.main in goroutine 1\n\tchan/a.go:9 +0x25\n";
        let two = "panic: x\n\ngoroutine 6 [running]:\nmain.f(0xc0000a0000?, {0x55e0a0, 0x1})\n\tchan/a.go:7 +0x11d\n\
                   created by main.main in goroutine 1\n\tchan/a.go:9 +0x45\n";
        assert_eq!(stderr(one), stderr(two));
    }

    #[test]
    fn the_line_of_the_program_and_small_arguments_stay() {
        assert_ne!(stderr("\tchan/a.go:7 +0x1d"), stderr("\tchan/a.go:8 +0x1d"));
        assert_ne!(stderr("main.f(0x1)"), stderr("main.f(0x2)"));
        assert_ne!(stderr("goroutine 1 [running]:"), stderr("goroutine 2 [running]:"));
    }

    #[test]
    fn where_the_runtime_keeps_a_function_is_its_own_business() {
        let one = "panic({0x1, 0x2})\n\t/opt/go/src/runtime/panic.go:914 +0x21f\n";
        let two = "panic({0x1, 0x2})\n\t/opt/go/src/runtime/stubs_amd64.s:12 +0x2\n";
        assert_eq!(stderr(one), stderr(two));
    }
}
