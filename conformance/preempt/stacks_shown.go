// run

// What is shown of goroutines that were interrupted in a loop: the loop's function on top, as if it had stopped by itself.
package main

import (
	"bytes"
	"fmt"
	"runtime"
	"runtime/pprof"
	"strings"
	"sync/atomic"
)

var stop, up atomic.Int32

//go:noinline
func loop(n *int) {
	up.Add(1)
	for stop.Load() == 0 {
		*n++
	}
}

//go:noinline
func caller(n int) { loop(&n) }

func main() {
	for i := 0; i < 3; i++ {
		go caller(i)
	}
	for up.Load() < 3 {
		runtime.Gosched()
	}
	buf := make([]byte, 1<<16)
	text := string(buf[:runtime.Stack(buf, true)])
	for _, g := range strings.Split(text, "\n\n")[1:] {
		lines := strings.Split(g, "\n")
		for _, l := range lines[1:] {
			switch {
			case strings.HasPrefix(l, "\t"):
			case strings.HasPrefix(l, "created by"):
				fmt.Println("created by main.main")
			case strings.HasPrefix(l, "main."):
				fmt.Println(l[:strings.Index(l, "(")])
			case strings.HasPrefix(l, "runtime."):
				fmt.Println("a frame of the runtime: ", l)
			}
		}
	}
	records := make([]runtime.StackRecord, 10)
	n, _ := runtime.GoroutineProfile(records)
	for _, r := range records[:n] {
		frames := runtime.CallersFrames(r.Stack())
		var names []string
		for {
			f, more := frames.Next()
			if strings.HasPrefix(f.Function, "main.") {
				names = append(names, f.Function)
			}
			if !more {
				break
			}
		}
		if names[0] != "main.main" {
			fmt.Println(names)
		}
	}
	var out bytes.Buffer
	pprof.Lookup("goroutine").WriteTo(&out, 1)
	fmt.Println(strings.Contains(out.String(), "main.loop"), strings.Contains(out.String(), "main.caller"))
	stop.Store(1)
}
