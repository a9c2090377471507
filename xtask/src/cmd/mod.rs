//! The commands of `cargo xtask`: each file has its `Args` and its `run`.
//! What several commands share lives beside this directory, not in it.

pub mod abi;
pub mod bench;
pub mod ci;
pub mod conformance;
pub mod explore;
pub mod explorer;
pub mod figures;
pub mod go;
pub mod goroot;
pub mod packages;
pub mod servers;
pub mod size;
pub mod soak;
pub mod tidy;
