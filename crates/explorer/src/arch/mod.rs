//! What differs between a browser and the host: where fresh memory comes from (`fresh`), and how what does not
//! return is left (`leave`, `caught`).

#[cfg(not(target_arch = "wasm32"))]
mod host;
#[cfg(target_arch = "wasm32")]
mod wasm32;

#[cfg(not(target_arch = "wasm32"))]
pub use host::{caught, fresh, leave};
#[cfg(target_arch = "wasm32")]
pub use wasm32::{caught, fresh, leave};
