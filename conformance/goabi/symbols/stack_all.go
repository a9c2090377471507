// run

// runtime.Stack of all goroutines lists each with what it is waiting for.
package main

import (
	"fmt"
	"regexp"
	"runtime"
	"sort"
	"strings"
	"sync"
	"time"
)

func main() {
	var mu sync.Mutex
	var wg sync.WaitGroup
	mu.Lock()
	wg.Add(1)
	c := make(chan int)
	var null chan int
	cond := sync.NewCond(&sync.Mutex{})
	waiters := []func(){
		func() { <-c },
		func() { select {} },
		func() { null <- 1 },
		func() { mu.Lock() },
		func() { wg.Wait() },
		func() { cond.L.Lock(); cond.Wait() },
		func() { time.Sleep(time.Hour) },
		func() {
			select {
			case <-c:
			case <-null:
			}
		},
		func() { c2 := make(chan int); c2 <- 1 },
		func() { runtime.LockOSThread(); <-c },
	}
	for _, w := range waiters {
		go w()
	}
	header := regexp.MustCompile(`(?m)^goroutine \d+ \[(.*)\]:$`)
	buf := make([]byte, 1<<16)
	var states []string
	for round := 0; round < 1000; round++ {
		runtime.Gosched()
		time.Sleep(time.Millisecond)
		states = nil
		busy := false
		for _, m := range header.FindAllStringSubmatch(string(buf[:runtime.Stack(buf, true)]), -1) {
			states = append(states, m[1])
			busy = busy || strings.HasPrefix(m[1], "runnable")
		}
		if !busy && len(states) == len(waiters)+1 {
			break
		}
	}
	fmt.Println("first:", states[0])
	sort.Strings(states[1:])
	for _, s := range states[1:] {
		fmt.Println(s)
	}
}
