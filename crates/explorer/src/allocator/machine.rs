//! A real heap with the caches of two processors, and the objects that were allocated from it and not freed yet. What happened to a request is not
//! noted: it is read back from the heap, by the object's address.

use crate::memory::Linear;
use crate::random::Random;
use crate::request::Request;
use goxide_alloc::{Cache, Heap, Refusal};
use std::collections::HashMap;

/// Processors, each with a cache.
pub const PROCESSORS: usize = 2;
/// Bytes that the heap may take of the page's memory.
const LIMIT: usize = 192 << 20;
/// Objects at a time: more would be a picture of nothing.
const MOST_OBJECTS: usize = 20_000;
/// Steps of the program that plays by itself in which it allocates, before it frees.
pub const FILL: usize = 48;

/// An object that is not freed yet.
#[derive(Clone, Debug)]
struct Object {
    addr: usize,
    /// One of several in a block, as small objects without pointers are.
    tiny: bool,
}

/// What the page says of the last request.
#[derive(Clone, Debug)]
pub struct Last {
    /// What was asked for.
    pub(super) request: Request,
    /// Where the object is.
    pub(super) addr: usize,
    /// By which processor it was allocated.
    pub(super) processor: usize,
}

/// The allocator at work.
#[derive(Debug)]
pub struct Allocator {
    /// The heap.
    pub(super) heap: Box<Heap<Linear>>,
    /// The processors' caches.
    pub(super) caches: [Box<Cache>; PROCESSORS],
    /// The processor that allocates.
    pub(super) processor: usize,
    /// In the order of their allocation.
    objects: Vec<Object>,
    /// Objects in each block of tiny ones, by the block's address.
    blocks: HashMap<usize, usize>,
    /// The last request, while its object is there.
    pub(super) last: Option<Last>,
    /// For what plays.
    pub(super) random: Random,
    /// How far what plays has come.
    pub(super) step: usize,
}

impl Default for Allocator {
    fn default() -> Allocator {
        let heap = Box::new(Heap::new(Linear::new(LIMIT)));
        // SAFETY: nothing was allocated yet, and no collector is made for this heap.
        unsafe { heap.enable_free() };
        Allocator {
            heap,
            caches: std::array::from_fn(|_| Box::new(Cache::new())),
            processor: 0,
            objects: Vec::new(),
            blocks: HashMap::new(),
            last: None,
            random: Random::new(0x60),
            step: 0,
        }
    }
}

impl Allocator {
    /// Allocates what was asked for from the cache of the processor that is chosen.
    pub(super) fn allocate(&mut self, request: Request) -> Result<(), String> {
        if self.objects.len() >= MOST_OBJECTS {
            return Err(format!("{MOST_OBJECTS} objects are enough for a picture: free some"));
        }
        let layout = request.layout();
        let cache = &mut self.caches[self.processor];
        let mut addr = {
            // SAFETY: the request's layout is right for its type, and each cache is used with this heap alone.
            unsafe { cache.alloc_fast(request.bytes, &layout, true) as usize }
        };
        if addr == 0 {
            // SAFETY: the request's layout is right for its type, and each cache is used with this heap alone.
            let slow = unsafe { cache.alloc_slow(&self.heap, request.bytes, &layout, true) };
            addr = slow.map_err(refused)?.object as usize;
        }
        let tiny = request.is_tiny();
        if tiny {
            *self.blocks.entry(self.block_of(addr)).or_default() += 1;
        }
        self.objects.push(Object { addr, tiny });
        self.last = Some(Last { request, addr, processor: self.processor });
        Ok(())
    }

    /// How many objects are not freed.
    pub(super) fn objects(&self) -> usize {
        self.objects.len()
    }

    /// The object of the heap that an address lies in: for a tiny object its block.
    fn block_of(&self, addr: usize) -> usize {
        self.heap.object_of(addr).map_or(addr, |(base, ..)| base)
    }

    /// Frees the object that was allocated as number `i` of those that are left.
    pub(super) fn free(&mut self, i: usize) {
        let object = self.objects.remove(i);
        if self.last.as_ref().is_some_and(|last| last.addr == object.addr) {
            self.last = None;
        }
        let mut addr = object.addr;
        if object.tiny {
            addr = self.block_of(addr);
            let left = self.blocks.get_mut(&addr).map_or(0, |n| {
                *n -= 1;
                *n
            });
            if left > 0 {
                return;
            }
            self.blocks.remove(&addr);
            // A cache may be about to put the next object there.
            for cache in self.caches.iter_mut().filter(|c| c.tiny_block().is_some_and(|(block, _)| block == addr)) {
                cache.drop_tiny();
            }
        }
        // SAFETY: an object of this heap, or a block all of whose objects are freed; nothing uses it, and it was not freed before.
        let was_there = unsafe { self.heap.free(addr as *mut u8) };
        assert!(was_there, "the heap does not know an object that it allocated");
    }

    /// Has the caches give their spans back, and frees those in which no object is left.
    pub(super) fn flush(&mut self) {
        self.caches.iter_mut().for_each(|cache| cache.flush(&self.heap));
        self.heap.trim();
    }

    /// What the program asks for that plays by itself: mostly small things, now and then something large.
    pub(super) fn some_request(&mut self) -> Result<Request, String> {
        const SIZES: [&str; 10] = [
            "new(int)",
            "new(string)",
            "make([]byte, 100)",
            "make([]string, 8)",
            "make([]int, 40)",
            "make([]any, 60)",
            "make([]int, 200)",
            "make([]byte, 3000)",
            "make([]int, 1025)",
            "make([]byte, 20000)",
        ];
        if self.step % 16 == 11 {
            return Request::parse(&format!("{} KiB", 64 + 32 * self.random.below(12)));
        }
        Request::parse(SIZES[self.random.below(SIZES.len())])
    }
}

/// What the heap says when there is nothing left.
fn refused(refusal: Refusal) -> String {
    format!("the heap is refused: {refusal}. Free some objects")
}
