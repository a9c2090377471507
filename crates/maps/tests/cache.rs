//! The example: it never holds more than it may, what it holds is right, what is asked for again stays, and the same seed does the same.
#[path = "../examples/cache.rs"]
mod cache;
use cache::{Cache, Done, requests};
use std::collections::HashSet;

const REQUESTS: usize = if cfg!(miri) { 300 } else { 200_000 };

fn run(most: usize, seed: u64) -> (Done, Vec<u64>) {
    let mut cache = Cache::new(most, seed);
    let mut made = Vec::new();
    for n in requests(REQUESTS, 3) {
        let value = *cache.get(n, |&n| {
            made.push(n);
            n + 1
        });
        assert_eq!(value, n + 1);
        assert!(cache.held() <= most);
    }
    let done = cache.done();
    assert_eq!((done.misses, done.hits + done.misses), (made.len() as u64, REQUESTS as u64));
    assert_eq!(done.misses - done.forgotten, cache.held() as u64);
    (done, made)
}

#[test]
fn the_same_seed_forgets_the_same() {
    for most in [1, 7, 2000] {
        assert_eq!(run(most, 1), run(most, 1));
        assert!(run(most, 1).0.hits > 0);
    }
    assert_ne!(run(7, 1).1, run(7, 2).1);
}

#[test]
fn what_is_asked_for_again_stays() {
    let mut cache = Cache::new(100, 9);
    for n in 0..if cfg!(miri) { 400 } else { 20_000u64 } {
        cache.get(format!("new {n}"), |_| n);
        for k in 0..10u64 {
            cache.get(format!("old {k}"), |_| {
                assert!(n < 100, "forgotten");
                k
            });
        }
    }
    assert_eq!(cache.held(), 100);
    cache.forget(|k, _| k.starts_with("new"));
    let left: HashSet<u64> = (0..10).map(|k| *cache.get(format!("old {k}"), |_| panic!("forgotten"))).collect();
    assert_eq!((left.len(), cache.held()), (10, 10));
}
