//! How much of the processors collecting may take: at most half, except for bursts. Pure arithmetic: no clock, no threads.
//!
//! A heap that does not fit under its limit, or one that is collected for every few bytes that it grows, would be collected
//! all of the time. The limiter is a leaky bucket (Knyszek, "Soft Memory Limit", 2022): processor time that
//! collecting took goes in, processor time that the program took goes out. When the bucket is full, collecting has taken a
//! second for each processor more than the program did; from then on the limiter is *on* whenever there is no room, and
//! allocating tasks do not assist: the heap grows past its goal, or its limit, and the program gets on. A background share of
//! less than half of the processors lets the bucket drain.

/// What fits in the bucket for each processor, in nanoseconds.
const PER_PROC_NS: i64 = 1_000_000_000;

/// The bucket. All zero bytes are one without room, which is off: [`Limiter::resize`] comes before [`Limiter::update`].
#[derive(Clone, Debug, Default)]
pub struct Limiter {
    capacity: i64,
    fill: i64,
    on: bool,
}

impl Limiter {
    /// An empty bucket for `procs` processors.
    pub const fn new(procs: u32) -> Limiter {
        Limiter { capacity: procs as i64 * PER_PROC_NS, fill: 0, on: false }
    }

    /// There are `procs` processors from now on.
    pub fn resize(&mut self, procs: u32) {
        self.capacity = i64::from(procs) * PER_PROC_NS;
        self.fill = self.fill.min(self.capacity);
    }

    /// Since the last update collecting took `collecting` nanoseconds of processor time, and the program took `program`.
    pub fn update(&mut self, collecting: i64, program: i64) {
        let change = collecting.max(0).saturating_sub(program.max(0));
        let fill = self.fill.saturating_add(change);
        self.on = if change == 0 { self.on } else { fill >= self.capacity };
        // What runs over between two updates is to be made good, or collecting would have more than half; within limits.
        self.fill = fill.clamp(0, self.capacity + self.capacity / 10);
    }

    /// Since the last update the process took `process` nanoseconds of processor time, of which `idle` went to marking that kept
    /// nobody from anything, and collecting took `collecting`, by clocks that may have gone on while the kernel let others run:
    /// it is not more than there was.
    pub fn update_of(&mut self, process: i64, idle: i64, collecting: i64) {
        let there = process.saturating_sub(idle).max(0);
        let collecting = collecting.min(there);
        self.update(collecting, there - collecting);
    }

    /// Whether collecting has had more than its share.
    pub fn is_on(&self) -> bool {
        self.on
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: i64 = 1_000_000;

    #[test]
    fn a_burst_is_free_and_half_is_for_ever() {
        let mut l = Limiter::new(2);
        for _ in 0..19 {
            l.update(100 * MS, 0);
            assert!(!l.is_on());
        }
        l.update(100 * MS, 0);
        assert!(l.is_on(), "two processors' seconds have gone in");
        l.update(0, 0);
        assert!(l.is_on(), "nothing happened");
        l.update(50 * MS, 51 * MS);
        assert!(!l.is_on());
        for _ in 0..1000 {
            l.update(50 * MS, 50 * MS);
            assert!(!l.is_on(), "just half");
        }
        l.update(52 * MS, 50 * MS);
        assert!(l.is_on());
    }

    /// A hundred stops of the world that take 0.1 ms and are stretched to 100 ms by what else the machine does: the program has had
    /// its time.
    #[test]
    fn what_the_kernel_gave_to_others_is_not_collecting() {
        let mut l = Limiter::new(2);
        for _ in 0..100 {
            l.update_of(5 * MS, 0, 200 * MS);
            l.update_of(5 * MS, 0, 0);
            l.update_of(3 * MS, 4 * MS, 100 * MS);
            assert!(!l.is_on());
        }
        // Idle marking is on neither side.
        l.update_of(5000 * MS, 2999 * MS, 2001 * MS);
        assert!(l.is_on());
    }

    #[test]
    fn a_pause_is_not_saved_up() {
        let mut l = Limiter::new(1);
        l.update(0, 3600 * 1000 * MS);
        l.update(1000 * MS, 0);
        assert!(l.is_on());
    }

    #[test]
    fn fewer_processors_have_less_room() {
        let mut l = Limiter::new(4);
        l.update(3000 * MS, 0);
        l.resize(1);
        l.update(MS, 0);
        assert!(l.is_on());
        l.resize(4);
        l.update(MS, 0);
        assert!(!l.is_on());
    }

    /// A program on one processor that is collected all of the time: a quarter by the background worker, which no limiter
    /// stops, and as much as it is asked for by assists. In the long run it has half of the time.
    #[test]
    fn a_program_that_only_collects_gets_half() {
        let mut l = Limiter::new(1);
        let (mut program, mut collecting) = (0i64, 0i64);
        let mut late = (0i64, 0i64);
        for step in 0..100_000 {
            // A worker's turn of 0.25 ms, and then what an allocating task does for 0.75 ms: a tenth of it is its own when it
            // assists.
            let assist = if l.is_on() { 0 } else { 675_000 };
            let own = 750_000 - assist;
            l.update(250_000 + assist, own);
            program += own;
            collecting += 250_000 + assist;
            if step == 50_000 {
                late = (program, collecting);
            }
        }
        let (p, c) = (program - late.0, collecting - late.1);
        assert!((p - c).abs() < (p + c) / 50, "the program had {p} ns, collecting {c}");
        assert!(collecting - program <= 1001 * MS, "a second more, once");
    }
}
