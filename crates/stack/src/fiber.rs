//! Coroutines in plain Rust on stacks of their own ([`Fiber`]), and the scope that they cannot outlive ([`scope`]). They
//! stand alone: no scheduler, no task register. Stacks that move are not for them, since Rust's frames cannot be walked.
//!
//! # Why a scope
//!
//! Rust lets safe code rely on a frame being left (by return or unwinding) before what it borrows ends: a thread scope
//! joins its threads, `LocalKey::with` gives up its borrow. A suspended fiber is such frames. If its owner leaks it they
//! are never left, and a bound of `'static` on what the function captures does not help: a thread-local is borrowed by
//! name. So a [`Scope`] knows all fibers made in it, and unwinds those that are still suspended before [`scope`] returns,
//! whether their [`Fiber`]s were dropped, leaked or stored. A [`Fiber`] cannot leave its scope, hence not be kept in a
//! thread-local; and the scope's own frame is left before its thread ends. [`Fiber::unscoped`] is the way around, for code
//! that promises as much.
//!
//! What the compiler cannot know: fibers of one thread interleave, so what they change in a thread-local and change back
//! is not nested as calls are. Code that depends on that nesting for soundness (as some crates for scoped thread-locals
//! do) must not suspend in between.

use core::any::Any;
use core::cell::Cell;
use core::fmt;
use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use core::ptr::{NonNull, null_mut};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::arch;
use crate::fixed::FixedStack;
use crate::stacks::Stacks;

/// What a resumed fiber did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step<Out, Ret> {
    /// It suspended itself with this value.
    Yield(Out),
    /// It returned this value.
    Done(Ret),
}

/// A panic's payload.
type Panic = Box<dyn Any + Send>;

/// The payload of the panic that unwinds a suspended fiber.
struct Unwind;

/// How often a fiber may catch the panic that unwinds it and suspend itself again.
const PATIENCE: usize = 100;

/// What both sides know of a fiber, at the top of its stack.
struct Control {
    /// Where to go on in the fiber; 0 while it runs and when it is done.
    inside: usize,
    /// Where to go on in the code that resumed it.
    outside: usize,
    /// How to drop the function, and where it lies, until the fiber starts.
    unstarted: Option<(unsafe fn(usize), usize)>,
    /// Resumes the fiber with `UNWIND` and discards what it hands over; what it panicked with, and whether it is done.
    unwind: unsafe fn(*mut Control) -> (Option<Panic>, bool),
    stack: ManuallyDrop<FixedStack>,
    home: Home,
    /// The head of the scope's list, or null.
    list: *const Cell<*mut Control>,
    next: *mut Control,
    prev: *mut Control,
}

/// Where a fiber's stack goes with the fiber: to that supply, which outlives it, or to the system.
type Home = Option<NonNull<dyn Stacks>>;

/// What is left of a fiber.
struct Ended {
    stack: FixedStack,
    home: Home,
}

impl Ended {
    fn put_away(self) {
        if let Some(home) = self.home {
            // SAFETY: the supply outlives the scope of the fiber, which has just ended.
            unsafe { home.as_ref() }.give(self.stack);
        }
    }
}

/// The address of an input that is none: unwind.
const UNWIND: usize = 0;

/// Where fibers are made, and which they cannot outlive; see [`scope`].
pub struct Scope<'scope, 'env: 'scope> {
    fibers: Cell<*mut Control>,
    scope: PhantomData<&'scope mut &'scope ()>,
    env: PhantomData<&'env mut &'env ()>,
}

/// Runs `f`, which can make fibers in the [`Scope`] it is given; those that are still suspended at its end, leaked ones
/// too, are unwound: their destructors run.
///
/// Fibers may borrow from outside of the call, as threads of [`std::thread::scope`] may.
///
/// ```
/// use goxide_stack::{FixedStack, Step, scope};
///
/// let words = vec!["a", "b"];
/// scope(|s| {
///     let mut f = s.fiber(FixedStack::new(64 << 10).unwrap(), |y, ()| {
///         for word in &words {
///             y.suspend(word.len());
///         }
///     });
///     assert_eq!(f.resume(()), Step::Yield(1));
/// }); // `f` is suspended, and unwound before `words` may go
/// ```
///
/// # What the compiler refuses
/// A fiber that borrows what ends before its scope does: leaked, it would outlive that.
///
/// ```compile_fail,E0597
/// # use goxide_stack::{FixedStack, scope};
/// scope(|s| {
///     let data = [1, 2, 3];
///     let mut f = s.fiber(FixedStack::new(64 << 10).unwrap(), |y, data: &[i32; 3]| y.suspend(data[0]));
///     f.resume(&data);
///     std::mem::forget(f);
/// });
/// ```
///
/// A fiber in a thread-local, whose destructor would resume it when what it borrows from another one is gone.
///
/// ```compile_fail,E0521
/// # use goxide_stack::{Fiber, FixedStack, scope};
/// # use std::cell::RefCell;
/// thread_local! {
///     static F: RefCell<Option<Fiber<'static, (), (), ()>>> = const { RefCell::new(None) };
///     static V: Vec<u64> = vec![42; 64];
/// }
/// scope(|s| {
///     let f = s.fiber(FixedStack::new(64 << 10).unwrap(), |y, ()| V.with(|_| y.suspend(())));
///     F.with(|slot| *slot.borrow_mut() = Some(f));
/// });
/// ```
///
/// A fiber that leaves its scope.
///
/// ```compile_fail
/// # use goxide_stack::{Fiber, FixedStack, scope};
/// let f: Fiber<(), (), ()> = scope(|s| s.fiber(FixedStack::new(64 << 10).unwrap(), |y, ()| y.suspend(())));
/// ```
///
/// A fiber on another thread than its own.
///
/// ```compile_fail,E0277
/// # use goxide_stack::{FixedStack, scope};
/// scope(|s| {
///     let mut f = s.fiber(FixedStack::new(64 << 10).unwrap(), |y, ()| y.suspend(()));
///     std::thread::scope(|t| _ = t.spawn(|| f.resume(())));
/// });
/// ```
///
/// A fiber without a scope, in safe code.
///
/// ```compile_fail,E0133
/// # use goxide_stack::{Fiber, FixedStack};
/// let f: Fiber<(), (), ()> = Fiber::unscoped(FixedStack::new(64 << 10).unwrap(), |y, ()| y.suspend(()));
/// ```
///
/// # Panics
/// If `f` does, or the unwinding of a fiber.
pub fn scope<'env, R>(f: impl for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> R) -> R {
    let scope = Scope { fibers: Cell::new(null_mut()), scope: PhantomData, env: PhantomData };
    let result = catch_unwind(AssertUnwindSafe(|| f(&scope)));
    let mut first = None;
    loop {
        let control = scope.fibers.get();
        if control.is_null() {
            break;
        }
        // SAFETY: fibers on the list were not ended yet, and are not running: those that run have the frame of their
        // resumption above this one. Their `Fiber`s were leaked, or lie in other fibers of the scope.
        let (ended, panic) = unsafe { end(control) };
        // What the supply panics with must not keep the others from being unwound.
        let refused = catch_unwind(AssertUnwindSafe(|| ended.put_away())).err();
        first = first.or(panic).or(refused);
    }
    match (result, first) {
        (Ok(r), None) => r,
        (Err(panic), _) | (Ok(_), Some(panic)) => resume_unwind(panic),
    }
}

impl<'scope, 'env> Scope<'scope, 'env> {
    /// A fiber that will run `f` on `stack`. The function runs only when resumed.
    ///
    /// # Panics
    /// If the stack has no room for `f` itself.
    pub fn fiber<In, Out, Ret, F>(&'scope self, stack: FixedStack, f: F) -> Fiber<'scope, In, Out, Ret>
    where
        F: FnOnce(&Yielder<In, Out, Ret>, In) -> Ret + 'scope,
        In: 'scope,
        Out: 'scope,
        Ret: 'scope,
    {
        make(stack, None, f, &self.fibers)
    }

    /// As [`fiber`](Self::fiber), on a stack of `stacks`, which gets it back when the fiber ends: dropped, or with the scope.
    /// `None` if it has no stack. A supply lies outside of the scope:
    ///
    /// ```
    /// use goxide_stack::{FixedPool, Step, scope};
    ///
    /// static STACKS: FixedPool = FixedPool::new(16 << 10);
    /// for round in 0..1000 {
    ///     scope(|s| {
    ///         let mut f = s.fiber_on(&STACKS, |y, n: u32| y.suspend(n + 1)).expect("memory for a stack");
    ///         assert_eq!(f.resume(round), Step::Yield(round + 1));
    ///         // It is suspended, and unwound here; all of them run on the same stack.
    ///     });
    /// }
    /// ```
    ///
    /// # Panics
    /// If the stack has no room for `f` itself.
    pub fn fiber_on<S, In, Out, Ret, F>(&'scope self, stacks: &'scope S, f: F) -> Option<Fiber<'scope, In, Out, Ret>>
    where
        S: Stacks,
        F: FnOnce(&Yielder<In, Out, Ret>, In) -> Ret + 'scope,
        In: 'scope,
        Out: 'scope,
        Ret: 'scope,
    {
        let stack = stacks.take()?;
        let home: NonNull<dyn Stacks + 'scope> = NonNull::from(stacks);
        // SAFETY: the two differ in the lifetime alone, and the supply is used last when the scope ends its fibers.
        let home = unsafe { core::mem::transmute::<NonNull<dyn Stacks + 'scope>, NonNull<dyn Stacks>>(home) };
        Some(make(stack, Some(home), f, &self.fibers))
    }
}

/// A function that can be suspended in the middle: `resume` runs it until it yields or returns.
///
/// A fiber stays on the thread that made it. Dropped while suspended it is unwound: [`Yielder::suspend`] panics, without a
/// message, and everything on the fiber's stack is dropped. A function that catches that panic and suspends itself again
/// gets another, and after a hundred the process aborts; so it does if a destructor suspends the fiber in the meantime, or
/// if panics abort anyway (`panic = "abort"`).
///
/// A stack that overflows hits its guard: the process dies by `SIGSEGV`.
pub struct Fiber<'a, In, Out, Ret> {
    control: *mut Control,
    types: PhantomData<fn(In) -> (Out, Ret)>,
    scope: PhantomData<&'a ()>,
}

/// Given to the function inside a fiber, to suspend it.
pub struct Yielder<In, Out, Ret> {
    control: *mut Control,
    types: PhantomData<fn(Out) -> (In, Ret)>,
}

/// What crosses from inside: a step, or a panic.
type Message<Out, Ret> = Result<Step<Out, Ret>, Panic>;

/// What `start` finds at the top of the stack, below `Control`.
struct Start<F> {
    control: *mut Control,
    f: F,
}

fn make<'a, In, Out, Ret, F>(
    stack: FixedStack,
    home: Home,
    f: F,
    list: *const Cell<*mut Control>,
) -> Fiber<'a, In, Out, Ret>
where
    F: FnOnce(&Yielder<In, Out, Ret>, In) -> Ret,
{
    let bounds = stack.bounds();
    let align = 16.max(align_of::<Start<F>>());
    let need = size_of::<Control>() + size_of::<Start<F>>() + 2 * align + 512;
    assert!(bounds.size() > need, "a stack of {} bytes is too small for this fiber", bounds.size());
    let control = ((bounds.hi - size_of::<Control>()) & !15) as *mut Control;
    let data = ((control.addr() - size_of::<Start<F>>()) & !(align - 1)) as *mut Start<F>;
    // SAFETY: both lie in the stack, which is ours, aligned; the words below `data` are writable too. The list, if there
    // is one, holds controls that were not ended yet.
    unsafe {
        data.write(Start { control, f });
        let inside = arch::prepare_switch(data.addr(), start::<In, Out, Ret, F>, data.addr());
        let unstarted = Some((drop_start::<F> as unsafe fn(usize), data.addr()));
        let next = if list.is_null() { null_mut() } else { (*list).replace(control) };
        if !next.is_null() {
            (*next).prev = control;
        }
        control.write(Control {
            inside,
            outside: 0,
            unstarted,
            unwind: unwind::<Out, Ret>,
            stack: ManuallyDrop::new(stack),
            home,
            list,
            next,
            prev: null_mut(),
        });
    }
    Fiber { control, types: PhantomData, scope: PhantomData }
}

impl<'a, In, Out, Ret> Fiber<'a, In, Out, Ret> {
    /// A fiber without a scope, for owners that outlive every scope: a scheduler's tables, say.
    ///
    /// # Safety
    /// Before anything ends that the function borrows or may come to borrow while it is suspended, the fiber is dropped or
    /// has returned. That includes the thread-locals of its thread, unless the function suspends itself only where it
    /// holds no borrow of one; and it rules out leaking the fiber, unless it holds nothing that relies on being dropped.
    ///
    /// # Panics
    /// If the stack has no room for `f` itself.
    pub unsafe fn unscoped<F>(stack: FixedStack, f: F) -> Fiber<'a, In, Out, Ret>
    where
        F: FnOnce(&Yielder<In, Out, Ret>, In) -> Ret + 'a,
        In: 'a,
        Out: 'a,
        Ret: 'a,
    {
        make(stack, None, f, core::ptr::null())
    }

    /// Runs the fiber until it yields or returns; `input` is what the function's argument is, or its `suspend` returns.
    /// A panic inside comes out here.
    ///
    /// # Panics
    /// If the fiber is done.
    // Always inline, as `suspend`: a call's return would not be where the processor predicts it, the calls of two
    // stacks being interleaved.
    #[inline(always)]
    pub fn resume(&mut self, input: In) -> Step<Out, Ret> {
        let mut input = ManuallyDrop::new(input);
        // SAFETY: the control lives as long as the fiber. `&mut self` excludes a resumption from within. A fiber that can
        // be gone on with reads `input` at once, and what it hands over is on its stack, read here before it can go on.
        let message = unsafe {
            let control = self.control;
            let inside = core::mem::replace(&mut (*control).inside, 0);
            if inside == 0 {
                is_done(ManuallyDrop::into_inner(input));
            }
            let out = arch::switch(&raw mut (*control).outside, inside, (&raw mut input).addr());
            (out as *const Message<Out, Ret>).read()
        };
        match message {
            Ok(step @ Step::Yield(_)) => step,
            last => self.finish(last),
        }
    }

    #[cold]
    fn finish(&mut self, last: Message<Out, Ret>) -> Step<Out, Ret> {
        // SAFETY: the control lives as long as the fiber, which does not run. Its last switch left a place to go on, which must not be gone to.
        unsafe { (*self.control).inside = 0 };
        match last {
            Ok(step) => step,
            Err(panic) => resume_unwind(panic),
        }
    }

    /// Whether the function has returned (or panicked).
    pub fn is_done(&self) -> bool {
        // SAFETY: the control lives as long as the fiber. The fiber does not run while its owner looks, unless it looks at itself from within,
        // for which it would have to be shared with the caller of `resume`, who borrows it exclusively.
        unsafe { (*self.control).inside == 0 }
    }

    /// The stack, to be used again. A fiber that is suspended is unwound first. A supply that the stack came from does not get it.
    ///
    /// # Panics
    /// If the unwinding does.
    pub fn into_stack(self) -> FixedStack {
        let this = ManuallyDrop::new(self);
        // SAFETY: the fiber is given up, and does not run.
        let (ended, panic) = unsafe { end(this.control) };
        if let Some(panic) = panic {
            ended.put_away();
            resume_unwind(panic);
        }
        ended.stack
    }
}

#[cold]
#[inline(never)]
fn is_done<In>(input: In) -> ! {
    drop(input);
    panic!("a fiber was resumed after it had returned")
}

impl<In, Out, Ret> Drop for Fiber<'_, In, Out, Ret> {
    fn drop(&mut self) {
        // SAFETY: the fiber is given up, and does not run.
        let (ended, panic) = unsafe { end(self.control) };
        ended.put_away();
        if let Some(panic) = panic
            && !std::thread::panicking()
        {
            resume_unwind(panic);
        }
    }
}

/// Takes a fiber out of its scope, drops what it holds, and gives back its stack, and what that panicked with.
///
/// # Safety
/// The fiber does not run, and is not used afterwards.
unsafe fn end(control: *mut Control) -> (Ended, Option<Panic>) {
    // SAFETY: the control is valid until the stack is taken from it, and its neighbours as long as they are on the list.
    unsafe {
        let (next, prev) = ((*control).next, (*control).prev);
        if !next.is_null() {
            (*next).prev = prev;
        }
        if !prev.is_null() {
            (*prev).next = next;
        } else if !(*control).list.is_null() {
            (*(*control).list).set(next);
        }
        let panic = if let Some((drop_start, data)) = (*control).unstarted {
            // The function lies there as `make` left it.
            catch_unwind(AssertUnwindSafe(|| drop_start(data))).err()
        } else if (*control).inside != 0 {
            unwind_to_the_end(control)
        } else {
            None
        };
        // The control lies on the stack.
        let home = (*control).home;
        (Ended { stack: ManuallyDrop::take(&mut (*control).stack), home }, panic)
    }
}

/// # Safety
/// The fiber is suspended, after it has started.
#[cold]
unsafe fn unwind_to_the_end(control: *mut Control) -> Option<Panic> {
    let mut first = None;
    for _ in 0..PATIENCE {
        // SAFETY: the fiber is suspended and has started (this function's contract); one that is not done is suspended
        // again. `unwind` is the one of its own types.
        let (panic, done) = unsafe { ((*control).unwind)(control) };
        first = first.or(panic);
        if done {
            return first;
        }
    }
    eprintln!("goxide-stack: a fiber that is dropped has caught the panic that unwinds it {PATIENCE} times; aborting");
    std::process::abort()
}

/// Resumes a suspended fiber for unwinding; see `Control::unwind`.
///
/// # Safety
/// The fiber is suspended, has started, and hands over messages of this type.
unsafe fn unwind<Out, Ret>(control: *mut Control) -> (Option<Panic>, bool) {
    // SAFETY: the fiber is suspended (this function's contract), so `inside` is where it can be gone to, once, and is
    // taken; `outside` is its own. The message is of this type, on the fiber's stack, and read before it can go on.
    let message = unsafe {
        let inside = core::mem::replace(&mut (*control).inside, 0);
        let out = arch::switch(&raw mut (*control).outside, inside, UNWIND);
        (out as *const Message<Out, Ret>).read()
    };
    let done = !matches!(message, Ok(Step::Yield(_)));
    let panic = match message {
        Err(panic) if panic.is::<Unwind>() => None,
        Err(panic) => Some(panic),
        Ok(step) => catch_unwind(AssertUnwindSafe(|| drop(step))).err(),
    };
    (panic, done)
}

impl<In, Out, Ret> Yielder<In, Out, Ret> {
    /// Suspends the fiber with `out`; returns what it is resumed with.
    ///
    /// # Panics
    /// If the fiber is dropped instead. The panic has no message and ends with the fiber; let it pass.
    #[inline(always)]
    pub fn suspend(&self, out: Out) -> In {
        // SAFETY: a `Yielder` is reachable only from code that the fiber runs.
        let input = unsafe { send::<Out, Ret>(self.control, Ok(Step::Yield(out))) };
        if input == UNWIND {
            unwind_here();
        }
        // SAFETY: `resume` hands over the address of its input and forgets it.
        unsafe { (input as *const In).read() }
    }
}

#[cold]
#[inline(never)]
fn unwind_here() -> ! {
    resume_unwind(Box::new(Unwind))
}

/// Hands `message` to the resumer, and returns what the next resumption hands over.
///
/// # Safety
/// Runs in the fiber that `control` belongs to.
#[inline(always)]
unsafe fn send<Out, Ret>(control: *mut Control, message: Message<Out, Ret>) -> usize {
    let mut message = ManuallyDrop::new(message);
    // SAFETY: the fiber runs, so `outside` is where its resumption waits; it reads `message` before anything else.
    unsafe {
        let outside = (*control).outside;
        arch::switch(&raw mut (*control).inside, outside, (&raw mut message).addr())
    }
}

/// # Safety
/// `data` is the address of a `Start<F>` that has not been read.
unsafe fn drop_start<F>(data: usize) {
    // SAFETY: a `Start<F>` that nobody has read, and that nobody reads again.
    unsafe { (data as *mut Start<F>).drop_in_place() }
}

/// The outermost function on a fiber's stack.
///
/// # Safety
/// `data` is the address of the `Start<F>` that `make` left there, of these types, which has not been read; `input` that of
/// an `In` that may be read once. Gone to by the first resumption, not for unwinding.
unsafe extern "C" fn start<In, Out, Ret, F>(data: usize, input: usize) -> !
where
    F: FnOnce(&Yielder<In, Out, Ret>, In) -> Ret,
{
    // SAFETY: `make` put a `Start` there, `resume` an `In`; each is read once. A fiber that has not started is not
    // resumed for unwinding.
    unsafe {
        let Start { control, f } = (data as *const Start<F>).read();
        (*control).unstarted = None;
        let input = (input as *const In).read();
        let yielder = Yielder { control, types: PhantomData };
        let result = catch_unwind(AssertUnwindSafe(|| f(&yielder, input)));
        send::<Out, Ret>(control, result.map(Step::Done));
    }
    // `resume` refuses a fiber that is done, and `end` leaves it alone.
    std::process::abort()
}

impl<In, Out, Ret> fmt::Debug for Fiber<'_, In, Out, Ret> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fiber").field("done", &self.is_done()).finish_non_exhaustive()
    }
}

impl<In, Out, Ret> fmt::Debug for Yielder<In, Out, Ret> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Yielder").finish_non_exhaustive()
    }
}

impl fmt::Debug for Scope<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").finish_non_exhaustive()
    }
}
