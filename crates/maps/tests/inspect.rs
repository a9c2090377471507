//! The read-only views agree with what is in the map (feature `inspect`).

use goxide_maps::CursorMap;
use goxide_maps::group::{DELETED, EMPTY};
use std::collections::BTreeMap;

/// All entries of the map, as the views show them; and that every control byte is what its slot and hash say.
fn seen(map: &CursorMap<u64, u64>) -> BTreeMap<u64, u64> {
    let mut seen = BTreeMap::new();
    let mut next = 0;
    for table in map.table_views() {
        assert_eq!(table.first, next, "the tables cover the directory");
        next += table.entries;
        let mut groups = 0;
        for (i, group) in map.group_views(table.first).enumerate() {
            groups += 1;
            assert_eq!(group.control, table.control(i));
            for (byte, entry) in group.control.into_iter().zip(group.entries) {
                match entry {
                    Some((key, value)) => {
                        let hash = map.hash_of(key);
                        assert_eq!(byte, CursorMap::<u64, u64>::control_byte(hash));
                        assert!(table.home(hash) < table.groups());
                        assert_eq!(seen.insert(*key, *value), None, "{key} is there twice");
                    }
                    None => assert!(byte == EMPTY || byte == DELETED, "{byte:#x}"),
                }
            }
        }
        assert_eq!(groups, table.groups());
        assert!(table.growth_left.is_none_or(|left| left as usize <= 7 * groups));
    }
    seen
}

#[test]
fn an_empty_map_has_no_tables() {
    let map = CursorMap::<u64, u64>::new();
    assert_eq!(map.table_views().count(), 0);
    assert_eq!(map.group_views(0).count(), 0);
}

#[test]
fn the_views_follow_a_map_through_its_shapes() {
    let mut map = CursorMap::new();
    let mut model = BTreeMap::new();
    let mut shapes = Vec::new();
    for i in 0..3000u64 {
        map.insert(i * 7, i);
        model.insert(i * 7, i);
        if i % 3 == 0 {
            assert_eq!(map.remove(&(i * 7 / 2 * 2)), model.remove(&(i * 7 / 2 * 2)));
        }
        let shape = (map.table_views().count(), map.table_views().next().expect("a table").growth_left.is_some());
        if shapes.last() != Some(&shape) {
            shapes.push(shape);
            assert_eq!(seen(&map), model);
        }
    }
    assert_eq!(seen(&map), model);
    assert_eq!(shapes[..2], [(1, false), (1, true)], "one group, then one table");
    assert!(shapes.last().expect("shapes").0 > 2, "then tables behind a directory: {shapes:?}");
}

#[test]
fn boxed_keys_and_values_are_seen_through() {
    let mut map = CursorMap::new();
    for word in ["one", "two", "three"] {
        map.insert(word.to_string(), [word.len() as u64; 40]);
    }
    let mut words: Vec<&str> =
        map.group_views(0).flat_map(|g| g.entries).flatten().map(|(key, value)| (key.as_str(), value[39]).0).collect();
    words.sort();
    assert_eq!(words, ["one", "three", "two"]);
}
