// run
// gomaxprocs: 1,2

// Samples in a routine of the runtime that compiled code calls in a loop, wherever in it they fall, lie below the function that calls it now:
// never below nothing, or below one whose frame lay in the same place before.
package main

import (
	"bytes"
	"fmt"
	"internal/profile"
	"runtime/pprof"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

//go:linkname memequal64 runtime.memequal64
func memequal64(p, q unsafe.Pointer) bool

var (
	x, y   [64]byte
	sink   int
	keys   = map[any]int{1: 1}
	called = memequal64
)

//go:noinline
func keep(b []byte) {}

// Leaves return addresses of calls into the runtime where frames of the others will be.
//
//go:noinline
func old(k any) int {
	var pad [12]int
	pad[sink&7] = keys[k]
	return pad[2]
}

//go:noinline
func direct(large bool) {
	for i := 0; i < 100000; i++ {
		memequal64(unsafe.Pointer(&x), unsafe.Pointer(&y))
		if large {
			var b [400]byte
			keep(b[:])
		}
	}
}

//go:noinline
func byValue(large bool) {
	for i := 0; i < 100000; i++ {
		called(unsafe.Pointer(&x), unsafe.Pointer(&y))
		if large {
			var b [400]byte
			keep(b[:])
		}
	}
}

// The processor time of this process: on a busy machine there are few samples in a second.
func used() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func main() {
	var out bytes.Buffer
	if err := pprof.StartCPUProfile(&out); err != nil {
		fmt.Println(err)
		return
	}
	for end := used() + time.Second; used() < end; {
		old(1)
		direct(false)
		old(1)
		byValue(false)
	}
	pprof.StopCPUProfile()
	p, err := profile.Parse(&out)
	if err != nil {
		fmt.Println(err)
		return
	}
	within, wrong := int64(0), map[string]int64{}
	for _, s := range p.Sample {
		var names []string
		for _, l := range s.Location {
			for _, line := range l.Line {
				names = append(names, line.Function.Name)
			}
		}
		stack := strings.Join(names, " ")
		if !strings.Contains(stack, "memequal64") {
			continue
		}
		within += s.Value[0]
		if !strings.Contains(stack, "main.direct") && !strings.Contains(stack, "main.byValue") {
			wrong[stack] += s.Value[0]
		}
	}
	fmt.Println("some samples:", within > 20, "wrong:", wrong)
}
