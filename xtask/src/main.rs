//! `cargo xtask`: the project's commands, one file each.
fn main() {}
