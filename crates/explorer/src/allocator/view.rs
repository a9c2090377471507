//! How the allocator's scene is drawn. Every figure is asked of the heap, its spans and caches while it is drawn.

use super::machine::{Allocator, Last};
use crate::html::{Count, Number, Percent, Text, facts};
use crate::scene::Part;
use goxide_alloc::inspect::{Held, Listed, PageState};
use goxide_alloc::size_class::{CLASSES, PAGE, SPAN_CLASSES, SpanClass};
use goxide_alloc::{Heap, PageSource, Span};

/// Pages in a row of the picture.
const COLUMNS: usize = 64;
/// Objects of a span that are drawn one by one; a longer span shows the word of 64 that its cache works on.
const DRAWN: usize = 64;

pub fn show(scene: &Allocator) -> Vec<Part> {
    vec![
        Part { id: "allocator-last", html: last(scene) },
        Part { id: "allocator-sums", html: sums(scene) },
        Part { id: "allocator-pages", html: pages(scene) },
        Part { id: "allocator-caches", html: caches(scene) },
        Part { id: "allocator-central", html: central(&scene.heap) },
    ]
}

/// What became of the last request, as the heap knows it by the object's address.
fn last(scene: &Allocator) -> String {
    let Some(Last { request, addr, processor }) = &scene.last else {
        return "<p class=\"quiet\">Nothing was allocated yet, or it was freed.</p>".into();
    };
    let Some((base, index, span)) = scene.heap.object_of(*addr) else {
        return "<p>The heap does not know the object.</p>".into();
    };
    let (size, sc) = (span.elem_size(), span.span_class());
    let class = match sc.class() {
        0 => "none: a large object has a span of its own".to_string(),
        class => format!(
            "{class} of {}, {}",
            CLASSES - 1,
            if sc.noscan() { "for objects without pointers" } else { "for objects with pointers" }
        ),
    };
    let waste = match request.is_tiny() {
        true => format!("none yet: it is at byte {} of a block that small objects share", addr - base),
        false => format!("{} B ({})", Number(size - request.bytes), Percent(size - request.bytes, size)),
    };
    let rows = [
        ("asked", format!("<b>{} B</b>", Number(request.bytes))),
        ("got", format!("<b id=\"allocator-got\">{} B</b>", Number(size))),
        ("waste", waste),
        ("class", class),
        (
            "span",
            format!("{} at {:#x}, object {} of {}", Count(span.npages(), "page"), span.base(), index + 1, span.nelems()),
        ),
        ("address", format!("{addr:#x}, by P{processor}")),
    ];
    format!("<p><code>{}</code></p>{}", Text(&request.text), facts(&rows))
}

/// The heap's own statistics.
fn sums(scene: &Allocator) -> String {
    let stats = scene.heap.snapshot(scene.caches.iter().map(|c| &**c));
    let (live, free) = (stats.heap_inuse as usize, (stats.heap_idle - stats.heap_released) as usize);
    facts(&[
        ("allocated and not freed", format!("{}", Count(scene.objects(), "object"))),
        ("pages in spans", format!("{} ({} B)", Number(live / PAGE), Number(live))),
        ("free pages, used before", Number(free / PAGE).to_string()),
        ("free pages, never used", Number(stats.heap_released as usize / PAGE).to_string()),
    ])
}

/// Which of a span's objects are taken, as far as it or the cache that holds it knows; a freed one counts until its span is looked at again.
fn taken(span: &Span, held: Option<&Held<'_>>) -> usize {
    match held {
        Some(held) => (0..span.nelems()).filter(|&i| held.is_allocated(i)).count(),
        None => span.alloc_count(),
    }
}

/// The picture of all pages that the heap has of the system.
fn pages(scene: &Allocator) -> String {
    let mut rows = 0;
    let mut cells = String::new();
    let mut begin = None;
    let mut used = 0;
    scene.heap.for_each_page_run(|run| {
        let first = *begin.get_or_insert(run.addr);
        let at = (run.addr - first) / PAGE;
        rows = rows.max((at + run.npages).div_ceil(COLUMNS));
        match run.state {
            PageState::Used => used += run.npages,
            PageState::Free => cells += &boxes(at, run.npages, "free", 1.0, "free pages that were used before"),
            PageState::Released => cells += &boxes(at, run.npages, "never", 1.0, "free pages that were never used"),
        }
    });
    let first = begin.unwrap_or(0);
    let held: Vec<(usize, Held<'_>)> =
        scene.caches.iter().enumerate().flat_map(|(p, c)| c.held().map(move |held| (p, held))).collect();
    for span in scene.heap.spans() {
        let holder = held.iter().find(|(_, held)| std::ptr::eq(held.span(), span));
        let (kind, whose) = match (span.span_class().class(), holder, span.listed()) {
            (0, ..) => ("large", "a large object".to_string()),
            (_, Some((p, _)), _) => (["p0", "p1"][p % 2], format!("held by P{p}")),
            (_, None, Listed::Full) => ("full", "full".to_string()),
            _ => ("partial", "with free objects, in its class's list".to_string()),
        };
        let n = taken(span, holder.map(|(_, held)| held));
        let share = n as f64 / span.nelems().max(1) as f64;
        let title = format!(
            "{} at {:#x}: {} of {} objects of {} B, {whose}",
            Count(span.npages(), "page"),
            span.base(),
            n,
            span.nelems(),
            Number(span.elem_size())
        );
        cells += &boxes((span.base() - first) / PAGE, span.npages(), kind, 0.4 + 0.6 * share, &title);
    }
    let label = format!("The heap's pages: {} of {} in use", Number(used), Number(rows * COLUMNS));
    format!(
        "<svg viewBox=\"0 0 {COLUMNS} {}\" role=\"img\" aria-label=\"{label}\" data-used=\"{used}\">{cells}</svg>",
        rows.max(1)
    )
}

/// Pages `at..at + n` of the picture, a rectangle for each row that they are in.
fn boxes(at: usize, n: usize, kind: &str, opacity: f64, title: &str) -> String {
    let (mut at, end) = (at, at + n);
    let mut html = format!("<g class=\"{kind}\" opacity=\"{opacity:.2}\"><title>{title}</title>");
    while at < end {
        let (x, y) = (at % COLUMNS, at / COLUMNS);
        let whole = x == 0 && end - at >= COLUMNS;
        let (width, height) = if whole { (COLUMNS, (end - at) / COLUMNS) } else { ((COLUMNS - x).min(end - at), 1) };
        html += &format!(
            "<rect x=\"{:.2}\" y=\"{:.2}\" width=\"{:.2}\" height=\"{:.2}\"/>",
            x as f64 + 0.06,
            y as f64 + 0.06,
            width as f64 - 0.12,
            height as f64 - 0.12
        );
        at += width * height;
    }
    html + "</g>"
}

/// What each processor's cache holds: a span a class, object by object.
fn caches(scene: &Allocator) -> String {
    let mut html = String::new();
    for (p, cache) in scene.caches.iter().enumerate() {
        let chosen = if p == scene.processor { ", which allocates now" } else { "" };
        html += &format!("<section class=\"cache p{p}\"><h4>P{p}{chosen}</h4>");
        let mut any = false;
        for held in cache.held() {
            any = true;
            html += &row(&held);
        }
        html += if any { "</section>" } else { "<p class=\"quiet\">The cache holds no span.</p></section>" };
    }
    html
}

/// One span of a cache.
fn row(held: &Held<'_>) -> String {
    let span = held.span();
    let n = span.nelems();
    let from = match n > DRAWN {
        true => held.word().min(span.words() - 1) * 64,
        false => 0,
    };
    let to = n.min(from + DRAWN);
    let bits: String = (from..to).map(|i| if held.is_allocated(i) { "<i class=\"on\"></i>" } else { "<i></i>" }).collect();
    let shown = if n > DRAWN { format!(", here {} to {}", from + 1, to) } else { String::new() };
    format!(
        "<div class=\"span\"><span>{} B{}</span><span class=\"bits\" role=\"img\" aria-label=\"{} of {n} objects taken{shown}\">{bits}</span>\
        <span class=\"count\">{}/{n}</span></div>",
        Number(span.elem_size()),
        if span.noscan() { "" } else { " <abbr title=\"with pointers\">ptr</abbr>" },
        taken(span, Some(held)),
        taken(span, Some(held)),
    )
}

/// The lists of each class that has spans outside of caches.
fn central<S: PageSource>(heap: &Heap<S>) -> String {
    let mut rows = String::new();
    for sc in (0..SPAN_CLASSES).map(|raw| SpanClass::from_raw(raw as u8)) {
        let lists = heap.listed(sc);
        if lists.partial + lists.full == 0 {
            continue;
        }
        let size = match sc.class() {
            0 => "large".to_string(),
            class => format!("{} B", Number(goxide_alloc::size_class::SIZES[class as usize].into())),
        };
        let pointers = if sc.noscan() { "no" } else { "yes" };
        rows += &format!(
            "<tr><th scope=\"row\">{size}</th><td>{pointers}</td><td>{}</td><td>{}</td></tr>",
            lists.partial, lists.full
        );
    }
    if rows.is_empty() {
        return "<p class=\"quiet\">All lists are empty: spans are in caches, or there are none.</p>".into();
    }
    format!(
        "<table><thead><tr><th scope=\"col\">class</th><th scope=\"col\">pointers</th><th scope=\"col\">with room</th>\
        <th scope=\"col\">full</th></tr></thead><tbody>{rows}</tbody></table>"
    )
}
