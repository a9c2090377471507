//! What an execution trace tells: which goroutine each processor ran when, what each of them waited for, collections, the heap against its goal.

use std::collections::{BTreeMap, HashMap};

use super::events::{Event, Events, kind};

/// Processors beyond this are none: the runtime writes there what no processor did.
const LAST_PROC: u64 = 100_000;

/// A stretch of time, in nanoseconds since the trace began.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Stretch {
    /// From here,
    pub from: u64,
    /// to here.
    pub to: u64,
}

impl Stretch {
    /// How long.
    pub fn length(self) -> u64 {
        self.to.saturating_sub(self.from)
    }

    /// The part that lies in another.
    pub fn within(self, other: Stretch) -> Stretch {
        Stretch { from: self.from.max(other.from), to: self.to.min(other.to) }
    }
}

/// A goroutine's turn on a processor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Turn {
    /// When.
    pub when: Stretch,
    /// Whose.
    pub goroutine: u64,
}

/// A goroutine's life.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Goroutine {
    /// Its number.
    pub id: u64,
    /// The function that it runs; nothing if the trace does not know.
    pub function: String,
    /// When it ended, if it did.
    pub ended: Option<u64>,
    /// How long it ran.
    pub ran: u64,
    /// In how many turns.
    pub turns: u32,
    /// How long it could have run and did not.
    pub ready: u64,
    /// What it waited for: how often, and how long.
    pub waits: BTreeMap<&'static str, (u32, u64)>,
}

/// What a goroutine does.
#[derive(Clone, Copy)]
enum State {
    Running { since: u64, proc: u64 },
    Ready { since: u64 },
    Waiting { since: u64, why: &'static str },
    Ended,
}

/// All that was found.
#[derive(Debug, Default)]
pub struct Trace {
    /// Each processor's turns, earlier ones first.
    pub procs: BTreeMap<u64, Vec<Turn>>,
    /// The goroutines, by number.
    pub goroutines: BTreeMap<u64, Goroutine>,
    /// Collections, from the beginning of marking to its end.
    pub collections: Vec<Stretch>,
    /// When the world stood still.
    pub stops: Vec<Stretch>,
    /// Bytes of heap, whenever they were told.
    pub heap: Vec<(u64, u64)>,
    /// Bytes at which the next collection is to be done.
    pub goal: Vec<(u64, u64)>,
    /// When the trace ends.
    pub end: u64,
}

impl Trace {
    /// Reads a file.
    ///
    /// # Errors
    /// A sentence that names the byte at which it goes wrong.
    pub fn parse(bytes: &[u8]) -> Result<Trace, String> {
        let events = Events::parse(bytes)?;
        let mut reading =
            Reading { events: &events, trace: Trace::default(), states: HashMap::new(), running: HashMap::new() };
        let (mut collecting, mut stopped) = (None, None);
        for event in &events.events {
            let at = event.at;
            match event.kind {
                kind::GC_START => collecting = Some(at),
                kind::GC_DONE => reading.trace.collections.extend(collecting.take().map(|from| Stretch { from, to: at })),
                kind::STOP_BEGIN => stopped = Some(at),
                kind::STOP_END => reading.trace.stops.extend(stopped.take().map(|from| Stretch { from, to: at })),
                kind::HEAP => reading.trace.heap.push((at, event.args[0])),
                kind::GOAL => reading.trace.goal.push((at, event.args[0])),
                _ => reading.goroutine(event),
            }
        }
        let mut trace = reading.close(events.events.last().map_or(0, |event| event.at));
        let end = trace.end;
        trace.collections.extend(collecting.map(|from| Stretch { from, to: end }));
        Ok(trace)
    }

    /// What a processor ran at a time.
    pub fn running(&self, proc: u64, at: u64) -> Option<u64> {
        let turns = self.procs.get(&proc)?;
        let next = turns.partition_point(|turn| turn.when.from <= at);
        turns[..next].last().filter(|turn| at < turn.when.to).map(|turn| turn.goroutine)
    }
}

struct Reading<'a> {
    events: &'a Events,
    trace: Trace,
    states: HashMap<u64, State>,
    /// What each processor runs.
    running: HashMap<u64, u64>,
}

impl Reading<'_> {
    /// An event that has to do with a goroutine.
    fn goroutine(&mut self, event: &Event) {
        let &Event { at, proc, kind, args: [first, second] } = event;
        let why = match kind {
            kind::CREATE => {
                let function = self.events.function(second).to_string();
                self.trace.goroutines.insert(first, Goroutine { id: first, function, ..Goroutine::default() });
                return self.set(first, at, State::Ready { since: at });
            }
            kind::START | kind::START_LOCAL | kind::START_LABEL => {
                self.leave(proc, at, State::Ready { since: at });
                self.running.insert(proc, first);
                if proc <= LAST_PROC {
                    self.trace.procs.entry(proc).or_default();
                }
                return self.set(first, at, State::Running { since: at, proc });
            }
            kind::UNBLOCK | kind::UNBLOCK_LOCAL | kind::SYSCALL_EXIT | kind::SYSCALL_EXIT_LOCAL => {
                // One that runs has come back before the clocks of two processors agree; its turn is not to end by that.
                if !matches!(self.states.get(&first), Some(State::Running { .. })) {
                    self.set(first, at, State::Ready { since: at });
                }
                return;
            }
            kind::PROC_START => {
                self.trace.procs.entry(proc).or_default();
                return;
            }
            kind::END => return self.leave(proc, at, State::Ended),
            kind::YIELD | kind::PREEMPT | kind::PROC_STOP => return self.leave(proc, at, State::Ready { since: at }),
            kind::WAITING => return self.set(first, at, State::Waiting { since: at, why: "what it waited for before" }),
            kind::IN_SYSCALL => return self.set(first, at, State::Waiting { since: at, why: "a system call" }),
            kind::STOP => "nothing, forever",
            kind::SLEEP => "a sleep",
            kind::BLOCK => "the runtime",
            kind::BLOCK_SEND => "a send",
            kind::BLOCK_RECEIVE => "a receive",
            kind::BLOCK_SELECT => "a select",
            kind::BLOCK_SYNC => "a lock",
            kind::BLOCK_COND => "a condition",
            kind::BLOCK_NET => "the network",
            kind::SYSCALL_BLOCK => "a system call",
            kind::BLOCK_COLLECTION => "the collector",
            _ => return,
        };
        self.leave(proc, at, State::Waiting { since: at, why });
    }

    /// What a processor runs, if anything, stops running.
    fn leave(&mut self, proc: u64, at: u64, state: State) {
        if let Some(id) = self.running.remove(&proc) {
            self.set(id, at, state);
        }
    }

    /// A goroutine is in another state from now on; the time in the one before is counted.
    fn set(&mut self, id: u64, at: u64, state: State) {
        let known = self.trace.goroutines.entry(id).or_insert_with(|| Goroutine { id, ..Goroutine::default() });
        match self.states.insert(id, state) {
            Some(State::Running { since, proc }) => {
                known.ran += at.saturating_sub(since);
                known.turns += 1;
                if self.running.get(&proc) == Some(&id) && !matches!(state, State::Running { proc: now, .. } if now == proc)
                {
                    self.running.remove(&proc);
                }
                if proc <= LAST_PROC {
                    let turn = Turn { when: Stretch { from: since, to: at }, goroutine: id };
                    self.trace.procs.entry(proc).or_default().push(turn);
                }
            }
            Some(State::Ready { since }) => known.ready += at.saturating_sub(since),
            Some(State::Waiting { since, why }) => {
                let (count, time) = known.waits.entry(why).or_default();
                (*count, *time) = (*count + 1, *time + at.saturating_sub(since));
            }
            Some(State::Ended) | None => {}
        }
        if matches!(state, State::Ended) {
            known.ended = Some(at);
        }
    }

    /// The trace is at its end, and with it what goes on.
    fn close(mut self, end: u64) -> Trace {
        let ids: Vec<u64> =
            self.states.iter().filter(|(_, state)| !matches!(state, State::Ended)).map(|(id, _)| *id).collect();
        for id in ids {
            self.set(id, end, State::Waiting { since: end, why: "" });
        }
        self.trace.end = end;
        self.trace
    }
}

#[cfg(test)]
pub mod tests {
    use super::super::events::tests::Writer;
    use super::*;

    /// Two processors: G1 runs, makes G2, waits for what G2 sends, and is taken up by the other processor.
    pub fn small() -> Vec<u8> {
        let mut w = Writer::new();
        w.event(kind::BATCH, &[0, 100]).event(kind::PROC_START, &[0, 0]).event(kind::CREATE, &[0, 1, 1, 0]);
        w.event(kind::START, &[10, 1, 1]).event(kind::HEAP, &[0, 4096]).event(kind::GOAL, &[0, 1 << 22]);
        w.event(kind::CREATE, &[10, 2, 2, 0]).event(kind::BLOCK_RECEIVE, &[20, 0]).event(kind::START, &[0, 2, 1]);
        w.event(kind::GC_START, &[5, 0, 0]).event(kind::STOP_BEGIN, &[0, 1]).event(kind::STOP_END, &[2]);
        w.event(kind::UNBLOCK, &[3, 1, 2, 0]).event(kind::GC_DONE, &[10]).event(kind::END, &[40]);
        w.event(kind::BATCH, &[1, 155]).event(kind::PROC_START, &[0, 4]).event(kind::START, &[5, 1, 3]);
        w.event(kind::PREEMPT, &[40, 0]);
        w.text(1, "runtime.main").text(2, "main.send");
        w.event(kind::STACK, &[1, 1, 9, 1, 0, 1]).event(kind::STACK, &[2, 1, 9, 2, 0, 1]);
        w.event(kind::FREQUENCY, &[1_000_000_000]);
        w.0
    }

    #[test]
    fn turns_waits_and_collections_are_found() {
        let trace = Trace::parse(&small()).expect("a trace");
        let turn = |from, to, goroutine| Turn { when: Stretch { from, to }, goroutine };
        assert_eq!(trace.procs[&0], [turn(10, 40, 1), turn(40, 100, 2)]);
        assert_eq!(trace.procs[&1], [turn(60, 100, 1)]);
        assert_eq!((trace.running(0, 39), trace.running(0, 40), trace.running(1, 50)), (Some(1), Some(2), None));
        let (one, two) = (&trace.goroutines[&1], &trace.goroutines[&2]);
        assert_eq!((one.function.as_str(), one.ran, one.turns, one.ended), ("runtime.main", 70, 2, None));
        assert_eq!(one.waits["a receive"], (1, 10));
        assert_eq!(one.ready, 10 + 10, "before its first turn, and before it was taken up");
        assert_eq!((two.function.as_str(), two.ran, two.ready, two.ended), ("main.send", 60, 20, Some(100)));
        assert_eq!((&trace.heap[..], &trace.goal[..]), (&[(10, 4096)][..], &[(10, 1 << 22)][..]));
        assert_eq!(trace.collections, [Stretch { from: 45, to: 60 }]);
        assert_eq!(trace.stops, [Stretch { from: 45, to: 47 }]);
        assert_eq!(trace.end, 100);
    }
}
