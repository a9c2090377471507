// Profiling: the exported types and switches.

package runtime

import "unsafe"

// MemProfileRate is how many bytes are allocated between samples of the memory profile, on average: 1 for all objects, 0 for
// none. Programs set it once, as early as possible.
var MemProfileRate int = 512 * 1024

// disableMemoryProfiling is set by the linker if nothing can call MemProfile.
var disableMemoryProfiling bool

var mutexprofilerate uint64

// SetBlockProfileRate has the profile of blocking count one wait for each rate nanoseconds of waiting, on average: 1 for all
// waits, 0 for none.
func SetBlockProfileRate(rate int)

// SetMutexProfileFraction has the profile of contended mutexes count one of rate waits, 0 for none, and answers what it was; a
// negative rate only asks.
func SetMutexProfileFraction(rate int) int

// blockevent counts a wait. Nothing here calls it.
func blockevent(cycles int64, skip int)

// SetCPUProfileRate turns the processor profile on, hz samples a second, or off (0).
func SetCPUProfileRate(hz int) {
	growth, system := sampleFrames()
	setCPUProfileRate0(hz, growth, system)
}

func setCPUProfileRate0(hz int, growth, system uintptr)

// sampleFrames gives the functions that stand, in samples, for the growth of a goroutine's stack and for the switch to its thread's.
func sampleFrames() (growth, system uintptr)

// A cpuRead is what is read of the processor profile at once: words of records, and a word of labels for each record.
type cpuRead struct {
	data           []uint64
	tags           []unsafe.Pointer
	words, records int
	eof            bool
}

func pendingCPUProfile() (words, records int)

//go:noescape
func readCPUProfile0(r *cpuRead)

//go:linkname pprof_readProfile runtime/pprof.readProfile
func pprof_readProfile() ([]uint64, []unsafe.Pointer, bool) {
	words, records := pendingCPUProfile()
	r := cpuRead{data: make([]uint64, words), tags: make([]unsafe.Pointer, records)}
	readCPUProfile0(&r)
	return r.data[:r.words], r.tags[:r.records], r.eof
}

// CPUProfile panics: runtime/pprof has what it once did.
func CPUProfile() []byte { panic("CPUProfile no longer available") }

// A MemProfileRecord counts the objects allocated by one call stack.
type MemProfileRecord struct {
	AllocBytes, FreeBytes     int64
	AllocObjects, FreeObjects int64
	Stack0                    [32]uintptr
}

// InUseBytes is allocated minus freed.
func (r *MemProfileRecord) InUseBytes() int64 { return r.AllocBytes - r.FreeBytes }

// InUseObjects is allocated minus freed.
func (r *MemProfileRecord) InUseObjects() int64 { return r.AllocObjects - r.FreeObjects }

// Stack gives the calls up to the first 0.
func (r *MemProfileRecord) Stack() []uintptr {
	for i, v := range r.Stack0 {
		if v == 0 {
			return r.Stack0[:i]
		}
	}
	return r.Stack0[:]
}

// A BlockProfileRecord is the waiting done by one call stack.
type BlockProfileRecord struct {
	Count  int64
	Cycles int64
	StackRecord
}

// MemProfile gives the memory profile as of the end of the last collection, a record for each call stack and size of object;
// with inuseZero those too whose objects are all gone. If there are more than fit into p, it only says how many.
// The linker looks whether anything refers to it, so calls must be seen.
//
//go:noinline
func MemProfile(p []MemProfileRecord, inuseZero bool) (n int, ok bool) {
	return memProfile0(p, inuseZero)
}

//go:noescape
func memProfile0(p []MemProfileRecord, inuseZero bool) (n int, ok bool)

// BlockProfile gives the profile of blocking, a record for each call stack. If there are more than fit into p, it only says how many.
func BlockProfile(p []BlockProfileRecord) (n int, ok bool) { return blockProfile0(p) }

//go:noescape
func blockProfile0(p []BlockProfileRecord) (n int, ok bool)

// MutexProfile gives the profile of contended mutexes likewise: a record for each call stack that unlocked one others waited for.
func MutexProfile(p []BlockProfileRecord) (n int, ok bool) { return mutexProfile0(p) }

//go:noescape
func mutexProfile0(p []BlockProfileRecord) (n int, ok bool)

// ThreadCreateProfile gives a record for each thread. They are empty: threads are not made by calls of the program.
func ThreadCreateProfile(p []StackRecord) (n int, ok bool) { return threadCreateProfile0(p) }

//go:noescape
func threadCreateProfile0(p []StackRecord) (n int, ok bool)

// GoroutineProfile gives the call stacks of all goroutines, the calling one's first.
func GoroutineProfile(p []StackRecord) (n int, ok bool) { return goroutineProfile0(p) }

//go:noescape
func goroutineProfile0(p []StackRecord) (n int, ok bool)

// StartTrace begins an execution trace, which ReadTrace gives. It is an error if one is taken already.
func StartTrace() error {
	if !startTrace0() {
		return errorString("tracing is already enabled")
	}
	return nil
}

func startTrace0() bool

// StopTrace ends the trace, if one is taken, and comes back when it was read to its end.
func StopTrace() {
	if stopTrace0() {
		for hasTrace() {
			timeSleep(100e3)
		}
	}
}

func stopTrace0() bool

func hasTrace() bool

// ReadTrace gives the next piece of the trace, when there is one; nil at its end. The bytes are good until the next call, and there may
// be one caller at a time.
func ReadTrace() []byte {
	for {
		at, n, later := readTrace0()
		if !later {
			return unsafe.Slice(at, n)
		}
		if n == 0 {
			timeSleep(2e6)
		}
	}
}

func readTrace0() (at *byte, n int, later bool)

//go:linkname timeSleep time.Sleep
func timeSleep(ns int64)

var cgoTraceback [3]unsafe.Pointer

// SetCgoTraceback sets which C functions walk C code's frames. No program has such frames, so that the functions are never
// called; what makes Go's refuse its arguments makes this.
func SetCgoTraceback(version int, traceback, context, symbolizer unsafe.Pointer) {
	if version != 0 {
		panic("unsupported version")
	}
	given := [3]unsafe.Pointer{traceback, context, symbolizer}
	for i, f := range cgoTraceback {
		if f != nil && f != given[i] {
			panic("call SetCgoTraceback only once")
		}
	}
	cgoTraceback = given
}
