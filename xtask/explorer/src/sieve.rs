//! Tells the runtime's lines on a program's standard error from the program's own.

use std::io::{self, Write};

/// How the runtime's lines begin.
const BEGINNINGS: [&[u8]; 3] = [b"boottrace: ", b"gc ", b"SCHED "];

/// Two outputs, of which each line goes to one.
#[derive(Debug)]
pub struct Sieve<R, P> {
    runtime: R,
    program: P,
    /// What may yet become a line of the runtime's.
    line: Vec<u8>,
    /// The rest of this line is the program's.
    passes: bool,
}

impl<R: Write, P: Write> Sieve<R, P> {
    /// Lines of the runtime's go to the first, all else to the second.
    pub fn new(runtime: R, program: P) -> Sieve<R, P> {
        Sieve { runtime, program, line: Vec::new(), passes: false }
    }

    /// Sorts some bytes. A prompt without an end of line comes through at once.
    pub fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        for part in bytes.split_inclusive(|b| *b == b'\n') {
            if self.passes {
                self.program.write_all(part)?;
                self.passes = !part.ends_with(b"\n");
                continue;
            }
            self.line.extend_from_slice(part);
            if self.line.ends_with(b"\n") {
                self.end_of_line()?;
            } else if !may_become_runtimes(&self.line) {
                self.program.write_all(&self.line)?;
                self.line.clear();
                self.passes = true;
            }
        }
        self.program.flush()
    }

    /// There is no more.
    pub fn close(mut self) -> io::Result<()> {
        self.end_of_line()?;
        self.program.flush()?;
        self.runtime.flush()
    }

    fn end_of_line(&mut self) -> io::Result<()> {
        let line = std::mem::take(&mut self.line);
        if is_runtimes(&line) { self.runtime.write_all(&line) } else { self.program.write_all(&line) }
    }
}

/// Whether a whole line is the runtime's.
fn is_runtimes(line: &[u8]) -> bool {
    let collection = |rest: &[u8]| {
        let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        digits > 0 && rest[digits..].starts_with(b" @")
    };
    BEGINNINGS.iter().any(|begin| line.strip_prefix(*begin).is_some_and(|rest| *begin != b"gc " || collection(rest)))
}

fn may_become_runtimes(line: &[u8]) -> bool {
    BEGINNINGS.iter().any(|begin| begin.starts_with(line) || line.starts_with(begin))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_goes_where_it_belongs_however_it_is_cut() {
        let text = "boottrace: tls 3 ns\nbook\ngc 1 @0.1s x\ngc is fine\nSCHEDULE\nSCHED 0ms: x\nname? boottrace: no\ngc";
        let (wanted_runtime, wanted_program) =
            ("boottrace: tls 3 ns\ngc 1 @0.1s x\nSCHED 0ms: x\n", "book\ngc is fine\nSCHEDULE\nname? boottrace: no\ngc");
        for size in [1, 2, 3, 7, 1000] {
            let (mut runtime, mut program) = (Vec::new(), Vec::new());
            let mut sieve = Sieve::new(&mut runtime, &mut program);
            text.as_bytes().chunks(size).for_each(|part| sieve.write_all(part).expect("memory takes all"));
            sieve.close().expect("memory takes all");
            assert_eq!(String::from_utf8_lossy(&runtime), wanted_runtime, "{size}");
            assert_eq!(String::from_utf8_lossy(&program), wanted_program, "{size}");
        }
    }

    #[test]
    fn a_prompt_comes_through_at_once() {
        let (mut runtime, mut program) = (Vec::new(), Vec::new());
        Sieve::new(&mut runtime, &mut program).write_all(b"name? ").expect("memory takes all");
        assert_eq!(program, b"name? ");
    }
}
