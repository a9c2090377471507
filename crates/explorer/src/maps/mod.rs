//! The scene of maps: what the visitor can do with a map (`machine`), and what plays by itself. `view` draws it.

mod machine;
mod view;

use crate::scene::{Part, Scene};
use machine::Size;

pub use machine::Maps;

/// Characters of a key or value.
const LONGEST: usize = 24;
/// Entries of the map that plays by itself, before it deletes.
const FILL: usize = 60;

/// A key as it was typed, or what is wrong with it.
fn word(text: &str) -> Result<String, String> {
    let text = text.trim();
    match text.chars().count() {
        0 => Err("type a key first".into()),
        n if n > LONGEST => Err(format!("a key of {n} characters does not fit the picture: take up to {LONGEST}")),
        _ => Ok(text.to_string()),
    }
}

impl Scene for Maps {
    fn act(&mut self, action: &str, argument: &str) -> Result<(), String> {
        match action {
            "insert" => {
                let (key, value) = argument.split_once('=').unwrap_or((argument, "1"));
                let value = word(value).map_err(|e| e.replace("key", "value"))?;
                self.insert(word(key)?, value)?;
            }
            "insert-more" => {
                let before = Size::of(&self.map);
                for _ in 0..50 {
                    let (key, value) = self.new_key();
                    self.insert(key, value)?;
                }
                self.said = format!("50 keys were inserted.{}", before.change(Size::of(&self.map)));
            }
            "look-up" => {
                let (key, _) = argument.split_once('=').unwrap_or((argument, ""));
                let key = word(key)?;
                self.said = match self.map.get(key.as_str()) {
                    Some(value) => format!("{key:?} is there, with the value {value:?}."),
                    None => format!("There is no {key:?}: the probe ended at a group with an empty slot."),
                };
                self.last = Some(key);
            }
            "delete" => {
                let (key, _) = argument.split_once('=').unwrap_or((argument, ""));
                let key = word(key)?;
                self.delete(&key);
            }
            "next" => self.walk(),
            "walk-end" => {
                let was = self.walk.take();
                self.said = if was.is_some() { "The iteration was given up." } else { "No iteration is under way." }.into();
            }
            "clear" => {
                self.map.clear();
                self.last = None;
                self.said = "All entries were removed; an iteration on its way is at its end.".into();
            }
            _ => return Err(format!("maps have no button {action:?}")),
        }
        Ok(())
    }

    fn tick(&mut self) {
        if self.filling {
            let (key, value) = self.new_key();
            if self.insert(key, value).is_err() || self.map.len() >= FILL {
                self.filling = false;
            }
            // Now and then one goes, so that tombstones are seen.
            if self.random.below(5) == 0
                && let Some(key) = self.some_key()
            {
                self.delete(&key);
            }
            return;
        }
        match self.some_key() {
            Some(key) if self.map.len() > 3 => self.delete(&key),
            _ => {
                // A map never gets smaller; the next round begins with a new one.
                *self = Maps { next: self.next, random: self.random.clone(), ..Maps::default() };
            }
        }
    }

    fn show(&self) -> Vec<Part> {
        view::show(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn html(scene: &Maps, id: &str) -> String {
        scene.show().into_iter().find(|part| part.id == id).expect(id).html
    }

    fn act(scene: &mut Maps, action: &str, argument: &str) {
        scene.act(action, argument).unwrap_or_else(|e| panic!("{action} {argument}: {e}"));
    }

    #[test]
    fn a_map_goes_through_its_shapes() {
        let mut scene = Maps::default();
        assert!(html(&scene, "maps-sums").contains("no memory"));
        act(&mut scene, "insert", "one=1");
        assert!(html(&scene, "maps-sums").contains("one group"));
        assert!(scene.said.contains("first group was allocated"), "{}", scene.said);
        act(&mut scene, "insert-more", "");
        assert!(scene.said.contains("rebuilt"), "{}", scene.said);
        assert!(html(&scene, "maps-sums").contains("one table"));
        (0..40).for_each(|_| act(&mut scene, "insert-more", ""));
        assert!(html(&scene, "maps-sums").contains("directory"), "{}", html(&scene, "maps-sums"));
        assert_eq!(scene.map.len(), 41 * 50 + 1);
    }

    #[test]
    fn what_is_inserted_is_drawn_and_what_is_deleted_is_not() {
        let mut scene = Maps::default();
        act(&mut scene, "insert", "key");
        act(&mut scene, "insert", "<b>=x");
        let drawn = html(&scene, "maps-tables");
        assert!(drawn.contains(">key<") && drawn.contains("&lt;b&gt;"), "{drawn}");
        act(&mut scene, "delete", "key");
        assert!(!html(&scene, "maps-tables").contains(">key<"));
        act(&mut scene, "look-up", "key");
        assert!(scene.said.contains("There is no"));
    }

    #[test]
    fn an_iteration_meets_each_key_that_stays_once() {
        let mut scene = Maps::default();
        act(&mut scene, "insert-more", "");
        let there: HashSet<String> = scene.map.iter().map(|(key, _)| key.clone()).collect();
        act(&mut scene, "next", "");
        act(&mut scene, "insert-more", "");
        while scene.walk.as_ref().is_some_and(|w| !w.over) {
            act(&mut scene, "next", "");
        }
        assert!(scene.walk.as_ref().expect("a walk").met.is_superset(&there));
    }

    #[test]
    fn what_plays_by_itself_comes_round() {
        let mut scene = Maps::default();
        let mut rounds = 0;
        for _ in 0..1000 {
            scene.tick();
            rounds += usize::from(scene.map.is_empty());
            assert!(scene.map.len() <= FILL);
        }
        assert!(rounds > 3, "{rounds}");
    }

    #[test]
    fn nonsense_is_refused_with_a_sentence() {
        let mut scene = Maps::default();
        for (action, argument) in
            [("insert", ""), ("insert", "=1"), ("delete", " "), ("insert", "a_key_that_is_much_too_long")]
        {
            assert!(scene.act(action, argument).is_err_and(|e| e.len() > 10), "{action} {argument}");
        }
    }
}
