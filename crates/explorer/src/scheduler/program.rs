//! The little programs that goroutines run: `spawn 4 { work 3; yield; give a }; take a; sleep 50; call 6`.

use std::fmt;
use std::rc::Rc;

/// Operations in a program, inner ones too.
const MOST: usize = 60;
/// The highest number that an operation takes.
const HIGHEST: u32 = 300;

/// An operation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Op {
    /// Runs for so many steps.
    Work(u32),
    /// Lets others run.
    Yield,
    /// Sleeps for so many microseconds.
    Sleep(u32),
    /// Is in a system call for so many steps.
    Call(u32),
    /// Gives a unit of a semaphore.
    Give(usize),
    /// Takes a unit of a semaphore, and waits for it.
    Take(usize),
    /// Starts so many goroutines with a program.
    Spawn(u32, Rc<[Op]>),
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |semaphore: usize| if semaphore == 0 { "a" } else { "b" };
        match self {
            Op::Work(n) => write!(f, "work {n}"),
            Op::Yield => f.write_str("yield"),
            Op::Sleep(n) => write!(f, "sleep {n}"),
            Op::Call(n) => write!(f, "call {n}"),
            Op::Give(s) => write!(f, "give {}", name(*s)),
            Op::Take(s) => write!(f, "take {}", name(*s)),
            Op::Spawn(n, _) => write!(f, "spawn {n}"),
        }
    }
}

/// Reads a program.
///
/// # Errors
/// A sentence that says what is wrong with it.
pub fn parse(text: &str) -> Result<Rc<[Op]>, String> {
    let spaced = text.replace('{', " { ").replace('}', " } ").replace(';', " ; ");
    let mut words = spaced.split_whitespace().peekable();
    let mut left = MOST;
    let ops = block(&mut words, &mut left)?;
    match words.next() {
        None if ops.is_empty() => Err("the program is empty: try spawn 8 { work 5; yield; work 5 }".into()),
        None => Ok(ops),
        Some(word) => Err(format!("{word:?} closes a block that was not opened")),
    }
}

fn block<'a>(words: &mut std::iter::Peekable<impl Iterator<Item = &'a str>>, left: &mut usize) -> Result<Rc<[Op]>, String> {
    let mut ops = Vec::new();
    while let Some(word) = words.next_if(|word| *word != "}") {
        if word == ";" {
            continue;
        }
        *left = left.checked_sub(1).ok_or_else(|| format!("a program has at most {MOST} operations"))?;
        let mut number = || {
            let n = words.next().unwrap_or_default();
            let in_range = n.parse().ok().filter(|n| (1..=HIGHEST).contains(n));
            in_range.ok_or_else(|| format!("{word} takes a number from 1 to {HIGHEST}, which {n:?} is not"))
        };
        ops.push(match word {
            "yield" => Op::Yield,
            "work" => Op::Work(number()?),
            "sleep" => Op::Sleep(number()?),
            "call" => Op::Call(number()?),
            "give" | "take" => {
                let name = words.next().unwrap_or_default();
                let semaphore = ["a", "b"].iter().position(|n| *n == name);
                let semaphore = semaphore.ok_or_else(|| format!("{word} takes a or b, which {name:?} is not"))?;
                if word == "give" { Op::Give(semaphore) } else { Op::Take(semaphore) }
            }
            "spawn" => {
                let n = number()?;
                if words.next() != Some("{") {
                    return Err("spawn takes a number and a program in braces: spawn 4 { work 3 }".into());
                }
                let inner = block(words, left)?;
                if words.next() != Some("}") {
                    return Err("a block is not closed: a } is missing".into());
                }
                Op::Spawn(n, inner)
            }
            _ => return Err(format!("{word:?} is no operation: work, yield, sleep, call, give, take and spawn are")),
        });
        if words.peek().is_some_and(|word| *word != ";" && *word != "}") {
            let next = words.peek().unwrap_or(&"");
            return Err(format!("a ; is missing before {next:?}"));
        }
    }
    Ok(ops.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_read() {
        let ops = parse("spawn 4 { work 3; yield; give a };take b; sleep 50; call 6;").expect("a program");
        let inner: Rc<[Op]> = [Op::Work(3), Op::Yield, Op::Give(0)].into();
        assert_eq!(*ops, [Op::Spawn(4, inner), Op::Take(1), Op::Sleep(50), Op::Call(6)]);
    }

    #[test]
    fn nonsense_is_refused_with_a_sentence() {
        let long = "yield;".repeat(MOST + 1);
        for text in [
            "",
            ";",
            "fly",
            "work",
            "work 0",
            "work 301",
            "give",
            "give c",
            "spawn 2",
            "spawn 2 { work 1",
            "}",
            "spawn { yield }",
            "work 1 work 2",
            "yield }",
            &long,
        ] {
            let said = parse(text).expect_err(text);
            assert!(said.len() > 20, "{text}: {said}");
        }
    }
}
