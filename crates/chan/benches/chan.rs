//! The front ends beside the crates that a Rust user would otherwise pick: `crossbeam-channel`, `flume` and `kanal` between
//! threads, `async-channel`, `flume`, `kanal` and `tokio::sync::mpsc` between futures; and the core alone.
//!
//! Names are `area_op_variant`. Each iteration of the uncontended benches is one send and one
//! receive.

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use goxide_chan as core;
use goxide_chan::hosted::{Hosted, Party};
use goxide_chan::{future, thread};
use std::hint::black_box;
use std::time::Instant;

fn uncontended(c: &mut Criterion) {
    core_alone(c);
    between_threads(c);
    select_of_two(c);
}

/// The core's operations, without a front end.
fn core_alone(c: &mut Criterion) {
    let mut buf = vec![0u64; 64];
    let elem = core::Elem { size: 8, pointer_free: true, ty: 0 };
    // SAFETY: the buffer fits and outlives the channel.
    let ch = unsafe { core::Chan::new(buf.as_mut_ptr().cast(), 64, elem) };
    c.bench_function("core_buffered_goxide", |b| {
        b.iter(|| {
            let (src, mut dst) = (black_box(7u64), 0u64);
            // SAFETY: both fit an element.
            unsafe {
                let _ = core::try_send(&Hosted, &ch, (&raw const src).cast());
                let _ = core::try_recv(&Hosted, &ch, (&raw mut dst).cast());
            }
            dst
        });
    });
    c.bench_function("core_buffered_goxide_leaf", |b| {
        b.iter(|| {
            let (src, mut dst) = (black_box(7u64), 0u64);
            // SAFETY: both fit an element.
            unsafe {
                let _ = core::try_send_leaf(&Hosted, &ch, (&raw const src).cast());
                let _ = core::try_recv_leaf(&Hosted, &ch, (&raw mut dst).cast());
            }
            dst
        });
    });
    c.bench_function("core_empty_goxide", |b| {
        let mut dst = 0u64;
        // SAFETY: fits an element.
        b.iter(|| unsafe { core::try_recv(&Hosted, &ch, (&raw mut dst).cast()) });
    });
    c.bench_function("core_select2_goxide", |b| {
        let none: *const Party = std::ptr::null();
        b.iter(|| {
            let (src, mut dst) = (black_box(7u64), 0u64);
            let chan = (&raw const ch).cast_mut();
            let recv = core::Case { chan, elem: (&raw mut dst).cast() };
            let mut order = [0; 4];
            // SAFETY: one of the cases is ready, so that no waiters are asked for.
            unsafe {
                let _ = core::try_send(&Hosted, &ch, (&raw const src).cast());
                core::select_or_enqueue(&Hosted, &[recv, recv], 0, &mut order, none, |_| std::ptr::null_mut(), true)
            }
        });
    });
}

/// Channels between threads: an element in and out, and a channel made.
fn between_threads(c: &mut Criterion) {
    let (tx, rx) = thread::channel(64);
    c.bench_function("thread_buffered_goxide", |b| {
        b.iter(|| {
            let _ = tx.send(black_box(7u64));
            rx.recv()
        });
    });
    let (tx, rx) = crossbeam_channel::bounded(64);
    c.bench_function("thread_buffered_crossbeam", |b| {
        b.iter(|| {
            let _ = tx.send(black_box(7u64));
            rx.recv()
        });
    });
    let (tx, rx) = flume::bounded(64);
    c.bench_function("thread_buffered_flume", |b| {
        b.iter(|| {
            let _ = tx.send(black_box(7u64));
            rx.recv()
        });
    });

    let (tx, rx) = kanal::bounded(64);
    c.bench_function("thread_buffered_kanal", |b| {
        b.iter(|| {
            let _ = tx.send(black_box(7u64));
            rx.recv()
        });
    });
    let (tx, rx) = thread::unbounded();
    c.bench_function("thread_unbounded_goxide", |b| {
        b.iter(|| {
            let _ = tx.send(black_box(7u64));
            rx.recv()
        });
    });
    let (tx, rx) = crossbeam_channel::unbounded();
    c.bench_function("thread_unbounded_crossbeam", |b| {
        b.iter(|| {
            let _ = tx.send(black_box(7u64));
            rx.recv()
        });
    });
    let (_tx, rx) = thread::channel::<u64>(1);
    let timeout = std::time::Duration::from_nanos(1);
    c.bench_function("thread_timeout_goxide", |b| b.iter(|| rx.recv_timeout(timeout)));
    let (_tx, rx) = crossbeam_channel::bounded::<u64>(1);
    c.bench_function("thread_timeout_crossbeam", |b| b.iter(|| rx.recv_timeout(timeout)));

    c.bench_function("thread_create_goxide", |b| b.iter(|| thread::channel::<u64>(16)));
    c.bench_function("thread_create_crossbeam", |b| {
        b.iter(|| crossbeam_channel::bounded::<u64>(16));
    });
    c.bench_function("thread_create_flume", |b| b.iter(|| flume::bounded::<u64>(16)));
    c.bench_function("thread_create_kanal", |b| b.iter(|| kanal::bounded::<u64>(16)));
}

/// A select of two receives, one of which is ready.
fn select_of_two(c: &mut Criterion) {
    let (tx, rx) = thread::channel(64);
    let (_tx2, rx2) = thread::channel::<u64>(64);
    c.bench_function("thread_select2_goxide", |b| {
        b.iter(|| {
            let _ = tx.send(black_box(7u64));
            thread::Select::new().recv(&rx, |v| v).recv(&rx2, |v| v).wait()
        });
    });
    let (tx, rx) = crossbeam_channel::bounded(64);
    let (_tx2, rx2) = crossbeam_channel::bounded::<u64>(64);
    c.bench_function("thread_select2_crossbeam", |b| {
        b.iter(|| {
            let _ = tx.send(black_box(7u64));
            crossbeam_channel::select! {
                recv(rx) -> v => v.ok(),
                recv(rx2) -> v => v.ok(),
            }
        });
    });
}

/// About `n` elements from so many threads to so many, timed. Receivers end when the channel is closed.
macro_rules! across {
    ($c:expr, $name:expr, $senders:expr, $receivers:expr, $make:expr) => {
        $c.bench_function($name, |b| {
            b.iter_custom(|n| {
                let (tx, rx) = $make;
                let each = n.div_ceil($senders);
                let begun = Instant::now();
                std::thread::scope(|s| {
                    for _ in 0..$senders {
                        let tx = tx.clone();
                        s.spawn(move || (0..each).for_each(|i| tx.send(i).unwrap()));
                    }
                    for _ in 0..$receivers {
                        let rx = rx.clone();
                        s.spawn(move || {
                            while let Ok(i) = rx.recv() {
                                black_box(i);
                            }
                        });
                    }
                    drop((tx, rx));
                });
                begun.elapsed()
            });
        });
    };
}

/// [`across`] for each crate: bounded channels, or unbounded ones.
macro_rules! across_all {
    ($c:expr, $name:expr, $senders:expr, $receivers:expr, unbounded) => {
        across!($c, concat!($name, "_goxide"), $senders, $receivers, thread::unbounded::<u64>());
        across!($c, concat!($name, "_crossbeam"), $senders, $receivers, crossbeam_channel::unbounded::<u64>());
        across!($c, concat!($name, "_flume"), $senders, $receivers, flume::unbounded::<u64>());
        across!($c, concat!($name, "_kanal"), $senders, $receivers, kanal::unbounded::<u64>());
    };
    ($c:expr, $name:expr, $senders:expr, $receivers:expr, bounded $cap:expr) => {
        across!($c, concat!($name, "_goxide"), $senders, $receivers, thread::channel::<u64>($cap));
        across!($c, concat!($name, "_crossbeam"), $senders, $receivers, crossbeam_channel::bounded::<u64>($cap));
        across!($c, concat!($name, "_flume"), $senders, $receivers, flume::bounded::<u64>($cap));
        across!($c, concat!($name, "_kanal"), $senders, $receivers, kanal::bounded::<u64>($cap));
    };
}

/// `n` round trips between two threads, timed.
macro_rules! ping_pong {
    ($c:expr, $name:expr, $make:expr) => {
        $c.bench_function($name, |b| {
            b.iter_custom(|n| {
                let (atx, arx) = $make;
                let (btx, brx) = $make;
                let begun = Instant::now();
                std::thread::scope(|s| {
                    s.spawn(move || (0..n).for_each(|_| btx.send(arx.recv().unwrap()).unwrap()));
                    (0..n).for_each(|i| {
                        atx.send(i).unwrap();
                        black_box(brx.recv().unwrap());
                    });
                });
                begun.elapsed()
            });
        });
    };
}

fn threads(c: &mut Criterion) {
    across_all!(c, "thread_1to1_cap128", 1, 1, bounded 128);
    across_all!(c, "thread_4to1_cap128", 4, 1, bounded 128);
    across_all!(c, "thread_1to4_cap128", 1, 4, bounded 128);
    across_all!(c, "thread_4to4_cap128", 4, 4, bounded 128);
    across_all!(c, "thread_4to4_cap1", 4, 4, bounded 1);
    across_all!(c, "thread_4to4_cap0", 4, 4, bounded 0);
    across_all!(c, "thread_1to1_unbounded", 1, 1, unbounded);
    across_all!(c, "thread_4to4_unbounded", 4, 4, unbounded);
    ping_pong!(c, "thread_pingpong_cap0_goxide", thread::channel::<u64>(0));
    ping_pong!(c, "thread_pingpong_cap0_crossbeam", crossbeam_channel::bounded::<u64>(0));
    ping_pong!(c, "thread_pingpong_cap0_flume", flume::bounded::<u64>(0));
    ping_pong!(c, "thread_pingpong_cap0_kanal", kanal::bounded::<u64>(0));
}

fn futures(c: &mut Criterion) {
    let rt = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// A thousand elements between two tasks of one thread.
    macro_rules! thousand {
        ($name:expr, $make:expr, $recv:ident) => {
            c.bench_function($name, |b| {
                b.iter_batched(
                    || $make,
                    |(tx, $recv)| {
                        rt.block_on(async move {
                            let h = tokio::spawn(async move {
                                for i in 0..1000u64 {
                                    tx.send(i).await.unwrap();
                                }
                            });
                            #[allow(unused_mut)]
                            let mut rx = $recv;
                            for _ in 0..1000 {
                                black_box(rx.recv().await.unwrap());
                            }
                            h.await.unwrap();
                        });
                    },
                    BatchSize::SmallInput,
                );
            });
        };
    }
    thousand!("future_thousand_cap16_goxide", future::channel::<u64>(16), rx);
    thousand!("future_thousand_cap16_async_channel", async_channel::bounded::<u64>(16), rx);
    thousand!("future_thousand_cap16_kanal", kanal::bounded_async::<u64>(16), rx);
    thousand!("future_thousand_cap16_tokio", tokio::sync::mpsc::channel::<u64>(16), rx);
    struct Flume<T>(flume::Sender<T>);
    impl<T> Flume<T> {
        fn send(&self, v: T) -> flume::r#async::SendFut<'_, T> {
            self.0.send_async(v)
        }
    }
    struct FlumeRx<T>(flume::Receiver<T>);
    impl<T> FlumeRx<T> {
        fn recv(&self) -> flume::r#async::RecvFut<'_, T> {
            self.0.recv_async()
        }
    }
    thousand!(
        "future_thousand_cap16_flume",
        {
            let (tx, rx) = flume::bounded::<u64>(16);
            (Flume(tx), FlumeRx(rx))
        },
        rx
    );
}

criterion_group!(benches, uncontended, threads, futures);
criterion_main!(benches);
