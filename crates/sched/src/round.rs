//! When a task that yields goes to the global queue, where several processors share it: [`Round`]. The queues are not here.
//!
//! If each yield went there, each would be two operations under the lock that all processors share. So a task that yields queues up behind
//! what its processor has; once in a round, when that has had its turns, the processor takes its share from the global queue, and one that
//! has many tasks, or found nothing to take, puts the task there. What waits in the global queue is thus taken within a round, and
//! processors with many tasks that yield pass some on to those with few.

/// So many tasks are many. While the global queue is empty a round is at least so many yields.
const MANY: u32 = 16;

/// What becomes of a yield.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Turn {
    /// The task queues up on its processor.
    Stay,
    /// It does, behind the processor's share of the global queue.
    Take,
    /// It goes to the global queue.
    Give,
    /// It does, and the processor takes its share from there before.
    Swap,
}

/// The yields of one processor's tasks since one of them went to the global queue. All bytes zero: a round that begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Round {
    yields: u32,
}

impl Round {
    /// Counts a yield of a task whose processor has so many `own` tasks queued, while so many are on the `global` queue.
    #[inline]
    pub(crate) fn next(&mut self, own: u32, global: u32) -> Turn {
        self.yields += 1;
        let least = if global == 0 { MANY } else { 1 };
        if self.yields < least.max(own + 1) {
            return Turn::Stay;
        }
        self.yields = 0;
        match global {
            0 => Turn::Give,
            _ if own < MANY => Turn::Take,
            _ => Turn::Swap,
        }
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;
    use std::collections::VecDeque;

    /// How many yields in a row stay, and what the next does.
    fn run(round: &mut Round, own: u32, global: u32) -> (u32, Turn) {
        (0..).map(|n| (n, round.next(own, global))).find(|&(_, turn)| turn != Turn::Stay).expect("a round ends")
    }

    #[test]
    fn a_round_is_a_turn_for_each() {
        let mut round = Round::default();
        assert_eq!(run(&mut round, 3, 0), (15, Turn::Give));
        assert_eq!(run(&mut round, 40, 0), (40, Turn::Give));
        assert_eq!(run(&mut round, 3, 1), (3, Turn::Take));
        assert_eq!(run(&mut round, 40, 1), (40, Turn::Swap));
        // Alone with what is on the global queue, it lets that run at once.
        assert_eq!(run(&mut round, 0, 1), (0, Turn::Take));
    }

    #[test]
    fn a_long_round_ends_when_the_queue_gets_shorter() {
        let mut round = Round::default();
        assert!((0..30).all(|_| round.next(40, 1) == Turn::Stay));
        assert_eq!(round.next(5, 1), Turn::Take);
    }

    /// Two processors, one with all the tasks but one, which take turns.
    #[test]
    fn processors_with_many_tasks_pass_some_on() {
        let mut procs = [(Round::default(), (1..64).collect::<VecDeque<u32>>()), (Round::default(), VecDeque::from([0]))];
        let mut global = VecDeque::new();
        let mut turns = [0; 64];
        for at in 0..40_000 {
            let (round, own) = &mut procs[at % 2];
            let task = own.pop_front().or_else(|| global.pop_front()).expect("none waits");
            turns[task as usize] += 1;
            let turn = round.next(own.len() as u32, global.len() as u32);
            if matches!(turn, Turn::Take | Turn::Swap) {
                let share = (global.len() / 2 + 1).min(global.len());
                own.extend(global.drain(..share));
            }
            match turn {
                Turn::Stay | Turn::Take => own.push_back(task),
                Turn::Give | Turn::Swap => global.push_back(task),
            }
        }
        let [(_, a), (_, b)] = procs;
        assert_eq!(a.len() + b.len() + global.len(), 64);
        assert!(a.len().min(b.len()) >= MANY as usize, "{} and {}", a.len(), b.len());
        let [least, most] = [turns.iter().min(), turns.iter().max()].map(|n| *n.expect("tasks"));
        assert!(most <= 4 * least, "{turns:?}");
    }
}
