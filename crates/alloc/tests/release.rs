//! A test process whose global allocator is this one, by itself, since it measures what the process holds.
#![cfg(not(loom))]

use goxide_alloc::GoxideAlloc;

#[global_allocator]
static ALLOC: GoxideAlloc = GoxideAlloc;

/// Bytes of this process that are in memory.
fn resident() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    text.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * goxide_sys::mem::page_size()
}

#[test]
fn what_was_freed_goes_back() {
    let before = resident();
    let mut all: Vec<Vec<u8>> = Vec::new();
    let (mut bytes, mut k) = (0, 0usize);
    while bytes < 250 << 20 {
        let n = [24, 100, 700, 3000, 20_000, 40_000, 300_000][k % 7] + k % 50;
        all.push(vec![1; n]);
        bytes += n;
        k += 1;
    }
    assert!(resident() - before > 240 << 20);
    drop(all);
    let given = GoxideAlloc::release_unused(usize::MAX);
    let s = GoxideAlloc::heap().snapshot([].into_iter());
    let kept = s.heap_inuse + s.heap_idle - s.heap_released;
    assert!(given > 220 << 20 && kept < 8 << 20, "{given} given back, {kept} kept");
    assert!(resident() < before + (24 << 20), "{} more than before", resident() - before);
}
