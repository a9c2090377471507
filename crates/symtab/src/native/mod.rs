//! What an address in code that is not Go's is: the function by the program file's symbol table, file and line by its DWARF
//! line tables. For the report of a crash, so nothing here allocates: the caller gives the file's bytes and room to unpack.
//! Each question of such a report reads the tables through; for profiles, which ask often, an [`Index`] is made of them first.
//!
//! Not here: Go's functions, whose tables are the rest of this crate, and where the file comes from
//! (the embedder knows).
//!
//! Why not a library: those that decode line tables allocate. What unpacks (zlib) and what makes symbols readable is from
//! libraries.

mod elf;
mod index;
mod line;
mod reader;
#[cfg(test)]
mod tests;

pub use elf::{Image, Section};
pub use index::{Code, Function, Index, Sequence};
pub use line::{Place, place_of};
pub(crate) use reader::field;
