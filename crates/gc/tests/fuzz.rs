//! Random heaps, changed by several threads while collections run, against a plain model of what is reachable: after a last
//! collection exactly that is alive, and it is as it was written.
//!
//! Every object but the smallest carries its number. A slot is written by the thread that made its object alone, so that the
//! threads' own records, put together, are the model; what others read from it they recognise by the number.
#![cfg(not(loom))]

use goxide_gc::hosted::{Array, Bytes, Collector, Global, Mutator, Object, Ref, Root, Slot};
use proptest::prelude::*;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering::*};
use std::sync::{Arc, Mutex};

/// What is common to all kinds of nodes: a number, with the kind in its low byte, and pointers.
#[repr(C)]
struct Node {
    id: u64,
}
goxide_gc::object!(Node {});

/// A node of `8 + 8 * (S + P)` bytes: pointers, then others.
#[repr(C)]
struct Sized<const S: usize, const P: usize> {
    id: u64,
    slots: [Slot<Node>; S],
    payload: [u64; P],
}

// SAFETY: the slots lie behind the number, one after the other.
unsafe impl<const S: usize, const P: usize> Object for Sized<S, P> {
    const SLOTS: &'static [usize] = &{
        let mut at = [0; S];
        let mut i = 0;
        while i < S {
            at[i] = 8 + 8 * i;
            i += 1;
        }
        at
    };
}

/// Eight bytes, without a number: a pointer to a node.
#[repr(C)]
struct Small {
    to: Slot<Node>,
}
goxide_gc::object!(Small { to });

/// A node of 24 bytes with a pointer of its own kind each.
#[repr(C)]
struct Holder {
    id: u64,
    small: Slot<Small>,
    bytes: Slot<Bytes>,
}
goxide_gc::object!(Holder { small, bytes });

/// A node whose pointers are in an array.
#[repr(C)]
struct Rows {
    id: u64,
    rows: Slot<Array<Node>>,
}
goxide_gc::object!(Rows { rows });

const KINDS: u64 = 10;
const HOLDER: u64 = 0;
const ROWS: u64 = 1;

/// Number of node slots of a kind, and objects that belong to it besides.
fn slots(kind: u64) -> usize {
    [0, 0, 1, 2, 7, 63, 71, 100, 10, 3000][kind as usize]
}

fn filler<const P: usize>(id: u64) -> [u64; P] {
    std::array::from_fn(|i| id.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ i as u64)
}

fn plain<const S: usize, const P: usize>(m: &mut Mutator, id: u64) -> Root<Node> {
    let slots = [const { Slot::null() }; S];
    let new = m.alloc(Sized::<S, P> { id, slots, payload: filler(id) });
    // SAFETY: it begins with a node.
    m.root(unsafe { new.get(m).cast() })
}

/// Calls `$f` on the node as what it is.
macro_rules! with_kind {
    ($node:expr, $n:ident => $f:expr) => {{
        let node = $node;
        // SAFETY: the kind says what it was allocated as.
        unsafe {
            match node.id & 0xff {
                2 => {
                    let $n = node.cast::<Sized<1, 0>>();
                    $f
                }
                3 => {
                    let $n = node.cast::<Sized<2, 0>>();
                    $f
                }
                4 => {
                    let $n = node.cast::<Sized<7, 0>>();
                    $f
                }
                5 => {
                    let $n = node.cast::<Sized<63, 0>>();
                    $f
                }
                6 => {
                    let $n = node.cast::<Sized<71, 0>>();
                    $f
                }
                7 => {
                    let $n = node.cast::<Sized<100, 149>>();
                    $f
                }
                8 => {
                    let $n = node.cast::<Sized<10, 4989>>();
                    $f
                }
                _ => {
                    let $n = node.cast::<Sized<3000, 35_000>>();
                    $f
                }
            }
        }
    }};
}

fn read<'m>(n: Ref<'m, Node>, i: usize) -> Option<Ref<'m, Node>> {
    with_kind!(n, n => n.get(|n| &n.slots[i]))
}

fn write(m: &Mutator, n: Ref<'_, Node>, i: usize, to: Option<Ref<'_, Node>>) {
    with_kind!(n, n => n.set(m, |n| &n.slots[i], to))
}

fn intact(n: Ref<'_, Node>) -> bool {
    if n.id & 0xff < 2 {
        return true;
    }
    with_kind!(n, n => n.payload == filler(n.id))
}

/// What a node is said to hold: numbers of nodes, 0 for null.
#[derive(Default, Clone)]
struct Model {
    slots: Vec<u64>,
    /// Of a holder: whether it has its bytes; of its small object, where that points to.
    small: Option<u64>,
    bytes: usize,
    /// Of rows: the array.
    rows: Option<Vec<u64>>,
}

#[derive(Clone, Copy, Debug)]
enum Op {
    /// Makes a node of a kind.
    New(u8),
    /// Reads a slot of a held node, and holds what was there.
    Follow(u16, u16),
    /// Writes a held node into a slot of an own one.
    Link(u16, u16, u16),
    Unlink(u16, u16),
    Forget(u16),
    /// Puts a node into the window to the other threads, and takes another out of it.
    Publish(u16, u8),
    Take(u8),
    Collect,
    Garbage(u16),
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        30 => prop_oneof![20 => 0u8..7, 3 => 7u8..9, 1 => Just(9)].prop_map(Op::New),
        25 => any::<(u16, u16)>().prop_map(|(a, b)| Op::Follow(a, b)),
        40 => any::<(u16, u16, u16)>().prop_map(|(a, b, c)| Op::Link(a, b, c)),
        10 => any::<(u16, u16)>().prop_map(|(a, b)| Op::Unlink(a, b)),
        22 => any::<u16>().prop_map(Op::Forget),
        8 => any::<(u16, u8)>().prop_map(|(a, b)| Op::Publish(a, b)),
        8 => any::<u8>().prop_map(Op::Take),
        1 => Just(Op::Collect),
        4 => (1u16..400).prop_map(Op::Garbage),
    ]
}

struct Thread<'a> {
    m: Mutator,
    me: u64,
    next: u64,
    held: Vec<Root<Node>>,
    model: HashMap<u64, Model>,
    window: &'a [Global<Node>],
    /// What this thread put into its places of the window last.
    shown: Vec<u64>,
    threads: usize,
    /// Nodes whose death is watched, and those that are dead.
    noted: Vec<u64>,
    died: Arc<Mutex<Vec<u64>>>,
}

impl Thread<'_> {
    fn new_node(&mut self, kind: u64) {
        self.next += 1;
        let id = (self.next * 8 + self.me) << 8 | kind;
        let m = &mut self.m;
        let mut model = Model { slots: vec![0; slots(kind)], ..Model::default() };
        let root = match kind {
            HOLDER => {
                let n = m.alloc(Holder { id, small: Slot::null(), bytes: Slot::null() });
                let size = (self.next % 7 * self.next % 5000) as usize + 1;
                let b = m.alloc_bytes(&vec![id as u8; size]);
                n.get(m).set(m, |n| &n.bytes, Some(b.get(m)));
                model.bytes = size;
                // SAFETY: it begins with a node.
                m.root(unsafe { n.get(m).cast() })
            }
            ROWS => {
                let n = m.alloc(Rows { id, rows: Slot::null() });
                // SAFETY: it begins with a node.
                m.root(unsafe { n.get(m).cast() })
            }
            2 => plain::<1, 0>(m, id),
            3 => plain::<2, 0>(m, id),
            4 => plain::<7, 0>(m, id),
            5 => plain::<63, 0>(m, id),
            6 => plain::<71, 0>(m, id),
            7 => plain::<100, 149>(m, id),
            8 => plain::<10, 4989>(m, id),
            _ => plain::<3000, 35_000>(m, id),
        };
        if self.next.is_multiple_of(5) {
            let died = self.died.clone();
            assert!(self.m.on_death(root.get(&self.m), move || died.lock().unwrap().push(id)));
            self.noted.push(id);
        }
        self.model.insert(id, model);
        self.held.push(root);
    }

    fn pick(&self, i: u16) -> Option<usize> {
        (!self.held.is_empty()).then(|| i as usize % self.held.len())
    }

    fn is_own(&self, id: u64) -> bool {
        id >> 8 & 7 == self.me
    }

    /// Writes `to` into a slot of `node`, if that is this thread's.
    fn link(&mut self, node: usize, slot: u16, to: Option<usize>) {
        let id = self.held[node].get(&self.m).id;
        if !self.is_own(id) {
            return;
        }
        let to_id = to.map_or(0, |t| self.held[t].get(&self.m).id);
        match id & 0xff {
            HOLDER => {
                let small = self.m.alloc(Small { to: Slot::null() });
                let m = &self.m;
                small.get(m).set(m, |s| &s.to, to.map(|t| self.held[t].get(m)));
                // SAFETY: the kind.
                let holder = unsafe { self.held[node].get(m).cast::<Holder>() };
                holder.set(m, |h| &h.small, Some(small.get(m)));
                self.model.get_mut(&id).unwrap().small = Some(to_id);
            }
            ROWS => {
                let model = self.model.get_mut(&id).unwrap();
                let rows = match &mut model.rows {
                    Some(rows) if !slot.is_multiple_of(16) => rows,
                    _ => {
                        // A new array, now and then of 300 KB.
                        let n = if slot.is_multiple_of(64) { 37_500 } else { usize::from(slot % 200) + 1 };
                        let array = self.m.alloc_array::<Node>(n);
                        // SAFETY: the kind.
                        let r = unsafe { self.held[node].get(&self.m).cast::<Rows>() };
                        r.set(&self.m, |r| &r.rows, Some(array.get(&self.m)));
                        model.rows.insert(vec![0; n])
                    }
                };
                let m = &self.m;
                // SAFETY: the kind.
                let array = unsafe { self.held[node].get(m).cast::<Rows>() }.get(|r| &r.rows).unwrap();
                let i = usize::from(slot) * 17 % rows.len();
                array.put(m, i, to.map(|t| self.held[t].get(m)));
                rows[i] = to_id;
            }
            kind => {
                let i = usize::from(slot) % slots(kind);
                let m = &self.m;
                write(m, self.held[node].get(m), i, to.map(|t| self.held[t].get(m)));
                self.model.get_mut(&id).unwrap().slots[i] = to_id;
            }
        }
    }

    /// Holds what a slot of a node that is held leads to.
    fn follow(&mut self, node: u16, slot: u16) {
        let Some(node) = self.pick(node) else { return };
        let m = &self.m;
        let n = self.held[node].get(m);
        let next = match n.id & 0xff {
            // SAFETY: the kind.
            HOLDER => unsafe { n.cast::<Holder>() }.get(|h| &h.small).and_then(|s| s.get(|s| &s.to)),
            ROWS => {
                // SAFETY: the kind.
                unsafe { n.cast::<Rows>() }.get(|r| &r.rows).and_then(|r| r.at(usize::from(slot) * 17 % r.len()))
            }
            kind => read(n, usize::from(slot) % slots(kind)),
        };
        if let Some(next) = next {
            assert!(next.id >> 11 != 0 && next.id & 0xff < KINDS, "not a node: {:x}", next.id);
            self.held.push(m.root(next));
        }
    }

    fn run(&mut self, op: Op) {
        match op {
            Op::New(kind) => self.new_node(u64::from(kind) % KINDS),
            Op::Follow(node, slot) => self.follow(node, slot),
            Op::Link(node, slot, to) => {
                if let (Some(node), Some(to)) = (self.pick(node), self.pick(to)) {
                    self.link(node, slot, Some(to));
                }
            }
            Op::Unlink(node, slot) => {
                if let Some(node) = self.pick(node) {
                    self.link(node, slot, None);
                }
            }
            Op::Forget(node) => {
                if let Some(node) = self.pick(node) {
                    self.held.swap_remove(node);
                }
            }
            Op::Publish(node, place) => {
                let Some(node) = self.pick(node) else { return };
                let k = usize::from(place) % self.shown.len();
                let n = self.held[node].get(&self.m);
                self.window[k * self.threads + self.me as usize].set(&self.m, n);
                self.shown[k] = n.id;
            }
            Op::Take(place) => {
                let n = self.window[usize::from(place) % self.window.len()].get(&self.m);
                self.held.push(self.m.root(n));
            }
            Op::Collect => {
                self.m.collect();
                self.m.run_finalizers();
            }
            Op::Garbage(n) => {
                for i in 0..u64::from(n) {
                    match i % 3 {
                        0 => drop(plain::<2, 0>(&mut self.m, 0)),
                        1 => drop(plain::<7, 0>(&mut self.m, 0)),
                        _ => drop(self.m.alloc(Small { to: Slot::null() })),
                    }
                }
            }
        }
        self.m.poll();
    }
}

/// Walks what is reachable, beside the model. Returns the nodes, and how many objects there are.
fn compare(m: &Mutator, roots: &[Global<Node>], ids: &[u64], model: &HashMap<u64, Model>) -> (HashSet<u64>, u64) {
    let mut objects = 0;
    let (mut seen, mut nodes) = (HashSet::new(), HashSet::new());
    let mut todo = Vec::new();
    let check = |n: Option<Ref<'_, Node>>, id: u64| assert_eq!(n.map_or(0, |n| n.id), id);
    for (r, &id) in roots.iter().zip(ids) {
        check(Some(r.get(m)), id);
        todo.push(r.get(m));
    }
    while let Some(n) = todo.pop() {
        if !seen.insert(n.address()) {
            continue;
        }
        objects += 1;
        nodes.insert(n.id);
        assert!(intact(n), "the contents of {:x} have changed", n.id);
        let model = &model[&n.id];
        match n.id & 0xff {
            HOLDER => {
                // SAFETY: the kind.
                let h = unsafe { n.cast::<Holder>() };
                let bytes = h.get(|h| &h.bytes).unwrap().bytes();
                assert!(bytes.len() == model.bytes && bytes.iter().all(|&b| b == n.id as u8));
                // Bytes below 16 share blocks; they are larger with their length in front, if there is more than a little.
                objects += 1;
                if let Some(id) = model.small {
                    let s = h.get(|h| &h.small).unwrap();
                    objects += 1;
                    check(s.get(|s| &s.to), id);
                    todo.extend(s.get(|s| &s.to));
                }
            }
            ROWS => {
                if let Some(rows) = &model.rows {
                    // SAFETY: the kind.
                    let array = unsafe { n.cast::<Rows>() }.get(|r| &r.rows).unwrap();
                    objects += 1;
                    assert_eq!(array.len(), rows.len());
                    for (i, &id) in rows.iter().enumerate() {
                        check(array.at(i), id);
                        todo.extend(array.at(i));
                    }
                }
            }
            _ => {
                for (i, &id) in model.slots.iter().enumerate() {
                    check(read(n, i), id);
                    todo.extend(read(n, i));
                }
            }
        }
    }
    (nodes, objects)
}

/// Places in the window that each thread publishes to.
const PLACES: usize = 3;

/// What a thread leaves: what it held, and by which numbers; what it knows of its nodes; what it has published; whose death it is to hear.
type Part = (Vec<(Global<Node>, u64)>, HashMap<u64, Model>, Vec<u64>, Vec<u64>);

/// The first contents of the window, for `n` threads, and their numbers: those of thread 7, which there is none of.
fn first_window(c: &Collector, n: usize) -> (Vec<Global<Node>>, Vec<u64>) {
    let mut m = c.register();
    let ids = Vec::from_iter((0..n * PLACES).map(|i| ((i as u64 + 1) * 8 + 7) << 8 | 2));
    let window = ids.iter().map(|&id| {
        let first = plain::<1, 0>(&mut m, id);
        Global::new(&m, first.get(&m))
    });
    (window.collect(), ids)
}

/// Runs the operations of each thread, and collects all the time beside them.
fn work(
    c: &Collector,
    threads: Vec<Vec<Op>>,
    window: &[Global<Node>],
    shown: &[u64],
    died: &Arc<Mutex<Vec<u64>>>,
) -> Vec<Part> {
    let n = threads.len();
    let running = &AtomicUsize::new(n);
    std::thread::scope(|s| {
        let thread = |(me, ops): (usize, Vec<Op>)| {
            let died = died.clone();
            s.spawn(move || {
                let mut t = Thread {
                    m: c.register(),
                    me: me as u64,
                    next: 0,
                    held: Vec::new(),
                    model: HashMap::new(),
                    window,
                    shown: (0..PLACES).map(|k| shown[k * n + me]).collect(),
                    threads: n,
                    noted: Vec::new(),
                    died,
                };
                for op in ops {
                    t.run(op);
                }
                running.fetch_sub(1, Relaxed);
                let kept: Vec<_> = t.held.iter().map(|r| (Global::new(&t.m, r.get(&t.m)), r.get(&t.m).id)).collect();
                (kept, t.model, t.shown, t.noted)
            })
        };
        let handles: Vec<_> = threads.into_iter().enumerate().map(thread).collect();
        // A thread without a mutator collects all the time.
        while running.load(Relaxed) != 0 {
            c.collect();
            std::thread::yield_now();
        }
        handles.into_iter().map(|h| h.join().unwrap()).collect()
    })
}

fn run(threads: Vec<Vec<Op>>, markers: usize, check: bool) {
    let c = Collector::builder().percent(20).markers(markers).check(check).build();
    // A look at free memory must show it.
    c.set_clobber(true);
    let died = Arc::new(Mutex::new(Vec::new()));
    let n = threads.len();
    let (mut window, mut ids) = first_window(&c, n);
    let mut all: HashMap<u64, Model> = ids.iter().map(|&id| (id, Model { slots: vec![0], ..Model::default() })).collect();
    let parts = work(&c, threads, &window, &ids, &died);
    let mut noted = Vec::new();
    for (me, (kept, model, shown, notes)) in parts.into_iter().enumerate() {
        for (k, id) in shown.into_iter().enumerate() {
            ids[k * n + me] = id;
        }
        all.extend(model);
        noted.extend(notes);
        for (g, id) in kept {
            window.push(g);
            ids.push(id);
        }
    }
    c.collect();
    let alive = c.heap_stats().heap_objects;
    let mut m = c.register();
    let (reachable, objects) = compare(&m, &window, &ids, &all);
    assert_eq!(objects, alive, "objects alive that are not reachable, or the other way round");
    m.run_finalizers();
    let mut died = std::mem::take(&mut *died.lock().unwrap());
    noted.retain(|id| !reachable.contains(id));
    died.sort();
    noted.sort();
    assert_eq!(died, noted, "each death is told once");
}

fn ops(n: usize) -> impl Strategy<Value = Vec<Op>> {
    prop::collection::vec(op(), n / 2..n)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn one_thread(ops in ops(800), check in any::<bool>()) {
        run(vec![ops], 1, check);
    }

    #[test]
    fn three_threads(a in ops(600), b in ops(600), c in ops(600), markers in 1usize..3, check in any::<bool>()) {
        run(vec![a, b, c], markers, check);
    }
}

/// More than a sequence that proptest would write down: threads that work for long.
#[test]
fn two_threads_for_long() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    for markers in 1..=2 {
        let mut make = || ops(20_000).new_tree(&mut runner).unwrap().current();
        run(vec![make(), make()], markers, false);
    }
}
