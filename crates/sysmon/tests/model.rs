//! The policy under a model of a scheduler, with a clock that jumps: single rules step by step, then random histories in which every
//! rule must hold at once.
#![allow(unused_must_use, reason = "most tests look at what was done, not at the last pause")]

use std::cell::{Cell, RefCell};

use goxide_sysmon::{Activity, Monitor, Pause, Periods, Seen, World};
use proptest::prelude::*;

const US: i64 = 1_000;
const MS: i64 = 1_000_000;
const P: Periods = Periods::USUAL;

/// What a processor does from a time on.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Doing {
    Idle,
    Run,
    Call,
}

#[derive(Clone, Debug, Default)]
struct Proc {
    /// When it changes what it does, in the order of time; each is another slice or call.
    script: Vec<(i64, Doing)>,
    at: usize,
    slice: u32,
    call: u32,
    /// Tasks wait for it.
    work: bool,
    /// A timer of its heap is due then; 0: none.
    timer: i64,
    /// Its tasks yield this long after they are asked.
    obeys_after: Option<i64>,
    /// What it does is over then, whatever the script says.
    yields_at: Option<i64>,
}

/// What the monitor did, and when.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Deed {
    Preempt(u32),
    Retake(u32),
    Poll,
    Collect,
    Scavenge,
    Upkeep,
    Trace,
}

#[derive(Default)]
struct Model {
    now: Cell<i64>,
    procs: RefCell<Vec<Proc>>,
    doing: RefCell<Vec<Doing>>,
    seen: Vec<Seen>,
    deeds: RefCell<Vec<(i64, Deed)>>,
    turns: Cell<u32>,
    stopping: Cell<bool>,
    polled: Cell<i64>,
    collected: Cell<i64>,
    surplus: Cell<bool>,
    trace_period: i64,
    soon: Cell<bool>,
    /// Threads block once in this time; 0: never.
    blocks: i64,
    exact: Cell<u32>,
}

impl Model {
    fn new(procs: Vec<Proc>) -> Self {
        let n = procs.len();
        let doing = RefCell::new(vec![Doing::Idle; n]);
        let seen = (0..n).map(|_| Seen::new()).collect();
        let model = Model { now: Cell::new(1), procs: RefCell::new(procs), doing, seen, ..Model::default() };
        model.advance(1);
        model
    }

    /// The next time after `now` at which any processor does something else.
    fn next_change(&self) -> i64 {
        let procs = self.procs.borrow();
        let next = procs.iter().flat_map(|p| p.script.get(p.at).map(|s| s.0).into_iter().chain(p.yields_at));
        next.min().unwrap_or(i64::MAX)
    }

    /// Lets the time go on to `to`.
    fn advance(&self, to: i64) {
        loop {
            let next = self.next_change();
            if next > to {
                break;
            }
            self.now.set(self.now.get().max(next));
            let mut procs = self.procs.borrow_mut();
            for (p, doing) in procs.iter_mut().zip(self.doing.borrow_mut().iter_mut()) {
                while p.yields_at.is_some_and(|t| t <= next) {
                    // Another slice of the same, or of another task: a due timer is run in between.
                    p.yields_at = None;
                    p.slice += 1;
                    if p.timer <= next {
                        p.timer = 0;
                    }
                }
                while let Some(&(at, what)) = p.script.get(p.at).filter(|s| s.0 <= next) {
                    let _ = at;
                    p.at += 1;
                    match what {
                        Doing::Call => p.call += 1,
                        _ => p.slice += 1,
                    }
                    p.yields_at = None;
                    *doing = what;
                }
            }
        }
        self.now.set(self.now.get().max(to));
    }

    fn did(&self, deed: Deed) {
        self.deeds.borrow_mut().push((self.now.get(), deed));
    }

    fn times(&self, deed: Deed) -> Vec<i64> {
        self.deeds.borrow().iter().filter(|d| d.1 == deed).map(|d| d.0).collect()
    }

    /// Turns until a time, or until the monitor rests for good.
    fn run(&self, monitor: &mut Monitor, until: i64) -> Pause {
        loop {
            self.turns.set(self.turns.get() + 1);
            assert!(self.turns.get() < 2_000_000, "the monitor does not sleep");
            let pause = monitor.turn(self);
            match pause {
                Pause::Nap { until: wake, exact } => {
                    assert!(wake >= self.now.get() + P.shortest, "a nap of less than the shortest");
                    assert!(wake <= self.now.get() + P.longest, "a nap beyond the longest");
                    Pause::Nap { until: wake.min(until), exact }.take(self);
                }
                Pause::Rest { until: wake } => {
                    assert!(self.all_idle());
                    self.rest(Some(wake.unwrap_or(i64::MAX).min(until)));
                    if wake.is_none() && self.all_idle() && self.next_change() > until {
                        return pause;
                    }
                }
            }
            if self.now.get() >= until {
                return pause;
            }
        }
    }
}

impl World for Model {
    fn now(&self) -> i64 {
        self.now.get()
    }
    fn procs(&self) -> u32 {
        self.seen.len() as u32
    }
    fn activity(&self, proc: u32) -> Activity {
        let p = &self.procs.borrow()[proc as usize];
        match self.doing.borrow()[proc as usize] {
            Doing::Idle => Activity::Idle,
            Doing::Run => Activity::Running { slice: p.slice },
            Doing::Call => Activity::Call { slice: p.slice, call: p.call },
        }
    }
    fn seen(&self, proc: u32) -> &Seen {
        &self.seen[proc as usize]
    }
    fn has_work(&self, proc: u32, now: i64) -> bool {
        let p = &self.procs.borrow()[proc as usize];
        p.work || (p.timer != 0 && p.timer <= now)
    }
    fn retake(&self, proc: u32) -> bool {
        self.did(Deed::Retake(proc));
        let doing = &mut self.doing.borrow_mut()[proc as usize];
        assert_eq!(*doing, Doing::Call, "taken from what is no call");
        *doing = Doing::Idle;
        self.procs.borrow_mut()[proc as usize].timer = 0;
        true
    }
    fn preempt(&self, proc: u32) {
        self.did(Deed::Preempt(proc));
        assert_eq!(self.doing.borrow()[proc as usize], Doing::Run, "asked what runs no task");
        let p = &mut self.procs.borrow_mut()[proc as usize];
        if p.yields_at.is_none() {
            p.yields_at = p.obeys_after.map(|after| self.now.get() + after);
        }
    }
    fn all_idle(&self) -> bool {
        self.doing.borrow().iter().all(|d| *d == Doing::Idle)
    }
    fn is_stopping(&self) -> bool {
        self.stopping.get()
    }
    fn timer(&self, proc: u32) -> i64 {
        self.procs.borrow()[proc as usize].timer
    }
    fn polled(&self) -> i64 {
        self.polled.get()
    }
    fn poll(&self) {
        self.did(Deed::Poll);
        self.polled.set(self.now.get());
    }
    fn collected(&self) -> i64 {
        self.collected.get()
    }
    fn collect(&self) {
        self.did(Deed::Collect);
    }
    fn has_surplus(&self) -> bool {
        self.surplus.get()
    }
    fn wake_scavenger(&self) {
        self.did(Deed::Scavenge);
        self.surplus.set(false);
    }
    fn upkeep(&self) {
        self.did(Deed::Upkeep);
    }
    fn trace_period(&self) -> i64 {
        self.trace_period
    }
    fn trace(&self) {
        self.did(Deed::Trace);
    }
    fn look(&self) -> bool {
        self.soon.get()
    }
    fn blocked(&self) -> u64 {
        // The monitor's own naps are in it.
        self.turns.get() as u64 + self.now.get().checked_div(self.blocks).unwrap_or(0) as u64
    }
    fn nap(&self, until: i64) {
        self.advance(until);
    }
    fn nap_exactly(&self, until: i64) {
        self.exact.set(self.exact.get() + 1);
        self.nap(until);
    }
    fn rest(&self, until: Option<i64>) {
        // Until a processor is in use.
        while self.all_idle() && self.next_change() <= until.unwrap_or(i64::MAX - 1) {
            let next = self.next_change();
            self.advance(next);
        }
        if self.all_idle() {
            self.advance(until.expect("a model that does nothing and waits for ever"));
        }
    }
}

fn proc(script: &[(i64, Doing)]) -> Proc {
    Proc { script: script.to_vec(), ..Proc::default() }
}

#[test]
fn a_scheduler_that_does_nothing_is_left_alone() {
    let model = Model::new(vec![proc(&[(1, Doing::Run), (3 * MS, Doing::Idle)]), proc(&[])]);
    let pause = model.run(&mut Monitor::new(P), 3_600_000 * MS);
    assert_eq!(pause, Pause::Rest { until: None });
    assert!(model.turns.get() < 20, "{} turns", model.turns.get());
    assert!(model.deeds.borrow().is_empty());
}

#[test]
fn a_slice_is_over_when_it_is_over() {
    let model = Model::new(vec![proc(&[(1, Doing::Run)])]);
    model.run(&mut Monitor::new(P), 200 * MS);
    let asked = model.times(Deed::Preempt(0));
    // It does not obey: it is asked again with growing patience.
    assert_eq!(asked[0], 1 + P.slice);
    let waits: Vec<i64> = asked.windows(2).map(|w| (w[1] - w[0]) / MS).collect();
    assert_eq!(waits[..5], [1, 2, 4, 8, 10]);
    assert!(waits[5..].iter().all(|w| *w == 10));
}

#[test]
fn who_yields_is_asked_once_a_slice() {
    let mut p = proc(&[(1, Doing::Run)]);
    p.obeys_after = Some(30 * US);
    let model = Model::new(vec![p]);
    model.run(&mut Monitor::new(P), 1_000 * MS);
    let asked = model.times(Deed::Preempt(0));
    assert!(asked.windows(2).all(|w| w[1] - w[0] >= P.slice && w[1] - w[0] <= P.slice + P.answer + 30 * US), "{asked:?}");
    assert!(asked.len() > 80);
}

#[test]
fn a_call_is_left_its_processor_for_a_slice_if_nothing_waits() {
    let model = Model::new(vec![proc(&[(1, Doing::Call)])]);
    assert_eq!(model.run(&mut Monitor::new(P), 100 * MS), Pause::Rest { until: None });
    assert_eq!(model.times(Deed::Retake(0)), [1 + P.slice]);
}

#[test]
fn a_call_loses_it_at_the_second_look_if_something_does() {
    let mut p = proc(&[(1, Doing::Call)]);
    p.work = true;
    let model = Model::new(vec![p]);
    model.run(&mut Monitor::new(P), 100 * MS);
    assert_eq!(model.times(Deed::Retake(0)), [1 + P.call]);
}

/// Two processors in a call of `us` after the other for 200 ms, whose threads block once in `blocks` (0: never); the model, when that is over.
fn calls(us: i64, blocks: i64) -> Model {
    let script: Vec<_> = (0..200 * MS / (us * US)).map(|n| (1 + n * us * US, Doing::Call)).collect();
    let mut model = Model::new(vec![proc(&script), proc(&script)]);
    model.blocks = blocks;
    model.run(&mut Monitor::new(P), 200 * MS);
    model
}

#[test]
fn calls_that_block_briefly_are_looked_at_often_and_exactly() {
    let model = calls(5, 20 * US);
    assert!(model.exact.get() > 3_500, "{} exact naps of {} turns", model.exact.get(), model.turns.get());
    // Those that do not block, or seldom, are none of the monitor's business.
    for (us, blocks) in [(5, 0), (5, P.brief * 2), (500, 0), (2_000, 2 * MS)] {
        let model = calls(us, blocks);
        assert_eq!(model.exact.get(), 0, "calls of {us} us, blocking each {blocks} ns");
        assert!(model.turns.get() < 120, "{} turns", model.turns.get());
    }
}

#[test]
fn exact_naps_end_with_the_brief_calls() {
    let mut script: Vec<_> = (0..4_000).map(|n| (1 + n * 5 * US, Doing::Call)).collect();
    script.push((20 * MS, Doing::Run));
    let mut model = Model::new(vec![proc(&script), proc(&script)]);
    model.blocks = 20 * US;
    let mut monitor = Monitor::new(P);
    model.run(&mut monitor, 20 * MS + 40 * US);
    let exact = model.exact.get();
    assert!(exact > 300, "{exact}");
    model.run(&mut monitor, 120 * MS);
    assert_eq!(model.exact.get(), exact);
}

#[test]
fn short_calls_do_not_hide_a_long_slice() {
    // Another call at every look.
    let mut script = vec![(1, Doing::Run)];
    script.extend((1..4000).map(|i| (i * 10 * US, Doing::Call)));
    let mut p = proc(&script);
    p.work = true;
    let model = Model::new(vec![p]);
    model.run(&mut Monitor::new(P), 30 * MS);
    let first = model.times(Deed::Retake(0))[0];
    assert!((P.slice..P.slice + P.longest).contains(&first), "{first}");
}

#[test]
fn a_timer_is_not_late_though_all_are_busy() {
    let mut p = proc(&[(1, Doing::Run)]);
    p.timer = 5 * MS;
    p.obeys_after = Some(10 * US);
    let model = Model::new(vec![p]);
    model.run(&mut Monitor::new(P), 8 * MS);
    assert_eq!(model.times(Deed::Preempt(0)), [5 * MS + P.timer]);
}

#[test]
fn a_timer_is_not_late_though_a_call_keeps_its_processor() {
    let mut p = proc(&[(1, Doing::Call)]);
    p.timer = 3 * MS;
    let model = Model::new(vec![p]);
    model.run(&mut Monitor::new(P), 8 * MS);
    let at = model.times(Deed::Retake(0));
    assert!(at.len() == 1 && (3 * MS..=3 * MS + P.timer).contains(&at[0]), "{at:?}");
}

#[test]
fn collections_are_forced_also_at_rest() {
    let model = Model::new(vec![proc(&[])]);
    model.collected.set(5 * MS);
    model.run(&mut Monitor::new(P), P.collect + 5 * MS);
    model.run(&mut Monitor::new(P), P.collect + 50 * MS);
    assert_eq!(model.times(Deed::Collect)[0], P.collect + 5 * MS);
    // One that is asked for and does not come is not asked for again.
    let model = Model::new(vec![proc(&[(1, Doing::Run)])]);
    model.collected.set(1);
    model.run(&mut Monitor::new(P), 2 * P.collect);
    assert_eq!(model.times(Deed::Collect), [P.collect + 1]);
    // Nor is one that would find nothing.
    let model = Model::new(vec![proc(&[])]);
    assert_eq!(model.run(&mut Monitor::new(P), 2 * P.collect), Pause::Rest { until: None });
    assert!(model.times(Deed::Collect).is_empty());
}

#[test]
fn the_network_is_polled_when_nothing_else_does() {
    let model = Model::new(vec![proc(&[(1, Doing::Run)])]);
    model.polled.set(1);
    model.run(&mut Monitor::new(P), 1_000 * MS);
    let at = model.times(Deed::Poll);
    assert!(at.windows(2).all(|w| w[1] - w[0] == P.poll) && at.len() >= 98, "{} polls", at.len());
}

#[test]
fn upkeep_comes_once_a_second_while_there_is_work() {
    let model = Model::new(vec![proc(&[(1, Doing::Run), (5_500 * MS, Doing::Idle)])]);
    assert_eq!(model.run(&mut Monitor::new(P), 60_000 * MS), Pause::Rest { until: None });
    let at = model.times(Deed::Upkeep);
    assert!(
        at.len() == 6 && at.windows(2).all(|w| w[1] - w[0] >= P.upkeep && w[1] - w[0] < P.upkeep + P.longest),
        "{at:?}"
    );
}

#[test]
fn the_scavenger_is_woken_before_a_rest() {
    let model = Model::new(vec![proc(&[(1, Doing::Run), (2 * MS, Doing::Idle)])]);
    model.surplus.set(true);
    assert_eq!(model.run(&mut Monitor::new(P), 500 * MS), Pause::Rest { until: None });
    assert_eq!(model.times(Deed::Scavenge).len(), 1);
}

#[test]
fn traces_come_in_time_also_at_rest() {
    let mut model = Model::new(vec![proc(&[(1, Doing::Run), (300 * MS, Doing::Idle)])]);
    model.trace_period = 100 * MS;
    model.run(&mut Monitor::new(P), 1_001 * MS);
    let at = model.times(Deed::Trace);
    assert_eq!(at[0], 1);
    assert!(at.windows(2).all(|w| w[1] - w[0] == 100 * MS) && at.len() >= 10, "{at:?}");
}

#[test]
fn a_world_that_is_stopping_is_left_alone() {
    let mut p = proc(&[(1, Doing::Call)]);
    p.work = true;
    let model = Model::new(vec![p]);
    model.stopping.set(true);
    model.run(&mut Monitor::new(P), 50 * MS);
    assert!(model.deeds.borrow().is_empty());
    model.stopping.set(false);
    model.run(&mut Monitor::new(P), 51 * MS);
    assert_eq!(model.times(Deed::Retake(0)).len(), 1);
}

#[test]
fn a_task_that_stops_the_world_at_each_look_has_a_slice() {
    let model = Model::new(vec![proc(&[(1, Doing::Run)])]);
    model.stopping.set(true);
    model.run(&mut Monitor::new(P), 30 * MS);
    let asked = model.times(Deed::Preempt(0));
    assert!(!asked.is_empty() && asked[0] <= 1 + P.slice + MS, "asked at {asked:?}");
}

#[test]
fn a_stop_does_not_put_off_the_next_look_for_long() {
    let model = Model::new(vec![proc(&[(1, Doing::Run)])]);
    let mut monitor = Monitor::new(P);
    // The naps have grown to the longest when each look meets a stop.
    model.run(&mut monitor, 100 * MS);
    model.stopping.set(true);
    model.run(&mut monitor, 120 * MS);
    let turns = model.turns.get();
    model.run(&mut monitor, 220 * MS);
    let more = model.turns.get() - turns;
    assert!((90..=110).contains(&more), "{more} looks in 100 ms of stops");
}

#[test]
fn bursts_do_not_wake_it_each_time() {
    // 30 us of work each millisecond: a rest would be broken a thousand times a second.
    let script: Vec<_> =
        (0..10_000).flat_map(|i| [(1 + i * MS, Doing::Run), (1 + i * MS + 30 * US, Doing::Idle)]).collect();
    let model = Model::new(vec![proc(&script)]);
    model.run(&mut Monitor::new(P), 10_000 * MS);
    assert!(model.turns.get() < 5_000, "{} turns in ten seconds", model.turns.get());
    // A tick a second costs two turns each.
    let script: Vec<_> =
        (0..10).flat_map(|i| [(1 + i * 1_000 * MS, Doing::Run), (1 + i * 1_000 * MS + 30 * US, Doing::Idle)]).collect();
    let model = Model::new(vec![proc(&script)]);
    model.run(&mut Monitor::new(P), 10_000 * MS);
    assert!(model.turns.get() <= 40, "{} turns for ten ticks", model.turns.get());
    assert!(model.times(Deed::Upkeep).is_empty(), "ticks are no activity");
}

#[test]
fn what_wants_a_look_soon_gets_it() {
    let model = Model::new(vec![proc(&[(1, Doing::Run)])]);
    model.soon.set(true);
    model.run(&mut Monitor::new(P), 2 * MS);
    assert!(model.turns.get() >= 90);
}

fn history() -> impl Strategy<Value = Vec<Proc>> {
    let step = (1i64..30_000, prop_oneof![Just(Doing::Idle), Just(Doing::Run), Just(Doing::Call)]);
    let one =
        (prop::collection::vec(step, 1..12), any::<bool>(), prop::option::of(0i64..200_000), prop::option::of(0i64..2_000));
    let one = one.prop_map(|(steps, work, timer, obeys)| {
        let mut at = 1;
        let script = steps
            .into_iter()
            .map(|(after, doing)| {
                at += after * US;
                (at, doing)
            })
            .collect();
        Proc { script, work, timer: timer.map_or(0, |t| 1 + t * US), obeys_after: obeys.map(|t| t * US), ..Proc::default() }
    });
    prop::collection::vec(one, 1..4)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// Every rule, over random histories. Spans of a script are what each processor does if it is let; the deeds are held against them.
    #[test]
    fn all_rules_hold(procs in history()) {
        let end = 1_000 * MS;
        let model = Model::new(procs.clone());
        let last = model.run(&mut Monitor::new(P), end);
        let deeds = model.deeds.borrow();
        for (i, p) in procs.iter().enumerate() {
            let i = i as u32;
            for (k, &(from, doing)) in p.script.iter().enumerate() {
                let to = p.script.get(k + 1).map_or(end, |s| s.0);
                let within = |deed| model.times(deed).into_iter().filter(|t| (from..to).contains(t)).collect::<Vec<_>>();
                match doing {
                    Doing::Idle => {}
                    Doing::Call => {
                        // No processor stays in a long call while there is work; nor for long without.
                        let most = P.longest + if p.work { P.call } else { P.slice };
                        let took = within(Deed::Retake(i));
                        prop_assert!(took.len() <= 1);
                        prop_assert!(to - from <= most || took.first().is_some_and(|t| t - from <= most), "call {from}..{to}: {took:?}");
                    }
                    Doing::Run => {
                        // No task runs past its slice unasked.
                        let asked = within(Deed::Preempt(i));
                        let most = P.slice + P.longest;
                        prop_assert!(to - from <= most || asked.first().is_some_and(|t| t - from <= most), "run {from}..{to}: {asked:?}");
                        // Nothing is asked twice without reason: not before it had time to answer.
                        prop_assert!(asked.windows(2).all(|w| w[1] - w[0] >= P.answer.min(P.timer)), "{asked:?}");
                        // Who obeys is asked once a slice, and once for the timer.
                        if p.obeys_after.is_some_and(|t| t < P.answer - P.shortest) {
                            prop_assert!(asked.len() as i64 <= (to - from) / P.slice + 2, "{asked:?} in {from}..{to}");
                        }
                        // A timer that was there all the time is not late.
                        if p.timer != 0 && p.timer >= from + P.longest && p.timer + P.timer + P.shortest < to {
                            let until = p.timer + P.timer + P.shortest;
                            let seen_to = asked.iter().any(|t| *t <= until && *t + p.answer_time() >= p.timer);
                            prop_assert!(seen_to || model.ran_before(i, p.timer), "timer {} in {from}..{to}: {asked:?}", p.timer);
                        }
                    }
                }
            }
        }
        // What has come to an end is left alone.
        if model.all_idle() {
            prop_assert_eq!(last, Pause::Rest { until: None });
        }
        drop(deeds);
    }
}

impl Proc {
    /// Within that time of being asked, it has yielded or will be asked again.
    fn answer_time(&self) -> i64 {
        P.slice
    }
}

impl Model {
    /// Whether the timer of a processor was run when a call lost it, or is gone.
    fn ran_before(&self, proc: u32, when: i64) -> bool {
        self.times(Deed::Retake(proc)).into_iter().any(|t| t <= when + P.timer)
    }
}
