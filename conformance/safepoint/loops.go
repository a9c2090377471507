// run
// timeout: 60

// Loops that do nothing but call one entry of the runtime, which no prologue interrupts: a collection gets in nevertheless,
// and so do other goroutines where there is one processor. Every entry of goroot/boundary.txt that yields is here, by its
// symbol, or in the list behind the imports, with what stands between a loop and the entry; `cargo test -p xtask` says which
// is missing.
package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

// Entries that no loop reaches without a function that has a prologue.
//
// behind functions of package reflect: reflect.unsafe_NewArray reflect.verifyNotInHeapPtr reflect.typehash reflect.ifaceE2I
//	reflect.resolveNameOff reflect.resolveTypeOff reflect.resolveTextOff reflect.addReflectOff runtime.typelinks0
//	runtime.gcbits0 runtime.reflectGrowslice reflect.mapaccess reflect.mapaccess_faststr reflect.mapassign0
//	reflect.mapassign_faststr0 reflect.mapiterelem reflect.mapiterkey reflect.maplen reflect.chanlen reflect.chancap
//	reflect.chanrecv reflect.chansend0 runtime.makemap2 runtime.rselectPlan0
// behind functions of package strings: runtime.makeNoZero internal/syscall/unix.gostring
// in type descriptors, and behind the equality functions that the compiler makes: runtime.memequal0 runtime.memequal8
//	runtime.memequal16 runtime.memequal32 runtime.memequal64 runtime.memequal128 runtime.f32equal runtime.f64equal
//	runtime.c64equal runtime.c128equal runtime.strequal runtime.interequal runtime.nilinterequal
// in type descriptors alone: runtime.memhash runtime.memhash0 runtime.memhash8 runtime.memhash16 runtime.memhash32
//	runtime.memhash64 runtime.memhash128 runtime.f32hash runtime.f64hash runtime.c64hash runtime.c128hash runtime.strhash
//	runtime.interhash runtime.nilinterhash
// of other packages of the runtime, and of other build modes: runtime/internal/atomic.casPointer
//	runtime/internal/atomic.storePointer runtime.mallocgc runtime.typedmemclr runtime.slicecopy runtime.mulUintptr
//	runtime.slicebytetostringtmp runtime.unsafeslicecheckptr runtime.unsafestringcheckptr runtime.checkptrAlignment
//	runtime.checkptrArithmetic runtime.printhex runtime.write runtime.goschedguarded
// behind functions of package maps: maps.clone maps.keys maps.values
// behind functions of package sync, and others that wait: sync.runtime_Semacquire sync.runtime_SemacquireMutex
//	sync.runtime_SemacquireRWMutex sync.runtime_SemacquireRWMutexR sync.runtime_Semrelease
//	internal/poll.runtime_Semacquire internal/poll.runtime_Semrelease sync.runtime_canSpin sync.runtime_doSpin
//	sync.runtime_notifyListAdd sync.runtime_notifyListCheck sync.runtime_notifyListNotifyAll
//	sync.runtime_notifyListNotifyOne sync.runtime_notifyListWait sync.runtime_procUnpin sync.runtime_registerPoolCleanup
// behind functions of package math/rand: runtime.fastrand runtime.fastrandu runtime.fastrand64 sync.fastrandn
// behind functions of package time: time.startTimer time.stopTimer time.resetTimer runtime.modTimer0 runtime.nanotime time.now
// behind functions of packages os, syscall, poll: runtime.fcntl runtime.getenv runtime.auxv0 runtime.envs0 runtime.args0
//	syscall.runtime_AfterFork syscall.runtime_AfterExec internal/poll.runtime_pollServerInit internal/poll.runtime_pollOpen
//	internal/poll.runtime_isPollServerDescriptor internal/poll.runtime_pollClose internal/poll.runtime_pollReset
//	internal/poll.runtime_pollSetDeadline internal/poll.runtime_pollUnblock internal/poll.runtime_pollWait internal/poll.runtime_pollWaitCanceled
// behind the runtime's functions that raise and print panics: runtime.throwinit runtime.boundsText runtime.textOfType
//	runtime.pkgPathOfType runtime.panicwrapText runtime.sigpanicKind runtime.raisedText runtime.raisedAssertion runtime.raisedWithin
//	runtime.panicValue runtime.setPanicText
// behind the runtime's functions about frames and profiles: runtime.callers runtime.framesNext runtime.expandFinal
//	runtime.funcForPC runtime.funcName runtime.funcEntry runtime.funcFileLine runtime.stack0 runtime.memProfile0
//	runtime/pprof.runtime_cyclesPerSecond runtime/pprof.runtime_getProfLabel runtime/pprof.runtime_setProfLabel
//	runtime/pprof.runtime_goroutineProfileWithLabels runtime.goroutineProfile0 runtime.threadCreateProfile0
//	runtime.prepareMetrics0 runtime.readMetrics0 runtime.metricName0 runtime.readGCStats0 runtime/debug.WriteHeapDump
//	runtime/debug.SetTraceback runtime/debug.setMaxStack runtime/debug.setMaxThreads
// called by the runtime's own goroutines, or behind its own functions: runtime.nextMainStep runtime.nextFinalizer runtime.setFinalizer0 runtime.setCPUProfileRate0 runtime.cacheSlotsAt
// The rest of the list is in loops_long.go.
// does not return: runtime.fatalpanic runtime.mainDone syscall.Exit runtime.fatal runtime.throw runtime.block

var stopping uint32

func going() bool { return atomic.LoadUint32(&stopping) == 0 } // inlined, and no call itself

type shape interface{ Area() int }
type named interface {
	shape
	Name() string
}
type square struct{ a, b *int }

func (square) Area() int    { return 4 }
func (square) Name() string { return "square" }

type big [200]*int

var (
	n        = 40
	large    = 200 << 10
	word     *int
	words    = make([]*int, 40)
	words2   = make([]*int, 40)
	bytes    = make([]byte, 40)
	bytes2   = make([]byte, 40)
	ints     []int
	runes    []rune
	text     = "ein längerer Text, der nicht auf dem Stapel bleibt, weil er zu lang ist"
	any1     any   = "abc"
	any2     any   = string([]byte("abc"))
	anySq    any   = square{}
	shape1   shape = square{}
	shape2   shape = square{new(int), nil}
	named1   named = square{}
	anyOut   any
	ok       bool
	number   = 4711
	unsafe1  unsafe.Pointer
	bigs     [2]big
	mInt     = map[int]int{1: 2}
	m32      = map[int32]int{1: 2}
	mPtr     = map[*int]int{}
	mStr     = map[string]int{"a": 1}
	mAny     = map[[3]int]int{{1}: 2}
	mFat     = map[int][2000]byte{1: {}}
	mFatAny  = map[[3]int][2000]byte{{1}: {}}
	mOut     map[int]int
	mOutAny  map[[3]int]int
	key3     = [3]int{1}
	byteOut  byte
	ch       = make(chan int, 4)
	chOut    chan int
	never    chan int
	pcs      [4]uintptr
	stats    runtime.MemStats
	float    = 1.5
	complexN = complex(1, 2)
)

func nothing() {}

// Inlined: a part of each loop where official Go, which cannot interrupt its runtime, can interrupt it.
func compute() {
	for i := 0; i < 1000; i++ {
		number += i
	}
}

// What each loop does besides looking whether it is to end.
var loops = []struct {
	entry string
	loop  func()
}{
	{"runtime.newobject", func() {
		for going() {
			compute()
			word = new(int)
		}
	}},
	{"runtime.makeslice", func() {
		for going() {
			compute()
			bytes = make([]byte, n)
		}
	}},
	{"runtime.makeslice", func() {
		for going() {
			compute()
			bytes2 = make([]byte, large)
		}
		bytes2 = make([]byte, n)
	}},
	{"runtime.makeslicecopy", func() {
		for going() {
			compute()
			b := make([]byte, len(bytes2))
			copy(b, bytes2)
			bytes = b
		}
	}},
	{"runtime.growslice", func() {
		for going() {
			compute()
			ints = append(ints[:0:0], 1)
		}
	}},
	{"runtime.memmove", func() {
		for going() {
			compute()
			copy(bytes, bytes2)
		}
	}},
	{"runtime.memclrNoHeapPointers", func() {
		for going() {
			compute()
			clear(bytes)
		}
	}},
	{"runtime.memclrHasPointers", func() {
		for going() {
			compute()
			clear(words)
		}
	}},
	{"runtime.typedmemmove", func() {
		p, q := &bigs[0], &bigs[n&1]
		for going() {
			compute()
			*p = *q
		}
	}},
	{"runtime.typedslicecopy", func() {
		for going() {
			compute()
			copy(words, words2)
		}
	}},
	{"sync/atomic.CompareAndSwapPointer", func() {
		for going() {
			compute()
			atomic.CompareAndSwapPointer(&unsafe1, nil, nil)
		}
	}},
	{"sync/atomic.StorePointer", func() {
		for going() {
			compute()
			atomic.StorePointer(&unsafe1, nil)
		}
	}},
	{"sync/atomic.SwapPointer", func() {
		for going() {
			compute()
			atomic.SwapPointer(&unsafe1, nil)
		}
	}},
	{"runtime.efaceeq", func() {
		for going() {
			compute()
			ok = any1 == any2
		}
	}},
	{"runtime.ifaceeq", func() {
		for going() {
			compute()
			ok = shape1 == shape2
		}
	}},
	{"runtime.concatstrings", func() {
		s := text
		for going() {
			compute()
			text = s + "a" + s + "b" + s + "c"
		}
		text = s
	}},
	{"runtime.strmin", func() {
		s := text
		for going() {
			compute()
			text = min(text, s, "abc")
		}
		text = s
	}},
	{"runtime.intstring", func() {
		for going() {
			compute()
			any1 = string(rune(number))
		}
		any1 = "abc"
	}},
	{"runtime.slicebytetostring", func() {
		s := text
		for going() {
			compute()
			text = string(bytes)
		}
		text = s
	}},
	{"runtime.slicerunetostring", func() {
		s := text
		r := []rune(text)
		for going() {
			compute()
			text = string(r)
		}
		text = s
	}},
	{"runtime.stringtoslicebyte", func() {
		for going() {
			compute()
			bytes = []byte(text)
		}
	}},
	{"runtime.stringtoslicerune", func() {
		for going() {
			compute()
			runes = []rune(text)
		}
	}},
	{"runtime.decoderune", func() {
		for going() {
			compute()
			for _, r := range "äöü" {
				number = int(r)
			}
		}
	}},
	{"runtime.countrunes", func() {
		for going() {
			compute()
			number = len([]rune(text))
		}
	}},
	{"runtime.convI2I", func() {
		for going() {
			compute()
			shape1 = named1
		}
	}},
	{"runtime.convT", func() {
		s := square{word, word}
		for going() {
			compute()
			anyOut = s
		}
	}},
	{"runtime.convTnoptr", func() {
		s := [3]int{number}
		for going() {
			compute()
			anyOut = s
		}
	}},
	{"runtime.convT16", func() {
		for going() {
			compute()
			anyOut = uint16(number)
		}
	}},
	{"runtime.convT32", func() {
		for going() {
			compute()
			anyOut = uint32(number)
		}
	}},
	{"runtime.convT64", func() {
		for going() {
			compute()
			anyOut = uint64(number)
		}
	}},
	{"runtime.convTstring", func() {
		for going() {
			compute()
			anyOut = text
		}
	}},
	{"runtime.convTslice", func() {
		for going() {
			compute()
			anyOut = bytes
		}
	}},
	{"runtime.assertE2I", func() {
		for going() {
			compute()
			shape1 = anySq.(shape)
		}
	}},
	{"runtime.assertE2I2", func() {
		for going() {
			compute()
			_, ok = any1.(shape)
		}
	}},
	{"runtime.assertI2I", func() {
		for going() {
			compute()
			named1 = shape1.(named)
		}
	}},
	{"runtime.assertI2I2", func() {
		for going() {
			compute()
			_, ok = shape1.(fmt.Stringer)
		}
	}},
	{"runtime.makemap_small", func() {
		for going() {
			compute()
			mOut = make(map[int]int)
		}
	}},
	{"runtime.makemap", func() {
		for going() {
			compute()
			mOutAny = make(map[[3]int]int, n)
		}
	}},
	{"runtime.mapaccess1", func() {
		for going() {
			compute()
			number = mAny[key3]
		}
	}},
	{"runtime.mapaccess1_fast32", func() {
		for going() {
			compute()
			number = m32[1]
		}
	}},
	{"runtime.mapaccess1_fast64", func() {
		for going() {
			compute()
			number = mInt[1]
		}
	}},
	{"runtime.mapaccess1_faststr", func() {
		for going() {
			compute()
			number = mStr[text]
		}
	}},
	{"runtime.mapaccess1_fat", func() {
		for going() {
			compute()
			byteOut = mFatAny[key3][7]
		}
	}},
	{"runtime.mapaccess2", func() {
		for going() {
			compute()
			_, ok = mAny[key3]
		}
	}},
	{"runtime.mapaccess2_fast32", func() {
		for going() {
			compute()
			_, ok = m32[1]
		}
	}},
	{"runtime.mapaccess2_fast64", func() {
		for going() {
			compute()
			_, ok = mInt[1]
		}
	}},
	{"runtime.mapaccess2_faststr", func() {
		for going() {
			compute()
			_, ok = mStr[text]
		}
	}},
	{"runtime.mapaccess2_fat", func() {
		for going() {
			compute()
			_, ok = mFatAny[key3]
		}
	}},
	{"runtime.mapassign", func() {
		for going() {
			compute()
			mAny[key3] = 2
		}
	}},
	{"runtime.mapassign_fast32", func() {
		for going() {
			compute()
			m32[1] = 2
		}
	}},
	{"runtime.mapassign_fast64", func() {
		for going() {
			compute()
			mInt[1] = 2
		}
	}},
	{"runtime.mapassign_fast64ptr", func() {
		for going() {
			compute()
			mPtr[word] = 2
		}
	}},
	{"runtime.mapassign_faststr", func() {
		for going() {
			compute()
			mStr[text] = 2
		}
	}},
	{"runtime.mapiterinit", func() {
		for going() {
			compute()
			for k := range mInt {
				number = k
			}
		}
	}},
	{"runtime.mapiternext", func() {
		m := map[int]int{}
		for i := 0; i < 1000; i++ {
			m[i] = i
		}
		for going() {
			compute()
			for k := range m {
				number = k
			}
		}
	}},
	{"runtime.mapdelete", func() {
		for going() {
			compute()
			delete(mAny, key3)
		}
	}},
	{"runtime.mapdelete_fast32", func() {
		for going() {
			compute()
			delete(m32, 1)
		}
	}},
	{"runtime.mapdelete_fast64", func() {
		for going() {
			compute()
			delete(mInt, 1)
		}
	}},
	{"runtime.mapdelete_faststr", func() {
		for going() {
			compute()
			delete(mStr, text)
		}
	}},
	{"runtime.mapclear", func() {
		for going() {
			compute()
			clear(mInt)
		}
	}},
	{"runtime.makechan", func() {
		for going() {
			compute()
			chOut = make(chan int, n)
		}
	}},
	{"runtime.chansend1", func() {
		for going() {
			compute()
			ch <- 1
			<-ch
		}
	}},
	{"runtime.chanrecv1", func() {
		c := make(chan int)
		close(c)
		for going() {
			compute()
			number = <-c
		}
	}},
	{"runtime.chanrecv2", func() {
		c := make(chan int)
		close(c)
		for going() {
			compute()
			_, ok = <-c
		}
	}},
	{"runtime.closechan", func() {
		for going() {
			compute()
			c := make(chan int)
			close(c)
		}
	}},
	{"runtime.selectnbsend", func() {
		for going() {
			compute()
			select {
			case never <- 1:
			default:
			}
		}
	}},
	{"runtime.selectnbrecv", func() {
		for going() {
			compute()
			select {
			case <-never:
			default:
			}
		}
	}},
	{"runtime.selectgo", func() {
		for going() {
			compute()
			select {
			case ch <- 1:
			case <-ch:
			}
		}
	}},
	{"runtime.gorecover", func() {
		for going() {
			compute()
			anyOut = recover()
		}
	}},
	{"runtime.deferproc", func() {
		for going() {
			compute()
			defer nothing()
		}
	}},
	{"runtime.printunlock", func() {
		for going() {
			compute()
			print()
		}
	}},
	{"runtime.printbool", func() {
		for going() {
			compute()
			print(ok)
		}
	}},
	{"runtime.printfloat", func() {
		for going() {
			compute()
			print(float)
		}
	}},
	{"runtime.printint", func() {
		for going() {
			compute()
			print(number)
		}
	}},
	{"runtime.printuint", func() {
		for going() {
			compute()
			print(uint(number))
		}
	}},
	{"runtime.printuintptr", func() {
		for going() {
			compute()
			print(uintptr(number))
		}
	}},
	{"runtime.printcomplex", func() {
		for going() {
			compute()
			print(complexN)
		}
	}},
	{"runtime.printstring", func() {
		for going() {
			compute()
			print(text)
		}
	}},
	{"runtime.printpointer", func() {
		for going() {
			compute()
			print(word)
		}
	}},
	{"runtime.printiface", func() {
		for going() {
			compute()
			print(shape1)
		}
	}},
	{"runtime.printeface", func() {
		for going() {
			compute()
			print(any1)
		}
	}},
	{"runtime.printslice", func() {
		for going() {
			compute()
			print(bytes)
		}
	}},
	{"runtime.printnl", func() {
		for going() {
			compute()
			println()
		}
	}},
	{"runtime.printsp", func() {
		for going() {
			compute()
			println(1, 2)
		}
	}},
	{"runtime.newproc", func() {
		for going() {
			compute()
			go nothing()
		}
	}},
	{"runtime.Gosched", func() {
		for going() {
			compute()
			runtime.Gosched()
		}
	}},
	{"runtime.gomaxprocs", func() {
		for going() {
			compute()
			number = runtime.GOMAXPROCS(0)
		}
	}},
	{"runtime.NumCPU", func() {
		for going() {
			compute()
			number = runtime.NumCPU()
		}
	}},
	{"runtime.NumGoroutine", func() {
		for going() {
			compute()
			number = runtime.NumGoroutine()
		}
	}},
	{"runtime.LockOSThread", func() {
		for going() {
			compute()
			runtime.LockOSThread()
			runtime.UnlockOSThread()
		}
	}},
	{"runtime.UnlockOSThread", func() {
		for going() {
			compute()
			runtime.UnlockOSThread()
		}
	}},
	{"runtime.exitsyscall", func() {
		for going() {
			compute()
			syscall.Syscall(syscall.SYS_GETPID, 0, 0, 0)
		}
	}},
	{"time.Sleep", func() {
		for going() {
			compute()
			time.Sleep(0)
		}
	}},
	{"syscall.Getpagesize", func() {
		for going() {
			compute()
			number = syscall.Getpagesize()
		}
	}},
	{"runtime.Callers", func() {
		for going() {
			compute()
			number = runtime.Callers(0, pcs[:])
		}
	}},
	{"runtime.readMemStats0", func() {
		for going() {
			compute()
			runtime.ReadMemStats(&stats)
		}
	}},
	{"runtime.collect", func() {
		for going() {
			compute()
			runtime.GC()
		}
	}},
	{"runtime/debug.setGCPercent", func() {
		for going() {
			compute()
			debug.SetGCPercent(100)
		}
	}},
	{"runtime/debug.setMemoryLimit", func() {
		for going() {
			compute()
			debug.SetMemoryLimit(-1)
		}
	}},
	{"runtime/debug.setPanicOnFault", func() {
		for going() {
			compute()
			debug.SetPanicOnFault(false)
		}
	}},
}

func main() {
	for _, l := range loops {
		atomic.StoreUint32(&stopping, 0)
		done := make(chan bool)
		go func() {
			l.loop()
			close(done)
		}()
		// Another goroutine's turn comes, at one processor too.
		time.Sleep(time.Millisecond)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		runtime.GC()
		runtime.ReadMemStats(&after)
		if after.NumGC == before.NumGC {
			fmt.Println("no collection during", l.entry)
		}
		atomic.StoreUint32(&stopping, 1)
		<-done
		fmt.Println(l.entry)
	}
}
