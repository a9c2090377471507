//! The steps of the bootstrap, in the order in which `start` takes them. Each runs on the first thread, alone.

use core::cell::UnsafeCell;
use core::sync::atomic::Ordering;
use goxide_gotypes::space::Module;
use goxide_gotypes::text::env::NOT_IMPLEMENTED;
use goxide_gotypes::types::{GoSlice, GoStr};
use goxide_rt::call::{call_on_g0, return_pc};
use goxide_rt::links::{first_module, links};
use goxide_rt::parts::FirstChunk;
use goxide_rt::persistent::GoPersistent;
use goxide_rt::sched;
use goxide_rt::state::{HUGE_PAGE_UNKNOWN, RT, m};
use goxide_rt::stderr::Stderr;
use goxide_rt::threads::set_system_stack;
use goxide_rt::token::System;
use goxide_rt::{cgroup, env, fatal, gc, procs, profile, signals};
use goxide_symtab::Sink as _;
use goxide_sys::random::{self, Purpose};
use goxide_sys::{auxv, cpu};
use goxide_tls::ThreadBlock;

/// What the kernel put on the stack.
pub struct Kernel {
    argc: usize,
    argv: *const *const u8,
}

impl Kernel {
    /// # Safety
    /// `sp` is the stack pointer that the process began with.
    pub unsafe fn new(sp: *const usize) -> Kernel {
        // SAFETY: argc, then the pointers to the arguments.
        unsafe { Kernel { argc: *sp, argv: sp.add(1).cast() } }
    }

    fn envp(&self) -> *const *const u8 {
        // SAFETY: the environment follows the null after the arguments.
        unsafe { self.argv.add(self.argc + 1) }
    }

    fn env_len(&self) -> usize {
        let mut n = 0;
        // SAFETY: the environment ends with a null.
        while unsafe { !(*self.envp().add(n)).is_null() } {
            n += 1;
        }
        n
    }

    /// The environment's strings.
    pub fn env(&self) -> impl Iterator<Item = &'static [u8]> + '_ {
        // SAFETY: pointers to C strings that stay for the life of the process.
        (0..self.env_len()).map(|i| unsafe { c_string(*self.envp().add(i)) })
    }
}

/// # Safety
/// `p` is a C string that stays as it is.
unsafe fn c_string(p: *const u8) -> &'static [u8] {
    // SAFETY: a C string that stays.
    unsafe { core::slice::from_raw_parts(p, goxide_sys::mem::strlen(p)) }
}

/// The first thread's block: there is no memory to allocate one from yet.
struct FirstBlock(UnsafeCell<ThreadBlock>);
// SAFETY: it belongs to the first thread.
unsafe impl Sync for FirstBlock {}
static FIRST_BLOCK: FirstBlock = FirstBlock(UnsafeCell::new(ThreadBlock::new()));

/// The first thread's block: from here on the thread register is ours.
///
/// # Safety
/// By the bootstrap, on the only thread, once, after [`args`]: how the register is set stands in the auxiliary vector.
pub unsafe fn tls() {
    // SAFETY: the block is static and the first thread's.
    unsafe { goxide_tls::set_base(FIRST_BLOCK.0.get()) }
}

/// # Safety
/// By the bootstrap, on the only thread, once. The kernel's vectors stay as they are.
pub unsafe fn args(kernel: &Kernel) {
    // SAFETY: the vector follows the null after the environment.
    unsafe { auxv::init(kernel.envp().add(kernel.env_len() + 1).cast()) };
    RT.gettimeofday.store(goxide_sys::time::init().gettimeofday, Ordering::Relaxed);
}

/// The linker's tables are those of this Go version.
pub fn check() {
    const GO_1_20_MAGIC: u32 = 0xffff_fff1;
    // SAFETY: the linker's header.
    if unsafe { first_module().pc_header.cast::<u32>().read() } != GO_1_20_MAGIC {
        fatal::throw(b"goxide: the program was not linked by Go 1.21: build it with the go command of this GOROOT");
    }
}

pub fn cpu_count() {
    let n = cpu::count_from_affinity();
    RT.cpus.store(n as u32, Ordering::Relaxed);
    // SAFETY: Go's variable; no Go code runs yet.
    unsafe { *links().ncpu = n as i32 };
}

pub fn page_size() {
    if !auxv::get(auxv::AT_PAGESZ).is_some_and(|n| n.is_power_of_two() && n >= 4096) {
        fatal::throw(b"bad system page size");
    }
    // SAFETY: Go's variable; no Go code runs yet.
    unsafe { *links().phys_page_size = goxide_sys::mem::page_size() };
}

/// The kernel has it in a file, and reading that takes as long as several other steps together, so the code that needs the
/// size first reads it: [`goxide_rt::state::Runtime::huge_page_size`].
pub fn huge_page_size() {
    RT.huge_page.store(HUGE_PAGE_UNKNOWN, Ordering::Relaxed);
}

/// There is no processor yet, so nothing can run.
pub fn world_stopped() {
    debug_assert!(RT.sched.proc_count() == 0);
}

pub fn stack_pool() {
    RT.max_stack.store(1_000_000_000, Ordering::Relaxed);
    // Spans are taken from the page heap as stacks are needed.
    debug_assert!(RT.stacks.bytes() == 0);
}

/// The first persistent chunk: everything else begins with it.
pub fn allocator() {
    // SAFETY: the chunk is static, all zero, and for this alone; the step is taken once.
    unsafe { RT.heap.begin_with(RT.first_chunk.as_ptr(), FirstChunk::SIZE) };
    if RT.heap.persistent_alloc(8, 8).is_null() {
        fatal::throw(b"runtime: cannot allocate memory");
    }
}

pub fn cpu_flags() {
    cpu::init();
}

pub fn hash_keys() {
    let mut keys = [0u8; goxide_maps::hash::KEY_WORDS * 8];
    for (n, word) in (0..).zip(keys.chunks_exact_mut(8)) {
        word.copy_from_slice(&random::number(Purpose::HashKeys, n).to_le_bytes());
    }
    let aes = cpu::features().aes;
    // SAFETY: the processor was asked.
    unsafe { goxide_maps::hash::init_keys(&keys, aes) }
}

/// Each thread's generators are seeded from the process's random bytes when its descriptor is made: [`goxide_sys::random`].
pub fn random_seed() {
    debug_assert!(random::seed(Purpose::Generators) != 0);
}

/// The first thread's descriptor, on the stack that the kernel gave.
///
/// # Safety
/// By the bootstrap, on the only thread, once, after [`tls`] and [`allocator`]. `sp` is the stack pointer that the process
/// began with.
pub unsafe fn main_thread(sp: *const usize) {
    /// Of the kernel's stack, which is larger by far, what the system stack is said to be.
    const SIZE: usize = 256 << 10;
    let mp = sched::init_thread();
    // SAFETY: the descriptor is new; the stack below the kernel's data is this thread's.
    unsafe {
        let hi = sp as usize & !15;
        set_system_stack(mp, hi - SIZE, hi);
        (*mp).tls = (*FIRST_BLOCK.0.get()).base();
        goxide_tls::set_thread(mp.cast());
        goxide_tls::set_current((*mp).g0.cast());
        signals::install::begin_thread(mp);
    }
    signals::install::begin();
}

unsafe extern "C" {
    /// The entry that stands for methods which the linker dropped.
    fn gx_unreachable_method();
}

/// The program's types, method tables and code.
///
/// # Safety
/// By the bootstrap, once, after [`allocator`].
pub unsafe fn modules() {
    let md = first_module();
    let at = RT.heap.persistent_alloc(size_of::<Module>(), align_of::<Module>()).cast::<Module>();
    let slice = |ptr: *const u8, len: usize| GoSlice { ptr: ptr.cast_mut(), len, cap: len };
    // SAFETY: memory for the module, which stays.
    unsafe {
        at.write(Module::new(md.types, md.etypes, md.text, md.etext));
        (*at).text_sections = slice(md.textsectmap.ptr.cast(), md.textsectmap.len);
        (*at).typelinks = slice(md.typelinks.ptr.cast(), md.typelinks.len);
        (*at).itablinks = slice(md.itablinks.ptr.cast(), md.itablinks.len);
        RT.space.add_module(&*at);
        RT.space.set_unreachable_method(gx_unreachable_method as *const () as usize);
        RT.itabs.add_module(&GoPersistent, &*at);
    }
}

/// A Go slice of strings over C strings.
///
/// # Safety
/// `p` leads to `n` C strings that stay as they are.
unsafe fn strings(p: *const *const u8, n: usize) -> GoSlice {
    if n == 0 {
        return GoSlice::NIL;
    }
    let at = RT.heap.persistent_alloc(n * size_of::<GoStr>(), 8).cast::<GoStr>();
    for i in 0..n {
        // SAFETY: the kernel's strings, and room for as many headers.
        unsafe {
            let s = c_string(*p.add(i));
            at.add(i).write(GoStr { ptr: s.as_ptr(), len: s.len() });
        }
    }
    GoSlice { ptr: at.cast(), len: n, cap: n }
}

/// # Safety
/// By the bootstrap, on the only thread, after [`allocator`].
pub unsafe fn go_args(kernel: &Kernel) {
    // SAFETY: nothing else runs.
    unsafe { env::fill().args = strings(kernel.argv, kernel.argc) }
}

/// # Safety
/// By the bootstrap, on the only thread, after [`allocator`].
pub unsafe fn go_env(kernel: &Kernel) {
    // SAFETY: nothing else runs.
    unsafe { env::fill().envs = strings(kernel.envp(), kernel.env_len()) }
}

/// A program that gained rights by being executed: standard descriptors are open, nothing of its memory is shown, nor of its
/// children's, which have its rights and its environment.
///
/// # Safety
/// By the bootstrap, on the only thread, after [`go_env`].
pub unsafe fn secure_mode() {
    let secure = auxv::get(auxv::AT_SECURE).is_some_and(|v| v != 0);
    // SAFETY: nothing else runs.
    unsafe { env::fill().secure = secure };
    if !secure {
        return;
    }
    for fd in 0..3 {
        const F_GETFD: usize = 1;
        const O_RDWR: usize = 2;
        const AT_FDCWD: isize = -100;
        use goxide_rt::arch::{NR_FCNTL, NR_OPENAT};
        use goxide_sys::syscall::raw;
        // SAFETY: the first passes no memory, the second a C string.
        let open = unsafe { raw(NR_FCNTL, fd, F_GETFD, 0, 0, 0, 0) } >= 0
            // SAFETY: the path is a C string; no other memory is passed.
            || unsafe { raw(NR_OPENAT, AT_FDCWD as usize, c"/dev/null".as_ptr() as usize, O_RDWR, 0, 0, 0) } == fd as isize;
        if !open {
            fatal::throw(b"runtime: could not open /dev/null for a closed standard descriptor");
        }
    }
    // SAFETY: nothing else runs, and no reference into the start-up data is in use.
    unsafe { force_no_traceback() }
}

/// Has the environment say `GOTRACEBACK=none`, whatever it said, and however often.
///
/// # Safety
/// By the bootstrap, on the only thread, after [`go_env`], with no reference from [`env::process`] in use.
#[cold]
unsafe fn force_no_traceback() {
    const FORCED: &[u8] = b"GOTRACEBACK=none";
    // SAFETY: the kernel's strings, which stay; room for their headers and one more, which is new; and this is the only thread.
    unsafe {
        let old: &[GoStr] = env::process().envs.as_slice();
        let at = RT.heap.persistent_alloc((old.len() + 1) * size_of::<GoStr>(), 8).cast::<GoStr>();
        let forced = || GoStr { ptr: FORCED.as_ptr(), len: FORCED.len() };
        let mut len = 0;
        let mut said = false;
        for s in old {
            let says = s.as_bytes().starts_with(b"GOTRACEBACK=");
            said |= says;
            at.add(len).write(if says { forced() } else { *s });
            len += 1;
        }
        if !said {
            at.add(len).write(forced());
            len += 1;
        }
        env::fill().envs = GoSlice { ptr: at.cast(), len, cap: len };
    }
}

/// What is thrown for `cgocheck=2`.
const CGOCHECK: &[u8] =
    b"cgocheck > 1 mode is no longer supported at runtime. Use GOEXPERIMENT=cgocheck2 at build time instead.";

/// Says which settings of GODEBUG will have no effect: those bits of [`NOT_IMPLEMENTED`].
#[cold]
fn say_missed(missed: u8) {
    for (_, name) in NOT_IMPLEMENTED.iter().enumerate().filter(|(i, _)| missed >> i & 1 != 0) {
        let mut err = Stderr::new();
        for part in [b"goxide: GODEBUG=", name.as_bytes(), b" is not implemented: it has no effect\n"] {
            err.put(part);
        }
    }
}

/// GODEBUG and GOTRACEBACK.
///
/// # Safety
/// By the bootstrap, on the only thread, after [`go_env`] and [`secure_mode`].
pub unsafe fn debug_env() {
    // SAFETY: nothing else runs; the strings are the linker's and the kernel's.
    unsafe {
        let godebug = env::parse_debug((*links().godebug_default).as_bytes());
        env::fill().debug = godebug.vars;
        if godebug.missed != 0 {
            say_missed(godebug.missed);
        }
        if godebug.vars.cgocheck > 1 {
            fatal::throw(CGOCHECK);
        }
        env::set_panicnil(env::process().debug.panicnil);
        env::set_traceback(env::get(b"GOTRACEBACK").unwrap_or(b""), true);
    }
    // SAFETY: Go's variable, which package syscall's gettimeofday calls if it is set; no Go code runs yet.
    unsafe { *links().vdso_gettimeofday = RT.gettimeofday.load(Ordering::Relaxed) };
}

/// GOGC and GOMEMLIMIT, or the limit of the control groups; the memory profile's rate.
///
/// # Safety
/// By the bootstrap, on the only thread, after [`debug_env`] and before there is a processor.
pub unsafe fn gc_init() {
    use goxide_gotypes::text::env::{MEMLIMIT_THROW, gogc, memory_limit};
    use goxide_symtab::Sink as _;
    // SAFETY: nothing else runs, and there is no processor yet.
    unsafe { profile::init(env::memory_profile_rate((*links().godebug_default).as_bytes())) };
    let percent = gogc(env::get(b"GOGC"));
    match memory_limit(env::get(b"GOMEMLIMIT")) {
        Ok(limit) => {
            let asked = env::process().debug.cgroupmemlimit != 0 && env::get(b"GOMEMLIMIT").is_none();
            let group = if asked { cgroup::limit() } else { None };
            gc::pacing::init(percent, group.unwrap_or(limit))
        }
        Err(_) => {
            let mut out = Stderr::new();
            out.put(b"GOMEMLIMIT=");
            out.put(env::get(b"GOMEMLIMIT").unwrap_or(b""));
            out.put(b"\n");
            drop(out);
            fatal::throw_on_system(MEMLIMIT_THROW.as_bytes())
        }
    }
}

/// # Safety
/// By the bootstrap, once, after [`main_thread`] and [`gc_init`].
pub unsafe fn processors() {
    // SAFETY: on the first thread, whose word `main_thread` has set to its g0; a step is taken once.
    unsafe { sched::init_procs(procs::at_start()) };
}

/// Go's own view of the processor. If GODEBUG restricts it, package internal/cpu has to work it out, which allocates, so it
/// needs a processor.
///
/// # Safety
/// By the bootstrap, after [`processors`] and before any other Go code runs.
pub unsafe fn go_cpu_flags() {
    let godebug = env::get(b"GODEBUG").unwrap_or(b"");
    // SAFETY: on the system stack of the first thread, which `processors` has given a processor, before any other Go code (this function's
    // contract); no other token is in use. The function takes a string and a word.
    unsafe {
        *links().cpu_debug_options = true;
        if godebug.windows(4).any(|w| w == b"cpu.") || !goxide_rt::arch::publish_cpu(links()) {
            let hwcap = auxv::get(auxv::AT_HWCAP).unwrap_or(0);
            call_on_g0(System::assume(), links().cpu_initialize, &[godebug.as_ptr() as usize, godebug.len(), hwcap, 0, 0]);
        }
    }
}

/// The first thread holds the first processor: it may run goroutines.
pub fn world_started() {
    // SAFETY: this thread's descriptor.
    debug_assert!(unsafe { !(*m()).proc.is_null() });
}

/// # Safety
/// By the bootstrap, once, after [`processors`].
pub unsafe fn initial_goroutine() {
    // SAFETY: this thread holds a processor; runtime.main ends the process.
    unsafe {
        let f = links().main;
        sched::spawn_raw(*f, f as usize, return_pc(), 0, core::ptr::null_mut());
    }
}

/// During initialisation the main goroutine stays on the main thread.
pub fn wire_main() {
    // SAFETY: in a system entry of the main goroutine.
    unsafe { sched::lock_thread_internal() };
    sched::start_running();
}

/// What the monitor's step is called: most programs are over before they need one.
pub fn sysmon_name() -> &'static str {
    if traces() { "main: sysmon" } else { "main: sysmon (when there is a second goroutine, a timer or a collection)" }
}

fn traces() -> bool {
    env::process().debug.schedtrace > 0
}

/// The monitor's thread is made when the scheduler or the collector says that it is needed, unless it is to print traces from the start.
pub fn sysmon() {
    if traces() {
        sched::need_monitor();
    }
}

/// From here on collections begin by themselves.
pub fn gc_enabled() {
    gc::pacing::enable();
}

/// From here on it is as any other, unless an init function locked it to its thread.
pub fn unwire_main() {
    // SAFETY: in a system entry of the main goroutine.
    unsafe { sched::unlock_thread_internal() };
}
