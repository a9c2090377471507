// run
// gomaxprocs: 1,2,4

// The profile of mutexes counts for the call that unlocks, for each waiter that it lets go on.
package main

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"time"
)

//go:noinline
func unlock(mu *sync.Mutex) { mu.Unlock() }

//go:noinline
func unlockRW(mu *sync.RWMutex) { mu.Unlock() }

//go:noinline
func free(mu *sync.Mutex) { mu.Unlock() }

func waiting(n int) {
	buf := make([]byte, 1<<16)
	for strings.Count(string(buf[:runtime.Stack(buf, true)]), "sync.runtime_Semacquire") < n {
		time.Sleep(time.Millisecond)
	}
}

func main() {
	fmt.Println(runtime.SetMutexProfileFraction(1))
	var mu sync.Mutex
	var wg sync.WaitGroup
	mu.Lock()
	for i := 0; i < 3; i++ {
		wg.Add(1)
		go func() {
			mu.Lock()
			unlock(&mu)
			wg.Done()
		}()
	}
	waiting(3)
	unlock(&mu)
	wg.Wait()
	mu.Lock()
	free(&mu)
	var rw sync.RWMutex
	rw.Lock()
	wg.Add(1)
	go func() {
		rw.RLock()
		rw.RUnlock()
		wg.Done()
	}()
	waiting(1)
	unlockRW(&rw)
	wg.Wait()

	records := profile(runtime.MutexProfile)
	for _, name := range []string{"unlock", "unlockRW", "free"} {
		r, ok := site(name, records)
		if !ok {
			fmt.Println(name, "is not there")
			continue
		}
		f, _ := runtime.CallersFrames(r.Stack()).Next()
		fmt.Println(name, r.Count >= 1, r.Cycles > 0, f.Function)
	}
	fmt.Println(runtime.SetMutexProfileFraction(-1), runtime.SetMutexProfileFraction(5), runtime.SetMutexProfileFraction(0), runtime.SetMutexProfileFraction(-1))
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
