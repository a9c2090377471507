//! How the scene of the scheduler is drawn, from a picture of its structures.

use super::picture::ProcPicture;
use super::player::Scheduler;
use crate::html::{Count, Number, Text, facts};
use crate::scene::Part;
use goxide_sched::inspect::Use;

/// Goroutines of a queue that are drawn.
const DRAWN: usize = 24;
/// Waiting goroutines that are listed.
const LISTED: usize = 20;

pub fn show(scene: &Scheduler) -> Vec<Part> {
    let part = |id, html| Part { id, html };
    let picture = scene.picture();
    let back = scene.pictures.len() - 1 - scene.at;
    let when =
        if back == 0 { String::new() } else { format!(" <span class=\"quiet\">({} back)</span>", Count(back, "step")) };
    let procs: String = picture.procs.iter().map(proc).collect();
    let global = queue("waiting", &picture.global);
    let held = picture.procs.iter().filter(|p| p.what == Use::Held).count();
    let searching = picture.procs.iter().filter(|p| p.thread.is_some_and(|m| m.1)).count();
    let sums = facts(&[
        ("the clock", format!("{} µs", Number(picture.now as usize))),
        ("processors in use", format!("{held} of {}", picture.procs.len())),
        ("threads", picture.threads.len().to_string()),
        ("of them searching for work", searching.to_string()),
    ]);
    let mut threads = String::from("<ul class=\"list\">");
    for (id, what) in &picture.threads {
        let idle = if picture.idle.first() == Some(id) { " <span class=\"quiet\">(woken next)</span>" } else { "" };
        threads += &format!("<li>M{id} {what}{idle}</li>");
    }
    vec![
        part("scheduler-said", format!("<p>{}{when}</p>", Text(&picture.said))),
        part("scheduler-procs", format!("<div class=\"procs\">{procs}</div>")),
        part("scheduler-global", global),
        part("scheduler-sums", sums),
        part("scheduler-threads", threads + "</ul>"),
        part("scheduler-waiting", waiting(&picture.waiting)),
    ]
}

fn chip(g: u64) -> String {
    format!("<span class=\"chip g{}\">G{g}</span>", g % 8)
}

fn queue(what: &str, all: &[u64]) -> String {
    let mut html = format!("<p class=\"queue\"><span class=\"quiet\">{what}</span> ");
    all.iter().take(DRAWN).for_each(|g| html += &chip(*g));
    if all.len() > DRAWN {
        html += &format!("<span class=\"quiet\">and {} more</span>", all.len() - DRAWN);
    }
    if all.is_empty() {
        html += "<span class=\"quiet\">none</span>";
    }
    html + "</p>"
}

fn proc(p: &ProcPicture) -> String {
    let (class, state) = match (p.what, p.thread) {
        (Use::Held, Some((m, true))) => ("held", format!("M{m} searches")),
        (Use::Held, Some((m, false))) => ("held", format!("held by M{m}")),
        (Use::Left, _) => ("left", "left behind by a system call".into()),
        (Use::Idle, _) => ("idle", "idle".into()),
        _ => ("idle", "stopped".into()),
    };
    let runs = p
        .runs
        .as_ref()
        .map_or("<span class=\"quiet\">nothing</span>".into(), |(g, op)| format!("{} <code>{}</code>", chip(*g), Text(op)));
    let next: Vec<u64> = p.next.into_iter().collect();
    format!(
        "<div class=\"proc {class}\" data-proc=\"{}\"><h3>P{} <span class=\"quiet\">{state}, turn {}</span></h3>\
         <p class=\"queue\"><span class=\"quiet\">runs</span> {runs}</p>{}{}</div>",
        p.id,
        p.id,
        p.tick,
        queue("next", &next),
        queue("ring", &p.ring)
    )
}

fn waiting(all: &[(u64, String)]) -> String {
    if all.is_empty() {
        return "<p class=\"quiet\">None.</p>".into();
    }
    let mut html = String::from("<ul class=\"list\">");
    for (g, op) in all.iter().take(LISTED) {
        html += &format!("<li>{} in <code>{}</code></li>", chip(*g), Text(op));
    }
    if all.len() > LISTED {
        html += &format!("<li class=\"quiet\">and {} more</li>", all.len() - LISTED);
    }
    html + "</ul>"
}
