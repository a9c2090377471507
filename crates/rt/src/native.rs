//! The runtime's own functions in the report of a crash, and in profiles: names, files and lines from the running program's file.
//!
//! Programs that are linked without a symbol table (`-s`) have nothing to look up: the link program chooses then
//! `gx_native_frame_none`, and what would look up is not part of them.

use crate::links::first_module;
use crate::parts::Name;
use crate::signals::stub::program_text;
use crate::state::RT;
use crate::stderr::Stderr;
use core::fmt::Write as _;
use goxide_symtab::Sink as _;
use goxide_symtab::native::{Code, Function, Image, Index, Sequence, place_of};
use goxide_sys::syscall::raw;

#[allow(improper_ctypes, reason = "both sides are this file")]
unsafe extern "C" {
    /// One of the two below, as the link program says.
    fn gx_native_frame(pc: usize, at: usize, out: *mut Stderr);
}

/// Whether the program was linked with a symbol table, and so, unless by `-w`, with what debuggers read.
pub fn has_names() -> bool {
    let chosen = gx_native_frame as *const ();
    // SAFETY: a local variable. It is read as volatile since the compiler may take two names for two functions.
    unsafe { core::ptr::read_volatile(&raw const chosen) != gx_native_frame_none as *const () }
}

/// Writes what is known of the code at `pc`; `returns`: it is the return address of a call.
pub fn frame(out: &mut Stderr, pc: usize, returns: bool) {
    // A call at a function's end returns behind it.
    let at = pc - usize::from(returns);
    // SAFETY: a sink, for as long as the call takes.
    unsafe { gx_native_frame(pc, at, out) }
}

impl Name {
    /// The function's.
    pub fn function(&self) -> &[u8] {
        &self.text[..self.function]
    }

    /// The file's.
    pub fn file(&self) -> &[u8] {
        &self.text[self.function..][..self.file]
    }
}

/// Text that is cut where there is no more room.
struct Cut<'a> {
    room: &'a mut [u8],
    len: usize,
}

impl core::fmt::Write for Cut<'_> {
    fn write_str(&mut self, s: &str) -> core::fmt::Result {
        self.put(s.as_bytes());
        Ok(())
    }
}

impl Cut<'_> {
    fn put(&mut self, s: &[u8]) {
        let n = s.len().min(self.room.len() - self.len);
        self.room[self.len..][..n].copy_from_slice(&s[..n]);
        self.len += n;
    }
}

/// The name of the code at `at`; none if it is no code of the runtime's, or the program has no symbol table. For profiles: nothing else
/// links it.
pub fn name_of(at: usize) -> Option<Name> {
    let mut out = Name { text: [0; Name::ROOM], function: 0, file: 0, line: 0, start: 0 };
    let index = index()?;
    let (name, start) = index.function(at)?;
    let mut text = Cut { room: &mut out.text, len: 0 };
    match core::str::from_utf8(name) {
        Ok(name) => drop(write!(text, "{:#}", rustc_demangle::demangle(name))),
        Err(_) => text.put(name),
    }
    out.function = text.len;
    out.start = start;
    if let Some(place) = index.place(at) {
        if !place.directory.is_empty() {
            text.put(place.directory);
            text.put(b"/");
        }
        text.put(place.file);
        out.line = place.line;
    }
    out.file = text.len - out.function;
    Some(out)
}

/// Where names are looked up. The first question makes it: the report of a crash asks the tables themselves, which takes longer for each
/// address, and no memory.
fn index() -> Option<&'static Index<'static>> {
    let mut made = RT.cpu_profile.names.lock();
    if made.is_none() {
        *made = make_index();
    }
    *made
}

fn make_index() -> Option<&'static Index<'static>> {
    let image = Image::parse(program_file())?;
    if !image.has_symbols() {
        // Before any memory is asked for: it would be asked for at each question.
        return None;
    }
    let tables = line_tables(&image).unwrap_or_default();
    let go = first_module();
    let code = Code { program: program_text(), except: go.text..go.etext };
    let (functions, sequences) = Index::room(&image, tables, &code);
    // Tables are guessed long: of memory that is never touched the kernel gives addresses only.
    let of_functions = functions * size_of::<Function>();
    let room = fresh(size_of::<Index<'_>>() + of_functions + sequences * size_of::<Sequence>())?;
    let (at, room) = room.split_at_mut(size_of::<Index<'_>>());
    let (first, second) = room.split_at_mut(of_functions);
    const { assert!(align_of::<Index<'_>>() == 8 && align_of::<Function>() == 8 && align_of::<Sequence>() == 8) };
    // SAFETY: a mapping begins at a page, and what lies in it is of words, so all is aligned; it has so many bytes, which stay and which
    // nothing else has; functions and sequences are numbers, for which zeros do.
    let (functions, sequences) = unsafe {
        let functions = core::slice::from_raw_parts_mut(first.as_mut_ptr().cast::<Function>(), functions);
        (functions, core::slice::from_raw_parts_mut(second.as_mut_ptr().cast::<Sequence>(), sequences))
    };
    let index = Index::new(&image, tables, code, functions, sequences)?;
    let at: *mut Index<'static> = at.as_mut_ptr().cast();
    // SAFETY: room for it, aligned, which nothing else has and which stays (see above).
    unsafe {
        at.write(index);
        Some(&*at)
    }
}

/// # Safety
/// `out` is a sink that nothing else uses during the call.
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_native_frame_none(pc: usize, _at: usize, out: *mut Stderr) {
    // SAFETY: nothing else uses the sink during the call (this function's contract).
    let out = unsafe { &mut *out };
    out.put(b"\tgoxide ");
    out.put_hex(pc);
    out.put(b"\n");
}

/// # Safety
/// As for [`gx_native_frame_none`].
#[unsafe(no_mangle)]
unsafe extern "C" fn gx_native_frame_full(pc: usize, at: usize, out: *mut Stderr) {
    let file = program_file();
    let image = Image::parse(file);
    let Some((name, start)) = image.as_ref().and_then(|i| i.function(at)) else {
        // SAFETY: nothing else uses the sink during the call (this function's contract).
        return unsafe { gx_native_frame_none(pc, at, out) };
    };
    let place = image.as_ref().and_then(line_tables).and_then(|tables| place_of(tables, at as u64));
    if place.is_none() && name.starts_with(b"gx_") {
        // The assembly that leads here from a goroutine's stack is not on the way of what is being reported.
        return;
    }
    // SAFETY: nothing else uses the sink during the call (this function's contract).
    let out = unsafe { &mut *out };
    put_symbol(out, name);
    out.put(b"()\n\t");
    match place {
        Some(place) => {
            if !place.directory.is_empty() {
                out.put(place.directory);
                out.put(b"/");
            }
            out.put(place.file);
            out.put(b":");
            out.put_uint(place.line);
        }
        None => out.put(b"?"),
    }
    out.put(b" +");
    out.put_hex(pc - start);
    out.put(b" pc=");
    out.put_hex(pc);
    out.put(b"\n");
}

struct Text<'a>(&'a mut Stderr);

impl core::fmt::Write for Text<'_> {
    fn write_str(&mut self, s: &str) -> core::fmt::Result {
        self.0.put(s.as_bytes());
        Ok(())
    }
}

fn put_symbol(out: &mut Stderr, name: &[u8]) {
    match core::str::from_utf8(name) {
        Ok(name) => drop(write!(Text(out), "{:#}", rustc_demangle::demangle(name))),
        Err(_) => out.put(name),
    }
}

/// The program's file in memory; empty if it cannot be had.
fn program_file() -> &'static [u8] {
    RT.death.file.get(read_program).unwrap_or_default()
}

fn read_program() -> Option<&'static [u8]> {
    const PATH: &core::ffi::CStr = c"/proc/self/exe";
    let fd = goxide_sys::io::open(PATH).ok()?;
    // `struct stat`, whose word 6 is the size on both machines.
    let mut stat = [0u64; 32];
    // SAFETY: the kernel writes a `struct stat`, which is smaller than the buffer.
    let r = unsafe { raw(crate::arch::NR_FSTAT, fd as usize, stat.as_mut_ptr() as usize, 0, 0, 0, 0) };
    // SAFETY: opened here.
    unsafe { goxide_sys::io::close(fd) };
    let size = stat[6] as usize;
    // A file that is being written to may be longer by now: the last byte is never filled.
    let room = fresh(size.checked_add(1).filter(|_| r >= 0 && size > 0)?)?;
    let (at, len) = (room.as_mut_ptr(), room.len());
    let read = goxide_sys::io::read_file(PATH, room).ok();
    if read.is_none() {
        // SAFETY: mapped above, and nothing refers to it: the reference to it went with the call.
        unsafe { goxide_sys::mem::unmap(at, len) };
    }
    read
}

/// The line tables, unpacked.
fn line_tables(image: &Image<'static>) -> Option<&'static [u8]> {
    RT.death.lines.get(|| {
        let section = image.section(b".debug_line")?;
        let room = match section.room()? {
            0 => &mut [],
            n => fresh(n)?,
        };
        section.unpacked(room)
    })
}

/// Memory straight from the kernel, which stays.
fn fresh(n: usize) -> Option<&'static mut [u8]> {
    let p = goxide_sys::mem::map_anywhere(n);
    // SAFETY: so many zeroed bytes that nothing else has.
    if p.is_null() { None } else { Some(unsafe { core::slice::from_raw_parts_mut(p, n) }) }
}
