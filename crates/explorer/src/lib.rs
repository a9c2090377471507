//! The explorer: a page on which one sees the runtime's crates work. `cargo xtask explorer` serves it.
//!
//! The crates that run here are the real ones, and what the page shows is read from their own structures, by their feature `inspect`;
//! one scene shows a real program's run, from the files that it left.
//! A *scene* holds such a crate's values, changes them as its visitor asks, and draws them as HTML. The page itself (`assets/`)
//! only passes actions on and puts the HTML where it belongs. `page` is what it calls; it exists in WebAssembly only, so everything
//! else is tested on the host.

mod allocator;
mod arch;
mod channels;
mod collector;
mod html;
mod maps;
mod memory;
#[cfg(target_family = "wasm")]
mod page;
mod random;
mod request;
mod run;
mod scene;
mod scheduler;

pub use allocator::Allocator;
pub use channels::Channels;
pub use collector::Collector;
pub use maps::Maps;
pub use run::Run;
pub use scene::{Part, Scene};
pub use scheduler::Scheduler;
