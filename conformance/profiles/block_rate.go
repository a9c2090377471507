// run

// A rate above the waits' lengths counts some of them, each for all; what is counted stays when the profile is off.
package main

import (
	"fmt"
	"runtime"
	"strings"
	"time"
)

//go:noinline
func short(c chan int) { <-c }

//go:noinline
func long(c chan int) { <-c }

func main() {
	c := make(chan int)
	runtime.SetBlockProfileRate(int(5 * time.Millisecond))
	for i := 0; i < 3; i++ {
		go func() {
			for stacks := make([]byte, 1<<16); ; time.Sleep(time.Millisecond) {
				n := runtime.Stack(stacks, true)
				if strings.Contains(string(stacks[:n]), "[chan receive]:\nmain.long") {
					break
				}
			}
			time.Sleep(20 * time.Millisecond)
			c <- 1
		}()
		long(c)
	}
	runtime.SetBlockProfileRate(1 << 60)
	for i := 0; i < 1000; i++ {
		go func() { c <- 1 }()
		short(c)
	}
	runtime.SetBlockProfileRate(-7)
	r, ok := site("long", profile(runtime.BlockProfile))
	fmt.Println(ok, r.Count, time.Duration(r.Cycles) > 0)
	_, ok = site("short", profile(runtime.BlockProfile))
	fmt.Println(ok)
	n, ok := runtime.BlockProfile(nil)
	fmt.Println(n > 0, ok)
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
