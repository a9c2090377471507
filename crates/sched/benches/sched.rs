//! The hosted scheduler beside tokio (multi-thread) and may: spawn and join, ping-pong, yield.
//! All three with two workers.
#![cfg(not(any(loom, shuttle)))]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main, measurement::WallTime};
use goxide_sched::hosted::{self, Builder, Runtime, Semaphore};
use tokio::runtime::Runtime as Tokio;

const WORKERS: usize = 2;
const TASKS: usize = 1_000;
const ROUNDS: usize = 1_000;

struct Three {
    goxide: Runtime,
    tokio: Tokio,
}

fn setup() -> Three {
    may::config().set_workers(WORKERS).set_stack_size(0x2000);
    Three {
        goxide: Builder::new().procs(WORKERS as u32).build(),
        tokio: tokio::runtime::Builder::new_multi_thread()
            .worker_threads(WORKERS)
            .enable_time()
            .build()
            .expect("a tokio runtime"),
    }
}

fn group<'a>(c: &'a mut Criterion, name: &str) -> BenchmarkGroup<'a, WallTime> {
    let mut g = c.benchmark_group(name);
    g.sample_size(20).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    g
}

/// A task spawns a thousand and joins them.
fn spawn_join(c: &mut Criterion) {
    let rt = setup();
    let mut g = group(c, "sched_spawn_join_1000");
    g.bench_function("goxide", |b| {
        b.iter(|| {
            rt.goxide.block_on(|| {
                let all: Vec<_> = (0..TASKS).map(|i| hosted::spawn(move || black_box(i))).collect();
                all.into_iter().for_each(|t| drop(t.join()));
            })
        })
    });
    g.bench_function("tokio", |b| {
        b.iter(|| {
            rt.tokio.block_on(async {
                tokio::spawn(async {
                    let all: Vec<_> = (0..TASKS).map(|i| tokio::spawn(async move { black_box(i) })).collect();
                    for t in all {
                        let _ = t.await;
                    }
                })
                .await
            })
        })
    });
    g.bench_function("may", |b| {
        b.iter(|| {
            // SAFETY: the closures use little stack and no thread-locals.
            let root = unsafe {
                may::coroutine::spawn(|| {
                    let all: Vec<_> = (0..TASKS).map(|i| may::coroutine::spawn(move || black_box(i))).collect();
                    all.into_iter().for_each(|t| drop(t.join()));
                })
            };
            root.join().expect("the root ends")
        })
    });
    g.finish();
}

/// Two tasks hand a turn back and forth through two semaphores.
fn ping_pong(c: &mut Criterion) {
    let rt = setup();
    let mut g = group(c, "sched_ping_pong_1000");
    g.bench_function("goxide", |b| b.iter(|| rt.goxide.block_on(ping_pong_goxide)));
    g.bench_function("tokio", |b| b.iter(|| rt.tokio.block_on(async { tokio::spawn(ping_pong_tokio()).await })));
    g.bench_function("may", |b| {
        b.iter(|| {
            // SAFETY: the closures use little stack and no thread-locals.
            let root = unsafe { may::coroutine::spawn(ping_pong_may) };
            root.join().expect("the root ends")
        })
    });
    g.finish();
}

fn ping_pong_goxide() {
    let s = Arc::new((Semaphore::new(0), Semaphore::new(0)));
    let other = {
        let s = s.clone();
        hosted::spawn(move || {
            for _ in 0..ROUNDS {
                s.0.acquire();
                s.1.release();
            }
        })
    };
    for _ in 0..ROUNDS {
        s.0.release();
        s.1.acquire();
    }
    drop(other.join());
}

async fn ping_pong_tokio() {
    use tokio::sync::Semaphore;
    let s = Arc::new((Semaphore::new(0), Semaphore::new(0)));
    let other = {
        let s = s.clone();
        tokio::spawn(async move {
            for _ in 0..ROUNDS {
                s.0.acquire().await.expect("open").forget();
                s.1.add_permits(1);
            }
        })
    };
    for _ in 0..ROUNDS {
        s.0.add_permits(1);
        s.1.acquire().await.expect("open").forget();
    }
    let _ = other.await;
}

fn ping_pong_may() {
    use may::sync::Semphore;
    let s = Arc::new((Semphore::new(0), Semphore::new(0)));
    let other = {
        let s = s.clone();
        // SAFETY: the closure uses little stack and no thread-locals.
        unsafe {
            may::coroutine::spawn(move || {
                for _ in 0..ROUNDS {
                    s.0.wait();
                    s.1.post();
                }
            })
        }
    };
    for _ in 0..ROUNDS {
        s.0.post();
        s.1.wait();
    }
    drop(other.join());
}

/// Four tasks yield a thousand times each.
fn yield_now(c: &mut Criterion) {
    let rt = setup();
    let mut g = group(c, "sched_yield_4x1000");
    g.bench_function("goxide", |b| {
        b.iter(|| {
            rt.goxide.block_on(|| {
                let all: Vec<_> = (0..4).map(|_| hosted::spawn(|| (0..ROUNDS).for_each(|_| hosted::yield_now()))).collect();
                all.into_iter().for_each(|t| drop(t.join()));
            })
        })
    });
    g.bench_function("tokio", |b| {
        b.iter(|| {
            rt.tokio.block_on(async {
                let all: Vec<_> = (0..4)
                    .map(|_| {
                        tokio::spawn(async {
                            for _ in 0..ROUNDS {
                                tokio::task::yield_now().await;
                            }
                        })
                    })
                    .collect();
                for t in all {
                    let _ = t.await;
                }
            })
        })
    });
    g.bench_function("may", |b| {
        b.iter(|| {
            let all: Vec<_> = (0..4)
                .map(|_| {
                    // SAFETY: the closures use little stack and no thread-locals.
                    unsafe {
                        may::coroutine::spawn(|| {
                            (0..ROUNDS).for_each(|_| may::coroutine::yield_now());
                        })
                    }
                })
                .collect();
            all.into_iter().for_each(|t| drop(t.join()));
        })
    });
    g.finish();
}

criterion_group!(benches, spawn_join, ping_pong, yield_now);
criterion_main!(benches);
