//! What is declared twice agrees: structures of package runtime, in Go, that Rust lays out too, and numbers that both know by name.
//!
//! Each structure in `goroot/runtime` is in one of three lists ([`lists`]): with its counterpart in Rust; as words, of which Rust sees an
//! array; as Go's alone. So a structure that is new has to be put into one of them. Counterparts are compared field for field, with names
//! (but for case, underscores and the differences listed), offsets and sizes.
//!
//! Not here: layouts that Go's compiler, linker and other packages prescribe. Those are asserted where Rust declares them.

mod go;
mod lists;
mod rust;

use std::path::Path;

use anyhow::{Context, Result};

use super::Problem;
use go::Go;
use lists::{GO_ALONE, NUMBERS, NUMBERS_ALONE, Part, SHARED, Shared, WORDS};
use rust::Rust;

/// Disagreements, and structures and numbers that are in no list or in one in vain.
pub fn check(root: &Path) -> Result<Vec<Problem>> {
    let go = Go::read(&root.join("goroot/runtime"))?;
    let files = SHARED.iter().map(|s| s.rust.0).chain(WORDS.iter().map(|w| w.2)).chain(NUMBERS.iter().map(|n| n.2));
    let rust = Rust::read(root, files)?;
    let mut problems = Vec::new();
    for s in SHARED {
        let place = format!("goroot/runtime/{}: {} and crates/{}: {}", s.go.0, s.go.1, s.rust.0, s.rust.1);
        let found = compare(&go, &rust, s).with_context(|| place.clone())?;
        problems.extend(found.into_iter().map(|what| format!("{place}: {what}")));
    }
    for &(file, name, rust_file, written, words) in WORDS {
        let size = go.size(file, name).with_context(|| format!("goroot/runtime/{file}: {name}"))?;
        if size != words * 8 {
            problems.push(format!("goroot/runtime/{file}: {name} has {size} bytes, and {words} words for Rust"));
        }
        if !rust.text(rust_file)?.contains(written) {
            problems.push(format!("crates/{rust_file}: no {written:?}, which would be {name} of goroot/runtime/{file}"));
        }
    }
    for &(file, name, rust_file, rust_name) in NUMBERS {
        let (a, b) = (go.numbers.get(&(file.into(), name.into())), rust.number(rust_file, rust_name)?);
        if a.is_none() || a != b.as_ref() {
            problems.push(format!("goroot/runtime/{file}: {name} is {a:?}, crates/{rust_file}: {rust_name} is {b:?}"));
        }
    }
    listed(&go, &mut problems);
    Ok(problems)
}

/// Each structure and each number of Go's is in one list, and the lists have nothing else.
fn listed(go: &Go, problems: &mut Vec<Problem>) {
    let shared = SHARED.iter().map(|s| s.go);
    let lists = shared.chain(WORDS.iter().map(|w| (w.0, w.1))).chain(GO_ALONE.iter().map(|a| (a.0, a.1)));
    let lists: Vec<_> = lists.map(|(file, name)| (file.to_owned(), name.to_owned())).collect();
    for at @ (file, name) in go.structs.keys() {
        match lists.iter().filter(|l| *l == at).count() {
            0 => problems.push(format!(
                "goroot/runtime/{file}: {name} is in no list of xtask/src/tidy/mirrors.rs: what is it in Rust?"
            )),
            1 => {}
            n => problems.push(format!("goroot/runtime/{file}: {name} is in {n} lists of xtask/src/tidy/mirrors.rs")),
        }
    }
    for (file, name) in lists.iter().filter(|l| !go.structs.contains_key(*l)) {
        problems.push(format!("xtask/src/tidy/mirrors.rs: goroot/runtime/{file} has no structure {name}"));
    }
    let known: Vec<_> = NUMBERS.iter().map(|n| (n.0, n.1)).chain(NUMBERS_ALONE.iter().copied()).collect();
    for (file, name) in go.numbers.keys().filter(|(f, n)| !known.contains(&(f.as_str(), n.as_str()))) {
        problems.push(format!(
            "goroot/runtime/{file}: the number {name} is in no list of xtask/src/tidy/mirrors.rs: what is it in Rust?"
        ));
    }
}

/// A field, or `outer.inner` of the elements of an array of structures, with the offset in an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    name: String,
    offset: usize,
    size: usize,
}

/// Fields as C lays them out.
#[derive(Default)]
pub struct Layout {
    pub fields: Vec<Field>,
    pub size: usize,
    pub align: usize,
}

impl Layout {
    pub fn push(&mut self, name: &str, size: usize, align: usize, inner: Vec<Field>) {
        let offset = self.size.next_multiple_of(align.max(1));
        self.fields.push(Field { name: name.to_owned(), offset, size });
        let inner = inner.into_iter().map(|f| Field { name: format!("{name}.{}", f.name), ..f });
        self.fields.extend(inner);
        self.size = offset + size;
        self.align = self.align.max(align);
    }

    pub fn total(&self) -> usize {
        self.size.next_multiple_of(self.align.max(1))
    }
}

/// A name without what the languages' habits add to it.
fn plain(name: &str) -> String {
    name.trim_start_matches("r#").replace('_', "").to_lowercase()
}

fn compare(go: &Go, rust: &Rust, s: &Shared) -> Result<Vec<String>> {
    let theirs = go.layout(s.go.0, s.go.1)?;
    let renamed = |name: &str| match s.names.iter().find(|(a, _)| *a == name) {
        Some((_, other)) => (*other).to_owned(),
        None => name.to_owned(),
    };
    let mut found: Vec<String> = Vec::new();
    for (name, _) in s.names {
        if !theirs.fields.iter().any(|f| f.name == *name) {
            found.push(format!("there is no field {name} in Go to have another name"));
        }
    }
    if s.part == Part::Asserted {
        let asserted = rust.asserted(s.rust.0, s.rust.1)?;
        for f in theirs.fields.iter().filter(|f| f.name != "_" && !f.name.contains('.') && renamed(&f.name) != "-") {
            let other = renamed(&f.name);
            match asserted.iter().find(|(name, _)| plain(name) == plain(&other)) {
                Some((_, offset)) if *offset == f.offset => {}
                Some((_, offset)) => {
                    found.push(format!("{} is at {} in Go, {other} at {offset} in Rust", f.name, f.offset))
                }
                None => found.push(format!("{} is at {} in Go; no assertion says where {other} is", f.name, f.offset)),
            }
        }
        if let Some(size) = rust.asserted_size(s.rust.0, s.rust.1)?
            && size != theirs.total()
        {
            found.push(format!("{} bytes in Go, {size} in Rust", theirs.total()));
        }
        return Ok(found);
    }
    let theirs: Vec<Field> = theirs
        .fields
        .iter()
        .filter(|f| renamed(&f.name) != "-")
        .map(|f| Field { name: plain(&renamed(&f.name)), ..f.clone() })
        .collect();
    let ours = rust.layout(s.rust.0, s.rust.1, (s.part == Part::Beginning).then_some(theirs.len()))?;
    let ours: Vec<Field> = ours.into_iter().map(|f| Field { name: plain(&f.name), ..f }).collect();
    let n = if s.part == Part::All { theirs.len().max(ours.len()) } else { theirs.len().min(ours.len()) };
    let show = |f: Option<&Field>| match f {
        Some(f) => format!("{} ({} bytes at {})", f.name, f.size, f.offset),
        None => "nothing".to_owned(),
    };
    // What comes after the first difference is different too.
    let first = (0..n).find(|&i| theirs.get(i) != ours.get(i));
    found.extend(first.map(|i| format!("field {i} is {} in Go, {} in Rust", show(theirs.get(i)), show(ours.get(i)))));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::Part::*;
    use super::lists::shared;
    use super::*;

    const GO: &str = "\
package runtime

type record struct {
\tA, b uint64 // two
\tBigName func(func(any), int)
\tevery   [3]struct {
\t\tsize uint32
\t\tn    uint64
\t}
\tlast bool
}

var table = struct {
\tx *record
}{
\tx: nil,
}

const (
\tone = 1 + iota
\ttwo
)

const alone = 7
";

    const RUST: &str = "
        struct Record { a: u64, b: u64, big_name: *const usize, every: [One; THREE], last: bool }
        struct One { size: u32, n: u64 }
        const THREE: usize = 3;
        enum Number { No, One, Two }
    ";

    const PAIR: Shared = shared(("a.go", "record"), ("a.rs", "Record"), All, &[]);

    fn go(text: &str) -> Go {
        let mut go = Go::default();
        go.add("a.go", text);
        go
    }

    fn rust(text: &str) -> Rust {
        let mut rust = Rust::default();
        for item in &syn::parse_file(text).expect("Rust").items {
            rust.add("a.rs", item);
        }
        rust.texts.insert("a.rs".to_owned(), text.to_owned());
        rust
    }

    fn problems(go_text: &str, rust_text: &str) -> Vec<String> {
        compare(&go(go_text), &rust(rust_text), &PAIR).expect("both have the structure")
    }

    #[test]
    fn what_agrees_is_fine() {
        assert!(problems(GO, RUST).is_empty());
        assert_eq!(go(GO).size("a.go", "record").expect("a structure"), 8 * 3 + 3 * 16 + 8);
        assert!(go(GO).structs.contains_key(&("a.go".into(), "table".into())));
    }

    #[test]
    fn each_difference_is_seen() {
        for (from, to) in [
            ("big_name", "small_name"),
            ("a: u64, b: u64", "b: u64, a: u64"),
            ("last: bool", "last: u32"),
            (", last: bool", ""),
            ("last: bool", "last: bool, more: bool"),
            ("size: u32", "size: u64"),
            ("size: u32, n: u64", "n: u64, size: u32"),
            ("= 3;", "= 4;"),
        ] {
            assert!(RUST.contains(from));
            assert_eq!(problems(GO, &RUST.replace(from, to)).len(), 1, "{from} -> {to} in Rust");
        }
        for (from, to) in [("A, b uint64", "A uint64\n\tb uint32"), ("\tlast bool\n", ""), ("[3]struct", "[4]struct")] {
            assert!(GO.contains(from));
            assert_eq!(problems(&GO.replace(from, to), RUST).len(), 1, "{from} -> {to} in Go");
        }
    }

    #[test]
    fn a_beginning_is_enough_where_it_is_asked_for() {
        let pair = Shared { part: Beginning, ..PAIR };
        let shorter = RUST.replace(", every: [One; THREE], last: bool", "");
        assert!(compare(&go(GO), &rust(&shorter), &pair).expect("both").is_empty());
        assert_eq!(compare(&go(GO), &rust(&shorter.replace("b: u64", "b: u32")), &pair).expect("both").len(), 1);
    }

    #[test]
    fn assertions_are_read() {
        let pair = Shared { part: Asserted, names: &[("every", "-"), ("BigName", "fun")], ..PAIR };
        let asserted = "const _: () = {
            assert!(offset_of!(Record<H>, a) == 0 && offset_of!(Record<H>, b) == 8);
            assert!(offset_of!(Record<H>, fun) == 16);
            assert!(offset_of!(Record<H>, last) == 72);
            assert!(size_of::<Record>() == 80);
        };";
        let found = |text: &str| compare(&go(GO), &rust(text), &pair).expect("a structure in Go").len();
        assert_eq!(found(asserted), 0);
        for (from, to) in [("== 72", "== 64"), ("fun) == 16", "far) == 16"), ("== 80", "== 88")] {
            assert!(asserted.contains(from));
            assert_eq!(found(&asserted.replace(from, to)), 1, "{from} -> {to}");
        }
    }

    #[test]
    fn numbers_are_read() {
        let go = go(GO);
        let number = |name: &str| go.numbers.get(&("a.go".into(), name.into())).copied();
        assert_eq!([number("one"), number("two"), number("alone"), number("BigName")], [Some(1), Some(2), Some(7), None]);
        let rust = rust(RUST);
        assert_eq!(rust.number("a.rs", "Number::Two").expect("a number"), Some(2));
        assert_eq!(rust.number("a.rs", "THREE").expect("a number"), Some(3));
        assert_eq!(rust.number("a.rs", "FOUR").expect("a pattern"), None);
    }

    #[test]
    fn a_structure_is_in_a_list() {
        let mut found = Vec::new();
        listed(&go(GO), &mut found);
        let of = |what: &str| found.iter().filter(|p| p.contains(what)).count();
        assert_eq!(of("a.go: record is in no list"), 1);
        assert_eq!(of("the number alone is in no list"), 1);
        assert_eq!(of("goroot/runtime/mem.go has no structure MemStats"), 1);
    }
}
