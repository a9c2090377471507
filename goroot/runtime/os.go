// The process: arguments, environment, the linker's strings, hooks at exit.

package runtime

import (
	"internal/cpu"
	"internal/goarch"
	"internal/goos"
	"unsafe"
)

// Compiler is the name of the toolchain that compiled the program.
const Compiler = "gc"

// GOOS is the operating system the program was built for.
const GOOS string = goos.GOOS

// GOARCH is the architecture the program was built for.
const GOARCH string = goarch.GOARCH

// Set by the linker.
var (
	defaultGOROOT  string
	buildVersion   string
	modinfo        string
	godebugDefault string
)

// GOROOT is the root of the Go tree: the environment variable's value if it was set, else that of the build.
func GOROOT() string {
	if s := gogetenv("GOROOT"); s != "" {
		return s
	}
	return defaultGOROOT
}

// Version is the toolchain's version.
func Version() string { return buildVersion }

//go:linkname debug_modinfo runtime/debug.modinfo
func debug_modinfo() string { return modinfo }

// gogetenv looks a variable up in the environment that the process was started with.
func gogetenv(key string) string { return getenv(key) }

//go:noescape
func getenv(key string) string

//go:linkname syscall_runtime_envs syscall.runtime_envs
func syscall_runtime_envs() (envs []string) {
	envs0(&envs)
	return append([]string{}, envs...)
}

//go:noescape
func envs0(out *[]string)

//go:linkname os_runtime_args os.runtime_args
func os_runtime_args() (args []string) {
	args0(&args)
	return append([]string{}, args...)
}

//go:noescape
func args0(out *[]string)

//go:linkname boring_runtime_arg0 crypto/internal/boring.runtime_arg0
func boring_runtime_arg0() string { return os_runtime_args()[0] }

//go:linkname fipstls_runtime_arg0 crypto/internal/boring/fipstls.runtime_arg0
func fipstls_runtime_arg0() string { return os_runtime_args()[0] }

// A cacheSlot is a word that each collection empties when it begins; crates/rt/src/parts.rs has the same fields.
type cacheSlot struct {
	at   unsafe.Pointer
	next *cacheSlot
}

// cacheSlots is the list of them, which keeps the words alive.
var cacheSlots *cacheSlot

//go:linkname boring_registerCache crypto/internal/boring/bcache.registerCache
func boring_registerCache(at unsafe.Pointer) {
	cacheSlots = &cacheSlot{at, cacheSlots}
	cacheSlotsAt(&cacheSlots)
}

//go:noescape
func cacheSlotsAt(list **cacheSlot)

// A threadCall is a system call that every thread makes.
type threadCall struct {
	trap    uintptr
	args    [6]uintptr
	results [2]uintptr
	errno   uintptr
}

//go:linkname syscall_doAllThreadsSyscall syscall.runtime_doAllThreadsSyscall
//go:uintptrescapes
func syscall_doAllThreadsSyscall(trap, a1, a2, a3, a4, a5, a6 uintptr) (r1, r2, err uintptr) {
	call := threadCall{trap: trap, args: [6]uintptr{a1, a2, a3, a4, a5, a6}}
	everyThread(&call)
	return call.results[0], call.results[1], call.errno
}

//go:noescape
func everyThread(call *threadCall)

func getAuxv() (auxv []uintptr) {
	auxv0(&auxv)
	return
}

//go:noescape
func auxv0(out *[]uintptr)

//go:linkname syscall_runtimeSetenv syscall.runtimeSetenv
func syscall_runtimeSetenv(key, value string) {
	if key == "GODEBUG" {
		godebugSet(value)
	}
}

//go:linkname syscall_runtimeUnsetenv syscall.runtimeUnsetenv
func syscall_runtimeUnsetenv(key string) {
	if key == "GODEBUG" {
		godebugSet("")
	}
}

// godebugSet has the runtime and internal/godebug look at a changed GODEBUG. Package syscall calls with its lock held.
func godebugSet(value string) {
	godebugEnv, godebugEnvSet = value, true
	godebugChanged(value)
	godebugNotify()
}

//go:noescape
func godebugChanged(value string)

// What internal/godebug hands over: whom to notify of settings, and the counters it keeps.
var (
	godebugEnv    string
	godebugEnvSet bool // the program has set it
	godebugUpdate func(string, string)
	godebugNewInc func(string) func()
	godebugCounts []godebugCount
)

type godebugCount struct {
	name string
	read func() uint64
}

//go:linkname godebug_setUpdate internal/godebug.setUpdate
func godebug_setUpdate(update func(string, string)) {
	godebugUpdate = update
	if !godebugEnvSet {
		godebugEnv = gogetenv("GODEBUG")
	}
	godebugNotify()
}

func godebugNotify() {
	if godebugUpdate != nil {
		godebugUpdate(godebugDefault, godebugEnv)
	}
}

//go:linkname godebug_setNewIncNonDefault internal/godebug.setNewIncNonDefault
func godebug_setNewIncNonDefault(f func(string) func()) { godebugNewInc = f }

//go:linkname godebug_registerMetric internal/godebug.registerMetric
func godebug_registerMetric(name string, read func() uint64) {
	godebugCounts = append(godebugCounts, godebugCount{name, read})
}

// An exitHook runs before the process ends by os.Exit.
type exitHook struct {
	f            func()
	runOnNonZero bool
}

var exitHooks []exitHook

// addExitHook has f run at os.Exit, later hooks first; after a status other than 0 only if asked for.
func addExitHook(f func(), runOnNonZeroExit bool) {
	exitHooks = append(exitHooks, exitHook{f, runOnNonZeroExit})
}

//go:linkname os_beforeExit os.runtime_beforeExit
func os_beforeExit(exitCode int) { runExitHooks(exitCode) }

func runExitHooks(exitCode int) {
	hooks := exitHooks
	exitHooks = nil
	for i := len(hooks) - 1; i >= 0; i-- {
		if exitCode == 0 || hooks[i].runOnNonZero {
			hooks[i].f()
		}
	}
}

// cpuInitialize has internal/cpu find the processor's features, on the system stack, while the scheduler starts. On amd64
// only if GODEBUG restricts them: Rust knows them already and fills the variables. hwcap is what the kernel reports of the
// processor in the auxiliary vector.
func cpuInitialize(env string, hwcap uint) {
	setHWCap(hwcap)
	cpu.Initialize(env)
	x86HasPOPCNT = cpu.X86.HasPOPCNT
	x86HasSSE41 = cpu.X86.HasSSE41
	x86HasFMA = cpu.X86.HasFMA
	armHasVFPv4 = cpu.ARM.HasVFPv4
	arm64HasATOMICS = cpu.ARM64.HasATOMICS
}

// vdsoGettimeofdaySym is the kernel's gettimeofday, which package syscall calls on amd64.
var vdsoGettimeofdaySym uintptr
