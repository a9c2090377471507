//! The poller beside mio and polling: one descriptor that becomes ready, a hundred, and a thousand of which one does; deadlines.
//! All three are used edge-triggered, and each reads what has come.

use std::hint::black_box;
use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;

use criterion::{Bencher, BenchmarkId, Criterion, criterion_group, criterion_main};
use goxide_netpoll::{Direction, Host, Key, Park, Poller, Which};

struct Leak;

// SAFETY: memory is zeroed and leaked; timers do not run.
unsafe impl Host for Leak {
    type Task = usize;
    type Timer = ();
    fn now(&self) -> i64 {
        1
    }
    unsafe fn ready(&self, task: usize) {
        black_box(task);
    }
    unsafe fn start_timer(&self, _: *mut (), _: Key<Self>, _: i64, _: usize) {}
    unsafe fn stop_timer(&self, _: *mut (), _: Key<Self>) {}
    unsafe fn alloc(&self, bytes: usize, align: usize) -> *mut u8 {
        // SAFETY: as the method's contract says.
        unsafe { std::alloc::alloc_zeroed(std::alloc::Layout::from_size_align_unchecked(bytes, align)) }
    }
}

fn pairs(n: usize) -> Vec<(UnixStream, UnixStream)> {
    (0..n)
        .map(|_| {
            let (a, b) = UnixStream::pair().expect("a pair");
            a.set_nonblocking(true).expect("non-blocking");
            (a, b)
        })
        .collect()
}

fn drain(mut a: &UnixStream) {
    let mut buf = [0; 8];
    black_box(a.read(&mut buf).expect("what has come"));
}

/// `ready` of the descriptors become ready; one round finds and empties them.
fn send(pairs: &[(UnixStream, UnixStream)], ready: usize) {
    for (_, w) in &pairs[..ready] {
        (&*w).write_all(&[1]).expect("room");
    }
}

fn goxide(b: &mut Bencher<'_>, pairs: &[(UnixStream, UnixStream)], ready: usize) {
    let poller: &Poller<Leak> = Box::leak(Box::new(Poller::new(Leak)));
    poller.start().expect("epoll");
    let descs: Vec<_> = pairs.iter().map(|(a, _)| poller.open(a.as_raw_fd()).expect("watched")).collect();
    for (i, d) in descs.iter().enumerate() {
        assert_eq!(poller.park(d, Direction::Read, 64 + 8 * i), Park::Waits);
    }
    b.iter(|| {
        send(pairs, ready);
        let mut left = ready;
        while left != 0 {
            let serve = |task: usize| {
                let i = (task - 64) / 8;
                drain(&pairs[i].0);
                assert_eq!(poller.wait_over(descs[i], Direction::Read), Ok(true));
                // It waits for the next.
                assert_eq!(poller.park(descs[i], Direction::Read, task), Park::Waits);
                left -= 1;
            };
            poller.poll(-1, serve).expect("polled");
        }
    });
}

fn mio(b: &mut Bencher<'_>, pairs: &[(UnixStream, UnixStream)], ready: usize) {
    let mut poll = mio::Poll::new().expect("epoll");
    let mut events = mio::Events::with_capacity(128);
    for (i, (a, _)) in pairs.iter().enumerate() {
        let fd = a.as_raw_fd();
        let interest = mio::Interest::READABLE | mio::Interest::WRITABLE;
        poll.registry().register(&mut mio::unix::SourceFd(&fd), mio::Token(i), interest).expect("watched");
    }
    b.iter(|| {
        send(pairs, ready);
        let mut left = ready;
        while left != 0 {
            poll.poll(&mut events, None).expect("polled");
            for e in events.iter().filter(|e| e.is_readable()) {
                drain(&pairs[e.token().0].0);
                left -= 1;
            }
        }
    });
}

fn polling(b: &mut Bencher<'_>, pairs: &[(UnixStream, UnixStream)], ready: usize) {
    let poller = polling::Poller::new().expect("epoll");
    let mut events = polling::Events::new();
    for (i, (a, _)) in pairs.iter().enumerate() {
        // SAFETY: deleted below, while it is open.
        unsafe { poller.add_with_mode(a, polling::Event::all(i), polling::PollMode::Edge) }.expect("watched");
    }
    b.iter(|| {
        send(pairs, ready);
        let mut left = ready;
        while left != 0 {
            events.clear();
            poller.wait(&mut events, None).expect("polled");
            for e in events.iter().filter(|e| e.readable) {
                drain(&pairs[e.key].0);
                left -= 1;
            }
        }
    });
    for (a, _) in pairs {
        poller.delete(a).expect("watched");
    }
}

fn rounds(c: &mut Criterion) {
    let mut group = c.benchmark_group("netpoll_ready");
    for (all, ready) in [(1, 1), (100, 100), (1000, 1)] {
        let id = format!("{ready}_of_{all}");
        let pairs = pairs(all);
        group.bench_function(BenchmarkId::new("goxide", &id), |b| goxide(b, &pairs, ready));
        group.bench_function(BenchmarkId::new("mio", &id), |b| mio(b, &pairs, ready));
        group.bench_function(BenchmarkId::new("polling", &id), |b| polling(b, &pairs, ready));
    }
    group.finish();
}

/// Neither of the others has deadlines.
fn deadlines(c: &mut Criterion) {
    let poller: &Poller<Leak> = Box::leak(Box::new(Poller::new(Leak)));
    poller.start().expect("epoll");
    let pairs = pairs(1);
    let desc = poller.open(pairs[0].0.as_raw_fd()).expect("watched");
    let mut at = 1;
    c.bench_function("netpoll_deadline_moved_on/goxide", |b| {
        b.iter(|| {
            at += 1;
            poller.set_deadline(desc, Which::Both, black_box(at));
        });
    });
    c.bench_function("netpoll_wait_ready/goxide", |b| {
        b.iter(|| poller.wait(black_box(desc), Direction::Read));
    });
}

criterion_group!(benches, rounds, deadlines);
criterion_main!(benches);
