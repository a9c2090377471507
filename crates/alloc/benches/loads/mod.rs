//! What the benches have allocators do, for any `GlobalAlloc`: by one thread, and by two. Those by two are after programs that allocators are
//! commonly compared with. Each says how many objects it allocated and freed.

use std::alloc::{GlobalAlloc, Layout};
use std::hint::black_box;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// Objects at a time, where there are many.
pub const BATCH: usize = 4000;

pub fn layout(size: usize) -> Layout {
    Layout::from_size_align(size, 8).expect("a valid layout")
}

/// An object that is somewhere.
#[derive(Clone, Copy)]
struct Object {
    at: *mut u8,
    size: usize,
}

// SAFETY: an object is used by the thread that has it, and any thread may free it.
unsafe impl Send for Object {}

impl Object {
    #[inline(always)]
    fn new(a: &impl GlobalAlloc, size: usize) -> Object {
        // SAFETY: the sizes are positive; the object has a byte.
        unsafe {
            let at = a.alloc(layout(size));
            at.write(1);
            Object { at, size }
        }
    }

    #[inline(always)]
    fn free(self, a: &impl GlobalAlloc) {
        // SAFETY: allocated with this layout; each load frees its objects once.
        unsafe { a.dealloc(black_box(self.at), layout(self.size)) }
    }
}

/// Random numbers, the same for all.
struct Random(u64);

impl Random {
    #[inline(always)]
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// Sizes as programs have them: half of them up to 64 bytes, one in sixteen up to 4 KiB.
    #[inline(always)]
    fn size(&mut self) -> usize {
        let n = self.next();
        let most = match n % 16 {
            0..8 => 64,
            8..13 => 256,
            13..15 => 1024,
            _ => 4096,
        };
        (n >> 8) as usize % most + 1
    }
}

/// One object at a time: allocated, touched, freed.
#[inline]
pub fn pair(a: &impl GlobalAlloc, layout: Layout) {
    // SAFETY: a positive size; freed once, with its layout.
    unsafe {
        let p = a.alloc(layout);
        p.write(1);
        a.dealloc(black_box(p), layout);
    }
}

/// One object of zeros at a time, read from.
#[inline]
pub fn zeroed(a: &impl GlobalAlloc, layout: Layout) {
    // SAFETY: a positive size; freed once, with its layout; its first byte is initialised.
    unsafe {
        let p = a.alloc_zeroed(layout);
        black_box(p.read());
        p.write(1);
        a.dealloc(black_box(p), layout);
    }
}

/// [`BATCH`] objects at a time, freed in another order.
pub fn batch(a: &impl GlobalAlloc, layout: Layout, room: &mut Vec<*mut u8>) {
    room.clear();
    // SAFETY: a positive size; each object is freed once, with its layout.
    unsafe {
        for _ in 0..BATCH {
            let p = a.alloc(layout);
            p.write(1);
            room.push(p);
        }
        for start in 0..7 {
            for p in room.iter().skip(start).step_by(7) {
                a.dealloc(*p, layout);
            }
        }
    }
}

/// A text that grows from 8 bytes to 64 KiB: 14 objects.
pub fn grow(a: &impl GlobalAlloc) {
    let mut size = 8;
    // SAFETY: the sizes are positive; the object has the layout that it was last given, and is freed once.
    unsafe {
        let mut p = a.alloc(layout(size));
        while size < 64 << 10 {
            p.write(1);
            p = a.realloc(p, layout(size), size * 2);
            size *= 2;
        }
        a.dealloc(black_box(p), layout(size));
    }
}

/// Objects of mixed sizes that live for long: of some thousand, one after the other is replaced.
pub struct Mixed {
    random: Random,
    objects: Vec<Object>,
}

impl Mixed {
    pub fn new(a: &impl GlobalAlloc, n: usize) -> Mixed {
        let mut random = Random(0x2545_f491_4f6c_dd1d);
        let objects = (0..n).map(|_| Object::new(a, random.size())).collect();
        Mixed { random, objects }
    }

    pub fn replace(&mut self, a: &impl GlobalAlloc, times: u64) {
        for _ in 0..times {
            let which = self.random.next() as usize % self.objects.len();
            let new = Object::new(a, self.random.size());
            std::mem::replace(&mut self.objects[which], new).free(a);
        }
    }

    pub fn free(self, a: &impl GlobalAlloc) {
        self.objects.into_iter().for_each(|o| o.free(a));
    }
}

/// A server (`larson`): each of two threads replaces objects that others allocated, and leaves them to threads to come. `times` objects each.
pub fn server(a: &(impl GlobalAlloc + Sync), times: u64) {
    const THREADS: u64 = 4;
    let mut loads = [Mixed::new(a, 1000), Mixed::new(a, 1000)];
    for _ in 0..THREADS {
        thread::scope(|s| {
            for load in &mut loads {
                s.spawn(|| load.replace(a, times.div_ceil(THREADS)));
            }
        });
        loads.swap(0, 1);
    }
    loads.into_iter().for_each(|l| l.free(a));
}

/// A pipeline (`xmalloc`): one thread allocates, the other frees. `times` objects.
pub fn pipeline(a: &(impl GlobalAlloc + Sync), times: u64) {
    const PIECE: u64 = 256;
    fn free_all(a: &impl GlobalAlloc, full: &Receiver<Vec<Object>>, empty: &SyncSender<Vec<Object>>) {
        while let Ok(mut objects) = full.recv() {
            objects.drain(..).for_each(|o| o.free(a));
            let _ = empty.send(objects);
        }
    }
    let (to, full) = sync_channel(8);
    let (back, empty) = sync_channel(16);
    (0..8).for_each(|_| back.send(Vec::with_capacity(PIECE as usize)).expect("room"));
    thread::scope(|s| {
        s.spawn(move || free_all(a, &full, &back));
        let mut random = Random(0x1234_5678_9abc_def1);
        for _ in 0..times.div_ceil(PIECE) {
            let mut objects: Vec<Object> = empty.recv().expect("the other thread gives them back");
            objects.extend((0..PIECE).map(|_| Object::new(a, random.size())));
            to.send(objects).expect("the other thread takes them");
        }
        drop(to);
    });
}

/// Two threads that begin with neighbouring objects (`cache-scratch`) and write to what they allocate, a hundred times each. It takes long if
/// an allocator hands parts of one cache line to both. `times` objects each.
pub fn scratch(a: &(impl GlobalAlloc + Sync), times: u64) {
    let first = [Object::new(a, 8), Object::new(a, 8)];
    thread::scope(|s| {
        for object in first {
            s.spawn(move || {
                object.free(a);
                for _ in 0..times {
                    let o = Object::new(a, 8);
                    for i in 0..100 {
                        // SAFETY: the object is this thread's and has a byte.
                        unsafe { o.at.write_volatile(i) };
                    }
                    o.free(a);
                }
            });
        }
    });
}
