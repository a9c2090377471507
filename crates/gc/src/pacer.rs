//! When to collect, and how much of it an allocating task must do. Pure arithmetic: no heap, no clock, no threads.
//!
//! The *goal* is the size that the heap may have grown to when a collection ends: what was alive, and so many percent of
//! that and of the roots more (Knyszek, "GC Pacer Redesign", 2021), but no more than the memory limit leaves; of what was allocated while
//! marking, about half counts as alive in a large heap. A
//! collection is *triggered* early enough that, at the rates of the last ones, it ends before the goal is reached with
//! collecting at its background share ([`Shares::BACKGROUND`]). While it runs, allocating tasks scan in proportion to what they
//! allocate ([`Pacer::assist_work`]), however much that is: who takes the room that is left pays for the marking that is left. They
//! pay in pieces of [`ASSIST_MAX`] bytes, so that nothing else waits for them; and for a byte no more than `DEAREST` bytes of scanning,
//! so that a small object near the goal is not held up for the whole of a large heap. The heap exceeds its goal by a
//! hundredth of what is left to scan there, then.
//!
//! The rates are per processor time, not per collection ([`Shares`]): what the program would have allocated, had it not assisted. Bytes
//! allocated per byte scanned alone would prove every trigger right: the later a collection is triggered, the more its assists hold
//! the program up, the less it allocates in the meantime, the later the next one would be triggered, until all of the marking is done
//! by assists. Markers on processors that the program cannot use count as they were: to expect that it will want them
//! the next time begins (and ends) each collection early, which costs a program of one thread on two processors every fifth.

/// The heap is never collected below this size, at 100 percent.
pub const MIN_HEAP: u64 = 4 << 20;
/// What the heap grows by between two collections at least, whatever the percentage is, unless the memory limit leaves less: a
/// collection costs too much to be made for every few kilobytes.
pub const MIN_DISTANCE: u64 = 1 << 20;
/// From the trigger to the goal at least, then.
const MIN_RUNWAY: u64 = 64 << 10;
/// What is alive leaves no room under the limit: so much of it the heap may grow between two collections. The limit cannot be
/// kept; what is gained by collecting more often does not make up for what it costs.
const PAST_LIMIT: u64 = 16;
/// The most that is scanned of a debt at a time: some tens of microseconds.
pub const ASSIST_MAX: u64 = 64 << 10;
/// The most bytes that are to be scanned for a byte that is allocated.
const DEAREST: u64 = 128;
/// No limit.
pub const NO_LIMIT: u64 = i64::MAX as u64;
/// How many times what was traced a heap has that is collected as often as a program can always afford.
const PATIENCE: u64 = 3;
/// And where the memory limit makes the goal, past which each byte may be one too many: as often as is usual (100 percent).
const LIMIT_PATIENCE: u64 = 2;
/// Part of the way from what is alive to the goal at which a collection is triggered at the latest, in percent.
const LATEST: u64 = 95;
/// And at the earliest. What is allocated while marking goes through barriers and counts as alive, so that a heap whose marking begins
/// earlier is larger, and each collection costs more; one whose marking begins later has its tasks assist for dearer bytes, so that they
/// are held up for longer. What keeps that from those that allocate little ([`Debt`](crate::Debt)) makes room for a late beginning.
const EARLIEST: u64 = 92;
/// Unless that leaves so little room, since the percentage is small, that an allocated byte would cost more than so many bytes of scanning in the mean:
/// a task is held up where its cache takes a span, for as many times the span. (A heap that may double, all of it to be scanned, comes to 12.5.)
const DEAR: u64 = 20;
/// Then earlier, but not before this part of the way, in percent.
const EARLIEST_IF_DEAR: u64 = 70;

/// Of what was allocated while marking, all of which counts as alive until the next collection, so much counts for the goal, and half of
/// what is more. A program that allocates fast has dropped most of it by then; to make the goal of a large heap larger by all of it, and by a percentage of
/// it, costs more memory than it saves in collections. (A small heap has the memory.) A program whose heap grows keeps it, and is
/// collected a little sooner than it would have to be.
const FRESH_IN_FULL: u64 = MIN_HEAP;

/// Sizes at the end of a collection, in bytes.
#[derive(Clone, Copy, Default, Debug)]
pub struct Sizes {
    /// Objects that were reached, or allocated while marking.
    pub live: u64,
    /// Stacks and global variables that are scanned.
    pub roots: u64,
    /// What the process holds besides the objects of the heap, for the memory limit: metadata, stacks, fragmentation.
    pub overhead: u64,
}

/// Parts of the processors' time while a collection marked, in 1024ths.
#[derive(Clone, Copy, Debug)]
pub struct Shares {
    /// What markers took from the program: the background's share and assists.
    pub collecting: u64,
    /// What markers had because the program did not want it. Likely they will next time, too.
    pub idle: u64,
}

impl Shares {
    /// A collection that takes the share that is meant for it: a quarter.
    pub const BACKGROUND: Shares = Shares { collecting: 256, idle: 0 };
    /// All of the time.
    pub const ALL: u64 = 1024;
    /// What is left to the program at least, in the account: nothing would mean that it allocates forever in no time.
    const PROGRAM_MIN: u64 = 52;

    /// What marked.
    fn marking(&self) -> u64 {
        self.collecting.saturating_add(self.idle).clamp(1, Shares::ALL)
    }

    /// What the program used, or could not use.
    fn program(&self) -> u64 {
        Shares::ALL.saturating_sub(self.marking()).max(Shares::PROGRAM_MIN)
    }
}

/// Rates that are remembered.
const RATES: usize = 5;

/// The pacer.
#[derive(Clone, Debug)]
pub struct Pacer {
    /// How many percent; negative: only the limit makes collections happen.
    pub percent: i32,
    /// The memory limit in bytes.
    pub limit: u64,
    /// [`MIN_DISTANCE`], or less for tests that want to be collected often.
    pub distance: u64,
    sizes: Sizes,
    /// Of the last collections: bytes that the program would have allocated per KiB that was scanned, if it had not assisted.
    rates: [u64; RATES],
    /// What the last marking scanned.
    last_scanned: u64,
    /// What was alive after it without what was allocated in the meantime.
    traced: u64,
    /// Whether the limit makes the goal.
    by_limit: bool,
    goal: u64,
    trigger: u64,
}

impl Pacer {
    /// Before the first collection.
    pub const fn new() -> Pacer {
        Pacer {
            percent: 100,
            limit: NO_LIMIT,
            distance: MIN_DISTANCE,
            sizes: Sizes { live: 0, roots: 0, overhead: 0 },
            rates: [64; RATES],
            last_scanned: 0,
            traced: 0,
            by_limit: false,
            goal: MIN_HEAP,
            trigger: MIN_HEAP / 100 * LATEST,
        }
    }

    /// The size at which the current or next collection is to be over.
    pub fn goal(&self) -> u64 {
        self.goal
    }

    /// The size at which the next collection is to begin.
    pub fn trigger(&self) -> u64 {
        self.trigger
    }

    /// What was alive after the last collection.
    pub fn live(&self) -> u64 {
        self.sizes.live
    }

    /// What the heap may grow to before allocating tasks assist although collecting has had more than its share of the processors.
    ///
    /// An eighth past the goal, or three times what was traced; twice, if the memory limit makes the goal. A heap that may grow to that
    /// is not collected for ever. Without a bound, a program that allocates faster than its share is marked takes all memory: what is allocated while marking counts as alive, so that each
    /// goal is larger than the one before. (An eighth of the goal does, since it converges; with four tenths it would not.)
    pub fn patience(&self) -> u64 {
        let times = if self.by_limit { LIMIT_PATIENCE } else { PATIENCE };
        self.goal.saturating_add(self.goal / 8).max(self.traced.saturating_mul(times))
    }

    /// What the heap may grow to before allocating tasks wait for marking that is in other hands: one that owes and finds nothing to
    /// scan. Where the memory limit makes the goal, that. Otherwise an eighth past it, since to wait costs a task more than to
    /// collect a little later; but no more than the limit leaves.
    pub fn full(&self) -> u64 {
        if self.by_limit {
            return self.goal;
        }
        self.goal.saturating_add(self.goal / 8).min(self.goal_by_limit().max(self.goal))
    }

    /// Settings or sizes have changed: works out goal and trigger anew.
    pub fn retune(&mut self) {
        let s = self.sizes;
        let by_percent = match u64::try_from(self.percent) {
            Ok(p) => {
                let live = s.live - s.live.saturating_sub(self.traced + FRESH_IN_FULL) / 2;
                let more = (u128::from(live + s.roots) * u128::from(p) / 100).min(1 << 62) as u64;
                live.saturating_add(more).max(MIN_HEAP * p / 100)
            }
            Err(_) => u64::MAX,
        };
        let by_limit = self.goal_by_limit();
        self.by_limit = by_limit < by_percent;
        if self.by_limit {
            self.goal = by_limit.max(s.live + MIN_RUNWAY.max(s.live / PAST_LIMIT));
            self.trigger = self.trigger_for(self.goal);
        } else {
            let earliest = s.live.saturating_add(self.distance);
            self.goal = by_percent.max(earliest.saturating_add(MIN_RUNWAY)).min(by_limit.max(s.live + MIN_RUNWAY));
            self.trigger = self.trigger_for(self.goal).max(earliest.min(self.goal));
        }
    }

    /// What the limit leaves for objects; the last 3 percent, and 1 MiB at least, are left free where there is so much.
    fn goal_by_limit(&self) -> u64 {
        if self.limit >= NO_LIMIT {
            return u64::MAX;
        }
        let left = self.limit.saturating_sub(self.sizes.overhead);
        let headroom = (left / 100 * 3).max(1 << 20);
        left.saturating_sub(headroom).max(left / 2)
    }

    fn trigger_for(&self, goal: u64) -> u64 {
        if goal == u64::MAX {
            return u64::MAX;
        }
        let live = self.sizes.live;
        let way = goal - live.min(goal);
        // What will be allocated while as much as last time is scanned, and nobody assists. The highest rate of the recent past:
        // beginning too early costs less than assists do.
        let rate = self.rates.into_iter().max().unwrap_or(0);
        let runway = (u128::from(self.last_scanned) * u128::from(rate) / 1024).min(u128::from(way)) as u64;
        let latest = (live + way / 100 * LATEST).max(goal.saturating_sub(MIN_HEAP)).min(goal);
        let latest = if way < MIN_HEAP { live + way / 100 * LATEST } else { latest };
        let cheap = goal.saturating_sub(self.last_scanned / DEAR).max(live + way / 100 * EARLIEST_IF_DEAR);
        let earliest = cheap.min(live + way / 100 * EARLIEST);
        goal.saturating_sub(runway).clamp(earliest.min(latest), latest)
    }

    /// A collection has ended: `scanned` bytes were scanned while `allocated` bytes were allocated, in such shares of the
    /// processors' time.
    pub fn cycle_ended(&mut self, sizes: Sizes, scanned: u64, allocated: u64, shares: Shares) {
        self.sizes = sizes;
        self.last_scanned = scanned;
        self.traced = sizes.live.saturating_sub(allocated);
        let (had, would_have) = (shares, Shares { idle: shares.idle, ..Shares::BACKGROUND });
        let rate = u128::from(allocated) * 1024 * u128::from(had.marking()) * u128::from(would_have.program())
            / (u128::from(scanned.max(64 << 10)) * u128::from(had.program()) * u128::from(would_have.marking()));
        self.rates.copy_within(1.., 0);
        self.rates[RATES - 1] = rate.min(64 << 10) as u64;
        self.retune();
    }

    /// How many bytes a task must scan that has taken room for `bytes` bytes of new objects, when `scanned` bytes have been
    /// scanned and the heap has `heap` bytes.
    #[inline(never)]
    pub fn assist_work(&self, bytes: u64, scanned: u64, heap: u64) -> u64 {
        // A little more than last time, since a debt that is found at the end is dear.
        let expected = (self.last_scanned + self.last_scanned / 16).max(self.sizes.live / 2).max(1 << 20);
        // Past what was expected, as much again as an eighth, again and again; at most what the heap holds.
        let expected = if scanned < expected {
            expected
        } else {
            scanned + heap.saturating_sub(scanned).min(scanned / 8).max(1 << 20)
        };
        let left = expected - scanned.min(expected);
        let room = self.goal.saturating_sub(heap).max(MIN_RUNWAY);
        let share = u128::from(bytes) * u128::from(left) / u128::from(room);
        share.min(u128::from(left)).min(u128::from(bytes) * u128::from(DEAREST)) as u64
    }
}

impl Default for Pacer {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A program that keeps `live` bytes, a megabyte of roots and scans `rate` bytes a millisecond, is run for so many
    /// milliseconds in which it allocates `alloc` bytes each, a quarter of it marking while a collection runs. The number of
    /// collections, and how far the heap was past its goal at most.
    fn simulate(mut p: Pacer, live: u64, rate: u64, alloc: u64, ms: u64) -> (u64, u64) {
        let (mut heap, mut cycles, mut past) = (live, 0, 0u64);
        // Of the current collection: the heap at its beginning, and what was scanned.
        let mut marking: Option<(u64, u64)> = None;
        p.cycle_ended(Sizes { live, roots: 1 << 20, overhead: 1 << 20 }, live, 0, Shares::BACKGROUND);
        for _ in 0..ms {
            let mut own = alloc;
            if let Some((start, scanned)) = &mut marking {
                own = alloc / 4 * 3;
                *scanned += rate / 4;
                // A task assists for each span that it takes.
                for taken in (0..own).step_by(8192) {
                    *scanned += p.assist_work(8192, *scanned, heap + taken);
                }
                if *scanned >= live {
                    let sizes = Sizes { live: live + heap - *start, roots: 1 << 20, overhead: 1 << 20 };
                    p.cycle_ended(sizes, *scanned, heap - *start, Shares::BACKGROUND);
                    heap = sizes.live;
                    marking = None;
                    cycles += 1;
                }
            } else if heap >= p.trigger() {
                marking = Some((heap, 0));
            }
            heap += own;
            past = past.max(heap.saturating_sub(p.goal()));
        }
        (cycles, past)
    }

    #[test]
    fn a_small_percentage_keeps_its_distance() {
        // A hundred megabytes of garbage beside little that is alive: one collection for each megabyte at most, where the
        // percentage alone would ask for one every forty kilobytes.
        let p = Pacer { percent: 1, ..Pacer::new() };
        let (cycles, _) = simulate(p.clone(), 100 << 10, 2 << 20, 64 << 10, 1600);
        assert!((60..=100).contains(&cycles), "{cycles}");
        let (often, _) = simulate(Pacer { distance: 0, ..p }, 100 << 10, 2 << 20, 64 << 10, 1600);
        assert!(often > 4 * cycles, "{often}, with the distance {cycles}");
    }

    #[test]
    fn a_steady_program_is_collected_at_its_goal() {
        for (live, alloc) in [(10 << 20, 64 << 10), (100 << 20, 256 << 10), (1 << 30, 1 << 20)] {
            let ms = 20 * live / alloc;
            let (cycles, past) = simulate(Pacer::new(), live, 2 << 20, alloc, ms);
            assert!((12..=40).contains(&cycles), "{cycles} collections for twenty times {live}");
            assert!(past <= live / 10, "{past} past the goal at {live}");
        }
    }

    /// A span is paid for in one piece: with a small percentage marking begins early enough for that to be short.
    #[test]
    fn a_small_percentage_does_not_make_bytes_dear() {
        let live = 512 << 20;
        let begun = |percent| {
            let mut p = Pacer { percent, ..Pacer::new() };
            let sizes = Sizes { live, roots: 0, overhead: 0 };
            p.cycle_ended(sizes, live, live / 8, Shares::BACKGROUND);
            let part = (p.trigger() - live) * 100 / (p.goal() - live);
            (part, p.assist_work(8 << 10, 0, p.trigger()) / (8 << 10))
        };
        let (usual, small, tiny) = (begun(100), begun(50), begun(10));
        assert!(usual.0 >= EARLIEST - 1 && usual.1 <= DEAR + 2, "{usual:?}");
        assert!((EARLIEST_IF_DEAR..EARLIEST).contains(&small.0) && small.1 <= DEAR + 2, "{small:?}");
        assert!((EARLIEST_IF_DEAR - 1..=EARLIEST_IF_DEAR).contains(&tiny.0), "{tiny:?}");
    }

    /// A program that allocates much faster than a quarter of the time can mark: its collections begin as early as they may, and
    /// it is not held up by assists alone, which would ask for late collections from then on.
    #[test]
    fn assists_do_not_put_off_the_next_collection() {
        let live = 64 << 20;
        let mut p = Pacer::new();
        let mut triggers = Vec::new();
        for _ in 0..8 {
            let room = p.goal().saturating_sub(p.trigger());
            // Per millisecond of all processors 2 MiB are scanned, or 4 MiB allocated; a quarter of the time is the background's,
            // of the rest so much goes to assists that the room lasts.
            let (mut collecting, mut scanned, mut allocated) = (256, 0, 0);
            while scanned < live {
                let left = (live - scanned) * Shares::ALL / (2 << 20);
                let per_ms = (Shares::ALL - collecting) * (4 << 20) / Shares::ALL;
                if per_ms * (left / collecting + 1) > room.saturating_sub(allocated) && collecting < 972 {
                    collecting += 8;
                }
                scanned += collecting * (2 << 20) / Shares::ALL;
                allocated += (Shares::ALL - collecting) * (4 << 20) / Shares::ALL;
            }
            let sizes = Sizes { live: live + allocated, roots: 0, overhead: 1 << 20 };
            p.cycle_ended(sizes, scanned, allocated, Shares { collecting, idle: 0 });
            let (way, to) = (p.goal() - p.live(), p.trigger() - p.live());
            triggers.push(to * 100 / way);
        }
        assert!(triggers[2..].iter().all(|&t| t <= EARLIEST + 2), "per cent of the way at which they begin: {triggers:?}");
    }

    /// A program that uses half of the processors, while markers have the rest: its collections end at the goal, not long before.
    #[test]
    fn idle_processors_do_not_make_collections_early() {
        let live = 64 << 20;
        let mut p = Pacer::new();
        let mut ends = Vec::new();
        for _ in 0..8 {
            // What the trigger leaves, and what is allocated in the meantime, is what it should be: 2 MiB are scanned for each MiB.
            let (trigger, allocated) = (p.trigger(), 8 << 20);
            let goal = p.goal();
            ends.push((trigger + allocated) * 100 / goal);
            let sizes = Sizes { live, roots: 0, overhead: 1 << 20 };
            p.cycle_ended(sizes, 16 << 20, allocated, Shares { collecting: 256, idle: 256 });
        }
        assert!(ends[2..].iter().all(|&e| (97..=103).contains(&e)), "per cent of the goal at which they end: {ends:?}");
    }

    /// What is alive and holds no pointers is not marked for long, so collections begin late.
    #[test]
    fn what_is_not_scanned_needs_no_runway() {
        let live = 1 << 30;
        let mut p = Pacer::new();
        p.cycle_ended(Sizes { live, roots: 0, overhead: 0 }, 1 << 20, 4 << 20, Shares::BACKGROUND);
        assert!(p.trigger() >= p.goal() - (p.goal() - live) / 10, "{p:?}");
    }

    #[test]
    fn the_distance_gives_way_to_the_limit() {
        let mut p = after(10 << 20, 1);
        assert!(p.trigger() >= 11 << 20 && p.goal() > p.trigger());
        p.limit = 12 << 20;
        p.retune();
        assert!(p.goal() <= 11 << 20 && p.trigger() <= p.goal(), "{p:?}");
    }

    fn after(live: u64, percent: i32) -> Pacer {
        let mut p = Pacer { percent, ..Pacer::new() };
        p.cycle_ended(Sizes { live, roots: 0, overhead: 1 << 20 }, live, live / 50, Shares::BACKGROUND);
        p
    }

    #[test]
    fn the_goal_is_the_percentage() {
        // Two megabytes of the hundred were allocated while marking.
        assert_eq!(after(100 << 20, 100).goal(), 200 << 20);
        assert_eq!(after(100 << 20, 50).goal(), 150 << 20);
        // Forty were.
        let mut p = after(100 << 20, 100);
        p.cycle_ended(p.sizes, 100 << 20, 40 << 20, Shares::BACKGROUND);
        assert_eq!(p.goal(), ((60 + 4 + 18) * 2) << 20);
        // All of it was, and the heap is to grow by a percent.
        let mut p = after(100 << 20, 1);
        p.cycle_ended(p.sizes, 1 << 20, 100 << 20, Shares::BACKGROUND);
        assert!(p.trigger() > 100 << 20 && p.goal() > p.trigger(), "{p:?}");
        assert_eq!(after(1 << 10, 100).goal(), MIN_HEAP);
        assert_eq!(after(1 << 10, 10_000).goal(), MIN_HEAP * 100);
        assert_eq!(after(100 << 20, -1).goal(), u64::MAX);
        assert_eq!(after(100 << 20, -1).trigger(), u64::MAX);
    }

    #[test]
    fn the_trigger_lies_on_the_way() {
        for live in [0, 1 << 10, 3 << 20, 50 << 20, 5 << 30] {
            for percent in [1, 10, 100, 1000] {
                let p = after(live, percent);
                assert!(p.trigger() >= live && p.trigger() <= p.goal(), "{p:?}");
            }
        }
    }

    #[test]
    fn a_limit_lowers_the_goal() {
        let mut p = after(100 << 20, 100);
        p.limit = 150 << 20;
        p.retune();
        assert!(p.goal() < 149 << 20 && p.goal() > 140 << 20, "{p:?}");
        p.percent = -1;
        p.retune();
        assert!(p.goal() < 149 << 20, "the limit holds without a percentage: {p:?}");
        p.limit = 10 << 20;
        p.retune();
        assert!(p.goal() >= 106 << 20, "what is alive cannot be collected, and something may be allocated: {p:?}");
        assert!(p.goal() <= 107 << 20 && p.trigger() >= 104 << 20, "but not much: {p:?}");
    }

    #[test]
    fn who_takes_the_room_pays_for_what_is_left() {
        let p = after(100 << 20, 100);
        // Half of the room taken, nothing scanned: about the work per byte that is left.
        let work = p.assist_work(8192, 0, 150 << 20);
        assert!((8192..=4 * 8192).contains(&work), "{work}");
        // A large object pays for all of it, and the sixteenth that it may be more, if it takes all of the room, or more; never for more.
        let expected = (100 << 20) / 16 * 17;
        for (bytes, scanned, heap) in [(50 << 20, 0, 150 << 20), (1 << 30, 0, 199 << 20), (8 << 20, 20 << 20, 196 << 20)] {
            assert_eq!(p.assist_work(bytes, scanned, heap), expected - scanned, "{bytes} bytes");
        }
        // A small one never pays more than so much for each byte.
        for heap in [199 << 20, 200 << 20, 300 << 20] {
            assert!(p.assist_work(8192, 0, heap) <= DEAREST * 8192);
            assert!(p.assist_work(8192, 101 << 20, heap) <= DEAREST * 8192);
        }
    }

    /// Marking finds somewhat more than the last time: the last of it is not charged as if it were the whole heap's.
    #[test]
    fn a_little_more_than_expected_is_not_the_whole_heap() {
        let (p, heap) = (after(100 << 20, 100), 196 << 20);
        let at = |scanned| p.assist_work(8192, scanned, heap);
        for scanned in [101 << 20, 108 << 20, 140 << 20] {
            assert!(at(scanned) <= 6 * 8192, "{} after {scanned}", at(scanned));
        }
        // But marking that goes on for much longer is paid for.
        assert!(at(140 << 20) >= at(108 << 20) && at(108 << 20) >= 2 * 8192, "{}, {}", at(108 << 20), at(140 << 20));
    }

    /// What the heap grows to while 2 GiB of objects of `size` bytes are allocated, so fast that the background scans next to
    /// nothing in the meantime. If `limited`, collecting has had more than its share all of the time.
    fn outgrown(size: u64, live: u64, limited: bool) -> u64 {
        let mut p = after(live, 100);
        let (mut heap, mut cycles, mut most) = (live, 0, 0);
        let mut marking: Option<(u64, u64)> = None;
        for _ in 0..(4u64 << 30) / size {
            if let Some((start, scanned)) = &mut marking {
                if !limited || heap >= p.patience() {
                    *scanned += p.assist_work(size, *scanned, heap);
                }
                if *scanned >= live {
                    let allocated = heap - *start;
                    let sizes = Sizes { live: live + allocated, roots: 0, overhead: 0 };
                    p.cycle_ended(sizes, *scanned, allocated, Shares::BACKGROUND);
                    (heap, cycles, marking) = (p.live(), cycles + 1, None);
                }
            }
            heap += size;
            most = most.max(heap);
            if marking.is_none() && heap >= p.trigger() {
                marking = Some((heap, 0));
            }
        }
        assert!(cycles > 3, "{cycles} collections");
        most
    }

    /// What large objects owe keeps the heap at its goal, whatever their size.
    #[test]
    fn large_objects_do_not_outrun_marking() {
        for (size, live) in sizes_and_lives() {
            // What is alive and an object, and as much again; what is allocated while marking counts as alive, so that it is three
            // times; and the object that is over.
            let (most, bound) = (outgrown(size, live, false), (3 * (live + size)).max(MIN_HEAP) + size);
            assert!(most <= bound, "{most} bytes, with {live} alive, in objects of {size}; expected up to {bound}");
        }
    }

    /// Collecting has had more than its share, for ever: the heap outgrows its goal, but not without a bound.
    #[test]
    fn a_limited_collector_has_patience_and_no_more() {
        for (size, live) in sizes_and_lives() {
            let (most, bound) = (outgrown(size, live, true), 6 * (live + size) + MIN_HEAP);
            assert!(most <= bound, "{most} bytes, with {live} alive, in objects of {size}; expected up to {bound}");
        }
        // A heap that is to be collected for each percent of its growth grows more than that.
        let mut p = after(100 << 20, 1);
        assert!(p.goal() < 110 << 20 && (290 << 20..330 << 20).contains(&p.patience()), "{p:?}");
        // What does not fit under its limit is not collected for ever either.
        p.limit = 50 << 20;
        p.retune();
        assert!(p.goal() < 110 << 20 && (195 << 20..220 << 20).contains(&p.patience()), "{p:?}");
    }

    fn sizes_and_lives() -> impl Iterator<Item = (u64, u64)> {
        let lives = [1, 16, 100].map(|mib| mib << 20);
        [64 << 10, 1 << 20, 8 << 20, 64 << 20].into_iter().flat_map(move |size| lives.map(|live| (size, live)))
    }
}
