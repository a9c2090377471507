//! How a run is drawn: from the lines and the trace as they were read, and nothing else.

use super::chart;
use super::lines::{Collection, Lines};
use super::recording::Run;
use super::trace::{Goroutine, Trace};
use crate::html::{Count, Number, Text, facts};
use crate::scene::Part;

/// Units of height of a processor's row, and of a chart.
const ROW: u64 = 24;
const CHART: u64 = 100;
/// Goroutines that are listed: those that ran longest.
const LISTED: usize = 24;
/// Collections that are listed: those with the longest pauses.
const WORST: usize = 5;

pub fn show(run: &Run) -> Vec<Part> {
    let part = |id, html| Part { id, html };
    vec![
        part("run-said", said(run)),
        part("run-boot", run.lines.as_ref().map_or_else(|| none("boottrace=1"), boot)),
        part("run-collections", run.lines.as_ref().map_or_else(|| none("gctrace=1"), collections)),
        part("run-sched", run.lines.as_ref().map_or_else(|| none("schedtrace=10"), samples)),
        part("run-procs", traced(run, procs)),
        part("run-now", traced(run, now)),
        part("run-heap", traced(run, heap)),
        part("run-goroutines", traced(run, goroutines)),
    ]
}

fn none(setting: &str) -> String {
    format!("<p class=\"quiet\">No lines are open that a program writes under <code>GODEBUG={setting}</code>.</p>")
}

fn traced(run: &Run, draw: impl FnOnce(&Run, &Trace) -> String) -> String {
    match &run.trace {
        Some(trace) => draw(run, trace),
        None => "<p class=\"quiet\">No execution trace is open.</p>".into(),
    }
}

/// A time as one reads it.
fn time(ns: u64) -> String {
    match ns {
        0..1_000 => format!("{ns} ns"),
        1_000..1_000_000 => format!("{:.1} µs", ns as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.2} ms", ns as f64 / 1e6),
        _ => format!("{:.2} s", ns as f64 / 1e9),
    }
}

fn said(run: &Run) -> String {
    if run.names.is_empty() {
        return "<p>No run is open. <code>cargo xtask explore -- go run prog.go</code> runs a program and opens what it left; or open files that a program \
                left: its standard error under GODEBUG=boottrace=1,gctrace=1,schedtrace=10, or what runtime/trace wrote.</p>"
            .into();
    }
    format!("<p>Open: {}</p>", Text(&run.names.join(", ")))
}

/// The steps of the bootstrap, each with a bar as long as it took.
fn boot(lines: &Lines) -> String {
    if lines.boot.is_empty() {
        return none("boottrace=1");
    }
    let longest = lines.boot.iter().filter_map(|step| step.ns).max().unwrap_or(1).max(1);
    let sum: u64 = lines.boot.iter().filter_map(|step| step.ns).sum();
    let mut html = facts(&[("steps", lines.boot.len().to_string()), ("before main.main", time(sum))]);
    html += "<ol class=\"boot\">";
    for step in &lines.boot {
        let took = step.ns.map_or_else(|| "the program begins".into(), time);
        let share = step.ns.unwrap_or(0) as f64 * 100.0 / longest as f64;
        html += &format!("<li><span>{}</span><b>{took}</b><i style=\"width:{share:.1}%\"></i></li>", Text(&step.name));
    }
    html + "</ol>"
}

fn collections(lines: &Lines) -> String {
    let all = &lines.collections;
    let Some(last) = all.last() else {
        return "<p class=\"quiet\">The program ended before a collection was needed.</p>".into();
    };
    let ms = |ms: f64| time((ms * 1e6).round() as u64);
    let pauses: Vec<f64> = all.iter().map(Collection::pause).collect();
    let forced = all.iter().filter(|c| c.forced).count();
    let mut html = facts(&[
        ("collections", format!("<span id=\"run-collected\">{}</span>", all.len())),
        ("asked for by the program", forced.to_string()),
        ("all pauses", ms(pauses.iter().sum())),
        ("share of processor time", format!("{} %", last.share)),
        (
            "largest heap at a beginning",
            format!("{} MB", Number(all.iter().map(|c| c.heap[0]).max().unwrap_or(0) as usize)),
        ),
    ]);
    let label = format!("the pauses of {}", Count(all.len(), "collection"));
    html += &chart::picture("chart low", CHART, &label, &chart::bars(&pauses, "p1", CHART));
    html += "<p class=\"quiet\">A bar is a collection, as high as its pauses. The longest:</p><ul class=\"list\">";
    let mut worst: Vec<&Collection> = all.iter().collect();
    worst.sort_by(|a, b| b.pause().total_cmp(&a.pause()));
    for c in worst.into_iter().take(WORST) {
        html += &format!(
            "<li>gc {} at {:.3} s: <b>{}</b>, marked for {}; heap {} → {} MB, {} alive, goal {}</li>",
            c.number,
            c.at,
            ms(c.pause()),
            ms(c.clock[1]),
            c.heap[0],
            c.heap[1],
            c.heap[2],
            c.goal
        );
    }
    html + "</ul>"
}

/// What the scheduler said of itself: goroutines that are ready and have no processor, and processors without goroutines.
fn samples(lines: &Lines) -> String {
    let all = &lines.samples;
    let (Some(first), Some(last)) = (all.first(), all.last()) else { return none("schedtrace=10") };
    let ready: Vec<f64> = all.iter().map(|s| f64::from(s.global + s.local.iter().sum::<u32>())).collect();
    let idle: u32 = all.iter().map(|s| s.idle).sum();
    let looking: u32 = all.iter().map(|s| s.spinning).sum();
    let mut html = facts(&[
        ("samples", format!("{} in {} ms", Number(all.len()), Number((last.at - first.at.min(last.at)) as usize))),
        ("processors", last.procs.to_string()),
        ("of them idle, on average", format!("{:.1}", f64::from(idle) / all.len() as f64)),
        ("threads that looked for work, on average", format!("{:.1}", f64::from(looking) / all.len() as f64)),
        ("threads at most", all.iter().map(|s| s.threads).max().unwrap_or(0).to_string()),
        ("ready goroutines in queues at most", ready.iter().copied().fold(0.0, f64::max).to_string()),
    ]);
    let label = format!("ready goroutines in {}", Count(all.len(), "sample"));
    html += &chart::picture("chart low", CHART, &label, &chart::bars(&ready, "p0", CHART));
    html + "<p class=\"quiet\">A bar is a sample, as high as the goroutines in queues.</p>"
}

/// A row for each processor and one for the collector, over the part that is seen.
fn procs(run: &Run, trace: &Trace) -> String {
    let seen = run.seen;
    let mut html = format!("<p class=\"quiet\">{} to {} of {}</p>", time(seen.from), time(seen.to), time(trace.end));
    let line = chart::cursor(run.cursor, seen, ROW);
    html += "<div class=\"lanes\">";
    for (id, turns) in &trace.procs {
        let label = format!("what P{id} ran");
        let row = chart::picture("lane", ROW, &label, &(chart::turns(turns, seen, ROW) + &line));
        html += &format!("<span>P{id}</span>{row}");
    }
    let mut inside = chart::stretches(&trace.collections, seen, "partial", 0, ROW);
    inside += &chart::stretches(&trace.stops, seen, "deleted", ROW / 2, ROW / 2);
    html += &format!("<span>GC</span>{}</div>", chart::picture("lane", ROW, "collections and pauses", &(inside + &line)));
    html
}

/// What was going on at the cursor.
fn now(run: &Run, trace: &Trace) -> String {
    let at = run.cursor;
    let mut rows = Vec::new();
    let names: Vec<String> = trace.procs.keys().map(|id| format!("P{id}")).collect();
    for (id, name) in trace.procs.keys().zip(&names) {
        let ran = trace.running(*id, at).and_then(|g| trace.goroutines.get(&g));
        rows.push((name.as_str(), ran.map_or_else(|| "idle".into(), name_of)));
    }
    let collecting = trace.collections.iter().filter(|c| c.from <= at).count();
    let is_on = trace.collections.iter().any(|c| (c.from..c.to).contains(&at));
    let is_stopped = trace.stops.iter().any(|c| (c.from..c.to).contains(&at));
    let word = match (is_stopped, is_on) {
        (true, _) => "the world is stopped and started".into(),
        (_, true) => format!("marks for the {collecting}. time"),
        _ => format!("rests, after {}", Count(collecting, "collection")),
    };
    rows.push(("the collector", word));
    rows.push(("the time", time(at)));
    facts(&rows)
}

fn heap(run: &Run, trace: &Trace) -> String {
    let largest = |values: &[(u64, u64)]| values.iter().map(|v| v.1).filter(|v| *v < u64::MAX / 2).max().unwrap_or(0);
    let most = largest(&trace.heap).max(largest(&trace.goal));
    let mb = |bytes: u64| format!("{:.1} MB", bytes as f64 / 1e6);
    let at = |values: &[(u64, u64)]| {
        values[..values.partition_point(|v| v.0 <= run.cursor)].last().map_or("not told yet".into(), |v| mb(v.1))
    };
    let mut html = facts(&[
        ("heap at the cursor", at(&trace.heap)),
        ("goal at the cursor", at(&trace.goal)),
        ("the chart's top", mb(most)),
    ]);
    let mut inside = chart::steps(&trace.heap, run.seen, most, CHART, "heap-line");
    inside += &chart::steps(&trace.goal, run.seen, most, CHART, "goal-line");
    html += &chart::picture("chart", CHART, "heap and goal", &(inside + &chart::cursor(run.cursor, run.seen, CHART)));
    html
}

/// A goroutine's number and function, with its colour.
fn name_of(g: &Goroutine) -> String {
    let function = if g.function.is_empty() { "?" } else { &g.function };
    format!("<b class=\"dot {}\">G{}</b> <code>{}</code>", chart::colour(g.id), g.id, Text(function))
}

fn goroutines(_: &Run, trace: &Trace) -> String {
    let mut all: Vec<&Goroutine> = trace.goroutines.values().collect();
    all.sort_by_key(|g| std::cmp::Reverse((g.ran, g.ready)));
    let ended = all.iter().filter(|g| g.ended.is_some()).count();
    let mut html = facts(&[
        ("goroutines", format!("<span id=\"run-goroutine-count\">{}</span>", Number(all.len()))),
        ("of them ended", Number(ended).to_string()),
    ]);
    html += "<ul class=\"list\">";
    for g in all.iter().take(LISTED) {
        html += &format!("<li>{}: ran {} in {}", name_of(g), time(g.ran), Count(g.turns as usize, "turn"));
        html += &format!(", was ready for {}", time(g.ready));
        for (why, (count, ns)) in &g.waits {
            if !why.is_empty() {
                html += &format!("; waited for {why} {} times, {}", Number(*count as usize), time(*ns));
            }
        }
        html += "</li>";
    }
    if all.len() > LISTED {
        html += &format!("<li class=\"quiet\">and {} more</li>", Number(all.len() - LISTED));
    }
    html + "</ul>"
}
