//! The readers of the linker's tables, held against an encoder of such tables,
//! for both machines.

mod adjusting;
mod file;
mod image;
mod interrupting;
mod naming;
mod stacks;
mod tables;
mod text;
