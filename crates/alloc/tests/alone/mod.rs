//! Turns of tests that count what the one heap of the process has.

use std::sync::Mutex;
use std::thread;

/// Runs a test while no other runs, on a thread that is gone, with all that it kept, before the next one begins.
pub fn alone(test: impl FnOnce() + Send + 'static) {
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(|e| e.into_inner());
    if let Err(panic) = thread::spawn(test).join() {
        std::panic::resume_unwind(panic);
    }
}
