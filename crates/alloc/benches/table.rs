//! A table: nanoseconds for each object that is allocated and freed, by this crate's allocator, a handle to the thread's cache, mimalloc, and
//! the system's allocator. They take turns; each figure is the shortest of them, since what else a machine does can only make one longer.
//!
//! `cargo bench -p goxide-alloc --bench table`

#[cfg(not(loom))]
#[allow(dead_code, reason = "not every bench has all loads")]
mod loads;

#[cfg(loom)]
fn main() {}

#[cfg(not(loom))]
fn main() {
    imp::main();
}

#[cfg(not(loom))]
mod imp {
    use crate::loads::{self, BATCH, Mixed, layout};
    use goxide_alloc::GoxideAlloc;
    use mimalloc::MiMalloc;
    use std::alloc::System;
    use std::time::Instant;

    /// Turns of each allocator.
    const TURNS: usize = 15;

    /// Does something so many times.
    type Run<'m> = Box<dyn FnMut(u64) + 'm>;

    /// Nanoseconds for an object, of each of them, if each of `times` costs so many objects.
    fn measure(runs: &mut [Run<'_>], times: u64, objects: u64) -> Vec<f64> {
        let mut figures = vec![f64::INFINITY; runs.len()];
        // One turn more, the first, which does not count.
        for turn in 0..=TURNS {
            for (run, figure) in runs.iter_mut().zip(&mut figures) {
                let start = Instant::now();
                run(times);
                let ns = start.elapsed().as_nanos() as f64 / (times * objects) as f64;
                if turn > 0 {
                    *figure = figure.min(ns);
                }
            }
        }
        figures
    }

    /// The same by each allocator that is named.
    macro_rules! load {
        ($name:expr, $n:expr, $objects:expr, [$($alloc:expr),*], |$a:ident, $times:ident| $do:expr) => {{
            let mut runs: Vec<Run<'_>> = vec![$({
                let $a = $alloc;
                Box::new(move |$times| $do)
            }),*];
            ($name, measure(&mut runs, $n, $objects))
        }};
    }

    fn by_one_thread() -> Vec<(String, Vec<f64>)> {
        let mine = &GoxideAlloc::this_thread().expect("a thread that is not being torn down");
        let mut table = Vec::new();
        for (size, times) in [(16, 1_000_000), (64, 1_000_000), (512, 1_000_000), (4096, 300_000), (65_536, 30_000)] {
            let (of, name) = (layout(size), format!("one at a time, {size} B"));
            table.push(load!(name, times, 1, [&GoxideAlloc, mine, &MiMalloc, &System], |a, times| {
                (0..times).for_each(|_| loads::pair(a, of))
            }));
        }
        let of = layout(4096);
        table.push(load!("zeros, 4096 B".into(), 100_000, 1, [&GoxideAlloc, mine, &MiMalloc, &System], |a, times| {
            (0..times).for_each(|_| loads::zeroed(a, of))
        }));
        for size in [16, 64, 512] {
            let (of, name) = (layout(size), format!("{BATCH} at a time, {size} B"));
            table.push(load!(name, 100, BATCH as u64, [&GoxideAlloc, mine, &MiMalloc, &System], |a, times| {
                let mut room = Vec::with_capacity(BATCH);
                (0..times).for_each(|_| loads::batch(a, of, &mut room))
            }));
        }
        let name = "a text grows to 64 KiB".into();
        table.push(load!(name, 2000, 14, [&GoxideAlloc, mine, &MiMalloc, &System], |a, times| {
            (0..times).for_each(|_| loads::grow(a))
        }));
        let name = "mixed sizes, 10,000 live".into();
        table.push(load!(name, 300_000, 1, [&GoxideAlloc, mine, &MiMalloc, &System], |a, times| {
            let mut load = Mixed::new(a, 10_000);
            load.replace(a, times);
            load.free(a);
        }));
        table
    }

    fn by_two_threads() -> Vec<(String, Vec<f64>)> {
        let (server, pipeline, scratch) = ("two threads: server", "two threads: pipeline", "two threads: scratch");
        vec![
            load!(server.into(), 200_000, 1, [&GoxideAlloc, &MiMalloc, &System], |a, times| loads::server(a, times)),
            load!(pipeline.into(), 200_000, 1, [&GoxideAlloc, &MiMalloc, &System], |a, times| loads::pipeline(a, times)),
            load!(scratch.into(), 50_000, 1, [&GoxideAlloc, &MiMalloc, &System], |a, times| loads::scratch(a, times)),
        ]
    }

    fn mean(ratios: impl Iterator<Item = f64>) -> f64 {
        let logs: Vec<f64> = ratios.map(f64::ln).collect();
        (logs.iter().sum::<f64>() / logs.len() as f64).exp()
    }

    pub fn main() {
        let (one, mut two) = (by_one_thread(), by_two_threads());
        // There, a handle is nothing that threads could share.
        two.iter_mut().for_each(|(_, figures)| figures.insert(1, f64::NAN));
        let table: Vec<_> = one.iter().chain(&two).collect();
        println!("| ns for an object | `GoxideAlloc` | by a handle | mimalloc | system |\n|---|---|---|---|---|");
        for (name, figures) in &table {
            let text = figures.iter().map(|f| match f {
                f if f.is_nan() => "".into(),
                f if *f < 10.0 => format!("{f:.1}"),
                f => format!("{f:.0}"),
            });
            println!("| {name} | {} |", text.collect::<Vec<String>>().join(" | "));
        }
        let over = |peer: usize| mean(table.iter().map(|(_, f)| f[0] / f[peer]));
        println!("\ngeometric mean, `GoxideAlloc` over: mimalloc {:.2}, system {:.2}", over(2), over(3));
        println!("a handle over `GoxideAlloc`, by one thread: {:.2}", mean(one.iter().map(|(_, f)| f[1] / f[0])));
    }
}
