//! A way to build Go programs: the flags and settings of a `go build`, for the go
//! command and for compiler and linker called directly. `VARIANTS` are the builds
//! under which a program must do the same as built without flags.

use std::fmt;

use anyhow::{Result, bail, ensure};

/// The builds that programs are also tried under.
pub const VARIANTS: [&str; 7] = [
    "-gcflags=all=-N -l",
    "-gcflags=all=-l",
    "-gcflags=all=-d=checkptr",
    "GOAMD64=v3",
    "-trimpath",
    "-ldflags=-s -w",
    "-ldflags=",
];

/// Flags of a build, as words of a `go build` command line; and settings of its environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BuildFlags {
    gcflags: Option<String>,
    ldflags: Option<String>,
    trimpath: bool,
    env: Vec<(String, String)>,
    text: String,
}

impl BuildFlags {
    /// Reads one word: `-gcflags=all=FLAGS`, `-ldflags=FLAGS`, `-trimpath` or a setting `GO...=V`.
    pub fn parse(word: &str) -> Result<Self> {
        let mut flags = Self { text: word.to_string(), ..Self::default() };
        if let Some(value) = word.strip_prefix("-gcflags=") {
            ensure!(value.starts_with("all="), "{word}: flags for part of a program are no build of the corpus; all= is");
            flags.gcflags = Some(value["all=".len()..].to_string());
        } else if let Some(value) = word.strip_prefix("-ldflags=") {
            flags.ldflags = Some(value.to_string());
        } else if word == "-trimpath" {
            flags.trimpath = true;
        } else if let Some((key, value)) = word.split_once('=').filter(|(k, _)| k.starts_with("GO")) {
            flags.env.push((key.to_string(), value.to_string()));
        } else {
            bail!("{word:?} is no build: it should look like '-gcflags=all=-N -l', '-ldflags=-s', -trimpath or GOAMD64=v3");
        }
        Ok(flags)
    }

    /// Whether programs are built without any flags.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the build means something on an architecture: GOAMD64 does not on arm64.
    pub fn applies_to(&self, goarch: &str) -> bool {
        let other =
            |key: &str| key.len() > 2 && ["AMD64", "ARM64"].contains(&&key[2..]) && !key[2..].eq_ignore_ascii_case(goarch);
        !self.env.iter().any(|(key, _)| other(key))
    }

    /// For `go build` and `go list`.
    pub fn for_go(&self) -> Vec<String> {
        let mut words = Vec::new();
        words.extend(self.gcflags.as_ref().map(|f| format!("-gcflags=all={f}")));
        words.extend(self.ldflags.as_ref().map(|f| format!("-ldflags={f}")));
        words.extend(self.trimpath.then(|| "-trimpath".to_string()));
        words
    }

    /// For the compiler.
    pub fn for_compile(&self) -> impl Iterator<Item = &str> {
        self.gcflags.iter().flat_map(|f| f.split_whitespace())
    }

    /// For the linker. Without flags of the build's own, programs carry no symbols that only debuggers read.
    pub fn for_link(&self) -> impl Iterator<Item = &str> {
        self.ldflags.as_deref().unwrap_or("-s -w").split_whitespace()
    }

    /// The environment of every tool.
    pub fn env(&self) -> impl Iterator<Item = (&str, &str)> {
        self.env.iter().map(|(k, v)| (k.as_str(), v.as_str()))
    }

    /// A file name's worth: empty for the build without flags.
    pub fn slug(&self) -> String {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
        if self.is_default() { String::new() } else { format!("-{}", self.text.chars().map(plain).collect::<String>()) }
    }
}

impl fmt::Display for BuildFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_go_to_the_tools_they_are_for() {
        let f = BuildFlags::parse("-gcflags=all=-N -l").unwrap();
        assert_eq!(f.for_compile().collect::<Vec<_>>(), ["-N", "-l"]);
        assert_eq!(f.for_go(), ["-gcflags=all=-N -l"]);
        assert_eq!(f.for_link().collect::<Vec<_>>(), ["-s", "-w"]);
        let f = BuildFlags::parse("-ldflags=").unwrap();
        assert_eq!(f.for_link().count(), 0, "no flags are flags too: the symbols stay");
        assert!(!f.is_default());
    }

    #[test]
    fn a_setting_of_one_architecture_is_none_of_another() {
        let f = BuildFlags::parse("GOAMD64=v3").unwrap();
        assert_eq!(f.env().next(), Some(("GOAMD64", "v3")));
        assert!(f.applies_to("amd64") && !f.applies_to("arm64"));
        assert!(BuildFlags::parse("-trimpath").unwrap().applies_to("arm64"));
    }

    #[test]
    fn what_is_no_build_is_refused() {
        assert!(BuildFlags::parse("-race").is_err() && BuildFlags::parse("-gcflags=-l").is_err());
    }

    #[test]
    fn every_variant_is_a_build_with_a_directory_of_its_own() {
        let slugs: std::collections::BTreeSet<_> =
            VARIANTS.iter().map(|v| BuildFlags::parse(v).unwrap().slug()).chain([String::new()]).collect();
        assert_eq!(slugs.len(), VARIANTS.len() + 1);
    }
}
