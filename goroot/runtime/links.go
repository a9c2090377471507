// What Rust must reach of Go's side, in one table, and the names that the linker must not hide.

package runtime

import (
	"internal/cpu"
	"unsafe"
)

//go:cgo_export_static main
//go:cgo_export_static _rt0_amd64_linux
//go:cgo_export_static _rt0_arm64_linux
//go:cgo_export_static runtime.firstmoduledata
//go:cgo_export_static runtime.goxideLinks

// goxideLinks is read by Rust; crates/rt/src/links.rs has the same fields in the same order.
var goxideLinks = struct {
	main              func()
	mainMain          func()
	cpuInitialize     func(string, uint)
	raiseRuntimeError func()
	raisePlainError   func()
	raiseAssertion    func()
	raiseWithin       func()
	raiseGrowslice    func()
	raiseMakesliceLen func()
	raiseMakesliceCap func()
	raiseNilDeref     func()
	sigpanic          func()
	printPanicValue   func()
	fatalPanic        func()
	throw             func(string)
	fatal             func(string)
	runTimer          func(func(any, uintptr), any, uintptr)
	runExitHooks      func(int)
	panicNil          any
	assertionError    any
	runtimeInittasks  *[]*initTask
	staticValues      *uint64
	zeroVal           *[1024]byte
	zeroBase          *uintptr
	writeBarrier      unsafe.Pointer
	godebugDefault    *string
	unsafeSliceLen    func()
	unsafeSliceNil    func()
	unsafeStringLen   func()
	unsafeStringNil   func()
	vdsoGettimeofday  *uintptr
	goexit            func()
	cpuX86            unsafe.Pointer
	hasPOPCNT         *bool
	hasSSE41          *bool
	hasFMA            *bool
	cpuExtended       *uint32
	memProfileRate    *int
	memProfileOff     *bool
	buildVersion      *string
	physPageSize      *uintptr
	ncpu              *int32
	firstType         any
	asyncPreempt      func()
	allGs             *[]*g
	allGsLen          *uintptr
	cpuDebugOptions   *bool
}{
	main:              main,
	mainMain:          main_main,
	cpuInitialize:     cpuInitialize,
	raiseRuntimeError: raiseRuntimeError,
	raisePlainError:   raisePlainError,
	raiseAssertion:    raiseAssertion,
	raiseWithin:       raiseWithin,
	raiseGrowslice:    panicgrowslicelen,
	raiseMakesliceLen: panicmakeslicelen,
	raiseMakesliceCap: panicmakeslicecap,
	raiseNilDeref:     panicmem,
	sigpanic:          sigpanic,
	printPanicValue:   printPanicValue,
	fatalPanic:        fatalpanic,
	throw:             throw,
	fatal:             fatal,
	runTimer:          runTimer,
	runExitHooks:      runExitHooks,
	panicNil:          (*PanicNilError)(nil),
	assertionError:    (*TypeAssertionError)(nil),
	runtimeInittasks:  &runtime_inittasks,
	staticValues:      &staticuint64s[0],
	zeroVal:           &zeroVal,
	zeroBase:          &zerobase,
	writeBarrier:      unsafe.Pointer(&writeBarrier),
	godebugDefault:    &godebugDefault,
	unsafeSliceLen:    panicunsafeslicelen,
	unsafeSliceNil:    panicunsafeslicenilptr,
	unsafeStringLen:   panicunsafestringlen,
	unsafeStringNil:   panicunsafestringnilptr,
	vdsoGettimeofday:  &vdsoGettimeofdaySym,
	goexit:            goexit,
	cpuX86:            unsafe.Pointer(&cpu.X86),
	hasPOPCNT:         &x86HasPOPCNT,
	hasSSE41:          &x86HasSSE41,
	hasFMA:            &x86HasFMA,
	cpuExtended:       &cpuExtended,
	memProfileRate:    &MemProfileRate,
	memProfileOff:     &disableMemoryProfiling,
	buildVersion:      &buildVersion,
	physPageSize:      &physPageSize,
	ncpu:              &ncpu,
	// Nothing reads it. The linker puts the shortest name first among the types, at offset 0, which stands for no name.
	// The description of a map's bucket has an empty name, the shortest that there is.
	firstType:    (*map[uint8]struct{})(nil),
	asyncPreempt: asyncPreempt,
	allGs:        &allgs,
	allGsLen:     &allglen,
	// internal/cpu's word for whether GODEBUG's cpu settings count. Only its own tests read it.
	cpuDebugOptions: &cpu.DebugOptions,
}

// goexit is where a goroutine's function returns to.
func goexit()

// asyncPreempt is what the handler of the preemption signal makes compiled code call.
func asyncPreempt()
