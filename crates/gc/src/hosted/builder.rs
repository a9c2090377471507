//! How a collector is to behave ([`Options`]), and one call for each ([`Builder`]).

use super::state::Collector;

/// How a collector is to behave: what a [`Builder`] puts together. `Default` gives what is written at each field.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// How much the heap may grow between collections, in percent of what was alive after the last: 100. Negative: only the
    /// limit, and [`Mutator::collect`](super::Mutator::collect), make collections happen.
    pub percent: i32,
    /// Bytes that the heap and its metadata should not exceed; none. What is alive is not freed for it.
    pub limit: Option<u64>,
    /// Threads that mark, besides mutators that assist: a quarter of the processors, at least one.
    pub markers: usize,
    /// Whether each collection's marks are checked by a second walk while the world is stopped, and the process aborted if
    /// an object was missed: no.
    pub check: bool,
}

impl Default for Options {
    fn default() -> Options {
        let processors = std::thread::available_parallelism().map_or(1, |n| n.get());
        Options { percent: 100, limit: None, markers: (processors / 4).max(1), check: false }
    }
}

/// Puts a collector together: [`Collector::builder`].
///
/// ```
/// use goxide_gc::hosted::Collector;
///
/// let collector = Collector::builder().percent(50).limit(64 << 20).markers(2).build();
/// assert_eq!(collector.stats().cycles, 0);
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "it makes a collector when it is built"]
pub struct Builder {
    options: Options,
}

impl Collector {
    /// Options to choose from, then [`build`](Builder::build).
    pub fn builder() -> Builder {
        Builder::default()
    }
}

impl Builder {
    /// How much the heap may grow between collections, in percent of what was alive after the last: 100 if this is not called.
    /// Negative: only the limit, and `collect`, make collections happen.
    pub fn percent(mut self, percent: i32) -> Builder {
        self.options.percent = percent;
        self
    }

    /// Bytes that the heap and its metadata should not exceed; what is alive is not freed for it. None if this is not called.
    pub fn limit(mut self, bytes: u64) -> Builder {
        self.options.limit = Some(bytes);
        self
    }

    /// Threads that mark, besides mutators that assist: at least one, and a quarter of the processors if this is not called.
    pub fn markers(mut self, threads: usize) -> Builder {
        self.options.markers = threads;
        self
    }

    /// Whether each collection's marks are checked by a second walk while the world is stopped, and the process aborted if an
    /// object was missed: for tests of code that is `unsafe`.
    pub fn check(mut self, on: bool) -> Builder {
        self.options.check = on;
        self
    }

    /// The collector, whose threads are started.
    ///
    /// # Panics
    /// As [`Collector::new`].
    #[must_use]
    pub fn build(self) -> Collector {
        Collector::new(self.options)
    }
}
