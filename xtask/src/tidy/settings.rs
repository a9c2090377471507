//! Settings that are accepted do something: each variable of GODEBUG that the table of `gotypes::text::env` has is read somewhere in the crates. One
//! that nothing reads was once accepted in silence; what is not implemented stands in that file's `NOT_IMPLEMENTED` instead, and is reported
//! when a program starts.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::Problem;

/// The file with the table.
const FILE: &str = "crates/gotypes/src/text/env.rs";

/// Variables that nothing reads.
pub fn check(root: &Path) -> Result<Vec<Problem>> {
    let text = std::fs::read_to_string(root.join(FILE)).with_context(|| format!("reading {FILE}"))?;
    let names = names(&text);
    ensure!(!names.is_empty(), "{FILE} has no `debug_vars!` with variables");
    let mut sources = String::new();
    for entry in walkdir::WalkDir::new(root.join("crates")).sort_by_file_name().into_iter().flatten() {
        let path = entry.path();
        let is_source = path.extension().is_some_and(|e| e == "rs") && path.components().any(|c| c.as_os_str() == "src");
        if is_source && !path.ends_with("gotypes/src/text/env.rs") {
            let text = std::fs::read_to_string(path)?;
            let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            sources.extend(code.flat_map(|line| [line, "\n"]));
        }
    }
    Ok(unread(&names, &sources))
}

/// The variables of the table.
fn names(text: &str) -> Vec<String> {
    let Some((_, table)) = text.split_once("\ndebug_vars! {\n") else { return Vec::new() };
    let table = table.split_once("\n}").map_or(table, |(table, _)| table);
    let lines = table.lines().map(str::trim).filter(|l| !l.starts_with("//"));
    lines.filter_map(|l| l.split_once(" = ")).map(|(name, _)| name.to_string()).collect()
}

/// Those that no source reads as a field.
fn unread(names: &[String], sources: &str) -> Vec<Problem> {
    let is_read = |name: &str| {
        sources.match_indices(&format!(".{name}")).any(|(at, found)| {
            let next = sources[at + found.len()..].chars().next();
            !next.is_some_and(|c| c.is_alphanumeric() || c == '_')
        })
    };
    let unread = names.iter().filter(|name| !is_read(name));
    unread
        .map(|name| {
            format!("{FILE}: GODEBUG={name} is accepted and read by nothing: implement it, or list it as NOT_IMPLEMENTED")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nothing_reads_is_found() {
        let table =
            "x\ndebug_vars! {\n    /// Says a = b.\n    gctrace = 0;\n    efence = 0;\n    sched = 1;\n}\nlet other = 3;\n";
        let names = names(table);
        assert_eq!(names, ["gctrace", "efence", "sched"]);
        let found = unread(&names, "if debug.gctrace != 0 { debug.scheddetail; efence }");
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].contains("efence") && found[1].contains("GODEBUG=sched "), "{found:?}");
    }
}
