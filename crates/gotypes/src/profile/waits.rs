//! Profiles of waiting: for each call stack, how often and how long goroutines waited there.
//!
//! Which waits are counted, and what one that is counted stands for ([`Weight`]): a wait is in the profile with a probability that
//! is known, and counts as many times as waits of its kind were left out for it. Not here: who waits, and where.

use super::stacks::Stacks;
use crate::mem::Persistent;

/// What is known of one call stack.
#[derive(Clone, Copy, Default, Debug, PartialEq)]
pub struct Waits {
    /// How often it waited.
    pub count: f64,
    /// For how long in all.
    pub nanos: i64,
}

/// A wait as it is counted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weight {
    /// As so many waits.
    pub count: f64,
    /// Of so much time together.
    pub nanos: i64,
}

impl Weight {
    /// Of a wait of `nanos` under a rate of so many nanoseconds a sample: longer waits always count, shorter ones with the
    /// probability nanos / rate, so that the rate is what one of them stands for. `random` is any number; none: it does not count.
    pub fn by_time(nanos: i64, rate: u64, random: u64) -> Option<Weight> {
        let nanos = nanos.max(1);
        if rate == 0 {
            return None;
        }
        if nanos as u64 >= rate {
            return Some(Weight { count: 1.0, nanos });
        }
        (random % rate <= nanos as u64).then_some(Weight { count: rate as f64 / nanos as f64, nanos: rate as i64 })
    }

    /// Of a wait of which one in `rate` counts, for all of those.
    pub fn by_number(nanos: i64, rate: u64, random: u64) -> Option<Weight> {
        (rate > 0 && random.is_multiple_of(rate))
            .then(|| Weight { count: rate as f64, nanos: nanos.max(0).saturating_mul(rate as i64) })
    }
}

/// A profile. All zero bytes: empty.
pub struct WaitTable(Stacks<Waits>);

impl WaitTable {
    /// An empty one.
    pub const fn new() -> WaitTable {
        WaitTable(Stacks::new())
    }

    /// Counts a wait.
    pub fn add(&mut self, memory: &impl Persistent, stack: &[usize], weight: Weight) {
        let entry = self.0.find(memory, stack, 0, Waits::default());
        // SAFETY: entries stay, and are the table's alone.
        let waits = unsafe { &mut (*entry).value };
        waits.count += weight.count;
        waits.nanos = waits.nanos.saturating_add(weight.nanos);
    }

    /// How many call stacks there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them, the last to come first.
    pub fn iter(&self) -> impl Iterator<Item = (&[usize], Waits)> {
        self.0.iter().map(|e| (e.stack(), e.value))
    }
}

impl Default for WaitTable {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::super::stacks::tests::Leaked;
    use super::*;

    #[test]
    fn sums() {
        let mut t = WaitTable::new();
        t.add(&Leaked, &[1, 2], Weight { count: 1.0, nanos: 5 });
        t.add(&Leaked, &[1, 2], Weight { count: 2.5, nanos: 7 });
        t.add(&Leaked, &[3], Weight { count: 1.0, nanos: i64::MAX });
        t.add(&Leaked, &[3], Weight { count: 1.0, nanos: 1 });
        let all: Vec<_> = t.iter().collect();
        assert_eq!(
            all,
            [(&[3][..], Waits { count: 2.0, nanos: i64::MAX }), (&[1, 2][..], Waits { count: 3.5, nanos: 12 })]
        );
    }

    #[test]
    fn what_is_counted_stands_for_what_is_not() {
        // Of waits of 100 ns, a rate of 1000 takes a tenth, each for ten.
        let (mut count, mut nanos) = (0.0, 0);
        for random in 0..1000 {
            if let Some(w) = Weight::by_time(100, 1000, random) {
                (count, nanos) = (count + w.count, nanos + w.nanos);
            }
        }
        assert!((990.0..1020.0).contains(&count) && (99_000..102_000).contains(&nanos), "{count} {nanos}");
        assert_eq!(Weight::by_time(1000, 1000, 7), Some(Weight { count: 1.0, nanos: 1000 }));
        assert_eq!(Weight::by_time(100, 0, 0), None);
        let sampled: Vec<_> = (0..10).filter_map(|random| Weight::by_number(3, 5, random)).collect();
        assert_eq!(sampled, [Weight { count: 5.0, nanos: 15 }; 2]);
        assert_eq!(Weight::by_number(3, 0, 0), None);
    }
}
