//! A real map that is changed, also while it is iterated. Growth is found out by looking at the map's tables before and after.

use crate::html::Count;
use crate::random::Random;
use goxide_maps::{Cursor, CursorMap};
use std::collections::HashSet;

/// Entries at a time: more would be a picture of nothing.
const MOST: usize = 4000;

/// The map: its keys and values are words.
pub type Map = CursorMap<String, String>;

/// A walk through the map, and what it has met.
#[derive(Debug)]
pub struct Walk {
    cursor: Cursor<String, String>,
    /// The keys.
    pub(super) met: HashSet<String>,
    /// It is at its end.
    pub(super) over: bool,
}

/// A map at work.
#[derive(Debug)]
pub struct Maps {
    /// The map.
    pub(super) map: Map,
    /// The key of the last operation.
    pub(super) last: Option<String>,
    /// What the last operation did, in a sentence.
    pub(super) said: String,
    /// The iteration under way.
    pub(super) walk: Option<Walk>,
    /// What the next key that plays is named after.
    pub(super) next: usize,
    /// For what plays.
    pub(super) random: Random,
    /// What plays fills the map.
    pub(super) filling: bool,
}

impl Default for Maps {
    fn default() -> Maps {
        Maps {
            map: Map::new(),
            last: None,
            said: "The map is empty, and owns no memory until its first entry.".into(),
            walk: None,
            next: 1,
            random: Random::new(0x3a9),
            filling: true,
        }
    }
}

/// The map's memory in numbers: tables and groups.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Size {
    tables: usize,
    groups: usize,
    directory: usize,
}

impl Size {
    pub(super) fn of(map: &Map) -> Size {
        map.table_views().fold(Size { tables: 0, groups: 0, directory: 0 }, |sum, table| Size {
            tables: sum.tables + 1,
            groups: sum.groups + table.groups(),
            directory: sum.directory + table.entries,
        })
    }

    /// What happened between this size and a later one, if anything did.
    pub(super) fn change(self, now: Size) -> String {
        if self == now {
            return String::new();
        }
        let mut said = match (self.tables, now.tables) {
            (0, _) => " The first group was allocated.".to_string(),
            (before, after) if after > before => {
                format!(" A full table was split: there are {} now.", Count(after, "table"))
            }
            _ => format!(" The table was rebuilt: {} instead of {}.", Count(now.groups, "group"), self.groups),
        };
        if now.directory > 1 && now.directory != self.directory {
            said += &format!(" The directory has {} entries now.", now.directory);
        }
        said
    }
}

impl Maps {
    /// Sets the value of a key.
    pub(super) fn insert(&mut self, key: String, value: String) -> Result<(), String> {
        if self.map.len() >= MOST {
            return Err(format!("{MOST} entries are enough for a picture: delete some"));
        }
        let before = Size::of(&self.map);
        let old = self.map.insert(key.clone(), value);
        self.said = match old {
            None => format!("{key:?} is new: it went into the first free slot of its probe."),
            Some(_) => format!("{key:?} was there: only its value was replaced."),
        };
        self.said += &before.change(Size::of(&self.map));
        self.last = Some(key);
        Ok(())
    }

    /// Removes a key.
    pub(super) fn delete(&mut self, key: &str) {
        let before = Size::of(&self.map);
        self.said = match self.map.remove(key) {
            Some(_) => format!("{key:?} was deleted."),
            None => format!("There is no {key:?} to delete."),
        };
        self.said += &before.change(Size::of(&self.map));
        self.last = Some(key.to_string());
    }

    /// The next entry of the walk, which begins if there is none.
    pub(super) fn walk(&mut self) {
        let walk = self.walk.get_or_insert_with(|| Walk { cursor: self.map.cursor(), met: HashSet::new(), over: false });
        if walk.over {
            self.said = "The iteration is at its end.".into();
            return;
        }
        match walk.cursor.next(&self.map) {
            Some((key, _)) => {
                let again = !walk.met.insert(key.clone());
                self.said = format!(
                    "The iteration met {key:?}{}.",
                    if again { " a second time, since it was deleted and came back" } else { "" }
                );
                self.last = Some(key.clone());
            }
            None => {
                walk.over = true;
                self.said = format!("The iteration is over: it met {}.", Count(walk.met.len(), "key"));
            }
        }
    }

    /// Some key of the map.
    pub(super) fn some_key(&mut self) -> Option<String> {
        let n = self.random.below(self.map.len().max(1));
        self.map.iter().nth(n).map(|(key, _)| key.clone())
    }

    /// A key that was not used by this page before.
    pub(super) fn new_key(&mut self) -> (String, String) {
        const NAMES: [&str; 8] = ["ant", "bee", "cat", "dog", "elk", "fox", "gnu", "hen"];
        let n = self.next;
        self.next += 1;
        (format!("{}{n}", NAMES[n % NAMES.len()]), n.to_string())
    }
}
