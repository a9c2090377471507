//! What the composition does at points of the main goroutine's way to `main.main`: set by the bootstrap, called by the entries
//! that lead there.

/// What the composition does at points of the main goroutine's way to `main.main`.
pub trait Steps: Sync {
    /// The main goroutine runs for the first time.
    fn main_begins(&self);
    /// Package runtime and those below it are initialised: collections may begin from now on.
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

/// Where the bootstrap puts them. All zero bytes: nothing happens.
pub struct StepsCell(core::cell::UnsafeCell<Option<&'static dyn Steps>>);
// SAFETY: written by the bootstrap alone, before there is a second thread.
unsafe impl Sync for StepsCell {}

impl StepsCell {
    pub(crate) const fn new() -> StepsCell {
        StepsCell(core::cell::UnsafeCell::new(None))
    }

    /// Sets what happens at those points.
    ///
    /// # Safety
    /// By the bootstrap, on the only thread.
    pub unsafe fn set(&self, steps: &'static dyn Steps) {
        // SAFETY: this is the only thread (this function's contract), so nothing reads it at the same time.
        unsafe { *self.0.get() = Some(steps) }
    }

    /// What happens at those points.
    pub fn get(&self) -> &'static dyn Steps {
        // SAFETY: constant once the bootstrap is over.
        unsafe { *self.0.get() }.unwrap_or(&NoSteps)
    }
}
