//! What an address in code that is not Go's is: the function by the program file's symbol table, file and line by its DWARF
//! line tables. For the report of a crash, so nothing here allocates: the caller gives the file's bytes and room to unpack.
//!
//! Not here: Go's functions, whose tables are the rest of this crate, and where the file comes from
//! (the embedder knows).
//!
//! Why not a library: those that decode line tables allocate. What unpacks (zlib) and what makes symbols readable is from
//! libraries.

mod elf;
mod line;
mod reader;

pub use elf::{Image, Section};
pub use line::{Place, place_of};
pub(crate) use reader::field;
