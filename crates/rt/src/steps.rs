//! What the composition does at points of the main goroutine's way to `main.main`: set by the bootstrap, called by the entries
//! that lead there.

/// What the composition does at points of the main goroutine's way to `main.main`.
pub trait Steps: Sync {
    /// The main goroutine runs for the first time.
    fn main_begins(&self);
    /// Package runtime and those below it are initialised.
    fn runtime_initialized(&self);
    /// All packages are initialised; `main.main` is next.
    fn packages_initialized(&self);
}

struct NoSteps;
impl Steps for NoSteps {
    fn main_begins(&self) {}
    fn runtime_initialized(&self) {}
    fn packages_initialized(&self) {}
}

struct StepsCell(core::cell::UnsafeCell<&'static dyn Steps>);
// SAFETY: written by the bootstrap alone, before there is a second thread.
unsafe impl Sync for StepsCell {}
static STEPS: StepsCell = StepsCell(core::cell::UnsafeCell::new(&NoSteps));

/// Sets what happens at those points.
///
/// # Safety
/// By the bootstrap, on the only thread.
pub unsafe fn set_steps(s: &'static dyn Steps) {
    // SAFETY: this is the only thread (this function's contract), so nothing reads it at the same time.
    unsafe { *STEPS.0.get() = s }
}

/// What happens at those points.
pub fn hooks() -> &'static dyn Steps {
    // SAFETY: constant once the bootstrap is over.
    unsafe { *STEPS.0.get() }
}
