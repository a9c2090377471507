//! The two architectures Goxide supports and their names in Go, Rust and the
//! linker. No command spells such a name itself.

use clap::ValueEnum;

/// A supported architecture, named as Go names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Arch {
    /// x86-64, baseline instruction set.
    Amd64,
    /// AArch64, ARMv8.0.
    Arm64,
}

impl Arch {
    /// Every architecture, in the order reports list them.
    pub const ALL: [Self; 2] = [Self::Amd64, Self::Arm64];

    /// The value of `GOARCH`.
    pub const fn goarch(self) -> &'static str {
        match self {
            Self::Amd64 => "amd64",
            Self::Arm64 => "arm64",
        }
    }

    /// The Rust target the library is built for.
    pub const fn triple(self) -> &'static str {
        match self {
            Self::Amd64 => "x86_64-unknown-linux-gnu",
            Self::Arm64 => "aarch64-unknown-linux-gnu",
        }
    }

    /// Debian's name, for the packages a fallback needs.
    pub const fn debian(self) -> &'static str {
        self.goarch()
    }

    /// The architecture this program runs on.
    pub fn host() -> Self {
        match std::env::consts::ARCH {
            "aarch64" => Self::Arm64,
            _ => Self::Amd64,
        }
    }

    /// The architecture `go` would build for: `GOARCH`, else the host's.
    pub fn wanted() -> Self {
        let goarch = std::env::var("GOARCH").unwrap_or_default();
        Self::ALL.into_iter().find(|a| a.goarch() == goarch).unwrap_or_else(Self::host)
    }
}

impl std::fmt::Display for Arch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.goarch())
    }
}
