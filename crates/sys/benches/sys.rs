//! Byte routines beside std's (the C library's), and the lock beside parking_lot's.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use goxide_sys::{Mutex, mem, time};

fn bytes(c: &mut Criterion) {
    let src = vec![1u8; 1 << 20];
    let mut dst = vec![0u8; 1 << 20];
    let mut g = c.benchmark_group("sys_copy");
    for n in [8usize, 32, 100, 256, 1024, 4096, 65536, 1 << 20] {
        g.throughput(Throughput::Bytes(n as u64));
        g.bench_function(BenchmarkId::new("goxide", n), |b| {
            // SAFETY: both buffers are that long.
            b.iter(|| unsafe { mem::copy(dst.as_mut_ptr(), src.as_ptr(), black_box(n)) })
        });
        g.bench_function(BenchmarkId::new("std", n), |b| {
            // SAFETY: both buffers are that long.
            b.iter(|| unsafe { core::ptr::copy(src.as_ptr(), dst.as_mut_ptr(), black_box(n)) })
        });
    }
    g.finish();
    let mut g = c.benchmark_group("sys_clear");
    for n in [8usize, 32, 100, 256, 1024, 4096, 65536, 1 << 20] {
        g.throughput(Throughput::Bytes(n as u64));
        g.bench_function(BenchmarkId::new("goxide", n), |b| {
            // SAFETY: the buffer is that long.
            b.iter(|| unsafe { mem::clear(dst.as_mut_ptr(), black_box(n)) })
        });
        g.bench_function(BenchmarkId::new("std", n), |b| {
            // SAFETY: the buffer is that long.
            b.iter(|| unsafe { core::ptr::write_bytes(dst.as_mut_ptr(), 0, black_box(n)) })
        });
    }
    g.finish();
    let same = src.clone();
    let mut g = c.benchmark_group("sys_equal");
    for n in [8usize, 32, 100, 1024, 65536] {
        g.throughput(Throughput::Bytes(n as u64));
        g.bench_function(BenchmarkId::new("goxide", n), |b| {
            // SAFETY: both buffers are that long.
            b.iter(|| unsafe { mem::equal(src.as_ptr(), same.as_ptr(), black_box(n)) })
        });
        g.bench_function(BenchmarkId::new("std", n), |b| b.iter(|| src[..black_box(n)] == same[..black_box(n)]));
    }
}

fn locks(c: &mut Criterion) {
    let mut g = c.benchmark_group("sys_lock_uncontended");
    let ours = Mutex::new(0u64);
    g.bench_function("goxide", |b| b.iter(|| *ours.lock() += 1));
    let theirs = parking_lot::Mutex::new(0u64);
    g.bench_function("parking_lot", |b| b.iter(|| *theirs.lock() += 1));
    let std = std::sync::Mutex::new(0u64);
    g.bench_function("std", |b| b.iter(|| *std.lock().unwrap() += 1));
    g.finish();

    const TURNS: u64 = 20_000;
    let mut g = c.benchmark_group("sys_lock_contended_2_threads");
    g.sample_size(20).throughput(Throughput::Elements(2 * TURNS));
    let both = |f: &(dyn Fn() + Sync)| {
        std::thread::scope(|s| {
            s.spawn(|| (0..TURNS).for_each(|_| f()));
            (0..TURNS).for_each(|_| f());
        })
    };
    g.bench_function("goxide", |b| b.iter(|| both(&|| *ours.lock() += 1)));
    g.bench_function("parking_lot", |b| b.iter(|| both(&|| *theirs.lock() += 1)));
    g.bench_function("std", |b| b.iter(|| both(&|| *std.lock().unwrap() += 1)));
}

fn clock(c: &mut Criterion) {
    let mut g = c.benchmark_group("sys_nanotime");
    g.bench_function("goxide", |b| b.iter(time::nanotime));
    g.bench_function("std", |b| b.iter(std::time::Instant::now));
}

criterion_group!(all, bytes, locks, clock);
criterion_main!(all);
