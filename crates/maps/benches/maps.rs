//! The map beside hashbrown's, with the same hash: hit, miss, insert, iterate at several sizes, for integer and string keys. `ours` is the core,
//! `hosted` is `CursorMap`.
#![allow(missing_docs)] // Of the group that the macro makes.
use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use goxide_maps::*;
use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::cell::RefCell;
use std::hash::{BuildHasher, Hasher};

/// Memory that is freed all at once, as a collector would.
struct Arena {
    group_size: usize,
    elem: usize,
    blocks: RefCell<Vec<(*mut u8, Layout)>>,
}

impl Arena {
    fn take(&self, bytes: usize) -> *mut u8 {
        let layout = Layout::from_size_align(bytes, 8).unwrap();
        // SAFETY: sizes are not zero here.
        let p = unsafe { alloc_zeroed(layout) };
        self.blocks.borrow_mut().push((p, layout));
        p
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        for &(p, layout) in self.blocks.borrow().iter() {
            // SAFETY: allocated with this layout.
            unsafe { dealloc(p, layout) }
        }
    }
}

// SAFETY: memory is zeroed and lives as long as the arena.
unsafe impl Memory for Arena {
    fn alloc_groups(&self, n: usize) -> *mut u8 {
        self.take(n * self.group_size)
    }
    fn alloc_controls(&self, n: usize) -> *mut u64 {
        self.take(n * 8).cast()
    }
    fn alloc_directory(&self, n: usize) -> *mut Entry {
        self.take(n * 16).cast()
    }
    fn alloc_metas(&self, n: usize) -> *mut Meta {
        self.take(n * 8).cast()
    }
    fn alloc_key(&self) -> *mut u8 {
        unreachable!("no boxes")
    }
    fn alloc_elem(&self) -> *mut u8 {
        unreachable!("no boxes")
    }
    unsafe fn copy_key(&self, _: *mut u8, _: *const u8) {
        unreachable!("plain copies")
    }
    unsafe fn copy_elem(&self, _: *mut u8, _: *const u8) {
        unreachable!("plain copies")
    }
    unsafe fn clear_key(&self, _: *mut u8) {}
    unsafe fn clear_elem(&self, slot: *mut u8) {
        // SAFETY: an element slot.
        unsafe { slot.write_bytes(0, self.elem) }
    }
    unsafe fn clear_groups(&self, groups: *mut u8, n: usize) {
        // SAFETY: groups of this arena.
        unsafe { groups.write_bytes(0, n * self.group_size) }
    }
    unsafe fn store_pointer(&self, slot: *mut *mut u8, value: *mut u8) {
        // SAFETY: the slot may be written.
        unsafe { slot.write(value) }
    }
    fn plain_copies(&self) -> bool {
        true
    }
    fn random(&self) -> u64 {
        0x1234_5678_9abc_def1
    }
}

/// A map with its arena.
struct Own<S: Schema> {
    s: S,
    m: Arena,
    map: Box<Map>,
}

impl<S: Schema> Own<S> {
    fn new(s: S) -> Self {
        let m = Arena { group_size: s.group_size(), elem: s.elem_slot(), blocks: RefCell::default() };
        Own { s, m, map: Box::new(Map::new(0x9e3779b9)) }
    }
    #[inline(always)]
    fn get(&self, key: S::Key) -> u64 {
        // SAFETY: the map is of this schema.
        unsafe {
            match access(&self.s, &*self.map, key) {
                Ok(p) if !p.is_null() => *p.cast::<u64>(),
                _ => 0,
            }
        }
    }
    #[inline(always)]
    fn put(&mut self, key: S::Key, value: u64) {
        // SAFETY: the map is of this schema and memory. As an embedder would, the quick way is tried first.
        unsafe {
            match try_assign(&self.s, &self.m, &mut *self.map, key) {
                Ok(p) if !p.is_null() => *p.cast::<u64>() = value,
                _ => match assign(&self.s, &self.m, &mut *self.map, key) {
                    Ok(p) => *p.cast::<u64>() = value,
                    Err(_) => unreachable!(),
                },
            }
        }
    }
    fn del(&mut self, key: S::Key) {
        // SAFETY: the map is of this schema and memory.
        _ = unsafe { delete(&self.s, &self.m, &mut *self.map, key) };
    }
    /// By a walk, during which the map must not change.
    fn walk(&self) -> u64 {
        // SAFETY: the map is of this schema, and elements are words.
        unsafe { Walk::of(&self.s, &*self.map).fold(&self.s, 0, |sum, _, elem| sum + *elem.cast::<u64>()) }
    }
    /// By an iterator, during which it might.
    fn iterate(&mut self) -> u64 {
        let mut it = Iter::new();
        let mut sum = 0;
        // SAFETY: the map is of this schema and memory.
        unsafe {
            _ = iter_init(&self.s, &self.m, &mut *self.map, &mut it, KIND);
            while !it.key.is_null() {
                sum += *it.elem.cast::<u64>();
                _ = iter_next(&self.s, &self.m, &mut it);
            }
        }
        sum
    }
}

const KIND: *mut u8 = std::ptr::without_provenance_mut(8);
const SHAPE: Shape = Shape::new(8, 8);
const SHAPE_STR: Shape = Shape::new(16, 8);

/// The hash of this crate for hashbrown.
#[derive(Clone)]
struct SameHash;

struct SameHasher(u64);

impl BuildHasher for SameHash {
    type Hasher = SameHasher;
    fn build_hasher(&self) -> SameHasher {
        SameHasher(0x9e37_79b9)
    }
}

impl Hasher for SameHasher {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        // SAFETY: a slice's bytes are readable.
        self.0 = unsafe { hash::hash_memory(bytes.as_ptr(), bytes.len(), self.0) }
    }
    /// What ends a text, which is a text's only part here.
    #[inline]
    fn write_u8(&mut self, _: u8) {}
    #[inline]
    fn write_u64(&mut self, n: u64) {
        self.0 = hash::hash64(n, self.0);
    }
    #[inline]
    fn finish(&self) -> u64 {
        self.0
    }
}

fn scramble(n: u64) -> u64 {
    n.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)
}

fn str_of(s: &str) -> Str {
    Str { ptr: s.as_ptr(), len: s.len() }
}

fn benches(c: &mut Criterion) {
    for n in [6u64, 10, 1000, 1_000_000] {
        numbers(c, n);
        texts(c, n);
    }
}

/// The place of the one after `k` in a walk over `n` keys; a random one for the caches' sake if there are many.
fn walk(n: u64, k: &mut u64) -> u64 {
    *k = if *k + 1 == n { 0 } else { *k + 1 };
    if n > 1000 { (*k * 40_503) % n } else { *k }
}

/// Maps of `n` numbers.
fn numbers(c: &mut Criterion, n: u64) {
    let mut ours = Own::new(Fast64(SHAPE));
    let mut peer = hashbrown::HashMap::with_hasher(SameHash);
    let mut hosted = CursorMap::new();
    for k in 0..n {
        ours.put(scramble(k), k);
        hosted.insert(scramble(k), k);
        peer.insert(scramble(k), k);
    }
    let mut g = c.benchmark_group(format!("u64_{n}"));
    let mut k = 0;
    let mut next = || scramble(walk(n, &mut k));
    g.bench_function("hit_ours", |b| b.iter(|| ours.get(black_box(next()))));
    g.bench_function("hit_hosted", |b| b.iter(|| *hosted.get(&black_box(next())).unwrap()));
    g.bench_function("hit_hashbrown", |b| b.iter(|| *peer.get(&black_box(next())).unwrap()));
    g.bench_function("miss_ours", |b| b.iter(|| ours.get(black_box(next() ^ 5))));
    g.bench_function("miss_hosted", |b| b.iter(|| hosted.get(&black_box(next() ^ 5)).copied()));
    g.bench_function("miss_hashbrown", |b| b.iter(|| peer.get(&black_box(next() ^ 5)).copied()));
    g.bench_function("assign_ours", |b| b.iter(|| ours.put(black_box(next()), 1)));
    g.bench_function("assign_hashbrown", |b| b.iter(|| peer.insert(black_box(next()), 1)));
    g.bench_function("deladd_ours", |b| {
        b.iter(|| {
            let k = next();
            ours.del(k);
            ours.put(k, 1)
        })
    });
    g.bench_function("deladd_hashbrown", |b| {
        b.iter(|| {
            let k = next();
            peer.remove(&k);
            peer.insert(k, 1)
        })
    });
    g.bench_function("iter_ours", |b| b.iter(|| ours.walk()));
    g.bench_function("iter_hosted", |b| b.iter(|| hosted.values().sum::<u64>()));
    g.bench_function("iter_changeable", |b| b.iter(|| ours.iterate()));
    g.bench_function("iter_hashbrown", |b| b.iter(|| peer.values().sum::<u64>()));
    g.bench_function("fill_ours", |b| {
        b.iter(|| {
            let mut m = Own::new(Fast64(SHAPE));
            (0..n).for_each(|k| m.put(scramble(k), k));
            m.map.count
        })
    });
    g.bench_function("fill_hashbrown", |b| {
        b.iter(|| {
            let mut m = hashbrown::HashMap::with_hasher(SameHash);
            for k in 0..n {
                m.insert(scramble(k), k);
            }
            m.len()
        })
    });
    g.finish();
}

/// Maps of `n` texts.
fn texts(c: &mut Criterion, n: u64) {
    let keys: Vec<String> = (0..n).map(|k| format!("key number {}", scramble(k) % 1_000_003)).collect();
    let mut ours = Own::new(FastStr(SHAPE_STR));
    let mut peer = hashbrown::HashMap::with_hasher(SameHash);
    for (k, s) in keys.iter().enumerate() {
        ours.put(str_of(s), k as u64);
        peer.insert(s.as_str(), k as u64);
    }
    let probes: Vec<String> = keys.clone();
    let absent: Vec<String> = (0..n).map(|k| format!("key numbe- {}", scramble(k) % 1_000_003)).collect();
    let mut g = c.benchmark_group(format!("str_{n}"));
    let mut k = 0;
    let mut next = || walk(n, &mut k) as usize;
    g.bench_function("hit_ours", |b| b.iter(|| ours.get(str_of(&probes[next()]))));
    g.bench_function("hit_hashbrown", |b| b.iter(|| *peer.get(probes[next()].as_str()).unwrap()));
    g.bench_function("miss_ours", |b| b.iter(|| ours.get(str_of(&absent[next()]))));
    g.bench_function("miss_hashbrown", |b| b.iter(|| peer.get(absent[next()].as_str()).copied()));
    g.finish();
}

criterion_group! {
    name = maps;
    config = Criterion::default()
        .warm_up_time(std::time::Duration::from_millis(100))
        .measurement_time(std::time::Duration::from_millis(300))
        .sample_size(10)
        .without_plots();
    targets = benches
}
criterion_main!(maps);
