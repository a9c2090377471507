// Package runtime, as Go programs see it: declarations over a runtime written in Rust.
//
// This file holds the shapes that the compiler and the linker expect to find under these names. The linker describes them
// in DWARF, compiled code reads only the words that are named here; what stands behind them is Rust's.
package runtime

import (
	"internal/abi"
	"unsafe"

	_ "internal/bytealg"         // defines memequal, cmpstring and their kin
	"runtime/internal/atomic"    // is where sync/atomic jumps to, too
	_ "runtime/internal/syscall" // defines syscall.RawSyscall6
)

type (
	_type         = abi.Type
	arraytype     = abi.ArrayType
	chantype      = abi.ChanType
	functype      = abi.FuncType
	interfacetype = abi.InterfaceType
	maptype       = abi.MapType
	ptrtype       = abi.PtrType
	slicetype     = abi.SliceType
	structtype    = abi.StructType
)

type iface struct {
	tab  *itab
	data unsafe.Pointer
}

type eface struct {
	_type *_type
	data  unsafe.Pointer
}

type itab struct {
	inter *interfacetype
	_type *_type
	hash  uint32
	_     [4]byte
	fun   [1]uintptr
}

type slice struct {
	array unsafe.Pointer
	len   int
	cap   int
}

type stringStruct struct {
	str unsafe.Pointer
	len int
}

type stringStructDWARF struct {
	str *byte
	len int
}

// hmap is the header of a map: 48 bytes, of which compiled code reads the count and, for a map on the stack, writes hash0
// and buckets.
//
// Debuggers go by the names: a map that is one group (a bucket, for them) has zeros in B and oldbuckets, and they show its entries. Of
// any other, B is an address, too large for a number of buckets, and they show its length.
type hmap struct {
	count      int
	flags      uint8
	depth      uint8
	epoch      uint16
	hash0      uint32
	buckets    unsafe.Pointer
	B          uintptr
	meta       uintptr
	oldbuckets unsafe.Pointer
}

type bmap struct {
	tophash [abi.MapBucketCount]uint8
}

type hiter struct {
	key   unsafe.Pointer
	elem  unsafe.Pointer
	t     unsafe.Pointer
	h     unsafe.Pointer
	p     [4]unsafe.Pointer
	words [4]uintptr
}

// hchan is a channel; compiled code reads the first two words for len and cap, debuggers all that has a name that Go gives it.
type hchan struct {
	qcount   uint
	dataqsiz uint
	buf      unsafe.Pointer
	elemsize uint32
	flags    uint32
	closed   uint32
	lock     uint32
	sendx    uint
	recvx    uint
	recvq    waitq
	sendq    waitq
	elemtype *_type
}

type waitq struct {
	first *sudog
	last  *sudog
}

// sudog is the beginning of what a goroutine leaves at a channel.
type sudog struct {
	g    *g
	elem unsafe.Pointer
	c    *hchan
	next *sudog
	prev *sudog
}

// g is the part of a goroutine's descriptor (goxide_sched::Task) that compiled prologues, the linker, debuggers and libraries
// know. Up to preemptStop everything has the offset that it has in Go 1.21; what follows has only the name. There,
// too, goxide_sched asserts the offsets.
type g struct {
	stack        stack
	stackguard0  uintptr
	stackguard1  uintptr
	_panic       *_panic
	_defer       *_defer
	m            *m
	sched        gobuf
	results      [4]uintptr // Go has syscallsp, syscallpc, stktopsp and param here
	atomicstatus atomic.Uint32
	stackLock    uint32
	goid         uint64
	schedlink    uintptr
	waitsince    int64
	waitreason   waitReason
	preempt      bool
	preemptStop  bool
	system       bool
	resume       uintptr
	lockedm      uintptr
	parentGoid   uint64
	gopc         uintptr
	startpc      uintptr
	syscallsp    uintptr
	syscallpc    uintptr
	_            [12]uintptr
	labels       unsafe.Pointer // as in Go 1.21
}

type stack struct {
	lo uintptr
	hi uintptr
}

// gobuf is where a goroutine that does not run goes on.
type gobuf struct {
	sp   uintptr
	pc   uintptr
	g    uintptr // zero
	ctxt unsafe.Pointer
	ret  uintptr // zero
	lr   uintptr
	bp   uintptr
}

// waitReason says why a goroutine waits, numbered as in Go 1.21.
type waitReason uint8

// m is the part of a thread's descriptor (goxide_sched::Thread) that debuggers and profilers know. g0 and curg have the offsets that
// they have in Go 1.21.
type m struct {
	g0     *g
	p      uintptr
	_      [2]uintptr
	id     uint64
	_      [13]uintptr
	_      uint32
	procid uint32
	_      [5]uintptr
	curg   *g
}

// _panic is the beginning of what Rust keeps of a running panic.
type _panic struct {
	argp uintptr
	arg  any
	link *_panic
}

// _defer has the layout that the compiler gives to the records it keeps in frames.
type _defer struct {
	started   bool
	heap      bool
	openDefer bool
	sp        uintptr
	pc        uintptr
	fn        func()
	_panic    unsafe.Pointer
	link      *_defer
	fd        unsafe.Pointer
	varp      uintptr
	framepc   uintptr
}

// allgs and allglen are where debuggers find all goroutines; Rust keeps them.
var (
	allgs   []*g
	allglen uintptr
)

type funcval struct {
	fn uintptr
}

// writeBarrier is the flag that compiled code tests before it stores a pointer.
var writeBarrier struct {
	enabled bool
	pad     [3]byte
	needed  bool
	cgo     bool
	alignme uint64
}

// zerobase is where all allocations of no bytes are.
var zerobase uintptr

// Processor features that compiled code tests.
var (
	x86HasPOPCNT    bool
	x86HasSSE41     bool
	x86HasFMA       bool
	armHasVFPv4     bool
	arm64HasATOMICS bool
)

// What packages outside of std read by linkname, set before the first Go code runs: the kernel's page size, the processors that
// the program may use, and whether C is linked in.
var (
	physPageSize uintptr
	ncpu         int32
	iscgo        bool
)

// mapinitnoop stands in for the initialiser of a map that the linker removed.
func mapinitnoop()

// The linker's description of the program; read by Rust, and by debuggers, for whom the fields have the names that Go 1.21 gives them.
type moduledata struct {
	pcHeader     uintptr
	funcnametab  []byte
	cutab        []uint32
	filetab      []byte
	pctab        []byte
	pclntable    []byte
	ftab         []functab
	findfunctab  uintptr
	minpc        uintptr
	maxpc        uintptr
	text         uintptr
	etext        uintptr
	noptrdata    uintptr
	enoptrdata   uintptr
	data         uintptr
	edata        uintptr
	bss          uintptr
	ebss         uintptr
	noptrbss     uintptr
	enoptrbss    uintptr
	covctrs      uintptr
	ecovctrs     uintptr
	end          uintptr
	gcdata       uintptr
	gcbss        uintptr
	types        uintptr
	etypes       uintptr
	rodata       uintptr
	gofunc       uintptr
	textsectmap  []textsect
	typelinks    []int32
	itablinks    []*itab
	ptab         [3]uintptr
	pluginpath   string
	pkghashes    [3]uintptr
	inittasks    []*initTask
	modulename   string
	modulehashes [3]uintptr
	hasmain      uint8
	gcdatamask   bitvector
	gcbssmask    bitvector
	typemap      uintptr
	bad          bool
	next         *moduledata
}

type functab struct {
	entryoff uint32
	funcoff  uint32
}

type textsect struct {
	vaddr    uintptr
	end      uintptr
	baseaddr uintptr
}

type bitvector struct {
	n        int32
	bytedata *uint8
}

var firstmoduledata moduledata
var lastmoduledatap *moduledata
