//! The numbers of a trace's call stacks and strings, and the memory of these.

use crate::parts::TraceTables;
use crate::state::{RT, symtab};
use core::ptr::null;
use core::sync::atomic::{AtomicPtr, Ordering::*};
use goxide_gotypes::mem::Persistent;
use goxide_gotypes::profile::stacks::{Entry, Stacks};
use goxide_gotypes::trace::{Batch, Kind};
use goxide_symtab::frames::{expand, shown_name};
use goxide_sys::mem::{map_anywhere, unmap};
use goxide_sys::time::nanotime;

/// The most calls of a stack.
pub const CALLS: usize = 128;
/// The longest string.
const LONGEST: usize = 1 << 10;

/// A piece of the tables' memory: its size, the one before it, then what is given out.
#[repr(C)]
struct Chunk {
    before: *mut Chunk,
    size: usize,
    used: usize,
}

/// Memory that stays until [`clear`].
#[derive(Clone, Copy)]
struct TraceMemory<'a>(&'a AtomicPtr<u8>);

// SAFETY: each call gives zeroed bytes of a mapping that it has not given before; they stay as long as the tables that are made of them.
unsafe impl Persistent for TraceMemory<'_> {
    fn persistent(&self, size: usize, align: usize) -> *mut u8 {
        const CHUNK: usize = 256 << 10;
        // SAFETY: chunks are reached under the lock of the tables alone, and have room as they say.
        unsafe {
            let mut at: *mut Chunk = self.0.load(Relaxed).cast();
            let from = |at: *mut Chunk| (at as usize + (*at).used).next_multiple_of(align);
            if at.is_null() || from(at) + size > at as usize + (*at).size {
                let bytes = CHUNK.max((size + align + size_of::<Chunk>()).next_multiple_of(64 << 10));
                let new: *mut Chunk = map_anywhere(bytes).cast();
                if new.is_null() {
                    crate::refusal::out_of_memory()
                }
                new.write(Chunk { before: at, size: bytes, used: size_of::<Chunk>() });
                self.0.store(new.cast(), Relaxed);
                at = new;
            }
            let given = from(at);
            (*at).used = given + size - at as usize;
            given as *mut u8
        }
    }
}

/// The number of a call stack, of return addresses; 0 of an empty one.
pub fn stack(pcs: &[usize]) -> u64 {
    if pcs.is_empty() {
        return 0;
    }
    let mut tables = RT.trace.tables.lock();
    let TraceTables { memory, stacks, .. } = &mut *tables;
    number(memory, stacks, pcs, 0)
}

/// The number of a string; 0 of an empty one.
pub fn string(text: &[u8]) -> u64 {
    let text = &text[..text.len().min(LONGEST)];
    if text.is_empty() {
        return 0;
    }
    // As words, the last one filled up with zeros: the length tells those apart.
    let mut words = [0usize; LONGEST / 8];
    for (word, bytes) in words.iter_mut().zip(text.chunks(8)) {
        let mut w = [0; 8];
        w[..bytes.len()].copy_from_slice(bytes);
        *word = usize::from_ne_bytes(w);
    }
    let mut tables = RT.trace.tables.lock();
    let TraceTables { memory, strings, .. } = &mut *tables;
    number(memory, strings, &words[..text.len().div_ceil(8)], text.len())
}

fn number(memory: &AtomicPtr<u8>, table: &mut Stacks<u64>, words: &[usize], key: usize) -> u64 {
    let next = table.len() as u64 + 1;
    let entry = table.find(&TraceMemory(memory), words, key, next);
    // SAFETY: entries stay until the tables are cleared, which are locked.
    unsafe { (*entry).value }
}

/// Call stacks are to be written from now on: no others are added.
pub fn begin_stacks() {
    let mut tables = RT.trace.tables.lock();
    tables.next = tables.stacks.newest().map_or(null(), core::ptr::from_ref);
}

/// Strings are to be written from now on: no others are added.
pub fn begin_strings() {
    let mut tables = RT.trace.tables.lock();
    tables.next = tables.strings.newest().map_or(null(), core::ptr::from_ref);
}

/// The next entry of what is to be written.
fn next() -> Option<&'static Entry<u64>> {
    let mut tables = RT.trace.tables.lock();
    // SAFETY: null, or an entry, which stays until `clear`; the reader of the trace, who asks here, calls that later.
    let entry = unsafe { tables.next.as_ref() }?;
    tables.next = entry.older().map_or(null(), core::ptr::from_ref);
    Some(entry)
}

/// The next string and its number, for `f`; whether there was one.
pub fn next_string(f: impl FnOnce(u64, &[u8])) -> bool {
    let Some(entry) = next() else { return false };
    // SAFETY: words are bytes, and there are as many as the key says.
    f(entry.value, unsafe { core::slice::from_raw_parts(entry.stack().as_ptr().cast(), entry.key()) });
    true
}

/// The next call stack, for `f`: its number, and four numbers for each of its frames: the address, the strings of function and file, the
/// line. Whether there was one. It adds strings.
pub fn next_stack(f: impl FnOnce(u64, &[u64])) -> bool {
    let Some(entry) = next() else { return false };
    let mut frames = [0; 4 * CALLS];
    let mut n = 0;
    for &pc in entry.stack() {
        let frame = match expand(symtab(), pc) {
            Some(e) => {
                let (file, line) = e.file_line();
                let mut name = [0; LONGEST];
                let mut len = 0;
                for part in shown_name(e.name()) {
                    let part = &part[..part.len().min(LONGEST - len)];
                    name[len..][..part.len()].copy_from_slice(part);
                    len += part.len();
                }
                [e.pc as u64, string(&name[..len]), string(file), line.max(0) as u64]
            }
            None => native_frame(pc),
        };
        frames[n..][..4].copy_from_slice(&frame);
        n += 4;
    }
    f(entry.value, &frames[..n]);
    true
}

/// The frame of an address that is not in Go's code: of the runtime's own, in a sample.
fn native_frame(pc: usize) -> [u64; 4] {
    let at = pc.saturating_sub(1);
    // SAFETY: null, or a constant.
    let profiler = unsafe { RT.cpu_profile.profiler.load(Acquire).as_ref() };
    match profiler.and_then(|profiler| (profiler.name_of)(at)) {
        Some(name) => [at as u64, string(name.function()), string(name.file()), name.line],
        None => [at as u64, 0, 0, 0],
    }
}

/// A numbered call stack, with the frames that [`next_stack`] gave.
pub fn put_stack(batch: &mut Batch<'_>, id: u64, frames: &[u64]) {
    let mut numbers = [0; 2 + 4 * CALLS];
    numbers[..2].copy_from_slice(&[id, frames.len() as u64 / 4]);
    numbers[2..][..frames.len()].copy_from_slice(frames);
    batch.sized(Kind::Stack, &numbers[..2 + frames.len()]);
}

/// Forgets everything, and gives the memory back until `until`; whether all of it went.
pub fn clear(until: i64) -> bool {
    let mut tables = RT.trace.tables.lock();
    (tables.strings, tables.stacks) = (Stacks::new(), Stacks::new());
    loop {
        let at: *mut Chunk = tables.memory.load(Relaxed).cast();
        if at.is_null() {
            return true;
        }
        // SAFETY: nothing refers to the memory any more: the tables are new.
        unsafe {
            let Chunk { before, size, .. } = at.read();
            tables.memory.store(before.cast(), Relaxed);
            unmap(at.cast(), size);
        }
        if nanotime() >= until {
            return false;
        }
    }
}
