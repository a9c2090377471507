// run
// gomaxprocs: 2
// timeout: 60

// A memory limit below what is alive: collecting for each part of the heap that it grows would take nearly all of the time. When it has had
// more than its share, the heap may grow to twice what is alive instead, and the program gets on; but no further.
package main

import (
	"fmt"
	"os"
	"reflect"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
)

type node struct{ l, r *node }

func tree(d int) *node {
	if d == 0 {
		return &node{}
	}
	return &node{tree(d - 1), tree(d - 1)}
}

var sink []byte

// Seconds of processor time that the process has used.
func used() int64 {
	var ru syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &ru)
	return int64(ru.Utime.Sec) + int64(ru.Stime.Sec)
}

func allocate(while func() bool) (mb int) {
	for while() {
		for i := 0; i < 256; i++ {
			sink = make([]byte, 4096)
		}
		mb++
	}
	return mb
}

// Whether this is official Go, whose heap grows without a bound here.
func official() bool {
	pc := reflect.ValueOf(runtime.GC).Pointer()
	file, _ := runtime.FuncForPC(pc).FileLine(pc)
	return strings.HasSuffix(file, "runtime/mgc.go")
}

func main() {
	runtime.GOMAXPROCS(1)
	live := tree(20) // 32 MB
	debug.SetMemoryLimit(20 << 20)
	// Collecting may have one second more than the program.
	begin := used()
	allocate(func() bool { return used()-begin < 3 })
	// It was two to three megabytes for as long as collecting had what it wanted. Some turns, since collecting may have less than its share
	// in one. What stops the world has all of it.
	standing := strings.Contains(os.Getenv("GODEBUG"), "gcstoptheworld=1")
	var before, after runtime.MemStats
	each := 0
	for turn := 0; turn < 10 && each < 5 && !standing; turn++ {
		runtime.ReadMemStats(&before)
		mb := allocate(func() bool {
			runtime.ReadMemStats(&after)
			return after.NumGC-before.NumGC < 20
		})
		each = mb / 20
	}
	runtime.ReadMemStats(&after)
	fmt.Println("collected", after.NumGC > 2)
	if each < 5 && !standing {
		fmt.Println("collected too often:", each, "MB between two collections")
	}
	if after.Sys > 160<<20 && !official() {
		fmt.Println("grew too far:", after.Sys>>20, "MB")
	}
	runtime.KeepAlive(live)
}
