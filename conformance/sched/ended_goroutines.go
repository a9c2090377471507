// run
// timeout: 30

// What is left of goroutines that ended: they are many at once, and wait in each of the ways there are, before they all end.
// Their stacks go back, and what stays is a record of some hundred bytes for each.
package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"time"
)

const n = 100000

// held is what the runtime holds of memory, less what it has given back to the system.
func held() int64 {
	for i := 0; i < 3; i++ {
		debug.FreeOSMemory()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.Sys - m.HeapReleased)
}

func all(wait, wake func()) {
	var wg, ready sync.WaitGroup
	wg.Add(n)
	ready.Add(n)
	for i := 0; i < n; i++ {
		go func() {
			ready.Done()
			wait()
			wg.Done()
		}()
	}
	ready.Wait()
	wake()
	wg.Wait()
}

func main() {
	before := held()
	ch := make(chan int)
	all(func() { <-ch }, func() { close(ch) })
	perGoroutine := (held() - before) / n
	fmt.Println("after a channel", perGoroutine < 640)
	if perGoroutine >= 640 {
		println(perGoroutine)
	}
	all(func() { time.Sleep(time.Millisecond) }, func() {})
	var mu sync.Mutex
	mu.Lock()
	all(func() { mu.Lock(); mu.Unlock() }, func() { mu.Unlock() })
	perGoroutine = (held() - before) / n
	fmt.Println("after all ways", perGoroutine < 720)
	if perGoroutine >= 720 {
		println(perGoroutine)
	}
}
