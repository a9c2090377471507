//! A table: nanoseconds for an operation of `CursorMap`, hashbrown's map by the same hasher, and std's as it comes, on `u64` keys
//! and values. The maps take turns, so that a busy machine disturbs all alike; each figure is the median of the turns.
//!
//! `cargo bench -p goxide-maps --bench table`
use goxide_maps::{CursorMap, hash};
use std::hash::{BuildHasher, Hasher};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// The hash of this crate, for both.
#[derive(Clone)]
struct Same;

struct SameHasher(u64);

impl BuildHasher for Same {
    type Hasher = SameHasher;
    fn build_hasher(&self) -> SameHasher {
        SameHasher(0x9e37_79b9)
    }
}

impl Hasher for SameHasher {
    fn write(&mut self, _: &[u8]) {
        unreachable!("keys are numbers")
    }
    #[inline]
    fn write_u64(&mut self, n: u64) {
        self.0 = hash::hash64(n, self.0);
    }
    #[inline]
    fn finish(&self) -> u64 {
        self.0
    }
}

/// Turns of each map.
const TURNS: usize = 15;
/// About how long one takes.
const TURN: Duration = Duration::from_millis(8);

fn scramble(n: u64) -> u64 {
    n.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)
}

/// The keys of a map of `n` entries, in an order that caches do not foresee.
struct Keys {
    n: u64,
    k: u64,
}

impl Keys {
    #[inline(always)]
    fn next(&mut self) -> u64 {
        self.k = if self.k + 1 == self.n { 0 } else { self.k + 1 };
        scramble(if self.n > 1000 { self.k * 40_503 % self.n } else { self.k })
    }
}

/// Does something so many times; how many operations that were for each.
type Run<'m> = Box<dyn FnMut(u64) -> u64 + 'm>;

/// Nanoseconds for an operation, of each of them.
fn measure(runs: &mut [Run<'_>]) -> Vec<f64> {
    let mut counts = Vec::new();
    for run in runs.iter_mut() {
        let mut n = 1;
        loop {
            let start = Instant::now();
            run(n);
            if start.elapsed() >= TURN {
                break;
            }
            n *= 2;
        }
        counts.push(n);
    }
    let mut figures = vec![Vec::new(); runs.len()];
    for _ in 0..TURNS {
        for ((run, &n), figures) in runs.iter_mut().zip(&counts).zip(&mut figures) {
            let start = Instant::now();
            let each = run(n);
            figures.push(start.elapsed().as_nanos() as f64 / (n * each) as f64);
        }
    }
    let median = |mut of: Vec<f64>| {
        of.sort_by(f64::total_cmp);
        of[of.len() / 2]
    };
    figures.into_iter().map(median).collect()
}

/// The same operation on each of the maps, with the keys that come.
macro_rules! operation {
    ($name:literal, $n:expr, [$($map:ident),*], |$m:ident, $keys:ident| $do:expr) => {{
        let mut runs: Vec<Run<'_>> = vec![$({
            let $m = &mut $map;
            let mut $keys = Keys { n: $n, k: 0 };
            Box::new(move |times| {
                for _ in 0..times {
                    black_box($do);
                }
                1
            })
        }),*];
        ($name, measure(&mut runs))
    }};
}

fn size(n: u64) -> Vec<(&'static str, Vec<f64>)> {
    let mut ours = CursorMap::with_hasher(Same);
    let mut hashbrown = hashbrown::HashMap::with_hasher(Same);
    let mut std = std::collections::HashMap::new();
    for k in 0..n {
        ours.insert(scramble(k), k);
        hashbrown.insert(scramble(k), k);
        std.insert(scramble(k), k);
    }
    let mut table = vec![
        operation!("hit", n, [ours, hashbrown, std], |m, keys| *m.get(&black_box(keys.next())).unwrap()),
        operation!("miss", n, [ours, hashbrown, std], |m, keys| m.get(&black_box(keys.next() ^ 5)).copied()),
        operation!("assign", n, [ours, hashbrown, std], |m, keys| m.insert(black_box(keys.next()), 1)),
        operation!("entry", n, [ours, hashbrown, std], |m, keys| *m.entry(black_box(keys.next())).or_insert(0) += 1),
        operation!("delete and add", n, [ours, hashbrown, std], |m, keys| {
            let k = black_box(keys.next());
            m.remove(&k);
            m.insert(k, 1)
        }),
    ];
    {
        let (ours, hashbrown, std) = (&ours, &hashbrown, &std);
        let mut runs: Vec<Run<'_>> = vec![
            Box::new(move |times| (0..times).map(|_| black_box(ours.values().sum::<u64>())).fold(n, |n, _| n)),
            Box::new(move |times| (0..times).map(|_| black_box(hashbrown.values().sum::<u64>())).fold(n, |n, _| n)),
            Box::new(move |times| (0..times).map(|_| black_box(std.values().sum::<u64>())).fold(n, |n, _| n)),
        ];
        table.push(("iterate", measure(&mut runs)));
    }
    let mut runs: Vec<Run<'_>> = vec![Box::new(|times| {
        for _ in 0..times {
            let (mut cursor, mut sum) = (ours.cursor(), 0);
            while let Some((_, v)) = cursor.next(&ours) {
                sum += v;
            }
            black_box(sum);
        }
        n
    })];
    table.push(("by a cursor", measure(&mut runs)));
    table
}

fn main() {
    let sizes = [10, 1000, 1_000_000];
    let tables = sizes.map(size);
    print!("| entries |");
    tables[0].iter().for_each(|(name, _)| print!(" {name} |"));
    println!("\n|{}", "---|".repeat(tables[0].len() + 1));
    for (n, table) in sizes.iter().zip(&tables) {
        print!("| {n} |");
        for (_, figures) in table {
            let figures: Vec<String> =
                figures.iter().map(|f| if *f < 10.0 { format!("{f:.1}") } else { format!("{f:.0}") }).collect();
            print!(" {} |", figures.join(", "));
        }
        println!();
    }
    let ratios = |peer: usize| {
        let all: Vec<f64> =
            tables.iter().flatten().filter(|(_, f)| f.len() > peer).map(|(_, f)| (f[0] / f[peer]).ln()).collect();
        (all.iter().sum::<f64>() / all.len() as f64).exp()
    };
    println!("\ngeometric mean, CursorMap over: hashbrown {:.2}, std {:.2}", ratios(1), ratios(2));
}
