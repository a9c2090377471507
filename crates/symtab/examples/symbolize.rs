//! Says what addresses in a Go program are, from its file alone: `symbolize FILE ADDRESS...`, innermost call first, as
//! `addr2line -f -i` does, but from the tables that even stripped Go programs carry. Without addresses it lists the functions.

use std::error::Error;
use std::io::Write;

use goxide_symtab::inline::LogicalFrames;
use goxide_symtab::{File, Symtab};

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let path = args.next().ok_or("usage: symbolize FILE [ADDRESS...]")?;
    let file = std::fs::File::open(&path)?;
    // SAFETY: a program's file, which nobody writes to while it is looked at.
    let bytes = unsafe { memmap2::Mmap::map(&file)? };
    let program = File::parse(&bytes)?;
    // SAFETY: the user gives a program that Go's linker made.
    let tables = unsafe { program.symtab() };
    tables.verify()?;
    let mut out = std::io::stdout().lock();
    let mut any = false;
    for arg in args {
        any = true;
        let pc = usize::from_str_radix(arg.trim_start_matches("0x"), 16)?;
        show(&mut out, tables, pc)?;
    }
    if !any {
        // SAFETY: the linker's slice.
        for entry in unsafe { tables.first().ftab.as_slice() } {
            if let Some(f) = tables.find_func(tables.first().text + entry.entry_off as usize) {
                writeln!(out, "{:x} {}", f.entry(), String::from_utf8_lossy(f.name()))?;
            }
        }
    }
    Ok(())
}

fn show(out: &mut impl Write, tables: Symtab<'_>, pc: usize) -> Result<(), Box<dyn Error>> {
    let Some(function) = tables.find_func(pc) else {
        writeln!(out, "{pc:#x}: not in Go code")?;
        return Ok(());
    };
    for frame in LogicalFrames::new(function, pc) {
        let (path, line) = frame.file_line();
        writeln!(out, "{pc:#x}: {}\n\t{}:{line}", String::from_utf8_lossy(frame.name()), String::from_utf8_lossy(path))?;
    }
    Ok(())
}
