//! What the process was started with: arguments, environment, GODEBUG, GOENV.traceback. Filled in once by the bootstrap,
//! constant from then on, except for the traceback level.

use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicI32, AtomicU32, AtomicU64, Ordering};
use goxide_gotypes::text::env::{
    DebugVars, Godebug, TRACEBACK_ALL, TRACEBACK_CRASH, TRACEBACK_SHIFT, traceback, updated_panicnil,
};
use goxide_gotypes::types::{GoSlice, GoStr};

/// The process's start-up data.
pub struct Process {
    /// `[]string`: the command line.
    pub args: GoSlice,
    /// `[]string`: the environment, `key=value`.
    pub envs: GoSlice,
    /// GODEBUG's variables.
    pub debug: DebugVars,
    /// The program gained rights by being executed (AT_SECURE).
    pub secure: bool,
    /// Print the bootstrap's steps.
    pub boot_trace: bool,
}

struct Env {
    process: UnsafeCell<Process>,
    traceback: AtomicU32,
    /// What the environment asked for: `debug.SetTraceback` cannot lower it.
    traceback_env: AtomicU32,
    /// `panicnil` of GODEBUG: the one setting of the runtime's own that may change while the program runs.
    panicnil: AtomicI32,
    /// How often it mattered.
    panicnil_events: AtomicU64,
}

// SAFETY: `process` is written by the first thread alone before there is another (`fill`), and only read from then on; the
// others are atomic.
unsafe impl Sync for Env {}

/// Apart from the runtime's one value, since the defaults are not all zero.
static ENV: Env = Env {
    process: UnsafeCell::new(Process {
        args: GoSlice::NIL,
        envs: GoSlice::NIL,
        debug: DebugVars::DEFAULT,
        secure: false,
        boot_trace: false,
    }),
    traceback: AtomicU32::new(1 << TRACEBACK_SHIFT),
    traceback_env: AtomicU32::new(0),
    panicnil: AtomicI32::new(0),
    panicnil_events: AtomicU64::new(0),
};

/// The start-up data.
pub fn process() -> &'static Process {
    // SAFETY: constant once the bootstrap is over, which happens before anything else runs.
    unsafe { &*ENV.process.get() }
}

/// The start-up data, to be filled in.
///
/// # Safety
/// By the bootstrap alone, on the only thread, with no reference from [`process`] in use.
#[allow(clippy::mut_from_ref, reason = "the cell is the bootstrap's until other threads exist")]
pub unsafe fn fill() -> &'static mut Process {
    // SAFETY: this is the only thread, and no reference from `process` is in use (this function's contract).
    unsafe { &mut *ENV.process.get() }
}

/// The value of an environment variable, as the process was started with it.
pub fn get(key: &[u8]) -> Option<&'static [u8]> {
    // SAFETY: the slice holds the process's strings, which stay.
    let all: &'static [GoStr] = unsafe { process().envs.as_slice() };
    all.iter().find_map(|s| {
        // SAFETY: a string of the process's, which stays.
        let s: &'static [u8] = unsafe { s.as_bytes() };
        s.strip_prefix(key)?.strip_prefix(b"=")
    })
}

/// Reads GODEBUG: the settings compiled in, then the environment's.
pub fn parse_debug(compiled: &[u8]) -> Godebug {
    Godebug::at_start(compiled, get(b"GODEBUG").unwrap_or(b""))
}

/// Sets `panicnil` as it is at start.
pub fn set_panicnil(value: i32) {
    ENV.panicnil.store(value, Ordering::Relaxed);
}

/// The program has changed GODEBUG.
pub fn godebug_changed(compiled: &[u8], env: &[u8]) {
    let now = ENV.panicnil.load(Ordering::Relaxed);
    ENV.panicnil.store(updated_panicnil(compiled, env, now), Ordering::Relaxed);
}

/// Whether a panic with nil has that value; counted if so.
pub fn panic_may_be_nil() -> bool {
    let may = ENV.panicnil.load(Ordering::Relaxed) == 1;
    if may {
        ENV.panicnil_events.fetch_add(1, Ordering::Relaxed);
    }
    may
}

/// How often [`panic_may_be_nil`] said yes.
pub fn panicnil_events() -> u64 {
    ENV.panicnil_events.load(Ordering::Relaxed)
}

/// The `memprofilerate` of GODEBUG.
pub fn memory_profile_rate(compiled: &[u8]) -> Option<i64> {
    let env = get(b"GODEBUG").unwrap_or(b"");
    if compiled.is_empty() && env.is_empty() { None } else { Godebug::at_start(compiled, env).mem_profile_rate }
}

/// Sets the traceback level; never below what the environment asked for.
pub fn set_traceback(level: &[u8], from_env: bool) {
    let bits = traceback(level);
    if from_env {
        ENV.traceback_env.store(bits, Ordering::Relaxed);
    }
    ENV.traceback.store(bits | ENV.traceback_env.load(Ordering::Relaxed), Ordering::Relaxed);
}

/// Level, whether all goroutines are shown, whether to dump core.
pub fn traceback_level() -> (u32, bool, bool) {
    let t = ENV.traceback.load(Ordering::Relaxed);
    (t >> TRACEBACK_SHIFT, t & TRACEBACK_ALL != 0, t & TRACEBACK_CRASH != 0)
}

/// Whether a process that dies is to leave its memory behind (`GOTRACEBACK=crash`).
pub fn dumps_core() -> bool {
    let (_, _, crash) = traceback_level();
    crash
}
