// run

// What profilers and goroutine-number libraries read of a goroutine and its thread, at the offsets of Go 1.21.
package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync"
	"unsafe"
)

//go:linkname getm runtime.getm
func getm() uintptr

//go:linkname getProfLabel runtime/pprof.runtime_getProfLabel
func getProfLabel() unsafe.Pointer

const (
	gM      = 48
	gGoid   = 152
	gLabels = 344
	mG0     = 0
	mCurg   = 192
)

//go:nocheckptr
func word(at, offset uintptr) uintptr {
	return *(*uintptr)(unsafe.Pointer(at + offset))
}

func goid() uint64 {
	var text [64]byte
	fields := strings.Fields(string(text[:runtime.Stack(text[:], false)]))
	n, _ := strconv.ParseUint(fields[1], 10, 64)
	return n
}

func look(what string) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	g := word(getm(), mCurg)
	m := word(g, gM)
	fmt.Println(what, word(m, mCurg) == g, word(m, mG0) == word(getm(), mG0), word(m, mG0) != g,
		uint64(word(g, gGoid)) == goid(), word(g, gLabels) != 0, word(g, gLabels) == uintptr(getProfLabel()))
}

func main() {
	look("main")
	ctx := pprof.WithLabels(context.Background(), pprof.Labels("key", "value"))
	pprof.SetGoroutineLabels(ctx)
	look("labelled")
	var all sync.WaitGroup
	all.Add(1)
	go func() {
		defer all.Done()
		runtime.Gosched()
		look("inherited")
		pprof.SetGoroutineLabels(context.Background())
		look("without")
	}()
	all.Wait()
	runtime.GC()
	look("still")
}
