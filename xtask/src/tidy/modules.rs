//! The modules of each crate form no circle: of two modules one is below the other, or neither knows the other.
//!
//! What counts, exactly:
//! - A module is a file or an inline `mod`. Tests (`#[cfg(test)]`, and what is below) are not counted; code for other
//!   architectures, features and model checkers is.
//! - There is an arrow from a module to the one in which an item is *defined* that it names: in a `use`, or by a path in its
//!   code, macro calls included. A path is followed through re-exports to where the item stands, so `use crate::Thing` points
//!   to the module of `Thing` and not to the crate's root.
//! - A re-export (`pub use`, of any visibility) is a signpost and makes no arrow, unless code of the same module uses the name.
//!   So a root or `mod.rs` that only declares and re-exports its children is below nothing and above all; one with code in it is
//!   a module like any other, and if its children need that code it must not need them.
//! - An `impl` belongs to the module it stands in. A call of a method names no module and makes no arrow: which code is behind
//!   it is the type's affair, and the type's module has been named before.
//!
//! A circle is a set of modules of which each leads to each other. The shortest way round is shown, with a place for each
//! arrow.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

use anyhow::Result;
use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::visit::Visit;

use super::Problem;
use super::tree::{self, Id};

/// Imports of imports that are followed: circles of these end there.
const MAX_DEPTH: usize = 20;

/// What a name in a module stands for.
enum Name {
    /// Something that the module itself defines.
    Item,
    /// Something that is defined elsewhere: the path, as written.
    Use { path: Vec<String>, reexport: bool },
}

/// One module as the rule sees it.
#[derive(Default)]
struct Module {
    file: PathBuf,
    /// More than one where architectures or features differ.
    names: BTreeMap<String, Vec<Name>>,
    globs: Vec<Vec<String>>,
    /// Paths that its code names, with their lines; those of one word among them.
    paths: Vec<(Vec<String>, usize)>,
    /// Paths that it imports without passing them on.
    imports: Vec<(Vec<String>, usize)>,
}

/// A crate's modules.
#[derive(Default)]
struct Crate {
    modules: BTreeMap<Id, Module>,
}

/// An arrow: from, to, where, and what was named.
struct Arrow {
    file: PathBuf,
    line: usize,
    named: String,
}

type Graph = BTreeMap<Id, BTreeMap<Id, Arrow>>;

/// Circles in any of the crates.
pub fn check(root: &Path) -> Result<Vec<Problem>> {
    let mut problems = Vec::new();
    for (name, lib) in tree::crates(root)? {
        problems.extend(circles(&name, &lib, root)?);
    }
    Ok(problems)
}

/// The circles of the crate whose root is the file `lib`; places are shown from `root` on.
fn circles(name: &str, lib: &Path, root: &Path) -> Result<Vec<Problem>> {
    let mut all = Crate::default();
    tree::each_module(lib, &mut |id, file, items| all.add(id, items, file))?;
    let graph = all.graph();
    let mut problems = Vec::new();
    for knot in knots(&graph) {
        let round = shortest(&graph, &knot);
        let show = |id: &Id| if id.is_empty() { name.to_string() } else { id.join("::") };
        let mut text = format!("crates/{name}: a circle of {} modules ({})", knot.len(), list(&knot, show));
        for (i, from) in round.iter().enumerate() {
            let to = &round[(i + 1) % round.len()];
            let arrow = &graph[from][to];
            let file = arrow.file.strip_prefix(root).unwrap_or(&arrow.file).display();
            text += &format!("\n    {} -> {}: {file}:{}: {}", show(from), show(to), arrow.line, arrow.named);
        }
        problems.push(text);
    }
    Ok(problems)
}

fn list(knot: &BTreeSet<Id>, show: impl Fn(&Id) -> String) -> String {
    knot.iter().map(show).collect::<Vec<_>>().join(", ")
}

impl Crate {
    fn add(&mut self, id: &Id, items: &[&syn::Item], file: &Path) {
        let mut module = Module { file: file.to_path_buf(), ..Module::default() };
        for item in items {
            match item {
                syn::Item::Use(u) => module.add_use(u),
                item => {
                    module.define(item);
                    let mut uses = LocalUses(Vec::new());
                    uses.visit_item(item);
                    module.imports.extend(uses.0);
                    chains(item.to_token_stream(), &mut module.paths);
                }
            }
        }
        self.modules.insert(id.clone(), module);
    }

    /// The modules that define what `path` names in module `at`: none if it is not of this crate, several where architectures or
    /// features have one each.
    fn resolve(&self, at: &Id, path: &[String], depth: usize) -> BTreeSet<Id> {
        let mut here = at.clone();
        let mut rest = path;
        match rest.first().map(String::as_str) {
            None => return BTreeSet::new(),
            Some("crate") => (here, rest) = (vec![], &rest[1..]),
            Some("self") => rest = &rest[1..],
            Some("super") => {
                while rest.first().is_some_and(|s| s == "super") {
                    here.pop();
                    rest = &rest[1..];
                }
            }
            Some(first) => {
                if !self.modules.contains_key(&join(at, first)) && !self.modules[at].names.contains_key(first) {
                    return self.through_globs(at, rest, depth);
                }
            }
        }
        for (i, segment) in rest.iter().enumerate() {
            let child = join(&here, segment);
            if self.modules.contains_key(&child) {
                here = child;
                continue;
            }
            let Some(names) = self.modules[&here].names.get(segment) else {
                let found = self.through_globs(&here, &rest[i..], depth);
                return if found.is_empty() { BTreeSet::from([here]) } else { found };
            };
            let of = |name: &Name| match name {
                // A name that is imported from another crate leads nowhere.
                Name::Use { path, .. } if depth < MAX_DEPTH => {
                    let full: Vec<String> = path.iter().chain(&rest[i + 1..]).cloned().collect();
                    self.resolve(&here, &full, depth + 1)
                }
                Name::Use { .. } => BTreeSet::new(),
                Name::Item => BTreeSet::from([here.clone()]),
            };
            return names.iter().flat_map(of).collect();
        }
        BTreeSet::from([here])
    }

    /// What `rest` names by way of the `use a::*` of module `at`.
    fn through_globs(&self, at: &Id, rest: &[String], depth: usize) -> BTreeSet<Id> {
        if depth >= MAX_DEPTH {
            return BTreeSet::new();
        }
        let mut found = BTreeSet::new();
        for target in self.modules[at].globs.iter().flat_map(|glob| self.resolve(at, glob, depth + 1)) {
            let module = &self.modules[&target];
            let known = self.modules.contains_key(&join(&target, &rest[0])) || module.names.contains_key(&rest[0]);
            if known && target != *at {
                let full: Vec<String> = ["self".to_string()].into_iter().chain(rest.iter().cloned()).collect();
                found.extend(self.resolve(&target, &full, depth + 1));
            } else if target != *at {
                found.extend(self.through_globs(&target, rest, depth + 1));
            }
        }
        found
    }

    fn graph(&self) -> Graph {
        let mut graph: Graph = self.modules.keys().map(|id| (id.clone(), BTreeMap::new())).collect();
        for (id, module) in &self.modules {
            let mut add = |path: &Vec<String>, line: usize| {
                for to in self.resolve(id, path, 0).into_iter().filter(|to| to != id) {
                    let arrow = Arrow { file: module.file.clone(), line, named: path.join("::") };
                    graph.get_mut(id).expect("every module is in the graph").entry(to).or_insert(arrow);
                }
            };
            module.imports.iter().for_each(|(path, line)| add(path, *line));
            for (path, line) in &module.paths {
                let rooted = matches!(path[0].as_str(), "crate" | "self" | "super");
                let module_of_ours = path.len() > 1 && self.modules.contains_key(&join(id, &path[0]));
                let names = module.names.get(&path[0]);
                let passed_on = names.is_some_and(|n| n.iter().any(|n| matches!(n, Name::Use { reexport: true, .. })));
                if (rooted && path.len() > 1) || module_of_ours || passed_on {
                    add(path, *line);
                }
            }
        }
        graph
    }
}

fn join(id: &Id, name: &str) -> Id {
    id.iter().cloned().chain([name.to_string()]).collect()
}

impl Module {
    fn add_use(&mut self, u: &syn::ItemUse) {
        let reexport = !matches!(u.vis, syn::Visibility::Inherited);
        for leaf in leaves(u) {
            if leaf.glob {
                self.globs.push(leaf.path.clone());
            } else {
                let name = Name::Use { path: leaf.path.clone(), reexport };
                self.names.entry(leaf.name).or_default().push(name);
            }
            if !reexport {
                self.imports.push((leaf.path, leaf.line));
            }
        }
    }

    fn define(&mut self, item: &syn::Item) {
        let ident = match item {
            syn::Item::Const(i) => &i.ident,
            syn::Item::Enum(i) => &i.ident,
            syn::Item::Fn(i) => &i.sig.ident,
            syn::Item::Macro(i) => match &i.ident {
                Some(ident) => ident,
                None => return,
            },
            syn::Item::Static(i) => &i.ident,
            syn::Item::Struct(i) => &i.ident,
            syn::Item::Trait(i) => &i.ident,
            syn::Item::Type(i) => &i.ident,
            syn::Item::Union(i) => &i.ident,
            syn::Item::ForeignMod(f) => {
                for inner in &f.items {
                    match inner {
                        syn::ForeignItem::Fn(i) => self.define_name(&i.sig.ident),
                        syn::ForeignItem::Static(i) => self.define_name(&i.ident),
                        _ => {}
                    }
                }
                return;
            }
            _ => return,
        };
        self.define_name(ident);
    }

    fn define_name(&mut self, ident: &syn::Ident) {
        self.names.entry(ident.to_string()).or_default().push(Name::Item);
    }
}

/// One name that a `use` brings in.
struct Leaf {
    name: String,
    path: Vec<String>,
    line: usize,
    glob: bool,
}

fn leaves(u: &syn::ItemUse) -> Vec<Leaf> {
    fn walk(tree: &syn::UseTree, before: &[String], out: &mut Vec<Leaf>) {
        let with = |ident: &syn::Ident| before.iter().cloned().chain([ident.to_string()]).collect::<Vec<_>>();
        let line = |ident: &syn::Ident| ident.span().start().line;
        match tree {
            syn::UseTree::Path(p) => walk(&p.tree, &with(&p.ident), out),
            syn::UseTree::Group(g) => g.items.iter().for_each(|t| walk(t, before, out)),
            syn::UseTree::Name(n) if n.ident == "self" => {
                let name = before.last().cloned().unwrap_or_default();
                out.push(Leaf { name, path: before.to_vec(), line: line(&n.ident), glob: false });
            }
            syn::UseTree::Name(n) => {
                out.push(Leaf { name: n.ident.to_string(), path: with(&n.ident), line: line(&n.ident), glob: false });
            }
            syn::UseTree::Rename(r) => {
                let path = if r.ident == "self" { before.to_vec() } else { with(&r.ident) };
                out.push(Leaf { name: r.rename.to_string(), path, line: line(&r.ident), glob: false });
            }
            syn::UseTree::Glob(g) => {
                let line = g.star_token.spans[0].start().line;
                out.push(Leaf { name: String::new(), path: before.to_vec(), line, glob: true });
            }
        }
    }
    let mut out = Vec::new();
    walk(&u.tree, &[], &mut out);
    out
}

/// The `use`s inside of an item.
struct LocalUses(Vec<(Vec<String>, usize)>);

impl<'ast> Visit<'ast> for LocalUses {
    fn visit_item_use(&mut self, u: &'ast syn::ItemUse) {
        self.0.extend(leaves(u).into_iter().map(|leaf| (leaf.path, leaf.line)));
    }
}

/// Every `a::b::c` in some tokens, words that stand alone included.
fn chains(tokens: TokenStream, out: &mut Vec<(Vec<String>, usize)>) {
    let mut chain: Vec<String> = Vec::new();
    let (mut line, mut colons) = (0, 0);
    let mut end = |chain: &mut Vec<String>, line: usize| {
        if !chain.is_empty() {
            out.push((std::mem::take(chain), line));
        }
    };
    let mut inner = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => {
                if colons != 2 {
                    end(&mut chain, line);
                    line = ident.span().start().line;
                }
                // A path that begins with `::` is another crate's.
                if colons != 2 || !chain.is_empty() {
                    chain.push(ident.to_string());
                }
                colons = 0;
            }
            TokenTree::Punct(p) if p.as_char() == ':' && colons < 2 => colons += 1,
            other => {
                end(&mut chain, line);
                colons = 0;
                if let TokenTree::Group(g) = other {
                    inner.push(g.stream());
                }
            }
        }
    }
    end(&mut chain, line);
    for stream in inner {
        chains(stream, out);
    }
}

/// Where one gets to from `from`, itself only by way of others.
fn reachable(graph: &Graph, from: &Id) -> BTreeSet<Id> {
    let mut seen = BTreeSet::new();
    let mut queue: Vec<&Id> = graph[from].keys().collect();
    while let Some(id) = queue.pop() {
        if seen.insert(id.clone()) {
            queue.extend(graph[id].keys());
        }
    }
    seen
}

/// The sets of modules of which each leads to each other.
fn knots(graph: &Graph) -> Vec<BTreeSet<Id>> {
    let reach: BTreeMap<&Id, BTreeSet<Id>> = graph.keys().map(|id| (id, reachable(graph, id))).collect();
    let mut knots: Vec<BTreeSet<Id>> = Vec::new();
    for (id, to) in &reach {
        if to.contains(*id) && !knots.iter().any(|k| k.contains(*id)) {
            knots.push(to.iter().filter(|other| reach[other].contains(*id)).cloned().collect());
        }
    }
    knots
}

/// The shortest way round in a knot.
fn shortest(graph: &Graph, knot: &BTreeSet<Id>) -> Vec<Id> {
    let round = |start: &Id| -> Option<Vec<Id>> {
        let mut from: BTreeMap<&Id, &Id> = BTreeMap::new();
        let mut queue = VecDeque::from([start]);
        while let Some(id) = queue.pop_front() {
            for next in graph[id].keys().filter(|n| knot.contains(*n)) {
                if next == start {
                    let mut way = vec![id.clone()];
                    while way[way.len() - 1] != *start {
                        way.push(from[&way[way.len() - 1]].clone());
                    }
                    way.reverse();
                    return Some(way);
                }
                if next != start && !from.contains_key(next) {
                    from.insert(next, id);
                    queue.push_back(next);
                }
            }
        }
        None
    };
    knot.iter().filter_map(round).min_by_key(Vec::len).expect("a knot has a way round")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// The circles of a crate with these files.
    fn found(name: &str, files: &[(&str, &str)]) -> Vec<Problem> {
        let root = std::env::temp_dir().join(format!("goxide-modules-{}-{name}", std::process::id()));
        for (path, text) in files {
            let path = root.join("crates/made/src").join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, text).expect("a file");
        }
        let problems = check(&root).expect("files that can be read");
        fs::remove_dir_all(root).expect("our own folder");
        problems
    }

    #[test]
    fn two_modules_that_name_each_other() {
        let a = ("a.rs", "use crate::b::B;\npub struct A(*mut B);\n");
        let b = |text| ("b.rs", text);
        let lib = ("lib.rs", "mod a;\nmod b;\npub use a::A;\n");
        for circle in [
            "use crate::a::A;\npub struct B(*mut A);",
            "pub struct B(*mut crate::a::A);",
            "use crate::A;\npub struct B(*mut A);",
            "use super::{A as Other};\npub struct B(*mut Other);",
            "pub struct B;\nfn f() {\n    use crate::a;\n}",
            "pub struct B;\nfn f() { g!(crate::a::A) }",
            "pub(crate) use crate::a::A;\npub struct B(*mut A);",
            "use crate::a::*;\npub struct B;",
        ] {
            let problems = found("two", &[lib, a, b(circle)]);
            assert_eq!(problems.len(), 1, "{circle}");
            assert!(problems[0].contains("a -> b: crates/made/src/a.rs:1: crate::b::B"), "{}", problems[0]);
            assert!(problems[0].contains("b -> a: crates/made/src/b.rs:"), "{}", problems[0]);
        }
        for none in [
            "pub struct B;",
            "pub struct B; // crate::a::A",
            "pub struct B;\nconst S: &str = \"crate::a::A\";",
            "pub struct B;\n#[cfg(test)]\nmod tests { use crate::a::A; }",
            "pub struct B;\n#[cfg(all(test, feature = \"std\"))]\nuse crate::a::A;",
            "pub struct B;\nuse other::a::A;",
            "pub struct B;\nuse ::a::A;",
            "pub use crate::a::A;\npub struct B;",
        ] {
            assert_eq!(found("none", &[lib, a, b(none)]), [""; 0], "{none}");
        }
    }

    #[test]
    fn the_way_round_is_the_shortest() {
        let problems = found(
            "round",
            &[
                ("lib.rs", "mod a;\nmod b;\nmod c;\nmod d;\n"),
                ("a.rs", "use crate::b;\n"),
                ("b.rs", "use crate::c;\n"),
                ("c.rs", "use crate::{a, d};\n"),
                ("d.rs", "//! Leads back to c.\n\nuse crate::c;\n"),
            ],
        );
        assert_eq!(problems.len(), 1);
        assert!(problems[0].contains("4 modules (a, b, c, d)"), "{}", problems[0]);
        assert!(
            problems[0].contains("c -> d: ") && problems[0].contains("d -> c: crates/made/src/d.rs:3: "),
            "{}",
            problems[0]
        );
        assert!(!problems[0].contains("a -> b"), "{}", problems[0]);
    }

    #[test]
    fn a_parent_with_code_is_a_module_like_any_other() {
        let child = ("a.rs", "pub struct A(*mut super::Root);\n");
        let signpost = found(
            "sign",
            &[("lib.rs", "mod a;\nmod b;\npub use {a::A, b::Root};\n"), child, ("b.rs", "pub struct Root;\n")],
        );
        assert_eq!(signpost, [""; 0]);
        let code = found("code", &[("lib.rs", "mod a;\npub use a::A;\npub struct Root { a: A }\n"), child]);
        assert_eq!(code.len(), 1);
        assert!(code[0].contains("made -> a: crates/made/src/lib.rs:3: A"), "{}", code[0]);
    }

    #[test]
    fn each_architecture_counts() {
        let arch = "#[cfg(one)]\n#[path = \"one.rs\"]\nmod imp;\n#[cfg(two)]\nmod two;\n#[cfg(one)]\npub use imp::f;\n#[cfg(two)]\npub use two::f;\n";
        let problems = found(
            "arch",
            &[
                ("lib.rs", "mod arch;\nmod user;\n"),
                ("arch/mod.rs", arch),
                ("arch/one.rs", "pub fn f() {}\n"),
                ("arch/two.rs", "use crate::user::X;\npub fn f() {}\n"),
                ("user.rs", "pub struct X;\nfn g() { crate::arch::f() }\n"),
            ],
        );
        assert_eq!(problems.len(), 1);
        assert!(problems[0].contains("arch::two -> user: "), "{}", problems[0]);
    }
}
