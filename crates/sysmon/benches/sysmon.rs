//! What a monitor costs: a look at so many processors, and what a worker of a pool pays for each job, beside what such a pool would use
//! otherwise, a lock around the time at which the job began.

use std::hint::black_box;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, criterion_group, criterion_main};
use goxide_sysmon::hosted::Watch;
use goxide_sysmon::{Activity, Monitor, Periods, Seen, World};

struct Busy(Vec<Seen>);

impl World for Busy {
    fn now(&self) -> i64 {
        1
    }
    fn procs(&self) -> u32 {
        self.0.len() as u32
    }
    fn activity(&self, proc: u32) -> Activity {
        if black_box(proc).is_multiple_of(2) {
            Activity::Running { slice: 1 }
        } else {
            Activity::Call { slice: 1, call: 1 }
        }
    }
    fn seen(&self, proc: u32) -> &Seen {
        &self.0[proc as usize]
    }
    fn has_work(&self, _: u32, _: i64) -> bool {
        false
    }
    fn retake(&self, _: u32) -> bool {
        false
    }
    fn preempt(&self, _: u32) {}
    fn all_idle(&self) -> bool {
        false
    }
    fn nap(&self, _: i64) {}
    fn rest(&self, _: Option<i64>) {}
}

fn settings<'a>(c: &'a mut Criterion, name: &str) -> BenchmarkGroup<'a, WallTime> {
    let mut g = c.benchmark_group(name);
    g.sample_size(20).warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_millis(800));
    g
}

/// One look.
fn turn(c: &mut Criterion) {
    let mut g = settings(c, "sysmon_turn");
    for procs in [1, 8, 64, 512] {
        g.bench_function(BenchmarkId::from_parameter(procs), |b| {
            let world = Busy((0..procs).map(|_| Seen::new()).collect());
            let mut monitor = Monitor::new(Periods::USUAL);
            b.iter(|| black_box(monitor.turn(&world)));
        });
    }
    g.finish();
}

/// A job that does nothing, watched.
fn job(c: &mut Criterion) {
    let mut g = settings(c, "sysmon_job");
    let watch = Watch::new(1, Periods::USUAL, || false, |_| ());
    let station = watch.station(0);
    g.bench_function("goxide", |b| {
        b.iter(|| {
            station.begin();
            black_box(station.should_yield())
        })
    });
    let begun = Mutex::new(Some(Instant::now()));
    g.bench_function("mutex_instant", |b| {
        b.iter(|| {
            *begun.lock().unwrap() = Some(Instant::now());
            black_box(begun.lock().unwrap().is_some_and(|t| t.elapsed() > Duration::from_millis(10)))
        })
    });
    g.finish();
}

/// A call that might block, watched.
fn call(c: &mut Criterion) {
    let mut g = settings(c, "sysmon_call");
    let watch = Watch::new(1, Periods::USUAL, || false, |_| ());
    let station = watch.station(0);
    station.begin();
    g.bench_function("goxide", |b| b.iter(|| station.call(|| black_box(1))));
    let blocked = Mutex::new(None);
    g.bench_function("mutex_instant", |b| {
        b.iter(|| {
            *blocked.lock().unwrap() = Some(Instant::now());
            black_box(1);
            *blocked.lock().unwrap() = None;
        })
    });
    g.finish();
}

criterion_group!(benches, turn, job, call);
criterion_main!(benches);
