//! The machines' frame conventions, as constants. No other file of the symbol
//! tables asks for the architecture; [`Native`] is this build's.

mod amd64;
mod arm64;
mod convention;

pub use amd64::Amd64;
pub use arm64::Arm64;
pub use convention::Arch;

#[cfg(target_arch = "x86_64")]
pub use Amd64 as Native;
#[cfg(target_arch = "aarch64")]
pub use Arm64 as Native;
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
compile_error!("Go's frames are known for amd64 and arm64 only");
