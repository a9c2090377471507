//! A small Lisp whose heap is goxide-alloc and goxide-gc: several threads evaluate, sharing one global environment, while
//! collections go on. Integers, symbols, pairs and closures; `quote if define lambda`; tail calls take no stack.
//!
//! `cargo run --release --example lisp`
#![allow(missing_debug_implementations)] // A program: its types have no users.

use goxide_gc::hosted::{Collector, Global, Mutator, Ref, Root, Slot};
use std::sync::{LazyLock, Mutex};

/// One kind of cell for all values.
#[repr(C)]
pub struct Cell {
    kind: Kind,
    /// An integer, the number of a symbol or of a built-in function.
    number: i64,
    /// Of a pair. A closure has its parameters here, and in `cdr` a pair of its body and its environment.
    car: Slot<Cell>,
    cdr: Slot<Cell>,
}
goxide_gc::object!(Cell { car, cdr });

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Nil,
    Integer,
    Symbol,
    Builtin,
    Pair,
    Closure,
}

type Value = Root<Cell>;
type Answer = Result<Value, String>;

/// The first symbols: special forms, then built-in functions.
const KNOWN: [&str; 13] = ["quote", "if", "define", "lambda", "cons", "car", "cdr", "+", "-", "*", "<", "null?", "t"];
const TRUE: i64 = KNOWN.len() as i64 - 1;

/// Names of symbols; a symbol's number is its place.
static NAMES: LazyLock<Mutex<Vec<String>>> = LazyLock::new(|| Mutex::new(KNOWN.map(String::from).into()));

fn intern(name: &str) -> i64 {
    let mut names = NAMES.lock().unwrap();
    let at = names.iter().position(|n| n == name).unwrap_or_else(|| {
        names.push(name.to_string());
        names.len() - 1
    });
    at as i64
}

/// The part of a pair or closure that is always there.
fn car<'m>(c: Ref<'m, Cell>) -> Ref<'m, Cell> {
    c.get(|c| &c.car).expect("a pair")
}

fn cdr<'m>(c: Ref<'m, Cell>) -> Ref<'m, Cell> {
    c.get(|c| &c.cdr).expect("a pair")
}

/// What all threads share: a pair whose `cdr` is the list of global bindings, and who may add to it.
pub struct World {
    collector: Collector,
    globals: Global<Cell>,
    defining: Mutex<()>,
}

impl World {
    /// Without any bindings. Used on a thread that is no mutator, as all of this type.
    pub fn new(collector: &Collector) -> World {
        let mut m = collector.register();
        let (empty, top) = (atom(&mut m, Kind::Nil, 0), atom(&mut m, Kind::Pair, 0));
        top.get(&m).set(&m, |c| &c.cdr, Some(empty.get(&m)));
        let globals = Global::new(&m, top.get(&m));
        World { collector: collector.clone(), globals, defining: Mutex::new(()) }
    }
}

fn atom(m: &mut Mutator, kind: Kind, number: i64) -> Value {
    m.alloc(Cell { kind, number, car: Slot::null(), cdr: Slot::null() })
}

/// A thread that evaluates.
pub struct Lisp<'w> {
    m: Mutator,
    world: &'w World,
}

impl<'w> Lisp<'w> {
    /// On this thread.
    pub fn new(world: &'w World) -> Lisp<'w> {
        Lisp { m: world.collector.register(), world }
    }

    /// Evaluates all expressions of a text; the last one's value as text.
    ///
    /// # Errors
    /// What is wrong with an expression.
    pub fn run(&mut self, text: &str) -> Result<String, String> {
        let spaced = text.replace('(', " ( ").replace(')', " ) ");
        let mut words = spaced.split_whitespace().peekable();
        let mut last = atom(&mut self.m, Kind::Nil, 0);
        while words.peek().is_some() {
            let (x, env) = (self.read(&mut words)?, atom(&mut self.m, Kind::Nil, 0));
            last = self.eval(&x, &env)?;
        }
        Ok(show(last.get(&self.m)))
    }

    fn pair_of(&mut self, kind: Kind, a: &Value, b: &Value) -> Value {
        let p = atom(&mut self.m, kind, 0);
        p.get(&self.m).set(&self.m, |c| &c.car, Some(a.get(&self.m)));
        p.get(&self.m).set(&self.m, |c| &c.cdr, Some(b.get(&self.m)));
        p
    }

    fn cons(&mut self, a: &Value, b: &Value) -> Value {
        self.pair_of(Kind::Pair, a, b)
    }

    /// The pair that holds element `n` of a list.
    fn pair<'m>(&'m self, list: &Value, n: usize) -> Result<Ref<'m, Cell>, String> {
        let at = (0..n).try_fold(list.get(&self.m), |c, _| c.get(|c| &c.cdr));
        at.filter(|c| c.kind == Kind::Pair).ok_or_else(|| format!("no element {n}: {}", show(list.get(&self.m))))
    }

    fn nth(&self, list: &Value, n: usize) -> Answer {
        self.pair(list, n).map(|p| self.m.root(car(p)))
    }

    fn cdr(&self, list: &Value) -> Answer {
        self.pair(list, 0).map(|p| self.m.root(cdr(p)))
    }

    fn kind(&self, v: &Value) -> (Kind, i64) {
        let c = v.get(&self.m);
        (c.kind, c.number)
    }

    fn read<'t>(&mut self, words: &mut std::iter::Peekable<impl Iterator<Item = &'t str>>) -> Answer {
        match words.next().ok_or("the text ends inside of a list")? {
            "(" => self.read_rest(words),
            ")" => Err("a parenthesis too many".into()),
            word => Ok(match word.parse() {
                Ok(n) => atom(&mut self.m, Kind::Integer, n),
                Err(_) => atom(&mut self.m, Kind::Symbol, intern(word)),
            }),
        }
    }

    fn read_rest<'t>(&mut self, words: &mut std::iter::Peekable<impl Iterator<Item = &'t str>>) -> Answer {
        if words.next_if_eq(&")").is_some() {
            return Ok(atom(&mut self.m, Kind::Nil, 0));
        }
        let (first, rest) = (self.read(words)?, self.read_rest(words)?);
        Ok(self.cons(&first, &rest))
    }

    /// Adds a global binding. The lock's holder may be stopped, so a collection must not wait for those who wait for the lock.
    fn define(&mut self, name: i64, value: &Value) {
        let world = self.world;
        let _guard = self.m.blocked(|| world.defining.lock().unwrap());
        let name = atom(&mut self.m, Kind::Symbol, name);
        let binding = self.cons(&name, value);
        let old = self.m.root(cdr(world.globals.get(&self.m)));
        let new = self.cons(&binding, &old);
        world.globals.get(&self.m).set(&self.m, |c| &c.cdr, Some(new.get(&self.m)));
    }

    fn lookup(&mut self, name: i64, env: &Value) -> Answer {
        for mut list in [env.get(&self.m), cdr(self.world.globals.get(&self.m))] {
            while list.kind == Kind::Pair {
                let binding = car(list);
                if car(binding).number == name {
                    return Ok(self.m.root(cdr(binding)));
                }
                list = cdr(list);
            }
        }
        match name {
            TRUE => Ok(atom(&mut self.m, Kind::Symbol, TRUE)),
            n if n < TRUE => Ok(atom(&mut self.m, Kind::Builtin, n)),
            n => Err(format!("{} is not defined", NAMES.lock().unwrap()[n as usize])),
        }
    }

    fn eval(&mut self, x: &Value, env: &Value) -> Answer {
        let (mut x, mut env) = (self.m.root(x.get(&self.m)), self.m.root(env.get(&self.m)));
        loop {
            match self.kind(&x) {
                (Kind::Symbol, name) => return self.lookup(name, &env),
                (Kind::Pair, _) => {}
                _ => return Ok(x),
            }
            let (head, rest) = (self.nth(&x, 0)?, self.cdr(&x)?);
            let (kind, n) = self.kind(&head);
            match if kind == Kind::Symbol { KNOWN.get(n as usize).copied() } else { None }.unwrap_or("") {
                "quote" => return self.nth(&rest, 0),
                "if" => {
                    let condition = self.nth(&rest, 0)?;
                    let holds = self.eval(&condition, &env)?;
                    x = self.nth(&rest, if self.kind(&holds).0 == Kind::Nil { 2 } else { 1 })?;
                    continue;
                }
                "define" => {
                    let (name, value) = (self.nth(&rest, 0)?, self.nth(&rest, 1)?);
                    let value = self.eval(&value, &env)?;
                    self.define(self.kind(&name).1, &value);
                    return Ok(name);
                }
                "lambda" => {
                    let (parameters, body) = (self.nth(&rest, 0)?, self.nth(&rest, 1)?);
                    let inner = self.cons(&body, &env);
                    return Ok(self.pair_of(Kind::Closure, &parameters, &inner));
                }
                _ => {}
            }
            let function = self.eval(&head, &env)?;
            let (mut arguments, mut left) = (Vec::new(), rest);
            while self.kind(&left).0 == Kind::Pair {
                let argument = self.nth(&left, 0)?;
                arguments.push(self.eval(&argument, &env)?);
                left = self.cdr(&left)?;
            }
            match self.kind(&function) {
                (Kind::Builtin, n) => return self.call(KNOWN[n as usize], &arguments),
                (Kind::Closure, _) => {}
                _ => return Err(format!("not a function: {}", show(function.get(&self.m)))),
            }
            let f = function.get(&self.m);
            let mut names = self.m.root(car(f));
            (x, env) = (self.m.root(car(cdr(f))), self.m.root(cdr(cdr(f))));
            for argument in &arguments {
                let name = self.nth(&names, 0)?;
                let binding = self.cons(&name, argument);
                env = self.cons(&binding, &env);
                names = self.cdr(&names)?;
            }
        }
    }

    fn call(&mut self, name: &str, a: &[Value]) -> Answer {
        let numbers: Vec<i64> = a.iter().map(|v| self.kind(v).1).collect();
        let truth = |b: bool| [(Kind::Nil, 0), (Kind::Symbol, TRUE)][usize::from(b)];
        let (kind, number) = match (name, a) {
            ("cons", [a, b]) => return Ok(self.cons(a, b)),
            ("car", [a]) => return self.nth(a, 0),
            ("cdr", [a]) => return self.cdr(a),
            ("null?", [a]) => truth(self.kind(a).0 == Kind::Nil),
            ("+", _) => (Kind::Integer, numbers.iter().sum()),
            ("*", _) => (Kind::Integer, numbers.iter().product()),
            ("-", [_, _]) => (Kind::Integer, numbers[0] - numbers[1]),
            ("<", [_, _]) => truth(numbers[0] < numbers[1]),
            _ => return Err(format!("{name} does not take {} arguments", a.len())),
        };
        Ok(atom(&mut self.m, kind, number))
    }
}

fn show(c: Ref<'_, Cell>) -> String {
    match c.kind {
        Kind::Nil => "()".into(),
        Kind::Integer => c.number.to_string(),
        Kind::Symbol => NAMES.lock().unwrap()[c.number as usize].clone(),
        Kind::Builtin | Kind::Closure => "<function>".into(),
        Kind::Pair => match (show(car(c)), cdr(c)) {
            (first, rest) if rest.kind == Kind::Nil => format!("({first})"),
            (first, rest) if rest.kind == Kind::Pair => format!("({first} {}", &show(rest)[1..]),
            (first, rest) => format!("({first} . {})", show(rest)),
        },
    }
}

/// What the threads' program is made of.
pub const LIBRARY: &str = "
    (define fib (lambda (n) (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2))))))
    (define range (lambda (from to) (if (< from to) (cons from (range (+ from 1) to)) (quote ()))))
    (define map (lambda (f l) (if (null? l) (quote ()) (cons (f (car l)) (map f (cdr l))))))
    (define fold (lambda (f a l) (if (null? l) a (fold f (f a (car l)) (cdr l)))))
    (define count-down (lambda (n) (if (< n 1) (quote done) (count-down (- n 1)))))";

/// Each thread computes the same, with functions that all share, and defines what it found for the others.
///
/// # Panics
/// If a thread does.
pub fn run_threads(collector: &Collector, threads: usize) -> Vec<String> {
    let world = World::new(collector);
    Lisp::new(&world).run(LIBRARY).expect("the library is right");
    let one = |i: usize| {
        Lisp::new(&world).run(&format!(
            "(count-down 3000)
             (define found-{i} (map fib (range 0 17)))
             (cons (fold + 0 found-{i}) (map (lambda (n) (* n n)) (range 1 6)))"
        ))
    };
    std::thread::scope(|s| {
        let handles: Vec<_> = (0..threads).map(|i| s.spawn(move || one(i))).collect();
        handles.into_iter().map(|h| h.join().expect("a thread").unwrap_or_else(|e| format!("error: {e}"))).collect()
    })
}

fn main() {
    let collector = Collector::builder().percent(50).build();
    run_threads(&collector, 4).iter().enumerate().for_each(|(i, found)| println!("thread {i}: {found}"));
    let s = collector.stats();
    println!("{} collections, the longest pause {:?}", s.cycles, s.pause_max);
}
