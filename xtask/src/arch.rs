//! The names the two supported architectures go by in Rust and Debian, and which of
//! them is meant. The type and Go's names are in `boundary`; no command spells one itself.

pub use crate::boundary::Arch;

impl Arch {
    /// Every architecture, in the order reports list them.
    pub const ALL: [Self; 2] = [Self::Amd64, Self::Arm64];

    /// The Rust target the library is built for.
    pub const fn triple(self) -> &'static str {
        match self {
            Self::Amd64 => "x86_64-unknown-linux-gnu",
            Self::Arm64 => "aarch64-unknown-linux-gnu",
        }
    }

    /// What lld calls the kind of file it makes.
    pub const fn emulation(self) -> &'static str {
        match self {
            Self::Amd64 => "elf_x86_64",
            Self::Arm64 => "aarch64linux",
        }
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
        Self::ALL.into_iter().find(|a| a.go_name() == goarch).unwrap_or_else(Self::host)
    }
}

impl std::fmt::Display for Arch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.go_name())
    }
}
