// run
// gomaxprocs: 2,4

// A wait for a mutex is in the profile when the one that waited has the mutex.
package main

import (
	"bytes"
	"fmt"
	"runtime"
	"sync"
)

func count() (n int64) {
	p := make([]runtime.BlockProfileRecord, 50)
	k, _ := runtime.MutexProfile(p)
	for _, r := range p[:k] {
		n += r.Count
	}
	return n
}

func main() {
	runtime.SetMutexProfileFraction(1)
	missed := 0
	stack := make([]byte, 1<<16)
	for i := 0; i < 2000; i++ {
		var mu sync.Mutex
		c := make(chan int64)
		mu.Lock()
		go func() {
			mu.Lock()
			c <- count()
			mu.Unlock()
		}()
		for !bytes.Contains(stack[:runtime.Stack(stack, true)], []byte("[sync.Mutex.Lock")) {
			runtime.Gosched()
		}
		before := count()
		mu.Unlock()
		if <-c <= before {
			missed++
		}
	}
	fmt.Println(missed)
}
