//! How the scene of the collector is drawn: colours are the mark bits of each page, and which objects are there is what the spans say.

use super::machine::{Collector, Colour, SIZE};
use crate::html::{Number, Text, facts};
use crate::scene::Part;
use goxide_alloc::Span;
use std::sync::atomic::Ordering::Relaxed;

pub fn show(scene: &Collector) -> Vec<Part> {
    vec![
        Part { id: "collector-said", html: format!("<p>{}</p>", Text(&scene.said)) },
        Part { id: "collector-sums", html: sums(scene) },
        Part { id: "collector-pages", html: pages(scene) },
    ]
}

fn sums(scene: &Collector) -> String {
    let marking = scene.gc.is_marking();
    let count = |colour| scene.objects.iter().filter(|&&o| scene.colour(o) == colour).count();
    let phase = match (marking, scene.gc.looks_done()) {
        (false, _) => "off: the program runs",
        (true, false) => "marking",
        (true, true) => "marking, and nothing is left to mark",
    };
    facts(&[
        ("cycle", format!("{}, {phase}", scene.gc.cycle())),
        ("objects", Number(scene.objects.len()).to_string()),
        ("of these, the program can reach", format!("<span id=\"collector-live\">{}</span>", scene.reachable().len())),
        ("white", format!("<span id=\"collector-white\">{}</span>", count(Colour::White))),
        ("grey", Number(count(Colour::Grey)).to_string()),
        ("black", format!("<span id=\"collector-black\">{}</span>", count(Colour::Black))),
        ("lost in the last cycle", format!("<span id=\"collector-lost\">{}</span>", scene.lost.len())),
    ])
}

/// The pages with the program's objects, and those objects that were lost.
fn pages(scene: &Collector) -> String {
    let spans = scene.heap().spans().filter(|span| span.elem_size() == SIZE);
    let html: String = spans.map(|span| page(scene, span)).collect();
    format!("<div class=\"heap\">{html}</div>")
}

fn page(scene: &Collector, span: &Span) -> String {
    // SAFETY: the byte is only read.
    let queued = scene.heap().page_of(span.base()).is_some_and(|page| unsafe { page.queued() }.load(Relaxed) != 0);
    let cells: String = (0..span.nelems()).map(|i| cell(scene, span.base() + i * span.elem_size())).collect();
    format!(
        "<section class=\"page{}\"><h4>{:#x}{}</h4><div class=\"objects\">{cells}</div></section>",
        if queued { " queued" } else { "" },
        span.base(),
        if queued { ", queued" } else { "" }
    )
}

fn cell(scene: &Collector, object: usize) -> String {
    let mut class = match (scene.objects.contains(&object), scene.colour(object)) {
        _ if scene.lost.contains(&object) => "lost",
        (false, _) => "none",
        (true, Colour::White) => "white",
        (true, Colour::Grey) => "grey",
        (true, Colour::Black) => "black",
    }
    .to_string();
    if scene.moved == Some(object) {
        class += " moved";
    }
    if scene.roots().any(|root| root == object) {
        class += " root";
    }
    let title = match scene.objects.contains(&object) {
        true => format!("{object:#x}, points to {:x?}", scene.links(object).collect::<Vec<_>>()),
        false => format!("{object:#x}: free"),
    };
    format!("<i class=\"{class}\" title=\"{title}\"></i>")
}
