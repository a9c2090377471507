//! How the scene of maps is drawn: every control byte is read from the map's own control words.

use super::machine::{Map, Maps, Walk};
use crate::html::{Count, Number, Text, facts};
use crate::scene::Part;
use goxide_maps::GROUP_SLOTS;
use goxide_maps::group::{DELETED, EMPTY};
use goxide_maps::hosted::GroupView;
use goxide_maps::inspect::TableView;

/// Groups in all up to which slots show their keys.
const WITH_KEYS: usize = 16;

pub fn show(scene: &Maps) -> Vec<Part> {
    vec![
        Part { id: "maps-said", html: format!("<p>{}</p>", Text(&scene.said)) },
        Part { id: "maps-sums", html: sums(scene) },
        Part { id: "maps-probe", html: probe(scene) },
        Part { id: "maps-tables", html: tables(scene) },
    ]
}

fn sums(scene: &Maps) -> String {
    let tables: Vec<TableView<'_>> = scene.map.table_views().collect();
    let groups: usize = tables.iter().map(TableView::groups).sum();
    let shape = match tables.as_slice() {
        [] => "no memory".to_string(),
        [only] if only.growth_left.is_none() => "one group".to_string(),
        [only] => format!("one table of {}", Count(only.groups(), "group")),
        _ => format!(
            "a directory of {} entries over {}",
            tables.iter().map(|t| t.entries).sum::<usize>(),
            Count(tables.len(), "table")
        ),
    };
    let left = tables.iter().filter_map(|t| t.growth_left).sum::<u32>() as usize;
    let walk = match &scene.walk {
        None => "none".to_string(),
        Some(Walk { met, over: false, .. }) => format!("under way, {} met", Count(met.len(), "key")),
        Some(Walk { met, .. }) => format!("over, {} met", Count(met.len(), "key")),
    };
    facts(&[
        ("entries", format!("<span id=\"maps-entries\">{}</span>", Number(scene.map.len()))),
        ("shape", shape),
        ("slots", Number(groups * GROUP_SLOTS).to_string()),
        ("empty slots before the next growth", if groups <= 1 { "all of them".into() } else { Number(left).to_string() }),
        ("iteration", walk),
    ])
}

/// Where the key of the last operation is looked for, by its hash.
fn probe(scene: &Maps) -> String {
    let Some(key) = &scene.last else { return String::new() };
    let hash = scene.map.hash_of(key);
    let mut rows = vec![("hash", format!("<code>{hash:016x}</code>"))];
    if let Some(table) = home(&scene.map, hash) {
        if scene.map.table_views().count() > 1 {
            rows.push(("table, by the topmost bits", format!("at directory entry {}", table.first)));
        }
        rows.push(("first group, by the middle bits", table.home(hash).to_string()));
        rows.push(("control byte, by 7 bits between", format!("<code>{:02x}</code>", Map::control_byte(hash))));
    }
    format!("<p>Where <code>{}</code> is looked for</p>{}", Text(key), facts(&rows))
}

/// The table of a hash: the directory is indexed by its topmost bits.
fn home(map: &Map, hash: u64) -> Option<TableView<'_>> {
    let entries: usize = map.table_views().map(|t| t.entries).sum();
    let depth = entries.checked_ilog2()?;
    let index = (hash >> 1 >> (63 - depth)) as usize;
    map.table_views().find(|t| (t.first..t.first + t.entries).contains(&index))
}

fn tables(scene: &Maps) -> String {
    let groups: usize = scene.map.table_views().map(|t| t.groups()).sum();
    let sought = scene.last.as_ref().map(|key| (key, scene.map.hash_of(key)));
    let mut html = String::new();
    for table in scene.map.table_views() {
        let at_home = sought.filter(|(_, hash)| home(&scene.map, *hash).is_some_and(|t| t.first == table.first));
        let first = at_home.map(|(_, hash)| table.home(hash));
        html += &format!(
            "<section class=\"table\"><h4>{}</h4><div class=\"groups{}\">",
            title(&table, groups),
            if groups > WITH_KEYS { " small" } else { "" }
        );
        for (i, group) in scene.map.group_views(table.first).enumerate() {
            let mark = if first == Some(i) { " home" } else { "" };
            html += &format!("<div class=\"group{mark}\"><span class=\"number\">{i}</span>");
            for slot in 0..GROUP_SLOTS {
                html += &cell(scene, &group, slot, groups <= WITH_KEYS);
            }
            html += "</div>";
        }
        html += "</div></section>";
    }
    html
}

fn title(table: &TableView<'_>, groups: usize) -> String {
    if groups == table.groups() {
        return Count(groups, "group").to_string();
    }
    let to = table.first + table.entries - 1;
    let entries = if table.entries == 1 { format!("entry {to}") } else { format!("entries {} to {to}", table.first) };
    format!("directory {entries}: {}", Count(table.groups(), "group"))
}

fn cell(scene: &Maps, group: &GroupView<'_, String, String>, slot: usize, with_key: bool) -> String {
    let byte = group.control[slot];
    let entry = group.entries[slot];
    let mut class = match byte {
        EMPTY => "empty".to_string(),
        DELETED => "deleted".to_string(),
        _ => "full".to_string(),
    };
    if let Some((key, _)) = entry {
        if scene.last.as_ref() == Some(key) {
            class += " last";
        }
        if scene.walk.as_ref().is_some_and(|w| w.met.contains(key)) {
            class += " met";
        }
    }
    let title = match (entry, byte) {
        (Some((key, value)), _) => format!("{} = {}", Text(key), Text(value)),
        (None, DELETED) => "deleted: probes go on".to_string(),
        (None, _) => "empty: probes end here".to_string(),
    };
    if !with_key {
        return format!("<i class=\"{class}\" title=\"{title}\"></i>");
    }
    let key = entry.map_or(String::new(), |(key, _)| Text(key).to_string());
    format!("<span class=\"{class}\" title=\"{title}\"><code>{byte:02x}</code><span>{key}</span></span>")
}
