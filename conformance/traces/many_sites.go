// run
// gomaxprocs: 1,2

// Events of one goroutine that waits at many places in turn, again and again: lines of one function, what is inlined into it, closures,
// depths of recursion, deferred calls, methods behind an interface, on a stack that grew in between. Each stack is the place's own.
package main

import (
	"bytes"
	"fmt"
	"internal/trace"
	rtrace "runtime/trace"
	"sort"
	"strings"
)

type waiter interface{ wait() }

type plain struct{ c chan int }

func (p plain) wait() { <-p.c }

type outer struct{ plain }

// Inlined.
func twice(c chan int) {
	<-c
	<-c
}

//go:noinline
func lines(c chan int) {
	<-c
	<-c
	twice(c)
	func() { <-c }()
}

//go:noinline
func deep(n int, c chan int) {
	if n == 0 {
		<-c
		return
	}
	if n%2 == 0 {
		deep(n-1, c)
	} else {
		deep(n-1, c)
	}
}

//go:noinline
func deferred(c chan int) {
	defer func() { <-c }()
	defer func() {
		recover()
		<-c
	}()
	var p *int
	*p = 1
}

// Without a frame, and faults.
//
//go:noinline
func load(p *int) int { return *p }

//go:noinline
func late(c chan int) {
	recover()
	<-c
}

//go:noinline
func red(c chan int) {
	defer late(c)
	load(nil)
}

//go:noinline
func blue(c chan int) {
	defer late(c)
	load(nil)
}

//go:noinline
func grow(n int) int {
	var a [64]int
	if n == 0 {
		return 0
	}
	a[n%64] = n
	return grow(n-1) + a[n%64]
}

//go:noinline
func all(c chan int) {
	lines(c)
	for n := 0; n < 5; n++ {
		deep(n, c)
	}
	deferred(c)
	for i := 0; i < 2; i++ {
		[]func(chan int){red, blue}[i](c)
	}
	for _, w := range []waiter{plain{c}, &plain{c}, outer{plain{c}}, &outer{plain{c}}} {
		w.wait()
	}
	f := plain{c}.wait
	f()
	select {
	case <-c:
	case <-make(chan int):
	}
}

const sites, rounds = 20, 40

func main() {
	var b bytes.Buffer
	if err := rtrace.Start(&b); err != nil {
		fmt.Println(err)
		return
	}
	c, done := make(chan int), make(chan bool)
	go func() {
		for i := 0; i < rounds; i++ {
			all(c)
			grow(10 * i)
		}
		close(done)
	}()
	for i := 0; i < sites*rounds; i++ {
		c <- i
	}
	<-done
	rtrace.Stop()
	parsed, err := trace.Parse(&b, "")
	if err != nil {
		fmt.Println(err)
		return
	}
	seen := map[string]bool{}
	red, blue := 0, 0
	for _, e := range parsed.Events {
		var frames []string
		for _, f := range e.Stk {
			frame := f.Fn
			if strings.HasPrefix(frame, "main.") {
				frame = fmt.Sprintf("%s:%d", f.Fn, f.Line)
			}
			frames = append(frames, frame)
		}
		stack := strings.Join(frames, " ")
		// It waits, or finds another goroutine that waits: which of the two is not the program's choice.
		name := trace.EventDescriptions[e.Type].Name
		meets := strings.HasPrefix(name, "GoBlock") || name == "GoUnblock"
		if strings.Contains(stack, "main.load") {
			// Each waits as often as the other. (Official Go leaves out what calls a function without a frame.)
			if meets && strings.Contains(stack, "main.red") {
				red++
			} else if meets && strings.Contains(stack, "main.blue") {
				blue++
			}
			continue
		}
		if meets && strings.Contains(stack, "main.all") {
			if i := strings.Index(stack, "main."); i >= 0 {
				seen[stack[i:]] = true
			}
		}
	}
	var stacks []string
	for stack := range seen {
		stacks = append(stacks, stack)
	}
	sort.Strings(stacks)
	for _, stack := range stacks {
		fmt.Println(stack)
	}
	fmt.Println(len(stacks), "places")
	if red != blue {
		fmt.Println("red", red, "blue", blue)
	}
}
