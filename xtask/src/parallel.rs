//! Work on a list with a few threads; results come back in the list's order.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Calls `work` on every item, at most `jobs` at a time.
pub fn map<T: Sync, R: Send>(jobs: usize, items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let results: Vec<Mutex<Option<R>>> = items.iter().map(|_| Mutex::new(None)).collect();
    std::thread::scope(|scope| {
        for _ in 0..jobs.clamp(1, items.len().max(1)) {
            scope.spawn(|| {
                // Relaxed: the counter only deals out indices; the scope's end publishes results.
                while let Some((at, item)) = deal(&next, items) {
                    let result = work(item);
                    *results[at].lock().expect("no worker panics with the lock") = Some(result);
                }
            });
        }
    });
    let unwrap = |r: Mutex<Option<R>>| r.into_inner().ok().flatten().expect("each index was dealt out once");
    results.into_iter().map(unwrap).collect()
}

/// The next item that has not been taken.
fn deal<'a, T>(next: &AtomicUsize, items: &'a [T]) -> Option<(usize, &'a T)> {
    let at = next.fetch_add(1, Ordering::Relaxed);
    items.get(at).map(|item| (at, item))
}

/// How many jobs to run by default.
pub fn jobs() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from)
}

#[cfg(test)]
mod tests {
    #[test]
    fn results_keep_the_order() {
        let items: Vec<u32> = (0..100).collect();
        assert_eq!(super::map(7, &items, |n| n * 2), items.iter().map(|n| n * 2).collect::<Vec<_>>());
    }

    #[test]
    fn an_empty_list_is_no_work() {
        assert!(super::map(4, &[] as &[u32], |n| *n).is_empty());
    }
}
