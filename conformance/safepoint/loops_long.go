// run
// timeout: 60

// As loops.go, for long work on memory: here a collection gets in, and other goroutines do, in the middle of an entry.
package main

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"time"
)

// The rest of the list of loops.go.
//
// of programs compiled with -d=softfloat: runtime.fadd32 runtime.fadd64 runtime.fmul32 runtime.fmul64 runtime.fdiv32
//	runtime.fdiv64 runtime.feq32 runtime.feq64 runtime.fgt32 runtime.fgt64 runtime.fge32 runtime.fge64 runtime.f32to64
//	runtime.f64to32 runtime.f32toint32 runtime.f32toint64 runtime.f32touint64 runtime.f64toint32 runtime.f64toint64
//	runtime.f64touint64 runtime.fint32to32 runtime.fint32to64 runtime.fint64to32 runtime.fint64to64 runtime.fuint64to32
//	runtime.fuint64to64
// pulled by packages outside of std (conformance/linknames): runtime.releasem runtime.cputicks runtime.walltime
//	runtime.procyield runtime.osyield runtime.usleep runtime.chanbuf runtime.stringHash runtime.bytesHash runtime.int32Hash
//	runtime.int64Hash runtime.efaceHash runtime.ifaceHash runtime.getitab runtime.gopark runtime.goready runtime.goyield
//	runtime.wakep runtime.findObject runtime.checkptrBase runtime.checkptrStraddles runtime.moduledataverify1
//	runtime.findfunc runtime.funcline1 runtime.funcNameForPrint runtime.inlineTree runtime.inlineIndex runtime.inlineParent
//	runtime.inlineSource runtime.nameAtOffset
// as runtime.strmin: runtime.strmax
// behind functions of packages os, internal/godebug: runtime.godebugChanged runtime.panicnilEvents
// behind the runtime's functions about profiles and traces: runtime.blockevent runtime.blockProfile0 runtime.mutexProfile0
//	runtime.pendingCPUProfile runtime.readCPUProfile0 runtime.startTrace0 runtime.stopTrace0 runtime.hasTrace runtime.readTrace0
//	runtime/trace.userLog runtime/trace.userRegion runtime/trace.userTaskCreate runtime/trace.userTaskEnd
// behind functions of packages os/signal, syscall: os/signal.signal_enable os/signal.signal_disable os/signal.signal_ignore
//	os/signal.signal_ignored os/signal.signal_recv os/signal.signalWaitUntilIdle runtime.everyThread
// called between two instructions, by a signal: runtime.asyncPreempt2

var stopping uint32

func going() bool { return atomic.LoadUint32(&stopping) == 0 }

var (
	huge   = 300 << 10
	bytes  []byte
	text   string
	number int
)

// Inlined: a part of each loop where official Go, which cannot interrupt its runtime, can interrupt it.
func compute() {
	for i := 0; i < 10000; i++ {
		number += i
	}
}

var loops = []struct {
	entry string
	loop  func()
}{
	{"runtime.SetBlockProfileRate", func() {
		for going() {
			compute()
			runtime.SetBlockProfileRate(0)
		}
	}},
	{"runtime.SetMutexProfileFraction", func() {
		for going() {
			compute()
			number = runtime.SetMutexProfileFraction(0)
		}
	}},
	{"runtime.SetCPUProfileRate", func() {
		for going() {
			compute()
			runtime.SetCPUProfileRate(0)
		}
	}},
	{"runtime.makeslice", func() {
		for going() {
			compute()
			bytes = make([]byte, huge)
		}
	}},
	{"runtime.memmove", func() {
		a, b := make([]byte, huge), make([]byte, huge)
		for going() {
			compute()
			copy(a, b)
		}
	}},
	{"runtime.memclrNoHeapPointers", func() {
		a := make([]byte, huge)
		for going() {
			compute()
			clear(a)
		}
	}},
	{"runtime.typedslicecopy", func() {
		a, b := make([]*int, huge/8), make([]*int, huge/8)
		for going() {
			compute()
			copy(a, b)
		}
	}},
	{"runtime.memclrHasPointers", func() {
		a := make([]*int, huge/8)
		for going() {
			compute()
			clear(a)
		}
	}},
	{"runtime.growslice", func() {
		a := make([]byte, huge)
		for going() {
			compute()
			bytes = append(a, 1)
		}
	}},
	{"runtime.makeslicecopy", func() {
		a := make([]byte, huge)
		for going() {
			compute()
			b := make([]byte, len(a))
			copy(b, a)
			bytes = b
		}
	}},
	{"runtime.stringtoslicebyte", func() {
		s := string(make([]byte, huge))
		for going() {
			compute()
			bytes = []byte(s)
		}
	}},
	{"runtime.slicebytetostring", func() {
		a := make([]byte, huge)
		for going() {
			compute()
			text = string(a)
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
