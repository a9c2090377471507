// What a program asks of memory management, and the wrappers of memory entries whose words do not fit registers one by one.

package runtime

import (
	"internal/abi"
	"unsafe"
)

// MemStats is what ReadMemStats fills in; all sizes are bytes.
type MemStats struct {
	Alloc      uint64 // live and not yet swept objects: HeapAlloc
	TotalAlloc uint64 // all that was ever allocated
	Sys        uint64 // all that was obtained from the operating system: the sum of the XSys below
	Lookups    uint64 // always 0
	Mallocs    uint64 // objects allocated
	Frees      uint64 // objects freed

	HeapAlloc    uint64 // objects that are reachable or not yet found unreachable
	HeapSys      uint64 // address space of the heap that was ever in use
	HeapIdle     uint64 // in spans without objects
	HeapInuse    uint64 // in spans with at least one object
	HeapReleased uint64 // of HeapIdle, what was given back to the operating system
	HeapObjects  uint64 // Mallocs - Frees

	StackInuse  uint64 // in spans for stacks
	StackSys    uint64 // StackInuse and the threads' own stacks
	MSpanInuse  uint64
	MSpanSys    uint64
	MCacheInuse uint64
	MCacheSys   uint64
	BuckHashSys uint64 // profiling tables
	GCSys       uint64 // the collector's own
	OtherSys    uint64

	NextGC        uint64      // heap size at which the next collection ends
	LastGC        uint64      // when the last collection ended, in nanoseconds since 1970
	PauseTotalNs  uint64      // world stopped for collections, in all
	PauseNs       [256]uint64 // the recent pauses; the last one at (NumGC+255)%256
	PauseEnd      [256]uint64 // when they ended
	NumGC         uint32
	NumForcedGC   uint32 // of these, asked for by GC
	GCCPUFraction float64
	EnableGC      bool
	DebugGC       bool

	// BySize counts objects of up to Size bytes, and more than the entry before.
	BySize [61]struct {
		Size    uint32
		Mallocs uint64
		Frees   uint64
	}
}

// ReadMemStats fills m in, exactly as of this call: the world is stopped for it.
func ReadMemStats(m *MemStats) { readMemStats0(m) }

//go:noescape
func readMemStats0(m *MemStats)

// GC runs a garbage collection and waits until it is done.
func GC() { collect(false) }

// KeepAlive keeps x reachable up to where it is called.
func KeepAlive(x any) {
	if alwaysFalse {
		println(x)
	}
}

var alwaysFalse bool

// SetFinalizer has finalizer(obj) run some time after obj, a pointer to the beginning of an object, is found unreachable. A
// nil finalizer takes an earlier one off.
func SetFinalizer(obj any, finalizer any) {
	o, f := efaceOf(&obj), efaceOf(&finalizer)
	setFinalizer0(o._type, o.data, f._type, f.data, runfinq)
}

// A finalizerCall is a finalizer to be called: its argument is a pointer, or the two words of an interface.
type finalizerCall struct {
	fn      unsafe.Pointer
	arg     [2]unsafe.Pointer
	results uintptr
}

// runfinq calls finalizers as they become due. It has its name in Go for those who look for it in profiles.
func runfinq() {
	var call finalizerCall
	var regs abi.RegArgs
	for {
		nextFinalizer(&call)
		for i, p := range call.arg {
			regs.Ints[i], regs.Ptrs[i] = uintptr(p), p
		}
		frame := make([]uintptr, call.results/unsafe.Sizeof(call.results)+2)
		size := uint32(len(frame)) * uint32(unsafe.Sizeof(frame[0]))
		reflectcall(nil, call.fn, unsafe.Pointer(&frame[0]), size, size, size, &regs)
		call, regs = finalizerCall{}, abi.RegArgs{}
	}
}

// nextFinalizer waits for a finalizer to call.
//
//go:noescape
func nextFinalizer(call *finalizerCall)

// collect is GC, and with release also gives all free memory back to the operating system.
func collect(release bool)

//go:linkname freeOSMemory runtime/debug.freeOSMemory
func freeOSMemory() { collect(true) }

//go:linkname readGCStats runtime/debug.readGCStats
func readGCStats(pauses *[]uint64) { readGCStats0(pauses) }

//go:noescape
func readGCStats0(pauses *[]uint64)

// setFinalizer0 is given what calls finalizers: a program that sets none does without that, and without reflectcall.
func setFinalizer0(ot *_type, o unsafe.Pointer, ft *_type, f unsafe.Pointer, run func())

//go:linkname reflect_typedslicecopy reflect.typedslicecopy
func reflect_typedslicecopy(elem *_type, dst, src slice) int {
	return typedslicecopy(elem, dst.array, dst.len, src.array, src.len)
}

//go:noescape
func typedslicecopy(elem *_type, dst unsafe.Pointer, dstLen int, src unsafe.Pointer, srcLen int) int

//go:linkname reflect_growslice reflect.growslice
func reflect_growslice(elem *_type, old slice, num int) slice {
	return reflectGrowslice(old.array, old.len, old.cap, num, elem)
}

func reflectGrowslice(old unsafe.Pointer, len, cap, num int, elem *_type) slice

//go:linkname bytealg_MakeNoZero internal/bytealg.MakeNoZero
func bytealg_MakeNoZero(n int) []byte {
	return unsafe.Slice((*byte)(makeNoZero(n)), n)
}

func makeNoZero(n int) unsafe.Pointer

//go:linkname reflect_typelinks reflect.typelinks
func reflect_typelinks() (sections []unsafe.Pointer, offset [][]int32) {
	var section unsafe.Pointer
	var offs []int32
	typelinks0(&typelinksOut{&section, &offs})
	return []unsafe.Pointer{section}, [][]int32{offs}
}

type typelinksOut struct {
	section *unsafe.Pointer
	offsets *[]int32
}

//go:noescape
func typelinks0(out *typelinksOut)

// reflect_gcbits is for reflect's tests: which words of a value hold pointers, a byte each.
//
//go:linkname reflect_gcbits reflect.gcbits
func reflect_gcbits(x any) (bits []byte) {
	e := efaceOf(&x)
	gcbits0(e._type, e.data, &bits)
	return
}

//go:noescape
func gcbits0(t *_type, p unsafe.Pointer, bits *[]byte)

// reflectcall calls fn with a copy of the frame at stackArgs and the registers of regArgs, and copies the results back.
//
//go:noescape
func reflectcall(stackArgsType *_type, fn, stackArgs unsafe.Pointer, stackArgsSize, stackRetOffset, frameSize uint32, regArgs *abi.RegArgs)

func call16(stackArgsType *_type, fn, stackArgs unsafe.Pointer, stackArgsSize, stackRetOffset, frameSize uint32, regArgs *abi.RegArgs)
func call32(stackArgsType *_type, fn, stackArgs unsafe.Pointer, stackArgsSize, stackRetOffset, frameSize uint32, regArgs *abi.RegArgs)
func call64(stackArgsType *_type, fn, stackArgs unsafe.Pointer, stackArgsSize, stackRetOffset, frameSize uint32, regArgs *abi.RegArgs)
func call128(stackArgsType *_type, fn, stackArgs unsafe.Pointer, stackArgsSize, stackRetOffset, frameSize uint32, regArgs *abi.RegArgs)
func call256(stackArgsType *_type, fn, stackArgs unsafe.Pointer, stackArgsSize, stackRetOffset, frameSize uint32, regArgs *abi.RegArgs)
func call512(stackArgsType *_type, fn, stackArgs unsafe.Pointer, stackArgsSize, stackRetOffset, frameSize uint32, regArgs *abi.RegArgs)
func call1024(stackArgsType *_type, fn, stackArgs unsafe.Pointer, stackArgsSize, stackRetOffset, frameSize uint32, regArgs *abi.RegArgs)
func call2048(stackArgsType *_type, fn, stackArgs unsafe.Pointer, stackArgsSize, stackRetOffset, frameSize uint32, regArgs *abi.RegArgs)
func call4096(stackArgsType *_type, fn, stackArgs unsafe.Pointer, stackArgsSize, stackRetOffset, frameSize uint32, regArgs *abi.RegArgs)
func call8192(stackArgsType *_type, fn, stackArgs unsafe.Pointer, stackArgsSize, stackRetOffset, frameSize uint32, regArgs *abi.RegArgs)
func call16384(stackArgsType *_type, fn, stackArgs unsafe.Pointer, stackArgsSize, stackRetOffset, frameSize uint32, regArgs *abi.RegArgs)
func call32768(stackArgsType *_type, fn, stackArgs unsafe.Pointer, stackArgsSize, stackRetOffset, frameSize uint32, regArgs *abi.RegArgs)
func call65536(stackArgsType *_type, fn, stackArgs unsafe.Pointer, stackArgsSize, stackRetOffset, frameSize uint32, regArgs *abi.RegArgs)
func call131072(stackArgsType *_type, fn, stackArgs unsafe.Pointer, stackArgsSize, stackRetOffset, frameSize uint32, regArgs *abi.RegArgs)
func call262144(stackArgsType *_type, fn, stackArgs unsafe.Pointer, stackArgsSize, stackRetOffset, frameSize uint32, regArgs *abi.RegArgs)
func call524288(stackArgsType *_type, fn, stackArgs unsafe.Pointer, stackArgsSize, stackRetOffset, frameSize uint32, regArgs *abi.RegArgs)
func call1048576(stackArgsType *_type, fn, stackArgs unsafe.Pointer, stackArgsSize, stackRetOffset, frameSize uint32, regArgs *abi.RegArgs)
func call2097152(stackArgsType *_type, fn, stackArgs unsafe.Pointer, stackArgsSize, stackRetOffset, frameSize uint32, regArgs *abi.RegArgs)
func call4194304(stackArgsType *_type, fn, stackArgs unsafe.Pointer, stackArgsSize, stackRetOffset, frameSize uint32, regArgs *abi.RegArgs)
func call8388608(stackArgsType *_type, fn, stackArgs unsafe.Pointer, stackArgsSize, stackRetOffset, frameSize uint32, regArgs *abi.RegArgs)
func call16777216(stackArgsType *_type, fn, stackArgs unsafe.Pointer, stackArgsSize, stackRetOffset, frameSize uint32, regArgs *abi.RegArgs)
func call33554432(stackArgsType *_type, fn, stackArgs unsafe.Pointer, stackArgsSize, stackRetOffset, frameSize uint32, regArgs *abi.RegArgs)
func call67108864(stackArgsType *_type, fn, stackArgs unsafe.Pointer, stackArgsSize, stackRetOffset, frameSize uint32, regArgs *abi.RegArgs)
func call134217728(stackArgsType *_type, fn, stackArgs unsafe.Pointer, stackArgsSize, stackRetOffset, frameSize uint32, regArgs *abi.RegArgs)
func call268435456(stackArgsType *_type, fn, stackArgs unsafe.Pointer, stackArgsSize, stackRetOffset, frameSize uint32, regArgs *abi.RegArgs)
func call536870912(stackArgsType *_type, fn, stackArgs unsafe.Pointer, stackArgsSize, stackRetOffset, frameSize uint32, regArgs *abi.RegArgs)
func call1073741824(stackArgsType *_type, fn, stackArgs unsafe.Pointer, stackArgsSize, stackRetOffset, frameSize uint32, regArgs *abi.RegArgs)

// zeroVal is what a look-up of an absent key points to.
var zeroVal [1024]byte

// A Pinner keeps objects at their addresses and alive: nothing moves here, so it keeps them reachable.
type Pinner struct {
	refs *pinned
}

type pinned struct {
	p    unsafe.Pointer
	next *pinned
}

// Pin pins the object that pointer, of pointer type or unsafe.Pointer, points to, until Unpin.
func (p *Pinner) Pin(pointer any) {
	e := efaceOf(&pointer)
	if e._type == nil {
		panic(errorString("runtime.Pinner: argument is nil"))
	}
	if k := e._type.Kind_ & kindMask; k != kindPtr && k != kindUnsafePointer {
		panic(errorString("runtime.Pinner: argument is not a pointer: " + textOfType(e._type)))
	}
	p.refs = &pinned{e.data, p.refs}
}

// Unpin lets go of all objects that were pinned.
func (p *Pinner) Unpin() { p.refs = nil }

const (
	kindPtr           = 22
	kindUnsafePointer = 26
	kindMask          = 31
)

// spillArgs and unspillArgs are for assembly in package reflect.
func spillArgs()
func unspillArgs()
