//! How the scene of channels is drawn: buffers and queues are read from the channels.

use super::machine::{Channel, Channels};
use crate::html::{Text, facts};
use crate::scene::Part;
use goxide_chan::Waiter;
use goxide_chan::inspect::End;

pub fn show(scene: &Channels) -> Vec<Part> {
    let [a, b] = &scene.channels;
    vec![
        Part { id: "channels-said", html: format!("<p>{}</p>", Text(&scene.said)) },
        Part { id: "channels-a", html: channel(a) },
        Part { id: "channels-b", html: channel(b) },
        Part { id: "channels-goroutines", html: goroutines(scene) },
    ]
}

fn channel(channel: &Channel) -> String {
    let c = &*channel.chan;
    let state = if c.is_closed() { "closed" } else { "open" };
    let length = format!("{} of {}", c.len(), c.cap());
    let mut html = facts(&[("state", state.into()), ("buffered", length)]);
    html += &buffer(channel);
    for (end, what) in [(End::Senders, "wait to send"), (End::Receivers, "wait to receive")] {
        let mut queue = String::new();
        c.for_each_waiter(end, |w| queue += &waiter(w));
        let none = "<span class=\"quiet\">none</span>";
        html += &format!(
            "<p class=\"queue\"><span class=\"quiet\">{what}</span> {}</p>",
            if queue.is_empty() { none } else { &queue }
        );
    }
    html
}

/// The slots of the buffer as they lie in memory; the oldest element is marked.
fn buffer(channel: &Channel) -> String {
    let c = &*channel.chan;
    if c.cap() == 0 {
        return "<p class=\"quiet\">There is no buffer: each send meets a receive.</p>".into();
    }
    let mut slots = vec![None; c.cap()];
    let mut oldest = None;
    c.for_each_buffered(|slot| {
        oldest.get_or_insert(slot);
        // SAFETY: a slot that holds an element, which is four bytes; the channel's lock is held.
        slots[slot] = Some(unsafe { c.slot(slot).cast::<u32>().read() });
    });
    let mut html = "<div class=\"slots\">".to_string();
    for (i, slot) in slots.iter().enumerate() {
        let class = match (slot, oldest == Some(i)) {
            (None, _) => "empty",
            (Some(_), false) => "full",
            (Some(_), true) => "full last",
        };
        html += &format!("<span class=\"{class}\">{}</span>", slot.map_or("&nbsp;".into(), |v| v.to_string()));
    }
    html + "</div>"
}

/// One that waits, with the value that it would send.
fn waiter(w: &Waiter) -> String {
    // SAFETY: one that is queued has a place for its element, which is four bytes; the channel's lock is held.
    let value = unsafe { w.elem.cast::<u32>().as_ref() };
    let value = value.filter(|_| w.is_send).map_or(String::new(), |v| format!(" <b>{v}</b>"));
    let class = if w.is_select { "chip select" } else { "chip" };
    format!("<span class=\"{class}\">G{}{value}</span>", w.task.addr())
}

fn goroutines(scene: &Channels) -> String {
    let mut rows = String::new();
    for g in &scene.waiting {
        rows += &format!("<li>G{} waits in <code>{}</code></li>", g.id, Text(&scene.text(g.deed)));
    }
    for (id, what) in &scene.ended {
        rows += &format!("<li class=\"quiet\">G{id} ended: <code>{}</code></li>", Text(what));
    }
    if rows.is_empty() {
        "<p class=\"quiet\">None was started yet.</p>".into()
    } else {
        format!("<ul class=\"list\">{rows}</ul>")
    }
}
