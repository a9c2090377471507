//! The deepest stack within one function, and the depth at which it calls each other one: every path is followed from
//! the entry, with what it did to the stack pointer.

use std::collections::{BTreeMap, HashMap};

use super::step::{Flow, Stack, Step, Wants};

/// What a function calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Callee {
    /// The code at an address.
    At(u64),
    /// What a register or a word of memory says.
    Indirect,
}

/// A function's own part of the bound, in bytes below the stack pointer at its entry.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// The deepest point.
    pub deepest: i64,
    /// The deepest point at which each callee is called. A tail call is one at the depth of the jump, without a return
    /// address.
    pub calls: BTreeMap<(Callee, Tail), i64>,
    /// Why there is no bound, if there is none.
    pub unbounded: Option<String>,
    /// What its steps want. One that leaves the stack may want anything.
    pub wants: Wants,
}

/// Whether a call comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tail {
    /// It does.
    No,
    /// It returns to the caller's caller.
    Yes,
}

/// What is known at an instruction.
#[derive(Clone, PartialEq, Eq)]
struct State {
    /// Bytes of stack in use; none while on another stack.
    depth: Option<i64>,
    /// The depths that registers hold.
    marks: Vec<(u8, i64)>,
    /// The functions whose addresses registers hold.
    functions: Vec<(u8, u64)>,
}

/// A frame beyond all reason: a loop that takes stack.
const ABSURD: i64 = 1 << 20;

/// Follows the steps of a function from its `entry`. One that `switches` stacks may do so from any register.
pub fn frame(steps: &[Step], entry: u64, switches: bool) -> Frame {
    let index: HashMap<u64, usize> = steps.iter().enumerate().map(|(i, s)| (s.at, i)).collect();
    let of_step = |s: &Step| if s.stack == Stack::Leave { Wants::UNKNOWN } else { s.wants };
    let wants = steps.iter().map(of_step).fold(Wants::default(), Wants::and);
    let mut frame = Frame { wants, ..Frame::default() };
    let mut seen: Vec<Vec<State>> = vec![Vec::new(); steps.len()];
    let start = State { depth: Some(0), marks: Vec::new(), functions: Vec::new() };
    let mut work = Vec::from_iter(index.get(&entry).map(|&i| (i, start)));
    while let Some((i, mut state)) = work.pop() {
        // A path that comes by with no more stack than one before adds nothing.
        if seen[i].iter().any(|known| known.covers(&state)) {
            continue;
        }
        seen[i].retain(|known| !state.covers(known));
        seen[i].push(state.clone());
        let step = &steps[i];
        // Before the step, which may change the register.
        let leads = Leads::of(&step.flow, &state);
        if let Err(why) = state.apply(step, switches) {
            frame.unbounded.get_or_insert(format!("{why} at {:#x}", step.at));
            continue;
        }
        frame.deepest = frame.deepest.max(state.depth.unwrap_or(0));
        if state.depth > Some(ABSURD) {
            frame.unbounded.get_or_insert(format!("a loop at {:#x} takes stack", step.at));
            continue;
        }
        if let Some((callee, tail)) = leads.call {
            frame.call(callee, tail, state.depth);
        }
        for to in leads.to {
            match index.get(to) {
                Some(&to) => work.push((to, state.clone())),
                None => frame.call(Callee::At(*to), Tail::Yes, state.depth),
            }
        }
        if leads.on && i + 1 < steps.len() {
            work.push((i + 1, state));
        }
    }
    frame
}

/// Where a step leads.
struct Leads<'s> {
    /// What it calls, or ends in.
    call: Option<(Callee, Tail)>,
    /// Where it may jump to: in this function, or another one's begin.
    to: &'s [u64],
    /// To the step behind it.
    on: bool,
}

impl<'s> Leads<'s> {
    /// `state` is what is known before the step.
    fn of(flow: &'s Flow, state: &State) -> Self {
        let held = |register: &Option<u8>| match register.and_then(|r| state.function(r)) {
            Some(at) => Callee::At(at),
            None => Callee::Indirect,
        };
        let (call, to, on): (_, &[u64], _) = match flow {
            Flow::Next => (None, &[], true),
            Flow::Branch(to) => (None, std::slice::from_ref(to), true),
            Flow::Jump(to) => (None, std::slice::from_ref(to), false),
            Flow::Table(targets) => (None, targets, false),
            Flow::Call(to) => (Some((Callee::At(*to), Tail::No)), &[], true),
            Flow::CallIndirect(register) => (Some((held(register), Tail::No)), &[], true),
            Flow::JumpIndirect(register) => (Some((held(register), Tail::Yes)), &[], false),
            Flow::Stop => (None, &[], false),
        };
        Leads { call, to, on }
    }
}

impl Frame {
    /// Notes a call at a depth; at none, it is on another stack, and does not count.
    fn call(&mut self, callee: Callee, tail: Tail, depth: Option<i64>) {
        if let Some(depth) = depth {
            let deepest = self.calls.entry((callee, tail)).or_insert(depth);
            *deepest = (*deepest).max(depth);
        }
    }
}

impl State {
    /// Whether nothing follows from the other that does not follow from this one.
    fn covers(&self, other: &Self) -> bool {
        self.depth >= other.depth && self.marks == other.marks && self.functions == other.functions
    }

    fn apply(&mut self, step: &Step, switches: bool) -> Result<(), &'static str> {
        let known = |state: &Self, register| match state.marks.iter().find(|m| m.0 == register) {
            Some(mark) => Ok(Some(mark.1)),
            None if switches => Ok(None),
            None => Err("the stack pointer comes from a register that did not hold it"),
        };
        let mut mark = None;
        match step.stack {
            Stack::Keep => {}
            Stack::Grow(by) => self.depth = self.depth.map(|d| d + by),
            Stack::Mark(register, offset) => mark = self.depth.map(|d| (register, d - offset)),
            Stack::Back(register, offset) => self.depth = known(self, register)?.map(|d| d - offset),
            Stack::Align(from, to) => {
                let depth = match from {
                    Some(register) => known(self, register)?,
                    None => self.depth,
                };
                self.depth = depth.map(|d| d + to - 1);
            }
            Stack::Leave => self.depth = None,
            Stack::Unknown => return Err("the stack pointer changes by an unknown amount"),
        }
        self.marks.retain(|m| !step.writes.registers.contains(&m.0) && mark.is_none_or(|new| new.0 != m.0));
        self.marks.extend(mark);
        self.functions.retain(|f| !step.writes.registers.contains(&f.0));
        self.functions.extend(step.writes.function);
        Ok(())
    }

    fn function(&self, register: u8) -> Option<u64> {
        self.functions.iter().find(|f| f.0 == register).map(|f| f.1)
    }
}

#[cfg(test)]
mod tests {
    use super::super::step::Writes;
    use super::*;

    const BP: u8 = 5;

    /// A function at 0 with one step an address.
    fn of(steps: &[(Stack, Flow)]) -> Frame {
        let step = |(at, (stack, flow)): (usize, &(Stack, Flow))| {
            let registers = if matches!(flow, Flow::Call(_) | Flow::CallIndirect(_)) { vec![0, 1] } else { Vec::new() };
            let writes = Writes { registers, function: None };
            Step { at: at as u64, stack: *stack, flow: flow.clone(), writes, wants: Wants::default() }
        };
        frame(&Vec::from_iter(steps.iter().enumerate().map(step)), 0, false)
    }

    #[test]
    fn the_deepest_path_counts_whichever_comes_first() {
        let f = of(&[
            (Stack::Grow(8), Flow::Branch(4)),
            (Stack::Grow(100), Flow::Call(900)),
            (Stack::Grow(-100), Flow::Next),
            (Stack::Grow(-8), Flow::Stop),
            (Stack::Grow(16), Flow::Call(900)), // from 0: 24 deep
            (Stack::Grow(-24), Flow::Jump(800)),
        ]);
        let calls = [((Callee::At(800), Tail::Yes), 0), ((Callee::At(900), Tail::No), 108)];
        assert_eq!(f, Frame { deepest: 108, calls: calls.into(), unbounded: None, wants: Wants::default() });
    }

    #[test]
    fn the_frame_pointer_brings_the_stack_back() {
        let f = of(&[
            (Stack::Grow(8), Flow::Next),
            (Stack::Mark(BP, 0), Flow::Next),
            (Stack::Grow(40), Flow::Next),
            (Stack::Align(None, 32), Flow::CallIndirect(None)),
            (Stack::Back(BP, 8), Flow::Jump(700)),
        ]);
        let calls = [((Callee::At(700), Tail::Yes), 0), ((Callee::Indirect, Tail::No), 79)];
        assert_eq!(f, Frame { deepest: 79, calls: calls.into(), unbounded: None, wants: Wants::default() });
    }

    #[test]
    fn another_stack_does_not_count() {
        let f = of(&[
            (Stack::Mark(12, 0), Flow::Next),
            (Stack::Leave, Flow::Next),
            (Stack::Grow(4000), Flow::Call(900)),
            (Stack::Back(12, 0), Flow::Stop),
        ]);
        assert_eq!(f, Frame { wants: Wants::UNKNOWN, ..Frame::default() });
    }

    #[test]
    fn what_has_no_bound_says_why() {
        for (steps, why) in [
            (vec![(Stack::Grow(64), Flow::Jump(0))], "a loop at 0x0 takes stack"),
            (vec![(Stack::Unknown, Flow::Stop)], "the stack pointer changes by an unknown amount at 0x0"),
            (vec![(Stack::Back(3, 0), Flow::Stop)], "the stack pointer comes from a register that did not hold it at 0x0"),
        ] {
            assert_eq!(of(&steps).unbounded.as_deref(), Some(why));
        }
    }

    #[test]
    fn a_register_that_is_lost_in_a_call_no_longer_brings_the_stack_back() {
        let steps = [(Stack::Mark(1, 0), Flow::Next), (Stack::Keep, Flow::Call(900)), (Stack::Back(1, 0), Flow::Stop)];
        assert!(of(&steps).unbounded.is_some());
    }
}
