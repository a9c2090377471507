//! The policy ([`Monitor`]): what is done at each look, and how long the monitor sleeps until the next.
//!
//! The monitor sleeps until the next thing can become due: the end of a slice that it has seen begin, a timer that no thread would run, a
//! poll, a collection, a trace. What it cannot foresee is that a task enters a call that lasts while others wait for its processor:
//! nothing says so, since that would cost each call. So it also looks every [`Periods::shortest`] after it had something to retake, and
//! then less and less often, at least every [`Periods::longest`] while any processor is in use.
//!
//! Calls that block briefly, one after the other, on every processor, as of two tasks that talk through a pipe: the kernel lets a core
//! sleep at each and wakes another, which on a virtual machine takes ten times as long as the call. While threads block
//! that often ([`World::blocked`]) the monitor's short naps keep the cores from that sleep, and the kernel
//! keeps threads that wake each other on one core. It costs less processor time than the sleep and the wake-ups did.
//!
//! When all processors are idle it rests: without a timeout, unless a collection or a trace will be due. A processor that leaves
//! the idle list ends the rest, which costs a wake-up; so the monitor does not rest between two short bursts of work:
//!
//! ```text
//!              idle at a look, and the naps have grown to the longest, or the last rest was a long one
//!   napping ────────────────────────────────────────────────────────────────────────────────────────────▶ resting
//!           ◀────────────────────────────────────────────────────────────────────────────────────────────
//!              a processor is in use: look at once, then after `Periods::awake`, twice that, ...
//! ```
//!
//! Not here: how anything is done. That is the scheduler's ([`World`]).

use crate::seen::Ask;
use crate::world::{Activity, World};
use core::mem::replace;

const US: i64 = 1_000;
const MS: i64 = 1_000_000;

/// The times that the policy is made of, in nanoseconds, all above 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Periods {
    /// The time between two looks when there was something to retake; the shortest nap.
    pub shortest: i64,
    /// The longest nap while a processor is in use.
    pub longest: i64,
    /// The first nap after a rest.
    pub awake: i64,
    /// How long a task runs before it is asked to yield; how long a call may keep a processor for which there is no work.
    pub slice: i64,
    /// How long a call may keep a processor for which there is work, from when it was seen there.
    pub call: i64,
    /// How long a task that was asked to yield has to answer before it is asked again: at first, then twice as long each time, up to a slice.
    pub answer: i64,
    /// How late a timer may be before the task that keeps its processor busy is asked to yield.
    pub timer: i64,
    /// How long I/O that is ready waits for something to look.
    pub poll: i64,
    /// The time from one collection to the next, at most.
    pub collect: i64,
    /// Between two calls of [`World::upkeep`].
    pub upkeep: i64,
    /// Threads that block once in this time or more often do so in brief calls. While all are, a call may keep a processor for which there is
    /// work three times as long: it is about to end.
    pub brief: i64,
}

impl Periods {
    /// 20 us, 10 ms, 1 ms; slices of 10 ms, 20 us for calls, 1 ms to answer, timers 200 us late; polls after 10 ms, collections after two
    /// minutes, upkeep each second; 35 us between brief calls.
    pub const USUAL: Periods = Periods {
        shortest: 20 * US,
        longest: 10 * MS,
        awake: MS,
        slice: 10 * MS,
        call: 20 * US,
        answer: MS,
        timer: 200 * US,
        poll: 10 * MS,
        collect: 120_000 * MS,
        upkeep: 1_000 * MS,
        brief: 35 * US,
    };
}

/// What the monitor does until its next turn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub enum Pause {
    /// It sleeps until then: [`World::nap`].
    Nap {
        /// Above the time of the turn.
        until: i64,
        /// Not a few tens of microseconds later either: [`World::nap_exactly`].
        exact: bool,
    },
    /// It sleeps until a processor is in use: [`World::rest`].
    Rest {
        /// Not beyond that.
        until: Option<i64>,
    },
}

impl Pause {
    /// Sleeps.
    pub fn take(self, world: &impl World) {
        match self {
            Pause::Nap { until, exact: false } => world.nap(until),
            Pause::Nap { until, exact: true } => world.nap_exactly(until),
            Pause::Rest { until } => world.rest(until),
        }
    }
}

/// The earliest of some times.
#[derive(Clone, Copy)]
struct Due(i64);

impl Due {
    const NEVER: Due = Due(i64::MAX);

    fn at(&mut self, time: i64) {
        self.0 = self.0.min(time);
    }

    fn time(self) -> Option<i64> {
        (self.0 != i64::MAX).then_some(self.0)
    }
}

/// How often threads had blocked at a time.
#[derive(Clone, Copy, Debug, Default)]
struct Blocked {
    /// 0: none yet.
    at: i64,
    times: u64,
}

/// A monitor. Its memory is this value, and what the scheduler keeps for it of each processor ([`Seen`](crate::Seen)).
#[derive(Debug)]
pub struct Monitor {
    periods: Periods,
    /// The next nap, if nothing is due before.
    nap: i64,
    /// It began to rest then; 0: it does not rest.
    resting: i64,
    /// This is the first turn after a rest.
    woken: bool,
    /// The last rest was a long one, and this is the first nap since.
    briefly_awake: bool,
    /// When upkeep is due; 0: it was not needed yet.
    upkeep: i64,
    /// When the state was last traced; 0: never.
    traced: i64,
    /// A collection was asked for at this [`World::collected`].
    asked: i64,
    /// At the last look at which every processor was in a call.
    blocked: Blocked,
    /// At the last look all processors were in brief calls.
    are_brief: bool,
}

impl Monitor {
    /// A monitor that has seen nothing yet, with times of its own.
    pub const fn new(periods: Periods) -> Self {
        let nap = periods.shortest;
        Monitor {
            periods,
            nap,
            resting: 0,
            woken: false,
            briefly_awake: false,
            upkeep: 0,
            traced: 0,
            asked: 0,
            blocked: Blocked { at: 0, times: 0 },
            are_brief: false,
        }
    }

    /// Looks and sleeps, forever.
    pub fn run(mut self, world: &impl World) -> ! {
        loop {
            self.turn(world).take(world);
        }
    }

    /// One look: does what is due, and says how long to sleep, which is to be done before the next turn. Costs a few loads for each
    /// processor.
    pub fn turn(&mut self, world: &impl World) -> Pause {
        let now = world.now();
        self.woken(now);
        let mut due = Due::NEVER;
        self.trace(world, now, &mut due);
        self.collect(world, now, &mut due);
        if world.is_stopping() {
            // A stop lasts microseconds, but a program may make one after the other: then all looks meet one. What asks for them has a slice too.
            for proc in 0..world.procs() {
                if let Activity::Running { slice } = world.activity(proc) {
                    let since = world.seen(proc).in_slice(slice, now);
                    self.look_at_task(world, proc, since, now, &mut due);
                }
            }
            self.nap = self.nap.min(self.periods.awake);
            return self.nap(now, due, false, false);
        }
        if world.all_idle() && (self.briefly_awake || self.nap >= self.periods.longest) {
            if world.has_surplus() {
                world.wake_scavenger();
            }
            self.resting = now;
            return Pause::Rest { until: due.time() };
        }
        self.poll(world, now, &mut due);
        self.keep_up(world, now);
        let mut soon = false;
        for proc in 0..world.procs() {
            soon |= self.look_at(world, proc, now, &mut due);
        }
        soon |= world.look();
        self.are_brief = self.calls_are_brief(world, now);
        self.nap(now, due, soon | self.are_brief, self.are_brief)
    }

    /// Whether every processor is in a call, and threads have blocked often since the last look that found them so.
    fn calls_are_brief(&mut self, world: &impl World, now: i64) -> bool {
        let procs = world.procs();
        if procs == 0 || !(0..procs).all(|proc| matches!(world.activity(proc), Activity::Call { .. })) {
            return false;
        }
        let last = replace(&mut self.blocked, Blocked { at: now, times: world.blocked() });
        // The monitor's own nap is one of them.
        let times = self.blocked.times.wrapping_sub(last.times).saturating_sub(1);
        last.at != 0 && times > (now - last.at) as u64 / self.periods.brief as u64
    }

    /// A turn begins: perhaps after a rest.
    fn woken(&mut self, now: i64) {
        self.woken = self.resting != 0;
        if !self.woken {
            return;
        }
        self.briefly_awake = now - self.resting >= self.periods.longest;
        self.nap = self.periods.awake;
        self.resting = 0;
    }

    /// How long until the next look, which should come soon if there was something to do, and just then if it is there to keep cores awake.
    fn nap(&mut self, now: i64, due: Due, soon: bool, exact: bool) -> Pause {
        let Periods { shortest, longest, .. } = self.periods;
        let nap = if soon { shortest } else { self.nap.min(longest) };
        // A brief wake-up is over with its first nap: `turn` comes here again only if it has found something in use.
        self.briefly_awake &= self.nap <= self.periods.awake && !soon;
        self.nap = (nap * 2).min(longest);
        Pause::Nap { until: (now + nap).min(due.0).max(now + shortest), exact }
    }

    fn trace(&mut self, world: &impl World, now: i64, due: &mut Due) {
        let period = world.trace_period();
        if period <= 0 {
            return;
        }
        if self.traced == 0 || now - self.traced >= period {
            world.trace();
            self.traced = now;
        }
        due.at(self.traced + period);
    }

    fn collect(&mut self, world: &impl World, now: i64, due: &mut Due) {
        let since = world.collected();
        // What was asked for once comes when it can.
        if since == 0 || since == self.asked {
            return;
        }
        if now - since >= self.periods.collect {
            world.collect();
            self.asked = since;
        } else {
            due.at(since + self.periods.collect);
        }
    }

    fn poll(&mut self, world: &impl World, now: i64, due: &mut Due) {
        let last = world.polled();
        if last == 0 {
            return;
        }
        if now - last >= self.periods.poll {
            world.poll();
            due.at(now + self.periods.poll);
        } else {
            due.at(last + self.periods.poll);
        }
    }

    /// The first time a fiftieth of the period after the first look: many programs are over by then. Not in the turn in which a rest is over:
    /// what comes once a second and is brief is no activity.
    fn keep_up(&mut self, world: &impl World, now: i64) {
        if self.upkeep == 0 {
            self.upkeep = now + self.periods.upkeep / 50;
        }
        if now >= self.upkeep && !self.woken {
            self.upkeep = now + self.periods.upkeep;
            if world.has_surplus() {
                world.wake_scavenger();
            }
            world.upkeep();
        }
    }

    /// Whether the next look should come soon.
    fn look_at(&self, world: &impl World, proc: u32, now: i64, due: &mut Due) -> bool {
        let seen = world.seen(proc);
        match world.activity(proc) {
            Activity::Idle => seen.is_idle(),
            Activity::Running { slice } => {
                seen.in_no_call();
                let since = seen.in_slice(slice, now);
                self.look_at_task(world, proc, since, now, due);
            }
            Activity::Call { slice, call } => {
                // A task that makes one short call after the other is found in another one each time, and has no moment in which it
                // could be asked to yield: once its slice is over, the call that it is in counts as one that lasts.
                let over = now - seen.in_slice(slice, now) >= self.periods.slice;
                let since = seen.in_call(call, now);
                return self.look_at_call(world, proc, since, over, now, due);
            }
        }
        false
    }

    fn look_at_task(&self, world: &impl World, proc: u32, since: i64, now: i64, due: &mut Due) {
        let Periods { slice, answer, timer, .. } = self.periods;
        let timer = match world.timer(proc) {
            0 => i64::MAX,
            when => when.saturating_add(timer),
        };
        let end = timer.min(since + slice);
        if now < end {
            return due.at(end);
        }
        match world.seen(proc).ask(now, answer, slice) {
            Ask::Now { again } => {
                world.preempt(proc);
                due.at(again);
            }
            Ask::Wait(until) => due.at(until),
        }
    }

    /// Whether the processor was taken. Without anything to do elsewhere a call may keep it for a slice; then it is made idle, so that
    /// the monitor can rest.
    fn look_at_call(&self, world: &impl World, proc: u32, since: i64, over: bool, now: i64, due: &mut Due) -> bool {
        let Periods { slice, timer, brief, .. } = self.periods;
        let call = if self.are_brief { brief * 3 } else { self.periods.call };
        let work = world.has_work(proc, now);
        if (work && (over || now - since >= call)) || now - since >= slice {
            return world.retake(proc);
        }
        due.at(since + if work { call } else { slice });
        if !work {
            match world.timer(proc) {
                0 => {}
                when => due.at(when.saturating_add(timer)),
            }
        }
        false
    }
}
