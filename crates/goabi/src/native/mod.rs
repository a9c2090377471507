//! What an address in the runtime's own code is: the function by the program file's symbol table, file and line by its DWARF
//! line tables. For the report of a crash, so nothing here allocates: the caller gives the file's bytes and room to unpack.
//!
//! Not here: Go's functions, of which the running program knows all by itself (`symtab`), and where the file comes from
//! (`rt::native`).
//!
//! Why not a library: those that decode line tables allocate. What unpacks (zlib) and what makes symbols readable is from
//! libraries.

mod elf;
mod line;

pub use elf::{Image, Section};
pub use line::{Place, place_of};

/// A cursor over bytes of a file, which may be cut or nonsense.
#[derive(Clone, Copy)]
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.0.split_at_checked(n)?;
        self.0 = tail;
        Some(head)
    }

    /// A little-endian number of up to eight bytes.
    fn number(&mut self, n: usize) -> Option<u64> {
        Some(self.take(n)?.iter().rev().fold(0, |v, &b| v << 8 | u64::from(b)))
    }

    fn byte(&mut self) -> Option<u8> {
        Some(self.take(1)?[0])
    }

    fn uleb(&mut self) -> Option<u64> {
        let mut v = 0;
        for shift in (0..64).step_by(7) {
            let b = self.byte()?;
            v |= u64::from(b & 0x7f) << shift;
            if b & 0x80 == 0 {
                return Some(v);
            }
        }
        None
    }

    fn sleb(&mut self) -> Option<i64> {
        let mut v = 0;
        for shift in (0..64).step_by(7) {
            let b = self.byte()?;
            v |= i64::from(b & 0x7f) << shift;
            if b & 0x80 == 0 {
                let unused = 64 - (shift + 7).min(64);
                return Some(v << unused >> unused);
            }
        }
        None
    }

    /// Bytes up to a zero, which is taken too.
    fn text(&mut self) -> Option<&'a [u8]> {
        let n = self.0.iter().position(|&b| b == 0)?;
        let s = self.take(n)?;
        self.take(1)?;
        Some(s)
    }
}
