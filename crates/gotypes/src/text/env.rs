//! Settings from the environment: GODEBUG, GOGC, GOMEMLIMIT, GOMAXPROCS, GOTRACEBACK.
//!
//! Pure parsing; who reads the environment and who acts on a setting is not decided here.

use super::number::{parse_byte_count, parse_i32, parse_i64};

/// The `key=value` fields of a comma-separated list, from left to right; fields without `=` are left out.
pub fn fields(list: &[u8]) -> impl DoubleEndedIterator<Item = (&[u8], &[u8])> {
    list.split(|&c| c == b',').filter_map(|f| {
        let i = f.iter().position(|&c| c == b'=')?;
        Some((f.get(..i)?, f.get(i + 1..)?))
    })
}

macro_rules! debug_vars {
    ($($(#[doc = $doc:literal])* $name:ident = $default:literal;)*) => {
        /// The runtime's debug variables, by their names in GODEBUG.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(C)]
        pub struct DebugVars { $($(#[doc = $doc])* pub $name: i32,)* }

        impl DebugVars {
            /// Values before anything was read.
            pub const DEFAULT: DebugVars = DebugVars { $($name: $default,)* };

            /// The variable of that name.
            pub fn get_mut(&mut self, name: &[u8]) -> Option<&mut i32> {
                $(if name == stringify!($name).as_bytes() { return Some(&mut self.$name); })*
                None
            }
        }
    };
}

// What is here is read by some part of the runtime (tidy checks that).
debug_vars! {
    /// Overwrite freed objects.
    clobberfree = 0;
    /// Without GOMEMLIMIT, the memory limit is that of the control groups (not in Go).
    cgroupmemlimit = 0;
    /// Check what is passed to C (there is none). Above 1 it is refused.
    cgocheck = 1;
    /// GOMAXPROCS follows the CPU quota of the control groups (Go 1.25 has it).
    containermaxprocs = 1;
    /// Check each marking by a second one with the world stopped.
    gccheckmark = 0;
    /// Never shrink stacks.
    gcshrinkstackoff = 0;
    /// Collect with the world stopped.
    gcstoptheworld = 0;
    /// One line per collection.
    gctrace = 0;
    /// Details with `schedtrace`.
    scheddetail = 0;
    /// Print the scheduler's state every so many milliseconds.
    schedtrace = 0;
    /// No preemption by signal.
    asyncpreemptoff = 0;
    /// For tests: ask every running goroutine to yield, by signal at once, every so many microseconds (not in Go).
    asyncpreemptstorm = 0;
    /// Print the time and memory of package initialization.
    inittrace = 0;
    /// Let `panic(nil)` be nil.
    panicnil = 0;
}

/// Variables of Go's whose effect a program's user would miss, and that are not implemented: the bootstrap says so. Those which only choose how Go's
/// runtime goes about its work (`adaptivestackstart`, `disablethp`, `dontfreezetheworld`, `harddecommit`, `invalidptr`, `madvdontneed`,
/// `tracefpunwindoff`) are no variables here.
pub const NOT_IMPLEMENTED: [&str; 6] =
    ["allocfreetrace", "efence", "gcpacertrace", "sbrk", "scavtrace", "tracebackancestors"];

const _: () = assert!(NOT_IMPLEMENTED.len() <= u8::BITS as usize);

/// Everything that GODEBUG sets at start-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Godebug {
    /// The variables.
    pub vars: DebugVars,
    /// `memprofilerate`, if set.
    pub mem_profile_rate: Option<i64>,
    /// Which of [`NOT_IMPLEMENTED`] are asked for: bit `i` for the `i`th.
    pub missed: u8,
}

impl Godebug {
    /// Reads the settings compiled into the program, then those of the environment; later ones win.
    pub fn at_start(compiled: &[u8], env: &[u8]) -> Godebug {
        let mut g = Godebug { vars: DebugVars::DEFAULT, mem_profile_rate: None, missed: 0 };
        for (key, value) in fields(compiled).chain(fields(env)) {
            if key == b"memprofilerate" {
                g.mem_profile_rate = parse_i64(value).or(g.mem_profile_rate);
            } else if let (Some(v), Some(n)) = (g.vars.get_mut(key), parse_i32(value)) {
                *v = n;
            } else if let Some(i) = NOT_IMPLEMENTED.iter().position(|name| name.as_bytes() == key)
                && let Some(n) = parse_i32(value)
            {
                g.missed = g.missed & !(1 << i) | u8::from(n > 0) << i;
            }
        }
        g
    }
}

/// The value of `panicnil`, the one variable that may change while the program runs, after GODEBUG became `env`.
///
/// The last field that names it counts, the environment's before the compiled ones; if that is no number, nothing
/// changes.
pub fn updated_panicnil(compiled: &[u8], env: &[u8], now: i32) -> i32 {
    match fields(env).rev().chain(fields(compiled).rev()).find(|(k, _)| *k == b"panicnil") {
        Some((_, v)) => parse_i32(v).unwrap_or(now),
        None => 0,
    }
}

/// GOGC: -1 for `off`, 100 if it is absent or no number.
pub fn gogc(value: Option<&[u8]>) -> i32 {
    match value {
        Some(b"off") => -1,
        v => parse_i32(v.unwrap_or(b"")).unwrap_or(100),
    }
}

/// GOMEMLIMIT is malformed. Go prints `GOMEMLIMIT=`, the value and a newline, and throws [`MEMLIMIT_THROW`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadMemoryLimit;

impl core::fmt::Display for BadMemoryLimit {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(MEMLIMIT_THROW)
    }
}

impl core::error::Error for BadMemoryLimit {}

/// What is thrown for a malformed GOMEMLIMIT.
pub const MEMLIMIT_THROW: &str = "malformed GOMEMLIMIT; see `go doc runtime/debug.SetMemoryLimit`";

/// GOMEMLIMIT in bytes; the largest number if it is absent, empty or `off`.
///
/// # Errors
/// [`BadMemoryLimit`] if it is not of the form of one.
pub fn memory_limit(value: Option<&[u8]>) -> Result<i64, BadMemoryLimit> {
    match value {
        None | Some(b"" | b"off") => Ok(i64::MAX),
        Some(v) => parse_byte_count(v).ok_or(BadMemoryLimit),
    }
}

/// GOMAXPROCS, if it is a positive number.
pub fn max_procs(value: Option<&[u8]>) -> Option<i32> {
    parse_i32(value?).filter(|&n| n > 0)
}

/// How many processors a program has that does not say how many it wants: as many as it may run on, but not more than its CPU quota is
/// worth, rounded up. A quota of less than two processors counts as two, since a program on one processor waits for its own collector;
/// the quota itself is kept by the system.
pub fn default_procs(cpus: u32, quota: Option<u64>) -> u32 {
    match quota {
        Some(quota) => cpus.min(u32::try_from(quota.max(2)).unwrap_or(u32::MAX)),
        None => cpus,
    }
}

/// Bit of a traceback level: end with a core dump.
pub const TRACEBACK_CRASH: u32 = 1;
/// Bit of a traceback level: show all goroutines.
pub const TRACEBACK_ALL: u32 = 2;
/// Where the number of the level begins.
pub const TRACEBACK_SHIFT: u32 = 2;

/// A GOTRACEBACK value, or the argument of `debug.SetTraceback`, as level and bits. What is set by the environment
/// stays set: the caller ors the results.
pub fn traceback(level: &[u8]) -> u32 {
    match level {
        b"none" => 0,
        b"single" | b"" => 1 << TRACEBACK_SHIFT,
        b"all" => 1 << TRACEBACK_SHIFT | TRACEBACK_ALL,
        b"system" => 2 << TRACEBACK_SHIFT | TRACEBACK_ALL,
        b"crash" => 2 << TRACEBACK_SHIFT | TRACEBACK_ALL | TRACEBACK_CRASH,
        n => match parse_i64(n).and_then(|n| u32::try_from(n).ok()) {
            Some(n) => TRACEBACK_ALL | n << TRACEBACK_SHIFT,
            None => TRACEBACK_ALL,
        },
    }
}
