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
//! # When an object is found unreachable
//!
//! Nothing is dropped: values in the heap have no destructor. What is to happen instead is said object by object, and happens in
//! this order:
//!
//! 1. A collection finds that nothing leads to the object. Its [`Weak`] handles answer `None` from now on.
//! 2. If it has a finalizer ([`Mutator::set_finalizer`]), it is kept once more, with all that it leads to, and the
//!    closure waits for [`Mutator::run_finalizers`], which gives it the object.
//! 3. When a later collection finds it unreachable again, without a finalizer by now, or a first one if it never had one, it is gone:
//!    its memory is free, and its death note ([`Mutator::on_death`]) waits for `run_finalizers`, without the object.
//!
//! ```
//! use goxide_gc::hosted::{Collector, Slot};
//! # #[repr(C)]
//! # struct Cons { head: u64, tail: Slot<Cons> }
//! # goxide_gc::object!(Cons { tail });
//!
//! let collector = Collector::builder().percent(50).build();
//! let mut m = collector.register();
//! let cell = m.alloc(Cons { head: 7, tail: Slot::null() });
//! let weak = m.downgrade(cell.get(&m));
//! m.set_finalizer(cell.get(&m), |m, cell| println!("the last of {}", cell.get(m).head));
//! m.on_death(cell.get(&m), || println!("gone"));
//! m.collect();
//! assert_eq!(weak.get(&m).unwrap().head, 7);
//!
//! drop(cell);
//! m.collect();
//! assert!(weak.get(&m).is_none()); // though the object is still there
//! assert_eq!(m.run_finalizers(), 1); // "the last of 7"
//! m.collect();
//! assert_eq!(m.run_finalizers(), 1); // "gone"
//! ```
//!
//! In here: the types (`state`), the collector as a whole (`collector`, `builder`, `embedder`), what lives in the heap (`object`), roots (`root`), a thread's access (`mutator`), who runs and how the world is
//! stopped (`world`), the collector's thread (`driver`), finalizers (`finalize`), weak references (`weak`), statistics (`stats`).

mod builder;
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
mod weak;
mod world;

pub use builder::{Builder, Options};
/// Makes a struct an [`Object`](trait@Object), whose fields of type `Slot<T>` and `[Slot<T>; 4]` are its slots, in whatever order.
#[cfg(feature = "derive")]
pub use goxide_gc_derive::Object;
#[cfg(feature = "derive")]
#[doc(hidden)]
pub use object::in_order;
pub use object::{Any, Array, Bytes, Object, Ref, Slot};
pub use root::{Global, Root};
pub use state::{Collector, Mutator};
pub use stats::Stats;
pub use weak::Weak;
