// run
// exit: 2
// env: GOTRACEBACK=none
// gomaxprocs: 4

// A reader that meets a write under way is the one that notices.
package main

import (
	"fmt"
	"runtime"
	"sync/atomic"
)

var sink string

func main() {
	m := map[string]string{"a": "b"}
	var ready atomic.Int32
	go func() {
		ready.Store(1)
		keys := []string{"one", "two", "three", "four"}
		for i := 0; ; i++ {
			m[keys[i&3]] = "value"
		}
	}()
	for ready.Load() == 0 {
		runtime.Gosched()
	}
	defer func() { fmt.Println("not reached", recover()) }()
	for {
		sink = m["a"]
	}
}
