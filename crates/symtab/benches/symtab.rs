//! Reading the linker's tables: finding functions, walking and moving stacks.
//!
//! The peer is Go's own way of walking, with nothing remembered from the walk
//! before: a fresh cache for each (`fresh`), against a thread's (`warm`).
#![allow(missing_docs, reason = "criterion's macro makes a public function without")]

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use goxide_symtab::ids::*;
use goxide_symtab::sink::SliceSink;
use goxide_symtab::traceback::{Options, print_frames};
use goxide_symtab::*;
use std::hint::black_box;

#[path = "../tests/tables/image.rs"]
mod image;
use image::{Fun, Image, Stack};

const SIZE: usize = 0x200;
const CALL: usize = 0x140;
const DEPTH: usize = 100;
const FUNS: usize = 2000;

/// A program of many functions, with tables as long as those of small ones.
fn program() -> (Image, Symtab<'static>) {
    let mut im = Image::of::<Native>();
    im.push(Fun::new("runtime.goexit", SIZE).flag(FuncFlag::TOP_FRAME));
    for i in 0..FUNS {
        let runs = |n: i32| (0..n).map(|k| (k, SIZE / n as usize * (k as usize + 1))).collect();
        let map = vec![false, true, true, false, false, true];
        im.push(
            Fun { args: 16, ..Fun::new(&format!("main.f{i}"), SIZE) }
                .frame(96)
                .lines(runs(32))
                .pcdata(PcData::STACK_MAP_INDEX, runs(8))
                .pcdata(PcData::INL_TREE_INDEX, vec![(-1, SIZE)])
                .maps(FuncData::LOCALS_POINTER_MAPS, &vec![map; 8])
                .maps(FuncData::ARGS_POINTER_MAPS, &vec![vec![true, false]; 8]),
        );
    }
    let tab = im.symtab();
    (im, tab)
}

/// `DEPTH` frames: of one function that calls itself, or each of another.
fn stack(im: &Image, recursive: bool) -> (Stack<Native>, Start) {
    let fun = |k: usize| if recursive { 7 } else { 1 + k * 13 % FUNS };
    let mut s = Stack::<Native>::new(4096, im.entry(0) + CALL);
    for k in 0..DEPTH {
        s.frame(96);
        if k + 1 < DEPTH {
            s.call(im.entry(fun(k)) + CALL);
        }
    }
    let start = s.start(im.entry(fun(DEPTH - 1)) + CALL);
    (s, start)
}

fn benches(c: &mut Criterion) {
    let (im, tab) = program();

    let mut g = c.benchmark_group("symtab");
    let pcs: Vec<_> = (0..FUNS).map(|i| im.entry(1 + i * 7 % FUNS) + CALL).collect();
    let mut i = 0;
    g.bench_function("find_func", |b| {
        b.iter(|| {
            i = (i + 1) % FUNS;
            tab.find_func(black_box(pcs[i]))
        });
    });
    let f = tab.find_func(im.entry(5)).unwrap();
    let pc = im.entry(5) + CALL;
    g.bench_function("file_line", |b| b.iter(|| black_box(f).file_line(black_box(pc))));

    g.throughput(Throughput::Elements(DEPTH as u64 + 1));
    for (shape, recursive) in [("recursive", true), ("varied", false)] {
        let (s, start) = stack(&im, recursive);
        let limits = s.limits();
        // Nothing points into the old stack, so that runs do not differ.
        let mv = Move { old: Limits { lo: 0x7000_0000, hi: 0x7000_2000 }, delta: 0 };
        let adjust = |cache: &mut PcCache<'static>| {
            // SAFETY: the stack is the bench's own.
            unsafe { adjust_stack::<Native>(tab, cache, start, limits, &mv, true) }.is_ok()
        };
        let mut cache = PcCache::new();
        assert!(adjust(&mut cache));
        g.bench_function(format!("adjust_{shape}_warm"), |b| b.iter(|| adjust(&mut cache)));
        g.bench_function(format!("adjust_{shape}_fresh"), |b| {
            b.iter_batched_ref(PcCache::new, adjust, BatchSize::SmallInput);
        });
        let mut pcs = [0usize; DEPTH + 8];
        let mut callers = |cache: &mut PcCache<'static>| {
            // SAFETY: the stack is the bench's own.
            unsafe { frames::callers::<Native>(tab, cache, start, limits, 0, &mut pcs) }
        };
        assert_eq!(callers(&mut cache), DEPTH + 1);
        g.bench_function(format!("callers_{shape}_warm"), |b| b.iter(|| callers(&mut cache)));
        g.bench_function(format!("callers_{shape}_fresh"), |b| {
            b.iter_batched_ref(PcCache::new, &mut callers, BatchSize::SmallInput);
        });
        let mut buf = vec![0u8; 1 << 16];
        g.bench_function(format!("traceback_{shape}"), |b| {
            b.iter(|| {
                let mut out = SliceSink::new(&mut buf);
                let options = Options { level: 1, failed_here: false };
                // SAFETY: the stack is the bench's own.
                unsafe { print_frames::<Native>(&mut out, tab, &mut cache, start, limits, 1, options) };
                out.len()
            });
        });
    }
    g.finish();
}

/// Names of code that is not Go's, by the bench's own file: tables that are read through for each question (`scan`), and an index of them.
fn native(c: &mut Criterion) {
    let file = std::fs::read(std::env::current_exe().unwrap()).unwrap();
    let image = native::Image::parse(&file).unwrap();
    let text = image.section(b".text").unwrap();
    let code = native::Code { program: text.addr()..text.addr() + text.bytes().len(), except: 0..0 };
    let Some(section) = image.section(b".debug_line") else { return };
    let mut room = vec![0; section.room().unwrap()];
    let tables = section.unpacked(&mut room).unwrap();
    let (functions, sequences) = native::Index::room(&image, tables, &code);
    let mut functions = vec![native::Function::default(); functions];
    let mut sequences = vec![native::Sequence::default(); sequences];
    let mut g = c.benchmark_group("native");
    g.bench_function("index_made", |b| {
        b.iter(|| native::Index::new(&image, tables, code.clone(), &mut functions, &mut sequences).is_some());
    });
    let index = native::Index::new(&image, tables, code.clone(), &mut functions, &mut sequences).unwrap();
    let mut pcs = code.program.clone().step_by(0x1235).cycle();
    g.bench_function("name_index", |b| {
        b.iter(|| {
            let pc = pcs.next().unwrap();
            black_box((index.function(pc), index.place(pc)))
        });
    });
    let mut pcs = code.program.clone().step_by(0x1235).cycle();
    g.bench_function("name_scan", |b| {
        b.iter(|| {
            let pc = pcs.next().unwrap();
            black_box((image.function(pc), native::place_of(tables, pc as u64)))
        });
    });
    g.finish();
}

criterion_group!(symtab, benches, native);
criterion_main!(symtab);
