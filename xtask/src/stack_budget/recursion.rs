//! Recursion anywhere in the library, read off the machine code. Rust runs on system stacks of fixed size; a function that calls itself,
//! over others or directly, takes stack in proportion to something, and that must never be a program's data.
//!
//! Calls through registers and memory are not seen: the library makes them for the finish halves of entries and the like, which begin anew on an
//! empty stack.

use std::collections::HashMap;

use super::image::{Function, Image};
use super::step::Flow;
use super::walk::Tail;
use super::{graph, rules};

/// The cycles of calls that no rule explains, each as the names of its functions.
pub fn unexplained(image: &Image) -> Vec<Vec<String>> {
    let nodes: Vec<u64> = image.functions().filter(|f| !rules::may_recurse(&f.name)).map(|f| f.start).collect();
    let index: HashMap<u64, usize> = nodes.iter().enumerate().map(|(i, &at)| (at, i)).collect();
    let edges: Vec<Vec<(usize, Tail)>> = nodes
        .iter()
        .map(|&at| {
            let to = |(to, tail): &(u64, Tail)| {
                // A jump into the middle of a function is one to that function.
                index.get(&image.function(*to)?.start).map(|&i| (i, *tail))
            };
            image.function(at).map_or_else(Vec::new, |f| calls(image, f)).iter().filter_map(to).collect()
        })
        .collect();
    let is_recursive = |group: &Vec<usize>| {
        // Jumps alone make a loop, which takes no stack.
        let within = |&(to, tail): &(usize, Tail)| tail == Tail::No && group.contains(&to);
        group.iter().any(|&i| edges[i].iter().any(within))
    };
    let name = |i: usize| image.function(nodes[i]).map_or_else(String::new, |f| f.name.clone());
    let mut found: Vec<Vec<String>> =
        groups(&edges).into_iter().filter(is_recursive).map(|g| g.into_iter().map(name).collect()).collect();
    found.iter_mut().for_each(|names| names.sort());
    found.sort();
    found
}

/// Where a function goes. Where it keeps functions' addresses in registers and calls one, any of those may be meant.
fn calls(image: &Image, function: &Function) -> Vec<(u64, Tail)> {
    let steps = graph::steps(image, function);
    let is_outside = |to: &u64| !(function.start..function.start + function.size).contains(to);
    let mut found = Vec::new();
    for step in &steps {
        match &step.flow {
            Flow::Call(to) => found.push((*to, Tail::No)),
            Flow::Jump(to) | Flow::Branch(to) => found.extend(Some(*to).filter(is_outside).map(|to| (to, Tail::Yes))),
            Flow::Table(to) => found.extend(to.iter().copied().filter(is_outside).map(|to| (to, Tail::Yes))),
            Flow::CallIndirect(Some(_)) => {
                let loaded = steps.iter().filter_map(|s| s.writes.function);
                found.extend(loaded.map(|(_, to)| (to, Tail::No)));
            }
            _ => {}
        }
    }
    found.sort_unstable_by_key(|(to, tail)| (*to, *tail));
    found.dedup();
    found
}

/// The strongly connected groups of a graph (Tarjan's algorithm, without recursion of its own).
fn groups(calls: &[Vec<(usize, Tail)>]) -> Vec<Vec<usize>> {
    const NEW: usize = usize::MAX;
    let (mut number, mut low) = (vec![NEW; calls.len()], vec![0; calls.len()]);
    let (mut stack, mut on_stack) = (Vec::new(), vec![false; calls.len()]);
    let mut next = 0;
    let mut found = Vec::new();
    for root in 0..calls.len() {
        let mut path = if number[root] == NEW { vec![(root, 0)] } else { Vec::new() };
        while let Some((node, done)) = path.last_mut() {
            let node = *node;
            if *done == 0 {
                (number[node], low[node]) = (next, next);
                next += 1;
                stack.push(node);
                on_stack[node] = true;
            } else {
                // Back from a callee.
                let (callee, _) = calls[node][*done - 1];
                if on_stack[callee] {
                    low[node] = low[node].min(low[callee]);
                }
            }
            let Some(&(callee, _)) = calls[node].get(*done) else {
                if low[node] == number[node] {
                    let at = stack.iter().rposition(|&n| n == node).unwrap_or(0);
                    let group = stack.split_off(at);
                    group.iter().for_each(|&n| on_stack[n] = false);
                    found.push(group);
                }
                path.pop();
                continue;
            };
            *done += 1;
            if number[callee] == NEW {
                path.push((callee, 0));
            } else if on_stack[callee] {
                low[node] = low[node].min(number[callee]);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arch::Arch;

    const RET: u8 = 0xc3;

    /// `call` (0xe8) or `jmp` (0xe9) from the function at `from`, and a return.
    fn going(opcode: u8, from: u64, to: u64) -> Vec<u8> {
        let mut code = vec![opcode];
        code.extend((to.wrapping_sub(from + 5) as i32).to_le_bytes());
        code.push(RET);
        code
    }

    #[test]
    fn cycles_of_calls_are_found_and_loops_of_jumps_are_not() {
        let at = |i: u64| 0x1000 + 6 * i;
        let (call, jump) = (0xe8, 0xe9);
        let image = |ways: [(u8, u64); 4]| {
            let code: Vec<Vec<u8>> = (0..).zip(ways).map(|(i, (opcode, to))| going(opcode, at(i), at(to))).collect();
            let named: Vec<(&str, &[u8])> = ["a", "b", "c", "d"].into_iter().zip(code.iter().map(|c| &c[..])).collect();
            unexplained(&Image::of_functions(Arch::Amd64, 0x1000, &named))
        };
        assert_eq!(image([(call, 1), (call, 2), (call, 3), (call, 9)]), Vec::<Vec<String>>::new());
        assert_eq!(image([(call, 1), (call, 2), (call, 1), (call, 9)]), [["b", "c"]]);
        assert_eq!(image([(call, 1), (jump, 2), (call, 1), (call, 9)]), [["b", "c"]]);
        assert_eq!(image([(call, 1), (jump, 2), (jump, 1), (call, 9)]), Vec::<Vec<String>>::new());
        assert_eq!(image([(call, 1), (call, 1), (call, 3), (call, 0)]), [["b"]]);
        assert_eq!(image([(call, 3), (call, 0), (call, 1), (call, 2)]), [["a", "b", "c", "d"]]);
    }
}
