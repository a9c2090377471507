//! A store of JSON documents that refer to each other, in circles too: `{"$ref": "name"}` is a pointer to the document of that
//! name. A document stays while it is pinned, or one that stays refers to it. Names are found in an index of weak references, from which
//! death notes take the names of documents that went.
//!
//! `cargo run --release --example json`
#![allow(missing_debug_implementations, clippy::missing_panics_doc)] // A program: its types have no users.

use goxide_gc::hosted::{Array, Bytes, Collector, Global, Mutator, Ref, Root, Slot, Weak};
use std::collections::HashMap;
use std::fmt::Write;
use std::sync::{Arc, Mutex};

/// A document: what links lead to. It may have no value yet.
#[repr(C)]
pub struct Document {
    name: Slot<Bytes>,
    value: Slot<Value>,
}
goxide_gc::object!(Document { name, value });

/// A value of any kind.
#[repr(C)]
pub struct Value {
    kind: Kind,
    /// Of a number.
    number: f64,
    /// Of a string.
    text: Slot<Bytes>,
    /// Of an object: as many as there are items.
    names: Slot<Array<Bytes>>,
    items: Slot<Array<Value>>,
    link: Slot<Document>,
}
goxide_gc::object!(Value { text, names, items, link });

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u64)]
enum Kind {
    Null,
    False,
    True,
    Number,
    String,
    Array,
    Object,
    Link,
}

type Index = Arc<Mutex<HashMap<String, Weak<Document>>>>;

/// The store. Threads that use it have a mutator of its collector each.
pub struct Store {
    /// For mutators, and statistics.
    pub collector: Collector,
    index: Index,
    pinned: Mutex<HashMap<String, Global<Document>>>,
}

impl Store {
    /// An empty one.
    pub fn new(collector: Collector) -> Store {
        Store { collector, index: Arc::default(), pinned: Mutex::default() }
    }

    /// Stores a document, in place of what had the name. What refers to the name leads to it.
    ///
    /// # Errors
    /// Where the text is no JSON.
    pub fn put(&self, m: &mut Mutator, name: &str, text: &str) -> Result<(), String> {
        let mut reader = Reader { store: self, text: text.as_bytes(), at: 0 };
        let value = reader.document(m)?;
        let document = self.document(m, name);
        document.get(m).set(m, |d| &d.value, Some(value.get(m)));
        self.pin(m, document.get(m), name);
        Ok(())
    }

    fn pin(&self, m: &Mutator, document: Ref<'_, Document>, name: &str) {
        self.pinned.lock().unwrap().insert(name.to_string(), Global::new(m, document));
    }

    /// The document is kept only by those that refer to it from now on.
    pub fn unpin(&self, name: &str) {
        self.pinned.lock().unwrap().remove(name);
    }

    /// Names in the index, those of documents that are gone among them until their death notes were called.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = self.index.lock().unwrap().keys().cloned().collect();
        names.sort();
        names
    }

    /// What is at a path, as JSON: a document's name, then names of members and numbers of elements, with points between
    /// them. Links are followed on the way, and shown at its end.
    pub fn get(&self, m: &Mutator, path: &str) -> Option<String> {
        let mut parts = path.split('.');
        let weak = self.index.lock().unwrap().get(parts.next()?)?.clone();
        let mut at = weak.get(m)?.get(|d| &d.value)?;
        for part in parts {
            while at.kind == Kind::Link {
                at = at.get(|v| &v.link)?.get(|d| &d.value)?;
            }
            let items = at.get(|v| &v.items)?;
            let i = match at.get(|v| &v.names) {
                Some(names) => (0..names.len()).find(|&i| names.at(i).is_some_and(|n| n.bytes() == part.as_bytes()))?,
                None => part.parse().ok().filter(|&i: &usize| i < items.len())?,
            };
            at = items.at(i)?;
        }
        let mut out = String::new();
        show(at, &mut out);
        Some(out)
    }

    /// The document of that name; an empty one if there is none.
    fn document(&self, m: &mut Mutator, name: &str) -> Root<Document> {
        if let Some(weak) = self.index.lock().unwrap().get(name)
            && let Some(found) = weak.get(m)
        {
            return m.root(found);
        }
        // Not under the lock: allocating may wait for a collection, and that for a thread that waits for the lock.
        let (new, bytes) = (m.alloc(Document { name: Slot::null(), value: Slot::null() }), m.alloc_bytes(name.as_bytes()));
        new.get(m).set(m, |d| &d.name, Some(bytes.get(m)));
        let mut index = self.index.lock().unwrap();
        if let Some(found) = index.get(name).and_then(|weak| weak.get(m)) {
            // Another thread was faster.
            return m.root(found);
        }
        let weak = m.downgrade(new.get(m));
        index.insert(name.to_string(), weak.clone());
        let (of, name) = (self.index.clone(), name.to_string());
        m.on_death(new.get(m), move || {
            let mut index = of.lock().unwrap();
            // There may be a new one of that name.
            if index.get(&name).is_some_and(|there| there.ptr_eq(&weak)) {
                index.remove(&name);
            }
        });
        new
    }
}

fn text(bytes: Option<Ref<'_, Bytes>>) -> String {
    bytes.map_or_else(String::new, |b| String::from_utf8_lossy(b.bytes()).into_owned())
}

fn quote(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c < ' ' => drop(write!(out, "\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// A value as JSON; links by name, so that circles have an end.
fn show(v: Ref<'_, Value>, out: &mut String) {
    let between = |i: usize, out: &mut String| {
        if i > 0 {
            out.push(',')
        }
    };
    let items = || {
        let items = v.get(|v| &v.items);
        (0..items.map_or(0, |items| items.len())).filter_map(move |i| items.and_then(|items| Some((i, items.at(i)?))))
    };
    match v.kind {
        Kind::Null => out.push_str("null"),
        Kind::False => out.push_str("false"),
        Kind::True => out.push_str("true"),
        Kind::Number => drop(write!(out, "{}", v.number)),
        Kind::String => quote(&text(v.get(|v| &v.text)), out),
        Kind::Link => {
            out.push_str("{\"$ref\":");
            quote(&text(v.get(|v| &v.link).and_then(|d| d.get(|d| &d.name))), out);
            out.push('}');
        }
        Kind::Array => {
            out.push('[');
            items().for_each(|(i, item)| (between(i, out), show(item, out)).1);
            out.push(']');
        }
        Kind::Object => {
            out.push('{');
            for (i, item) in items() {
                between(i, out);
                quote(&text(v.get(|v| &v.names).and_then(|names| names.at(i))), out);
                out.push(':');
                show(item, out);
            }
            out.push('}');
        }
    }
}

struct Reader<'t> {
    store: &'t Store,
    text: &'t [u8],
    at: usize,
}

type Answer<T> = Result<T, String>;

impl Reader<'_> {
    fn document(&mut self, m: &mut Mutator) -> Answer<Root<Value>> {
        let value = self.value(m)?;
        match self.peek() {
            None => Ok(value),
            Some(_) => self.wrong("the end"),
        }
    }

    fn wrong<T>(&self, wanted: &str) -> Answer<T> {
        Err(format!("at byte {}: {wanted} is missing", self.at))
    }

    fn peek(&mut self) -> Option<u8> {
        while self.text.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
        self.text.get(self.at).copied()
    }

    fn eat(&mut self, c: u8) -> bool {
        let there = self.peek() == Some(c);
        self.at += usize::from(there);
        there
    }

    fn want(&mut self, c: u8) -> Answer<()> {
        if self.eat(c) { Ok(()) } else { self.wrong(&format!("{:?}", c as char)) }
    }

    fn make(m: &mut Mutator, kind: Kind, number: f64) -> Root<Value> {
        let (text, names, items, link) = (Slot::null(), Slot::null(), Slot::null(), Slot::null());
        m.alloc(Value { kind, number, text, names, items, link })
    }

    fn value(&mut self, m: &mut Mutator) -> Answer<Root<Value>> {
        match self.peek() {
            Some(b'{') => self.object(m),
            Some(b'[') => self.array(m),
            Some(b'"') => {
                let (text, value) = (self.string()?, Self::make(m, Kind::String, 0.0));
                let bytes = m.alloc_bytes(text.as_bytes());
                value.get(m).set(m, |v| &v.text, Some(bytes.get(m)));
                Ok(value)
            }
            _ => {
                let rest = &self.text[self.at..];
                let len = rest.iter().position(|c| b",]}".contains(c) || c.is_ascii_whitespace()).unwrap_or(rest.len());
                let word = std::str::from_utf8(&rest[..len]).unwrap_or_default();
                let (kind, number) = match word {
                    "null" => (Kind::Null, 0.0),
                    "false" => (Kind::False, 0.0),
                    "true" => (Kind::True, 0.0),
                    // What is left of what Rust reads as a number.
                    _ if word.starts_with(|c: char| c == '-' || c.is_ascii_digit()) => match word.parse() {
                        Ok(number) => (Kind::Number, number),
                        Err(_) => return self.wrong("a number"),
                    },
                    _ => return self.wrong("a value"),
                };
                self.at += len;
                Ok(Self::make(m, kind, number))
            }
        }
    }

    fn string(&mut self) -> Answer<String> {
        self.want(b'"')?;
        let mut out = Vec::new();
        loop {
            let c = self.text.get(self.at).copied();
            self.at += 1;
            match c {
                Some(b'"') => return String::from_utf8(out).or_else(|_| self.wrong("UTF-8")),
                Some(b'\\') => {
                    let escaped = self.text.get(self.at).copied();
                    self.at += 1;
                    match escaped {
                        Some(b'n') => out.push(b'\n'),
                        Some(b't') => out.push(b'\t'),
                        Some(b'r') => out.push(b'\r'),
                        Some(c @ (b'"' | b'\\' | b'/')) => out.push(c),
                        Some(b'u') => {
                            let digits = self.text.get(self.at..self.at + 4).and_then(|d| std::str::from_utf8(d).ok());
                            let code = digits.and_then(|d| u32::from_str_radix(d, 16).ok()).and_then(char::from_u32);
                            let Some(code) = code else { return self.wrong("a character's number") };
                            out.extend(code.encode_utf8(&mut [0; 4]).bytes());
                            self.at += 4;
                        }
                        _ => return self.wrong("an escaped character"),
                    }
                }
                Some(c) => out.push(c),
                None => return self.wrong("the end of a string"),
            }
        }
    }

    /// Items go into an array of the heap when their number is known; until then roots keep them.
    fn finish(m: &mut Mutator, kind: Kind, items: &[Root<Value>]) -> Root<Value> {
        let (value, array) = (Self::make(m, kind, 0.0), m.alloc_array::<Value>(items.len()));
        items.iter().enumerate().for_each(|(i, item)| array.get(m).put(m, i, Some(item.get(m))));
        value.get(m).set(m, |v| &v.items, Some(array.get(m)));
        value
    }

    fn array(&mut self, m: &mut Mutator) -> Answer<Root<Value>> {
        self.want(b'[')?;
        let mut items = Vec::new();
        while !self.eat(b']') {
            if !items.is_empty() {
                self.want(b',')?;
            }
            items.push(self.value(m)?);
        }
        Ok(Self::finish(m, Kind::Array, &items))
    }

    fn object(&mut self, m: &mut Mutator) -> Answer<Root<Value>> {
        self.want(b'{')?;
        let (mut names, mut items) = (Vec::new(), Vec::new());
        while !self.eat(b'}') {
            if !names.is_empty() {
                self.want(b',')?;
            }
            let name = self.string()?;
            self.want(b':')?;
            if name == "$ref" && names.is_empty() && self.peek() == Some(b'"') {
                let to = self.string()?;
                self.want(b'}')?;
                let (document, value) = (self.store.document(m, &to), Self::make(m, Kind::Link, 0.0));
                value.get(m).set(m, |v| &v.link, Some(document.get(m)));
                return Ok(value);
            }
            names.push(m.alloc_bytes(name.as_bytes()));
            items.push(self.value(m)?);
        }
        let (value, array) = (Self::finish(m, Kind::Object, &items), m.alloc_array::<Bytes>(names.len()));
        names.iter().enumerate().for_each(|(i, name)| array.get(m).put(m, i, Some(name.get(m))));
        value.get(m).set(m, |v| &v.names, Some(array.get(m)));
        Ok(value)
    }
}

#[allow(dead_code)] // The test has one of its own.
fn main() -> Result<(), String> {
    let store = Store::new(Collector::builder().percent(50).build());
    let mut m = store.collector.register();
    store.put(&mut m, "ann", r#"{"name": "Ann", "friends": [{"$ref": "bob"}, {"$ref": "cy"}]}"#)?;
    store.put(&mut m, "bob", r#"{"name": "Bob", "friends": [{"$ref": "ann"}]}"#)?;
    store.put(&mut m, "cy", r#"{"name": "Cy", "friends": [{"$ref": "bob"}, {"$ref": "cy"}]}"#)?;
    println!("a friend of a friend of Ann: {:?}", store.get(&m, "ann.friends.0.friends.0.name"));
    for name in ["ann", "bob", "cy"] {
        m.collect();
        m.run_finalizers();
        println!("{} objects, documents {:?}; {name} is let go", store.collector.heap_stats().heap_objects, store.names());
        store.unpin(name);
    }
    m.collect();
    m.run_finalizers();
    println!("{} objects, documents {:?}", store.collector.heap_stats().heap_objects, store.names());
    Ok(())
}
