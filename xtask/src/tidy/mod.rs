//! Tidiness: what the compiler does not check and the project wants all the same.
//! `layers` looks at the crates' dependencies, `lengths` at functions, `manifests` at what users see of them, `mirrors` at what Go and Rust both declare, `modules` at the dependencies of the
//! modules in each, `proofs` at what unsafe code says of itself, `sources` at the text of each file, `settings` at accepted ones that do nothing, `snapshots` at what the corpus is
//! held against, `linknames` for the test of each function that the boundary table offers, `statics` at state without an owner,
//! `tokens` at proofs that are types, `tuples` at fields without a name, `words` for a language's own in crates that know none, `x15` at a register. `tree` reads modules
//! for those that look at items.

pub mod layers;
pub mod lengths;
pub mod linknames;
pub mod manifests;
pub mod mirrors;
pub mod modules;
pub mod proofs;
pub mod settings;
pub mod snapshots;
pub mod sources;
pub mod statics;
pub mod tokens;
mod tree;
pub mod tuples;
pub mod words;
pub mod x15;

use std::path::Path;

use anyhow::Result;

/// Something that is not tidy, as `place: what`.
pub type Problem = String;

/// Everything untidy in the repository.
pub fn check(root: &Path) -> Result<Vec<Problem>> {
    let mut problems: Vec<Problem> = layers::check(root)?;
    problems.extend(lengths::check(root)?);
    problems.extend(manifests::check(root)?);
    problems.extend(settings::check(root)?);
    problems.extend(snapshots::check(root)?);
    problems.extend(sources::check(root)?);
    linknames::check(root, &mut problems)?;
    problems.extend(mirrors::check(root)?);
    problems.extend(modules::check(root)?);
    problems.extend(statics::check(root)?);
    problems.extend(tokens::check(root)?);
    problems.extend(tuples::check(root)?);
    problems.extend(proofs::check(root)?);
    problems.extend(words::check(root)?);
    problems.extend(x15::check(root)?);
    Ok(problems)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    #[test]
    fn the_repository_is_tidy() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the repository");
        let problems = super::check(root).expect("the repository can be read");
        assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
    }
}
