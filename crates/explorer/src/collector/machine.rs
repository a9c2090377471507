//! A real heap with its collector, and a program with a few hundred objects on it: it links new ones, cuts links, and moves a pointer while the
//! collector marks. What an object's colour is, and whether it is still there, is read from the heap.

use super::world::{ROOTS, World};
use crate::html::Count;
use crate::memory::Linear;
use crate::random::Random;
use goxide_alloc::{Cache, Heap, Layout};
use goxide_gc::pacer::Shares;
use goxide_gc::{Gc, Marker, Tracer};
use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

/// Bytes of an object: 16 of them fill a page.
pub const SIZE: usize = 512;
/// Objects that the program has after it has allocated.
const OBJECTS: usize = 192;
/// Pointers of an object, its first words.
pub const LINKS: usize = 3;
/// Bytes that the heap may take of the page's memory.
const LIMIT: usize = 64 << 20;

/// Where the pointers are in an object.
const MASK: &u8 = &0b111;

/// What marking knows of an object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Colour {
    /// Not reached yet.
    White,
    /// Reached, and its pointers not looked at yet.
    Grey,
    /// Reached, and its pointers were looked at.
    Black,
}

/// The program and the collector.
#[derive(Debug)]
pub struct Collector {
    /// For good: a collector stays where it is.
    pub(super) gc: &'static Gc<World>,
    marker: &'static mut Marker,
    cache: Box<Cache>,
    /// The objects that were allocated and not freed, dead ones among them: addresses.
    pub(super) objects: Vec<usize>,
    /// Objects that were freed though the program could reach them, in the last cycle.
    pub(super) lost: Vec<usize>,
    /// The object whose pointer was moved last.
    pub(super) moved: Option<usize>,
    /// Whether pointer stores go through the write barrier while the collector marks.
    pub(super) barrier: bool,
    /// What the last action did, in a sentence.
    pub(super) said: String,
    pub(super) random: Random,
    /// Steps of what plays since the last cycle ended.
    pub(super) rest: usize,
}

impl Default for Collector {
    fn default() -> Collector {
        let roots = [const { AtomicUsize::new(0) }; ROOTS];
        let gc: &'static Gc<World> = Box::leak(Box::new(Gc::new(World { heap: Heap::new(Linear::new(LIMIT)), roots })));
        // SAFETY: null, or a new marker, which nothing else uses, forever.
        let marker = unsafe { gc.new_marker().as_mut() }.expect("the page has memory for a marker");
        let mut collector = Collector {
            gc,
            marker,
            cache: Box::new(Cache::new()),
            objects: Vec::new(),
            lost: Vec::new(),
            moved: None,
            barrier: true,
            said: String::new(),
            random: Random::new(0x9c),
            rest: 0,
        };
        collector.allocate().expect("the page has memory for a few hundred objects");
        collector
    }
}

impl Collector {
    pub(super) fn heap(&self) -> &'static Heap<Linear> {
        &self.gc.host.heap
    }

    /// A pointer of an object.
    fn link(&self, object: usize, i: usize) -> &AtomicU64 {
        assert!(i < LINKS && self.objects.contains(&object), "a link of an object of this heap");
        // SAFETY: the object is allocated and has a word for each link, aligned to eight; all its users use it as an atomic.
        unsafe { &*std::ptr::with_exposed_provenance::<AtomicU64>(object + i * 8) }
    }

    /// The pointers of an object, nulls left out.
    pub(super) fn links(&self, object: usize) -> impl Iterator<Item = usize> + '_ {
        (0..LINKS).map(move |i| self.link(object, i).load(Relaxed) as usize).filter(|p| *p != 0)
    }

    /// Stores a pointer as a program does: through the write barrier, if it is on and needed.
    fn store(&mut self, object: usize, i: usize, value: usize) {
        let old = self.link(object, i).swap(value as u64, Relaxed) as usize;
        if self.gc.is_marking() && self.barrier {
            // SAFETY: the marker is this collector's, which marks.
            let mut t = unsafe { Tracer::new(self.gc, self.marker) };
            t.tell(old);
            t.tell(value);
            t.publish();
        }
    }

    /// The roots that are set.
    pub(super) fn roots(&self) -> impl Iterator<Item = usize> + '_ {
        self.gc.host.roots.iter().map(|root| root.load(Relaxed)).filter(|p| *p != 0)
    }

    /// What the program can reach.
    pub(super) fn reachable(&self) -> HashSet<usize> {
        let mut seen = HashSet::new();
        let mut todo: Vec<usize> = self.roots().collect();
        while let Some(object) = todo.pop() {
            if seen.insert(object) {
                todo.extend(self.links(object));
            }
        }
        seen
    }

    /// An object's colour, from the mark bits of its page.
    pub(super) fn colour(&self, object: usize) -> Colour {
        let Some((_, index, _)) = self.heap().object_of(object) else { return Colour::White };
        let Some(page) = self.heap().page_of(object) else { return Colour::White };
        // SAFETY: the marks are only read, by the thread of the heap's collector.
        let marks = unsafe { page.marks() };
        let bit = |words: &[AtomicU64]| words[index / 64].load(Relaxed) >> (index % 64) & 1 != 0;
        match (bit(&marks.marked), bit(&marks.scanned)) {
            (false, _) => Colour::White,
            (true, false) => Colour::Grey,
            (true, true) => Colour::Black,
        }
    }

    /// The program goes on between two cycles: it cuts some links and links new objects, some of which it forgets at once.
    pub(super) fn allocate(&mut self) -> Result<(), String> {
        if self.gc.is_marking() {
            return Err("finish the cycle first: this program allocates between cycles only".into());
        }
        self.forget_lost();
        for _ in 0..self.objects.len() / 8 {
            let object = self.objects[self.random.below(self.objects.len())];
            let i = self.random.below(LINKS);
            self.store(object, i, 0);
        }
        let layout = Layout { opaque: 1, elem_size: SIZE, ptr_bytes: LINKS * 8, mask: MASK };
        let mut new = 0;
        while self.objects.len() < OBJECTS {
            // SAFETY: the layout is right: its mask has the byte that it asks for. The cache is used with this heap alone.
            let object = unsafe { self.cache.alloc(self.heap(), SIZE, &layout, true) };
            if object.is_null() {
                return Err("the heap is refused more memory".into());
            }
            let object = object.expose_provenance();
            self.objects.push(object);
            new += 1;
            self.attach(object);
        }
        self.said = format!("The program has cut links, and allocated {}.", Count(new, "object"));
        Ok(())
    }

    /// Has a root or an older object point to a new one; or none does.
    fn attach(&mut self, object: usize) {
        if let Some(root) = self.gc.host.roots.iter().find(|root| root.load(Relaxed) == 0) {
            root.store(object, Relaxed);
            return;
        }
        if self.random.below(5) == 0 {
            return;
        }
        for _ in 0..8 {
            let parent = self.objects[self.random.below(self.objects.len() - 1)];
            let i = self.random.below(LINKS);
            if self.link(parent, i).load(Relaxed) == 0 {
                self.store(parent, i, object);
                return;
            }
        }
    }

    /// Begins a cycle.
    pub(super) fn begin(&mut self) -> Result<(), String> {
        if self.gc.is_marking() {
            return Err("a cycle is under way: take steps, or finish it".into());
        }
        self.forget_lost();
        self.cache.flush(self.heap());
        // SAFETY: there is one thread, so nothing allocates and no marker works; the last cycle was swept when it ended; the only cache is
        // flushed; every store after this goes through the barrier, unless the visitor has switched it off to see what comes of that.
        unsafe { self.gc.begin_mark() };
        self.moved = None;
        self.said = "Marking begins: all objects are white, and the roots are to be looked at.".into();
        Ok(())
    }

    /// Lets the marker do as little as it can.
    pub(super) fn step(&mut self) -> Result<(), String> {
        if !self.gc.is_marking() {
            return Err("begin a cycle first".into());
        }
        // SAFETY: the marker is this collector's, which marks.
        let mut t = unsafe { Tracer::new(self.gc, self.marker) };
        let done = t.drain_some(1, false);
        self.said = match done {
            0 => "Nothing is left to mark: the cycle can be finished.".into(),
            _ => "The marker has looked at the roots, or at what was grey in a page.".into(),
        };
        Ok(())
    }

    /// Marks what is left, ends the cycle, and sweeps.
    pub(super) fn finish(&mut self) -> Result<(), String> {
        if !self.gc.is_marking() {
            return Err("begin a cycle first".into());
        }
        // SAFETY: there is one thread, so the world is stopped; barriers buffer nothing; the cache is flushed before it allocates again, here.
        while !unsafe { self.gc.try_finish(self.marker) } {
            self.step()?;
        }
        self.cache.flush(self.heap());
        self.lost = self.reachable().into_iter().filter(|&object| self.colour(object) == Colour::White).collect();
        self.lost.sort();
        let before = self.objects.len();
        // SAFETY: `try_finish` said so in this cycle, the world is stopped since then and the cache flushed. If the barrier was off, objects
        // may be freed that the program could reach: their links are cut below, so that nothing uses them.
        unsafe { self.gc.end_cycle(0, 0, Shares::BACKGROUND) };
        while self.heap().unswept() > 0 {
            self.heap().sweep_one();
        }
        self.cut_links_to_freed();
        let freed = Count(before - self.objects.len(), "object");
        self.said = match self.lost.len() {
            0 => format!("The cycle is over: {freed} were swept, none of which the program could reach."),
            n => format!("The cycle is over: {freed} were swept, and {n} of them the program could reach. They are lost."),
        };
        self.rest = 0;
        Ok(())
    }

    /// Whether the heap has an object at an address.
    fn is_allocated(&self, object: usize) -> bool {
        self.heap().object_of(object).is_some_and(|(base, index, span)| {
            // SAFETY: there is one thread, which frees no span meanwhile.
            base == object && unsafe { span.allocated(index) }
        })
    }

    /// What was freed is no object of the program any more, and no pointer leads there.
    fn cut_links_to_freed(&mut self) {
        let there: HashSet<usize> = self.objects.iter().copied().filter(|&object| self.is_allocated(object)).collect();
        self.objects.retain(|object| there.contains(object));
        for &object in &self.objects {
            for i in 0..LINKS {
                let link = self.link(object, i);
                if !there.contains(&(link.load(Relaxed) as usize)) {
                    link.store(0, Relaxed);
                }
            }
        }
        for root in &self.gc.host.roots {
            if !there.contains(&root.load(Relaxed)) {
                root.store(0, Relaxed);
            }
        }
        self.moved = None;
    }

    fn forget_lost(&mut self) {
        self.lost.clear();
    }

    /// The program moves a pointer behind the marker's back: a black object gets the only pointer to a white one.
    pub(super) fn move_pointer(&mut self) -> Result<(), String> {
        if !self.gc.is_marking() {
            return Err("begin a cycle first, and take some steps".into());
        }
        let found = self.pointer_to_move();
        let (black, free, owner, link, white) =
            found.ok_or("there is no black object with room and a white one with one owner now: take a step")?;
        self.store(black, free, white);
        self.store(owner, link, 0);
        self.moved = Some(white);
        let now =
            if self.barrier { "the write barrier has told the marker of it" } else { "the marker does not learn of it" };
        self.said = format!("A black object has got the only pointer to a white one: {now}.");
        Ok(())
    }

    /// A black object with a link that is null, and a link of another object that is the only one to a white object.
    fn pointer_to_move(&self) -> Option<(usize, usize, usize, usize, usize)> {
        let reachable = self.reachable();
        let live = || self.objects.iter().copied().filter(|o| reachable.contains(o));
        let null = |o: usize| (0..LINKS).find(|&i| self.link(o, i).load(Relaxed) == 0);
        let (black, free) = live().filter(|&o| self.colour(o) == Colour::Black).find_map(|o| Some((o, null(o)?)))?;
        let owners = |white: usize| live().flat_map(|o| self.links(o)).filter(|&p| p == white).count();
        let is_root = |object: usize| self.roots().any(|root| root == object);
        live().filter(|&owner| self.colour(owner) != Colour::Black).find_map(|owner| {
            (0..LINKS).find_map(|i| {
                let white = self.link(owner, i).load(Relaxed) as usize;
                let alone = white != 0 && self.colour(white) == Colour::White && owners(white) == 1 && !is_root(white);
                alone.then_some((black, free, owner, i, white))
            })
        })
    }
}
