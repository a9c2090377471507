//! The example: documents that refer to each other in circles stay as long as one of them is wanted, and go together.
#![cfg(not(loom))]

#[allow(dead_code)]
#[path = "../examples/json.rs"]
mod json;

use goxide_gc::hosted::Collector;
use json::Store;

fn store() -> Store {
    let store = Store::new(Collector::builder().percent(20).check(true).build());
    store.collector.set_clobber(true);
    store
}

#[test]
fn circles_go_together() {
    let store = store();
    let mut m = store.collector.register();
    store.put(&mut m, "a", r#"{"to": {"$ref": "b"}, "n": [1, -2.5, "x\n\"\u0041", true, null]}"#).unwrap();
    store.put(&mut m, "b", r#"{"to": {"$ref": "c"}}"#).unwrap();
    store.put(&mut m, "c", r#"{"to": {"$ref": "a"}}"#).unwrap();
    m.collect();
    assert_eq!(store.get(&m, "a.to.to.to.n").unwrap(), r#"[1,-2.5,"x\u000a\"A",true,null]"#);
    assert_eq!(store.get(&m, "c.to").unwrap(), r#"{"$ref":"a"}"#);
    for gone in ["a", "b"] {
        store.unpin(gone);
        m.collect();
        assert_eq!((m.run_finalizers(), store.names().len()), (0, 3));
        assert_eq!(store.get(&m, "c.to.n.0").unwrap(), "1");
    }
    store.unpin("c");
    m.collect();
    // Before their notes are called the names are there, and lead nowhere.
    assert_eq!((store.get(&m, "c.to"), store.names().len()), (None, 3));
    assert_eq!((m.run_finalizers(), store.names().len()), (3, 0));
    assert_eq!(store.collector.heap_stats().heap_objects, 0);
}

#[test]
fn a_new_document_of_a_name_is_not_taken_for_the_one_that_went() {
    let store = store();
    let mut m = store.collector.register();
    store.put(&mut m, "a", "1").unwrap();
    store.unpin("a");
    m.collect();
    store.put(&mut m, "a", "2").unwrap();
    assert_eq!(m.run_finalizers(), 1);
    assert_eq!(store.get(&m, "a").unwrap(), "2");
}

#[test]
fn what_is_no_json_is_refused() {
    let store = store();
    let mut m = store.collector.register();
    for (text, at) in [("", 0), ("[1,", 3), ("[1 2]", 3), ("{\"a\" 1}", 5), ("\"a", 3), ("nul", 0), ("1 1", 2), ("-", 0)] {
        let error = store.put(&mut m, "a", text).unwrap_err();
        assert!(error.starts_with(&format!("at byte {at}: ")), "{text}: {error}");
    }
    assert_eq!(store.get(&m, "a"), None);
}

#[test]
fn threads_share_a_store() {
    let store = store();
    std::thread::scope(|s| {
        for i in 0..3u32 {
            let store = &store;
            s.spawn(move || {
                let mut m = store.collector.register();
                for round in 0..200u32 {
                    let (mine, other) = (format!("{i}"), format!("{}", (i + 1) % 3));
                    store.put(&mut m, &mine, &format!(r#"{{"round": {round}, "next": {{"$ref": "{other}"}}}}"#)).unwrap();
                    assert_eq!(store.get(&m, &format!("{mine}.round")).unwrap(), round.to_string());
                    store.unpin(&mine);
                    if round % 20 == 0 {
                        m.collect();
                    }
                    m.run_finalizers();
                }
            });
        }
    });
    let mut m = store.collector.register();
    m.collect();
    m.run_finalizers();
    assert_eq!((store.names().len(), store.collector.heap_stats().heap_objects), (0, 0));
}
