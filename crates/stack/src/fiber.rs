//! A coroutine in plain Rust on a stack of its own. It stands alone: no scheduler, no task register. Stacks that move
//! are not for it, since nobody can walk Rust's frames.

use core::any::Any;
use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::arch;
use crate::fixed::FixedStack;

/// What a resumed fiber did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step<Out, Ret> {
    /// It suspended itself with this value.
    Yield(Out),
    /// It returned this value.
    Done(Ret),
}

/// What both sides know of a fiber, at the top of its stack.
struct Control {
    /// Where to go on in the fiber; 0 while it runs and when it is done.
    inside: usize,
    /// Where to go on in whoever resumed it.
    outside: usize,
    /// How to drop the function, and where it lies, until the fiber starts.
    unstarted: Option<(unsafe fn(usize), usize)>,
}

/// A function that can be suspended in the middle: `resume` runs it until it yields or returns.
///
/// A fiber that is dropped while suspended cannot run its destructors, so it leaks its stack and all that is on it.
/// A fiber stays on the thread that made it.
pub struct Fiber<In, Out, Ret> {
    /// Taken out when the fiber is done.
    stack: Option<FixedStack>,
    control: *mut Control,
    types: PhantomData<fn(In) -> (Out, Ret)>,
}

/// Given to the function inside a fiber, to suspend it.
pub struct Yielder<In, Out, Ret> {
    control: *mut Control,
    types: PhantomData<fn(Out) -> (In, Ret)>,
}

/// What crosses from inside: a step, or a panic.
type Message<Out, Ret> = Result<Step<Out, Ret>, Box<dyn Any + Send>>;

/// What `start` finds at the top of the stack, below `Control`.
struct Start<F> {
    control: *mut Control,
    f: F,
}

impl<In, Out, Ret> Fiber<In, Out, Ret> {
    /// A fiber that will run `f` on `stack`. The function runs only when resumed.
    ///
    /// # Panics
    /// If the stack has no room for `f` itself.
    pub fn new<F>(stack: FixedStack, f: F) -> Fiber<In, Out, Ret>
    where
        F: FnOnce(&Yielder<In, Out, Ret>, In) -> Ret + 'static,
    {
        let bounds = stack.bounds();
        let align = 16.max(align_of::<Start<F>>());
        let need = size_of::<Control>() + size_of::<Start<F>>() + 2 * align + 512;
        assert!(bounds.size() > need, "a stack of {} bytes is too small for this fiber", bounds.size());
        let control = ((bounds.hi - size_of::<Control>()) & !15) as *mut Control;
        let data = ((control.addr() - size_of::<Start<F>>()) & !(align - 1)) as *mut Start<F>;
        // SAFETY: both lie in the stack, which is ours, aligned; the words below `data` are writable too.
        unsafe {
            data.write(Start { control, f });
            let inside = arch::prepare_switch(data.addr(), start::<In, Out, Ret, F>, data.addr());
            let unstarted = Some((drop_start::<F> as unsafe fn(usize), data.addr()));
            control.write(Control { inside, outside: 0, unstarted });
        }
        Fiber { stack: Some(stack), control, types: PhantomData }
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
        assert!(self.stack.is_some(), "a fiber was resumed after it had returned");
        let mut input = ManuallyDrop::new(input);
        // SAFETY: the fiber is suspended: `&mut self` excludes a resumption from within, and `stack` says that it has
        // not returned. It reads `input` at once, and what it hands over is on its stack, read here before it can go on.
        let message = unsafe {
            let control = self.control;
            let inside = core::mem::replace(&mut (*control).inside, 0);
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
        self.stack = None;
        match last {
            Ok(step) => step,
            Err(panic) => resume_unwind(panic),
        }
    }

    /// Whether the function has returned.
    pub fn is_done(&self) -> bool {
        self.stack.is_none()
    }
}

impl<In, Out, Ret> Drop for Fiber<In, Out, Ret> {
    fn drop(&mut self) {
        let Some(stack) = self.stack.take() else { return };
        // SAFETY: the control block is on the stack that we still hold.
        match unsafe { (*self.control).unstarted } {
            // SAFETY: `f` lies there as `new` left it, and nothing else is on the stack, which goes after it.
            Some((drop_start, data)) => unsafe { drop_start(data) },
            // Frames are on it whose destructors cannot run, so their memory must not be reused either.
            None => core::mem::forget(stack),
        }
    }
}

impl<In, Out, Ret> Yielder<In, Out, Ret> {
    /// Suspends the fiber with `out`; returns what it is resumed with.
    #[inline(always)]
    pub fn suspend(&self, out: Out) -> In {
        // SAFETY: a `Yielder` is reachable only from code that the fiber runs.
        let input = unsafe { send::<Out, Ret>(self.control, Ok(Step::Yield(out))) };
        // SAFETY: `resume` hands over the address of its input and forgets it.
        unsafe { (input as *const In).read() }
    }
}

/// Hands `message` to whoever resumed, and returns what the next resumption hands over.
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
/// `data` is the address of a `Start<F>` that nobody has read.
unsafe fn drop_start<F>(data: usize) {
    // SAFETY: the caller's contract.
    unsafe { (data as *mut Start<F>).drop_in_place() }
}

/// The outermost function on a fiber's stack.
unsafe extern "C" fn start<In, Out, Ret, F>(data: usize, input: usize) -> !
where
    F: FnOnce(&Yielder<In, Out, Ret>, In) -> Ret,
{
    // SAFETY: `new` put a `Start` there, `resume` an `In`; each is read once.
    unsafe {
        let Start { control, f } = (data as *const Start<F>).read();
        (*control).unstarted = None;
        let input = (input as *const In).read();
        let yielder = Yielder { control, types: PhantomData };
        let result = catch_unwind(AssertUnwindSafe(|| f(&yielder, input)));
        send::<Out, Ret>(control, result.map(Step::Done));
    }
    // `resume` refuses a fiber that is done.
    std::process::abort()
}

impl<In, Out, Ret> core::fmt::Debug for Fiber<In, Out, Ret> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Fiber").field("done", &self.is_done()).finish_non_exhaustive()
    }
}
