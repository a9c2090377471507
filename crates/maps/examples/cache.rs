//! A cache that forgets what was not asked for, a little at a time: each request looks at a few entries besides, by a cursor that stays in the map
//! while entries come and go. There is no list beside the map, no pause in which all of it is gone through, and by the same seed the same entries
//! are forgotten in each run: what went wrong once can be seen again.
//!
//! Without arguments it answers a made-up workload; with the names of files, it counts how often their lines would have been found.

use goxide_maps::hosted::{Entry, Key};
use goxide_maps::{Cursor, CursorMap};
use std::io::BufRead;

/// What is cached; the request that found it last, and the one for which the sweep came by and spared it.
#[derive(Debug)]
struct Cached<V> {
    value: V,
    asked: u64,
    spared: u64,
}

/// What a cache has done.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Done {
    /// Values that were there.
    pub hits: u64,
    /// Values that were made.
    pub misses: u64,
    /// Values that were forgotten.
    pub forgotten: u64,
}

/// A cache of at most so many values.
#[derive(Debug)]
pub struct Cache<K: Key, V> {
    map: CursorMap<K, Cached<V>>,
    /// Where the sweep stands.
    hand: Cursor<K, Cached<V>>,
    most: usize,
    done: Done,
}

impl<K: Key + Clone, V> Cache<K, V> {
    /// A cache of at most `most` values.
    pub fn new(most: usize, seed: u64) -> Self {
        let map = CursorMap::with_seed(seed);
        Cache { hand: map.cursor(), map, most: most.max(1), done: Done::default() }
    }

    /// The value of a key, which is made if it is not there.
    pub fn get(&mut self, key: K, make: impl FnOnce(&K) -> V) -> &mut V {
        let now = self.done.hits + self.done.misses + 1;
        if !self.map.contains_key(&key) {
            while self.map.len() >= self.most {
                self.forget_one(now);
            }
        }
        match self.map.entry(key) {
            Entry::Occupied(entry) => {
                self.done.hits += 1;
                let cached = entry.into_mut();
                cached.asked = now;
                &mut cached.value
            }
            Entry::Vacant(entry) => {
                self.done.misses += 1;
                let value = make(entry.key());
                &mut entry.insert(Cached { value, asked: 0, spared: 0 }).value
            }
        }
    }

    /// Moves on to the first entry that was not asked for since the last time, and removes it; if all were, to the first.
    fn forget_one(&mut self, now: u64) {
        let mut rounds = 0;
        loop {
            let Some((key, cached)) = self.hand.next_mut(&mut self.map) else {
                // Once around. What was added meanwhile may not have been met, and the next round begins elsewhere.
                self.hand = self.map.cursor();
                rounds += 1;
                continue;
            };
            if cached.asked > cached.spared {
                cached.spared = now;
            } else if cached.spared < now || rounds > 2 {
                let key = key.clone();
                self.map.remove(&key);
                self.done.forgotten += 1;
                return;
            }
        }
    }

    /// Forgets all for which `stale` says so.
    pub fn forget(&mut self, mut stale: impl FnMut(&K, &V) -> bool) {
        let before = self.map.len();
        self.map.retain(|key, cached| !stale(key, &cached.value));
        self.done.forgotten += (before - self.map.len()) as u64;
    }

    /// How many values there are.
    pub fn held(&self) -> usize {
        self.map.len()
    }

    /// What was done so far.
    pub fn done(&self) -> Done {
        self.done
    }
}

/// Numbers of which small ones are frequent.
pub fn requests(n: usize, seed: u64) -> impl Iterator<Item = u64> {
    let mut x = seed | 1;
    (0..n).map(move |_| {
        x = x.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        let bits = (x >> 59) % 15;
        (x >> 20) % (4 << bits)
    })
}

#[allow(dead_code)] // The test has its own.
fn main() -> std::io::Result<()> {
    let files: Vec<String> = std::env::args().skip(1).collect();
    if files.is_empty() {
        let mut cache = Cache::new(2000, 1);
        for n in requests(1_000_000, 7) {
            let square = *cache.get(n, |n| n * n);
            assert_eq!(square, n * n);
        }
        println!("{:?}, {} values", cache.done(), cache.held());
        cache.forget(|n, _| n % 2 == 1);
        println!("{:?}, {} values", cache.done(), cache.held());
        return Ok(());
    }
    let mut cache = Cache::new(1000, 1);
    for file in files {
        for line in std::io::BufReader::new(std::fs::File::open(file)?).lines() {
            *cache.get(line?, |_| 0u64) += 1;
        }
    }
    println!("{:?}, {} lines", cache.done(), cache.held());
    Ok(())
}
