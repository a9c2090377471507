//! What differs between a browser and the host: where fresh memory comes from (`fresh`).

#[cfg(not(target_arch = "wasm32"))]
mod host;
#[cfg(target_arch = "wasm32")]
mod wasm32;

#[cfg(not(target_arch = "wasm32"))]
pub use host::fresh;
#[cfg(target_arch = "wasm32")]
pub use wasm32::fresh;
