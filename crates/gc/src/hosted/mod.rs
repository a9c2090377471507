//! The collector for Rust programs and runtimes over OS threads: no unsafe code needed on the user's side.
//!
//! A [`Collector`] has a heap and a thread that collects it. Threads that use the heap [register](Collector::register) and get
//! a [`Mutator`], which allocates. What they hold is precise: a [`Root`] (of one thread) or a [`Global`] (of all). Between two
//! safepoints a plain [`Ref`] does: it borrows the mutator, and every safepoint borrows the mutator mutably, so that the
//! compiler refuses a reference that a collection could have made stale.
//!
//! ```
//! use goxide_gc::hosted::{Collector, Slot};
//!
//! #[repr(C)]
//! struct Cons {
//!     head: u64,
//!     tail: Slot<Cons>,
//! }
//! goxide_gc::object!(Cons { tail });
//!
//! let collector = Collector::new(Default::default());
//! let mut m = collector.register();
//! let list = m.alloc(Cons { head: 0, tail: Slot::null() });
//! for head in 1..1000 {
//!     let cell = m.alloc(Cons { head, tail: Slot::null() });
//!     cell.get(&m).set(&m, |c| &c.tail, Some(list.get(&m)));
//!     list.set(&m, cell.get(&m));
//! }
//! m.collect();
//!
//! let (mut sum, mut at) = (0, Some(list.get(&m)));
//! while let Some(cell) = at {
//!     sum += cell.head;
//!     at = cell.get(|c| &c.tail);
//! }
//! assert_eq!(sum, 999 * 1000 / 2);
//! ```
//!
//! A reference does not live across a safepoint:
//!
//! ```compile_fail,E0502
//! # use goxide_gc::hosted::{Collector, Slot};
//! # #[repr(C)] struct Cons { head: u64, tail: Slot<Cons> }
//! # goxide_gc::object!(Cons { tail });
//! # let collector = Collector::new(Default::default());
//! let mut m = collector.register();
//! let root = m.alloc(Cons { head: 0, tail: Slot::null() });
//! let cell = root.get(&m);
//! m.collect();
//! println!("{}", cell.head);
//! ```
//!
//! In here: the types (`state`), the collector as a whole (`collector`, `embedder`), what lives in the heap (`object`), roots (`root`), a thread's access (`mutator`), who runs and how the world is
//! stopped (`world`), the collector's thread (`driver`), finalizers (`finalize`), statistics (`stats`).

mod collector;
mod debug;
mod driver;
mod embedder;
mod finalize;
mod mutator;
mod object;
mod root;
mod state;
mod stats;
mod world;

pub use collector::Options;
pub use object::{Any, Array, Bytes, Object, Ref, Slot};
pub use root::{Global, Root};
pub use state::{Collector, Mutator};
pub use stats::Stats;
