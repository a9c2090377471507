//! The write barrier's argument, checked by walking every state of a small world: two mutators, of two registers and one, a
//! marker, three objects of one pointer each. With the hybrid barrier no reachable object is ever white when marking ends;
//! with either half of it left out, the walk finds a history that loses one.
//!
//! Steps are as fine as matters: a store records the pointer that it overwrites and the new one, then is made, and others go
//! on in between; a mutator's registers are visited in one step, but not in the middle of a store.
#![cfg(not(loom))]

const OBJECTS: usize = 3;
const NULL: u8 = OBJECTS as u8;
/// Registers of each mutator.
const REGISTERS: [usize; 2] = [2, 1];

const FREE: u8 = 0;
const WHITE: u8 = 1;
const GREY: u8 = 2;
const BLACK: u8 = 3;

#[derive(Clone, Copy, Debug)]
struct Mutator {
    /// The last is null forever where there are fewer.
    registers: [u8; 2],
    scanned: bool,
    /// A store that was recorded and not made: into the object of one register, the value of another; 2 stands for null.
    store: Option<(u8, u8)>,
}

#[derive(Clone, Copy, Debug)]
struct World {
    colour: [u8; OBJECTS],
    slot: [u8; OBJECTS],
    mutators: [Mutator; 2],
}

/// What a store records.
#[derive(Clone, Copy)]
struct Barrier {
    overwritten: bool,
    new: bool,
}

impl World {
    /// A number of 25 bits.
    fn number(&self) -> usize {
        let mut n = 0;
        for &x in self.colour.iter().chain(&self.slot) {
            n = n << 2 | usize::from(x);
        }
        for (m, registers) in self.mutators.iter().zip(REGISTERS) {
            for &x in &m.registers[..registers] {
                n = n << 2 | usize::from(x);
            }
            n = n << 1 | usize::from(m.scanned);
        }
        let stores = self.mutators.map(|m| m.store.map_or(0, |(at, value)| 1 + usize::from(at) * 3 + usize::from(value)));
        (n << 3 | stores[0]) << 2 | [0, 1, 3, 2][stores[1]]
    }

    fn shade(&mut self, p: u8) {
        if p != NULL && self.colour[p as usize] == WHITE {
            self.colour[p as usize] = GREY;
        }
    }

    /// Whether something reachable was not marked.
    fn loses(&self) -> bool {
        let mut todo: Vec<u8> = self.mutators.iter().flat_map(|m| m.registers).collect();
        let mut seen = [false; OBJECTS];
        while let Some(p) = todo.pop() {
            if p == NULL || std::mem::replace(&mut seen[p as usize], true) {
                continue;
            }
            if matches!(self.colour[p as usize], FREE | WHITE) {
                return true;
            }
            todo.push(self.slot[p as usize]);
        }
        false
    }

    fn is_over(&self) -> bool {
        !self.colour.contains(&GREY) && self.mutators.iter().all(|m| m.scanned && m.store.is_none())
    }

    /// Calls `f` with every world that one step leads to.
    fn steps(&self, barrier: Barrier, f: &mut impl FnMut(World)) {
        for o in 0..OBJECTS {
            if self.colour[o] == GREY {
                let mut w = *self;
                w.shade(w.slot[o]);
                w.colour[o] = BLACK;
                f(w);
            }
        }
        for i in 0..self.mutators.len() {
            self.mutator_steps(i, barrier, f);
        }
    }

    fn mutator_steps(&self, i: usize, barrier: Barrier, f: &mut impl FnMut(World)) {
        let m = self.mutators[i];
        let value_of = |r: u8| m.registers.get(usize::from(r)).copied().unwrap_or(NULL);
        if let Some((at, value)) = m.store {
            let mut w = *self;
            w.slot[value_of(at) as usize] = value_of(value);
            w.mutators[i].store = None;
            return f(w);
        }
        if !m.scanned {
            let mut w = *self;
            m.registers.iter().for_each(|&p| w.shade(p));
            w.mutators[i].scanned = true;
            f(w);
        }
        for r in 0..REGISTERS[i] {
            let mut set = |p: u8| {
                let mut w = *self;
                w.mutators[i].registers[r] = p;
                f(w);
            };
            // Forgets, copies, loads.
            set(NULL);
            for from in m.registers.into_iter().filter(|&p| p != NULL) {
                set(from);
                set(self.slot[from as usize]);
            }
            // Allocates, black.
            if let Some(o) = self.colour.iter().position(|&c| c == FREE) {
                let mut w = *self;
                w.colour[o] = BLACK;
                w.slot[o] = NULL;
                w.mutators[i].registers[r] = o as u8;
                f(w);
            }
        }
        // Begins to store a register, or null.
        for at in (0..REGISTERS[i] as u8).filter(|&r| value_of(r) != NULL) {
            for value in (0..REGISTERS[i] as u8).chain([2]) {
                let mut w = *self;
                if barrier.overwritten {
                    w.shade(w.slot[value_of(at) as usize]);
                }
                if barrier.new {
                    w.shade(value_of(value));
                }
                w.mutators[i].store = Some((at, value));
                f(w);
            }
        }
    }
}

/// As marking begins: two objects, each of them wherever it can be, and room for a third.
fn beginnings() -> Vec<World> {
    let idle = Mutator { registers: [NULL; 2], scanned: false, store: None };
    let chain = World { colour: [WHITE, WHITE, FREE], slot: [1, NULL, NULL], mutators: [idle; 2] };
    let (mut first, mut second, mut both, mut apart) = (chain, chain, chain, chain);
    first.mutators[0].registers[0] = 0;
    second.mutators[1].registers[0] = 0;
    both.mutators.iter_mut().for_each(|m| m.registers[0] = 0);
    apart.slot[0] = NULL;
    apart.mutators[0].registers[0] = 0;
    apart.mutators[1].registers[0] = 1;
    vec![first, second, both, apart]
}

/// Walks all worlds. The number of them, or one that has lost an object.
fn explore(barrier: Barrier) -> Result<usize, World> {
    let mut seen = vec![0u64; 1 << (25 - 6)];
    let mut new = |w: &World| {
        let (word, bit) = (w.number() / 64, 1 << (w.number() % 64));
        seen[word] & bit == 0 && {
            seen[word] |= bit;
            true
        }
    };
    let mut todo = beginnings();
    todo.retain(|w| new(w));
    let mut worlds = 0;
    while let Some(w) = todo.pop() {
        worlds += 1;
        if !w.is_over() {
            w.steps(barrier, &mut |next| {
                if new(&next) {
                    todo.push(next);
                }
            });
        } else if w.loses() {
            return Err(w);
        }
    }
    Ok(worlds)
}

#[test]
fn the_hybrid_barrier_loses_nothing() {
    let worlds = explore(Barrier { overwritten: true, new: true }).expect("no object is lost");
    assert!(worlds > 10_000, "{worlds}");
}

#[test]
fn without_its_deletion_half_it_does() {
    assert!(explore(Barrier { overwritten: false, new: true }).is_err());
}

#[test]
fn without_its_insertion_half_it_does() {
    assert!(explore(Barrier { overwritten: true, new: false }).is_err());
}
