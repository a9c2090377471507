// run
// gomaxprocs: 1,2,4

// A select that waits counts once, for the case that is ready first; one that does not wait does not count.
package main

import (
	"fmt"
	"runtime"
	"strings"
	"time"
)

//go:noinline
func waits(a, b chan int) {
	select {
	case <-a:
	case b <- 1:
	}
}

//go:noinline
func is_ready(a, b chan int) {
	select {
	case <-a:
	case b <- 1:
	}
}

//go:noinline
func has_default(a chan int) {
	select {
	case <-a:
	default:
	}
}

func main() {
	runtime.SetBlockProfileRate(1)
	a, b := make(chan int), make(chan int)
	for i := 0; i < 3; i++ {
		go func() {
			time.Sleep(40 * time.Millisecond)
			if i%2 == 0 {
				a <- 1
			} else {
				<-b
			}
		}()
		waits(a, b)
	}
	is_ready(a, make(chan int, 1))
	has_default(a)
	records := profile(runtime.BlockProfile)
	for _, name := range []string{"waits", "is_ready", "has_default"} {
		r, ok := site(name, records)
		fmt.Println(name, ok, r.Count, r.Cycles >= int64(r.Count))
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
