// run
// gomaxprocs: 1,2,4

// Waits for what package sync has are shown from its exported method on.
package main

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"time"
)

//go:noinline
func mutex(mu *sync.Mutex) { mu.Lock() }

//go:noinline
func reader(mu *sync.RWMutex) { mu.RLock() }

//go:noinline
func writer(mu *sync.RWMutex) { mu.Lock() }

//go:noinline
func group(wg *sync.WaitGroup) { wg.Wait() }

//go:noinline
func condition(c *sync.Cond) { c.Wait() }

// after calls f when the main goroutine waits in the function called name, and has done so for a moment.
func after(name string, f func()) {
	go func() {
		for !waits(name) {
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Millisecond)
		f()
	}()
}

// waits says whether the main goroutine waits in a function.
func waits(name string) bool {
	buf := make([]byte, 64<<10)
	for _, g := range strings.Split(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
		if strings.HasPrefix(g, "goroutine 1 [") {
			state, calls, _ := strings.Cut(g, "\n")
			return strings.Contains(state, "[s") && strings.Contains(calls, "main."+name+"(") // semacquire, sync.Mutex.Lock, sync.Cond.Wait ...
		}
	}
	return false
}

func main() {
	runtime.SetBlockProfileRate(1)
	var mu sync.Mutex
	mu.Lock()
	after("mutex", mu.Unlock)
	mutex(&mu)
	var rw sync.RWMutex
	rw.Lock()
	after("reader", rw.Unlock)
	reader(&rw)
	after("writer", rw.RUnlock)
	writer(&rw)
	var wg sync.WaitGroup
	wg.Add(1)
	after("group", wg.Done)
	group(&wg)
	c := sync.NewCond(new(sync.Mutex))
	c.L.Lock()
	after("condition", func() {
		c.L.Lock()
		c.L.Unlock()
		c.Broadcast() // without the lock, for which it would wait too
	})
	condition(c)

	records := profile(runtime.BlockProfile)
	for _, name := range []string{"mutex", "reader", "writer", "group", "condition"} {
		r, ok := site(name, records)
		if !ok {
			fmt.Println(name, "is not there")
			continue
		}
		f, _ := runtime.CallersFrames(r.Stack()).Next()
		fmt.Println(name, r.Count >= 1, r.Cycles > 0, f.Function)
	}
}

// site finds the record whose innermost function of package main is the one named.
func site(name string, records []runtime.BlockProfileRecord) (r runtime.BlockProfileRecord, ok bool) {
	for _, r := range records {
		frames := runtime.CallersFrames(r.Stack())
		for {
			f, more := frames.Next()
			if strings.HasPrefix(f.Function, "main.") {
				if f.Function == "main."+name {
					return r, true
				}
				break
			}
			if !more {
				break
			}
		}
	}
	return
}

func profile(get func([]runtime.BlockProfileRecord) (int, bool)) []runtime.BlockProfileRecord {
	n, _ := get(nil)
	p := make([]runtime.BlockProfileRecord, n+50)
	n, ok := get(p)
	if !ok {
		fmt.Println("no room")
	}
	return p[:n]
}
