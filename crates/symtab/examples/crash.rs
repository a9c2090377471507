//! Says where each thread of a process is, in Go and in Rust code: `crash PID`, for a process that hangs, or that a handler of
//! its last signal has stopped. It needs nothing of the process itself: the kernel gives pc and stack pointer of each thread, and
//! its stack; the program's file gives names, of Go functions even if it is stripped. Without a number it reports on a process
//! that it starts for that, and ends.
//!
//! Below a thread's pc there is no map of the frames for all code alike. As other reporters do that have none, it takes each word of the stack that
//! is an address behind a call instruction for a return address: some are left over from calls that are over.
#![allow(missing_debug_implementations)] // A program: its types have no users.

use goxide_symtab::File;
use goxide_symtab::inline::LogicalFrames;
use goxide_symtab::native::{Code, Function, Image, Index, Sequence};
use std::fs;
use std::io::{self, Write};
use std::ops::Range;
use std::os::unix::fs::FileExt;

/// Bytes of each stack that are looked at.
const STACK: usize = 64 << 10;
/// Frames of each thread that are shown.
const FRAMES: usize = 40;

/// A process's program: the file, and where it lies.
pub struct Program<'a> {
    bytes: &'a [u8],
    go: Option<File<'a>>,
    native: Option<Index<'a>>,
    /// Addresses of code in the process, and what is to be taken off for those of the file.
    code: Vec<Range<usize>>,
    bias: usize,
}

/// Room for an [`Index`].
#[derive(Default)]
pub struct Room {
    unpacked: Vec<u8>,
    functions: Vec<Function>,
    sequences: Vec<Sequence>,
}

impl<'a> Program<'a> {
    /// Reads the tables of the file `bytes` that process `pid` runs.
    ///
    /// # Errors
    /// If the process is gone, or its mappings may not be read.
    pub fn new(pid: u32, bytes: &'a [u8], room: &'a mut Room) -> io::Result<Program<'a>> {
        let exe = fs::read_link(format!("/proc/{pid}/exe"))?;
        let (mut code, mut first) = (Vec::new(), None);
        for line in fs::read_to_string(format!("/proc/{pid}/maps"))?.lines() {
            // 55d0-55e0 r-xp 00001000 fe:01 42   /path
            let mut fields = line.split_whitespace();
            let (Some(range), Some(mode)) = (fields.next(), fields.next()) else { continue };
            if fields.nth(3).is_none_or(|path| path != exe.to_string_lossy()) {
                continue;
            }
            let hex = |s: &str| usize::from_str_radix(s, 16).unwrap_or(0);
            let (from, to) = range.split_once('-').map_or((0, 0), |(from, to)| (hex(from), hex(to)));
            first.get_or_insert(from);
            if mode.contains('x') {
                code.push(from..to);
            }
        }
        // Files of kind 3 (ET_DYN) are linked at 0, and loaded anywhere.
        let bias = if bytes.get(16) == Some(&3) { first.unwrap_or(0) } else { 0 };
        let go = File::parse(bytes).ok();
        let text = go.as_ref().map_or(0..0, |go| {
            // SAFETY: the file is the program of a process that runs; one with Go's tables was written by Go's linker.
            let tables = unsafe { go.symtab() };
            tables.first().text..tables.first().etext
        });
        let all = Code { program: 0..usize::MAX, except: text };
        let native = Image::parse(bytes).and_then(|image| {
            let lines = image.section(b".debug_line").and_then(|section| {
                room.unpacked.resize(section.room()?, 0);
                section.unpacked(&mut room.unpacked)
            });
            let lines = lines.unwrap_or_default();
            let (functions, sequences) = Index::room(&image, lines, &all);
            room.functions.resize(functions, Function::default());
            room.sequences.resize(sequences, Sequence::default());
            Index::new(&image, lines, all, &mut room.functions, &mut room.sequences)
        });
        Ok(Program { bytes, go, native, code, bias })
    }

    /// Whether the instruction before `pc` is a call.
    fn is_behind_call(&self, memory: &fs::File, pc: usize) -> bool {
        let mut before = [0; 8];
        if !self.code.iter().any(|code| code.start + 8 <= pc && pc < code.end)
            || memory.read_exact_at(&mut before, pc as u64 - 8).is_err()
        {
            return false;
        }
        if self.bytes.get(18) == Some(&183) {
            // AArch64: `bl`, and `blr` of any register.
            let op = u32::from_le_bytes([before[4], before[5], before[6], before[7]]);
            return op & 0xfc00_0000 == 0x9400_0000 || op & 0xffff_fc1f == 0xd63f_0000;
        }
        // x86-64: `call` of a distance, or of register or memory in its lengths.
        before[3] == 0xe8 || [2, 3, 4, 6, 7].iter().any(|n| before[8 - n] == 0xff && before[9 - n] >> 3 & 7 == 2)
    }

    /// What is at an address: the innermost call first. False if nothing is known of it.
    ///
    /// # Errors
    /// From `out`.
    pub fn show(&self, out: &mut impl Write, pc: usize) -> io::Result<bool> {
        if !self.code.iter().any(|code| code.contains(&pc)) {
            return Ok(false);
        }
        let pc = pc - self.bias;
        let text = String::from_utf8_lossy;
        if let Some(go) = &self.go {
            // SAFETY: the file is the program of a process that runs; one with Go's tables was written by Go's linker.
            let tables = unsafe { go.symtab() };
            if let Some(function) = tables.find_func(pc) {
                for call in LogicalFrames::new(function, pc) {
                    let (file, line) = call.file_line();
                    writeln!(out, "  {}\n      {}:{line}", text(call.name()), text(file))?;
                }
                return Ok(true);
            }
        }
        let Some((index, (name, _))) = self.native.as_ref().and_then(|index| Some((index, index.function(pc)?))) else {
            return Ok(false);
        };
        writeln!(out, "  {:#}", rustc_demangle::demangle(&text(name)))?;
        if let Some(place) = index.place(pc) {
            writeln!(out, "      {}:{}", text(place.file), place.line)?;
        }
        Ok(true)
    }
}

/// Writes where the threads of a process are.
///
/// # Errors
/// If the process is gone, or the user may not look at it; from `out`.
pub fn report(pid: u32, out: &mut impl Write) -> io::Result<()> {
    let bytes = fs::read(format!("/proc/{pid}/exe"))?;
    let mut room = Room::default();
    let program = Program::new(pid, &bytes, &mut room)?;
    let memory = fs::File::open(format!("/proc/{pid}/mem"))?;
    for task in fs::read_dir(format!("/proc/{pid}/task"))? {
        let task = task?.path();
        let name = fs::read_to_string(task.join("comm"))?;
        // The number of a system call and its arguments, or -1; then the stack pointer and the pc. Or that it runs.
        let at = fs::read_to_string(task.join("syscall"))?;
        let mut words = at.split_whitespace().rev().map(|w| usize::from_str_radix(w.trim_start_matches("0x"), 16));
        writeln!(out, "thread {} ({})", task.file_name().unwrap_or_default().to_string_lossy(), name.trim())?;
        let (Some(Ok(pc)), Some(Ok(sp))) = (words.next(), words.next()) else {
            writeln!(out, "  runs: stop it to see where")?;
            continue;
        };
        if !program.show(out, pc)? {
            writeln!(out, "  {pc:#x}, not in the program's file")?;
        }
        let mut shown = 0;
        for i in 0..STACK / 8 {
            let mut word = [0; 8];
            // The stack ends where nothing is mapped.
            if shown == FRAMES || memory.read_exact_at(&mut word, (sp + i * 8) as u64).is_err() {
                break;
            }
            let back = usize::from_ne_bytes(word);
            // The call is in front of where it comes back to.
            if program.is_behind_call(&memory, back) && program.show(out, back - 1)? {
                shown += 1;
            }
        }
    }
    Ok(())
}

/// What the process does that is started to be looked at.
#[inline(never)]
pub fn wait_for_ever() {
    loop {
        std::thread::sleep(std::time::Duration::from_secs(1));
    }
}

#[allow(dead_code)] // The test has one of its own.
fn main() -> Result<(), Box<dyn std::error::Error>> {
    match std::env::args().nth(1).as_deref() {
        Some("--wait") => wait_for_ever(),
        Some(pid) => report(pid.parse()?, &mut io::stdout().lock())?,
        None => {
            let mut child = std::process::Command::new(std::env::current_exe()?).arg("--wait").spawn()?;
            std::thread::sleep(std::time::Duration::from_millis(200));
            let reported = report(child.id(), &mut io::stdout().lock());
            child.kill()?;
            child.wait()?;
            reported?;
        }
    }
    Ok(())
}
