//! Go's build constraints, `//go:build` and the older `// +build`, evaluated for one
//! of our architectures with Go 1.21 and without cgo.

use crate::arch::Arch;

/// The newest release tag that holds.
const MINOR: u32 = 21;

/// Whether a line is a constraint at all.
pub fn is_constraint(line: &str) -> bool {
    go_build(line).is_some() || plus_build(line).is_some()
}

/// Whether a constraint line holds.
pub fn holds(line: &str, arch: Arch) -> bool {
    if let Some(expression) = go_build(line) {
        let tokens = tokens(expression);
        return Parser { tokens: &tokens, at: 0, arch }.or();
    }
    let Some(options) = plus_build(line) else { return true };
    let term = |t: &str| t.strip_prefix('!').map_or_else(|| tag(t, arch), |t| !tag(t, arch));
    options.split_whitespace().any(|option| option.split(',').all(term))
}

fn go_build(line: &str) -> Option<&str> {
    line.strip_prefix("//go:build ")
}

fn plus_build(line: &str) -> Option<&str> {
    line.strip_prefix("//")?.trim_start().strip_prefix("+build ")
}

/// Whether a single tag is set.
fn tag(tag: &str, arch: Arch) -> bool {
    if let Some(minor) = tag.strip_prefix("go1.") {
        return minor.parse().is_ok_and(|m: u32| m <= MINOR);
    }
    tag == arch.go_name()
        || ["linux", "unix", "gc", "goexperiment.regabiwrappers", "goexperiment.regabiargs"].contains(&tag)
}

fn tokens(expression: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = expression.trim();
    while !rest.is_empty() {
        let len = match rest.as_bytes()[0] {
            b'(' | b')' | b'!' => 1,
            b'&' | b'|' => 2.min(rest.len()),
            _ => rest.find(|c: char| c.is_whitespace() || "()!&|".contains(c)).unwrap_or(rest.len()),
        };
        tokens.push(&rest[..len]);
        rest = rest[len..].trim_start();
    }
    tokens
}

/// Recursive descent: `||` binds weakest, then `&&`, then `!`.
struct Parser<'a> {
    tokens: &'a [&'a str],
    at: usize,
    arch: Arch,
}

impl Parser<'_> {
    fn eat(&mut self, token: &str) -> bool {
        let found = self.tokens.get(self.at) == Some(&token);
        self.at += usize::from(found);
        found
    }

    fn or(&mut self) -> bool {
        let mut value = self.and();
        while self.eat("||") {
            // Both sides are parsed whatever the first one says.
            value |= self.and();
        }
        value
    }

    fn and(&mut self) -> bool {
        let mut value = self.not();
        while self.eat("&&") {
            value &= self.not();
        }
        value
    }

    fn not(&mut self) -> bool {
        if self.eat("!") {
            return !self.not();
        }
        if self.eat("(") {
            let value = self.or();
            self.eat(")");
            return value;
        }
        let name = self.tokens.get(self.at).copied().unwrap_or_default();
        self.at += 1;
        tag(name, self.arch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions() {
        for (line, amd64, arm64) in [
            ("//go:build linux", true, true),
            ("//go:build !linux", false, false),
            ("//go:build amd64 || ppc64", true, false),
            ("//go:build linux && !(amd64 || 386)", false, true),
            ("//go:build !windows && gc && go1.21", true, true),
            ("//go:build go1.22", false, false),
            ("//go:build cgo || race", false, false),
            ("// +build amd64 arm64", true, true),
            ("// +build linux,!amd64", false, true),
            ("// +build !amd64,!arm64 windows", false, false),
        ] {
            assert!(is_constraint(line), "{line}");
            assert_eq!(holds(line, Arch::Amd64), amd64, "{line}");
            assert_eq!(holds(line, Arch::Arm64), arm64, "{line}");
        }
    }

    #[test]
    fn other_comments_are_none() {
        assert!(!is_constraint("// run"));
        assert!(!is_constraint("//go:noinline"));
    }
}
