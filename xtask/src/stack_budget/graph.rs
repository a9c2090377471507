//! The worst stack over the calls: each function's own frame, and the deepest of its callees' below it.

use std::collections::HashMap;

use super::image::{Function, Image};
use super::step::{Step, Wants};
use super::walk::{self, Callee, Frame, Tail};
use super::{amd64, arm64, rules};
use crate::arch::Arch;

/// The worst that a function does to the stack it is called on.
#[derive(Clone, Debug)]
pub struct Worst {
    /// Bytes, without the return address to its caller.
    pub bytes: i64,
    /// The functions on the way to the deepest point, from this one on, each with its own part of the bytes.
    pub chain: Vec<(String, i64)>,
    /// What denies a bound, each with the way there.
    pub unbounded: Vec<String>,
    /// The shortest way to a Rust panic, if there is one.
    pub panics: Option<Vec<String>>,
    /// What it and all that it calls want.
    pub wants: Wants,
}

/// A function's instructions.
pub fn steps(image: &Image, function: &Function) -> Vec<Step> {
    let code = image.code(function).unwrap_or_default();
    match image.arch {
        Arch::Amd64 => amd64::steps(image, code, function.start),
        Arch::Arm64 => arm64::steps(image, code, function.start),
    }
}

/// Bounds of an image's functions, each computed once.
pub struct Graph<'a> {
    image: &'a Image,
    known: HashMap<u64, Worst>,
    /// The functions that the current one is called from.
    active: Vec<u64>,
}

impl<'a> Graph<'a> {
    /// Nothing computed yet.
    pub fn new(image: &'a Image) -> Self {
        Self { image, known: HashMap::new(), active: Vec::new() }
    }

    /// The bound of the function at an address.
    pub fn worst(&mut self, at: u64) -> Worst {
        if let Some(known) = self.known.get(&at) {
            return known.clone();
        }
        let Some(function) = self.image.function(at) else {
            return Worst::unknown(format!("{at:#x}"), "is no function of the library".to_owned());
        };
        let name = function.name.clone();
        if self.active.contains(&at) {
            return Worst::unknown(name, "calls itself, over others or directly".to_owned());
        }
        let steps = steps(self.image, function);
        let frame = walk::frame(&steps, at, rules::switches_stacks(&name));
        self.active.push(at);
        let worst = self.over_calls(name, &frame);
        self.active.pop();
        // A bound found within a cycle lacks what the cycle adds, which its head reports.
        if self.active.is_empty() || worst.unbounded.is_empty() {
            self.known.insert(at, worst.clone());
        }
        worst
    }

    fn over_calls(&mut self, name: String, frame: &Frame) -> Worst {
        let mut worst = Worst {
            bytes: frame.deepest,
            chain: vec![(name.clone(), frame.deepest)],
            unbounded: frame.unbounded.iter().map(|why| format!("{name}: {why}")).collect(),
            panics: rules::is_panic(&name).then(|| vec![name.clone()]),
            wants: frame.wants,
        };
        let return_address = if self.image.arch == Arch::Amd64 { 8 } else { 0 };
        for (&(callee, tail), &depth) in &frame.calls {
            let depth = depth + if tail == Tail::No { return_address } else { 0 };
            let below = match callee {
                Callee::At(to) if self.image.function(to).is_some_and(|f| rules::off_stack(&name, &f.name)) => {
                    worst.wants = Wants::UNKNOWN; // what it does to registers is not looked at
                    continue;
                }
                Callee::At(to) => self.worst(to),
                Callee::Indirect => Worst::unknown("an indirect call".to_owned(), "whose target is not known".to_owned()),
            };
            worst.take(&name, depth, below);
        }
        if rules::wants_nothing(&name) {
            worst.wants = Wants::default();
        }
        worst
    }
}

impl Worst {
    fn unknown(name: String, why: String) -> Self {
        Self {
            bytes: 0,
            unbounded: vec![format!("{name} {why}")],
            chain: vec![(name, 0)],
            panics: None,
            wants: Wants::UNKNOWN,
        }
    }

    /// The way to the deepest point, with each function's part of the bytes.
    pub fn way(&self) -> String {
        let chain: Vec<String> = self.chain.iter().map(|(name, bytes)| format!("{name} ({bytes})")).collect();
        chain.join(" > ")
    }

    /// Takes account of what is called by `name` at a depth.
    fn take(&mut self, name: &str, depth: i64, below: Self) {
        self.wants = self.wants.and(below.wants);
        if depth + below.bytes > self.bytes {
            self.bytes = depth + below.bytes;
            self.chain = vec![(name.to_owned(), depth)];
            self.chain.extend(below.chain);
        }
        for why in below.unbounded {
            let why = format!("{name} > {why}");
            if self.unbounded.len() < 8 && !self.unbounded.contains(&why) {
                self.unbounded.push(why);
            }
        }
        if let Some(way) = below.panics
            && !rules::may_panic(name)
            && self.panics.as_ref().is_none_or(|known| known.len() > way.len() + 1)
        {
            self.panics = Some(std::iter::once(name.to_owned()).chain(way).collect());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RET: u8 = 0xc3;

    /// `sub rsp, n; call or jmp at; add rsp, n; ret`, for a function at `from`.
    fn calling(from: u64, n: u8, opcode: u8, at: u64) -> Vec<u8> {
        let mut code = vec![0x48, 0x83, 0xec, n, opcode];
        code.extend((at.wrapping_sub(from + 9) as i32).to_le_bytes());
        code.extend([0x48, 0x83, 0xc4, n, RET]);
        code
    }

    #[test]
    fn frames_and_return_addresses_add_up() {
        let (a, b) = (0x1000, 0x1000 + 14);
        let c = b + 14;
        let deep = [0x50, 0x50, 0x50, 0x58, 0x58, 0x58, RET];
        let code = [("a", calling(a, 16, 0xe8, b)), ("b", calling(b, 32, 0xe9, c)), ("c", deep.to_vec())];
        let image = Image::of_functions(Arch::Amd64, a, &code.each_ref().map(|(n, c)| (*n, &c[..])));
        let worst = Graph::new(&image).worst(a);
        assert_eq!(worst.bytes, 16 + 8 + 32 + 24);
        assert_eq!(worst.way(), "a (24) > b (32) > c (24)");
        assert!(worst.unbounded.is_empty() && worst.panics.is_none());
    }

    #[test]
    fn a_function_wants_what_all_that_it_reaches_does() {
        let (a, b) = (0x1000, 0x1000 + 14);
        for (code, aligned, x15) in [
            (vec![0x90, RET], false, false),
            (vec![0x0f, 0x29, 0x04, 0x24, RET], true, false), // movaps [rsp], xmm0
            (vec![0x45, 0x0f, 0x57, 0xff, RET], false, true), // xorps xmm15, xmm15
            (vec![0xff, 0xd0, RET], true, true),              // call rax
            (vec![0x48, 0x8b, 0x63, 0x10, RET], true, true),  // mov rsp, [rbx + 16]
        ] {
            let first = calling(a, 16, 0xe8, b);
            let image = Image::of_functions(Arch::Amd64, a, &[("a", &first), ("b", &code)]);
            assert_eq!(Graph::new(&image).worst(a).wants, Wants { aligned, x15 }, "{code:02x?}");
        }
    }

    #[test]
    fn recursion_indirect_calls_and_panics_are_found_through_callers() {
        let (a, b) = (0x1000, 0x1000 + 14);
        let c = b + 14;
        for (name, code, unbounded, panics) in [
            ("c", calling(c, 8, 0xe8, b), "a > b > c > b calls itself, over others or directly", None),
            ("c", vec![0xff, 0xd0, RET], "a > b > c > an indirect call whose target is not known", None),
            ("c", calling(c, 8, 0xe8, 0x9999), "a > b > c > 0x9999 is no function of the library", None),
            ("core::panicking::panic", vec![0x0f, 0x0b], "", Some(vec!["a", "b", "core::panicking::panic"])),
        ] {
            let (first, second) = (calling(a, 16, 0xe8, b), calling(b, 32, 0xe8, c));
            let image = Image::of_functions(Arch::Amd64, a, &[("a", &first), ("b", &second), (name, &code)]);
            let worst = Graph::new(&image).worst(a);
            assert_eq!(worst.unbounded.concat(), unbounded);
            assert_eq!(worst.panics, panics.map(|way| way.into_iter().map(str::to_owned).collect()));
        }
    }
}
