// run

// Every way in which the Error or String method of an uncaught panic's value can end (it returns, after any mix of panic, recover and
// Goexit inside; it panics; it leaves by Goexit), for every kind of chain of panics that the value can stand in: what is
// printed and the exit status. (Starts itself, so not under an emulator.)

//go:build amd64

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
)

// A way for a method to come to its text.
type way struct {
	name string
	f    func() string
}

type quiet struct{}

func (quiet) Error() string { panic("in vain") }

type number int

func swallow(f func()) {
	defer func() { recover() }()
	f()
}

//go:noinline
func deep(n int) int {
	var pad [64]int
	if n > 0 {
		pad[n%64] = deep(n - 1)
	}
	return pad[n%64] + n
}

func nilDereference() { var p *struct{ x int }; p.x++ }

var ways = []way{
	{"returns", func() string { return "text" }},
	{"returns nothing", func() string { return "" }},
	{"two lines", func() string { return "a\nb" }},
	{"recovers a panic", func() string { swallow(func() { panic("inside") }); return "text" }},
	{"recovers two panics", func() string {
		swallow(func() { panic("inside") })
		swallow(func() { panic("again") })
		return "text"
	}},
	{"recovers a fault", func() string { swallow(nilDereference); return "text" }},
	{"recovers a panic of an error that cannot print", func() string { swallow(func() { panic(quiet{}) }); return "text" }},
	{"recovers nested panics", func() string {
		swallow(func() {
			defer func() { panic("second") }()
			panic("first")
		})
		return "text"
	}},
	{"recovers within a deferred call of a panic that is recovered", func() string {
		swallow(func() {
			defer swallow(func() { panic("second") })
			panic("first")
		})
		return "text"
	}},
	{"recovers and panics again and recovers", func() string {
		swallow(func() {
			defer func() { panic(fmt.Sprint("again ", recover())) }()
			panic("first")
		})
		return "text"
	}},
	{"recovers its own panic, named result", func() (s string) {
		defer func() { s = fmt.Sprint("from ", recover()) }()
		panic("own")
	}},
	{"recovers nothing", func() string { return fmt.Sprint("recovered ", recover()) }},
	{"recovers nothing in a deferred call", func() (s string) {
		defer func() { s = fmt.Sprint("recovered ", recover()) }()
		return "text"
	}},
	{"prints a nil receiver", func() string { var p *pointer; return fmt.Sprintf("<%v>", p) }},
	{"prints a bad value", func() string { return fmt.Sprintf("<%v>", bad{}) }},
	{"grows, collects, gives way", func() string {
		swallow(func() { deep(20000); runtime.GC(); panic("deep") })
		runtime.Gosched()
		return fmt.Sprint("text ", deep(1000))
	}},
	{"waits for a goroutine that panics and recovers", func() string {
		c := make(chan int)
		go func() { defer close(c); swallow(func() { panic("there") }) }()
		<-c
		return "text"
	}},
	{"waits for a goroutine that ends by Goexit", func() string {
		c := make(chan int)
		go func() { defer close(c); runtime.Goexit() }()
		<-c
		return "text"
	}},
	{"panics with a string", func() string { panic("bad") }},
	{"panics with an error", func() string { panic(errors.New("bad")) }},
	{"panics with a number", func() string { panic(number(3)) }},
	{"panics with nil", func() string { panic(nil) }},
	{"faults", func() string { nilDereference(); return "text" }},
	{"recovers and panics", func() string { swallow(func() { panic("inside") }); panic("bad") }},
	{"panics twice", func() string { defer func() { panic("second") }(); panic("first") }},
	{"leaves", func() string { runtime.Goexit(); return "text" }},
	{"recovers and leaves", func() string { swallow(func() { panic("inside") }); runtime.Goexit(); return "text" }},
	{"panics and leaves", func() string { defer runtime.Goexit(); panic("bad") }},
	{"leaves and panics and recovers", func() string {
		defer func() { fmt.Println("left", recover()) }()
		defer func() { panic("bad") }()
		runtime.Goexit()
		return "text"
	}},
	{"leaves and recovers a panic", func() string {
		defer swallow(func() { panic("bad") })
		runtime.Goexit()
		return "text"
	}},
}

type pointer struct{ id int }

func (p *pointer) String() string { return fmt.Sprint("id ", p.id) }

type bad struct{}

func (bad) String() string { panic("bad id") }

type failure struct{ f func() string }

func (e failure) Error() string { return e.f() }

type named struct{ f func() string }

func (s *named) String() string { return s.f() }

// A chain of panics with the value in it.
type chain struct {
	name string
	f    func(v any)
}

var chains = []chain{
	{"alone", func(v any) { panic(v) }},
	{"during another", func(v any) { defer func() { panic(v) }(); panic("outer") }},
	{"under another", func(v any) { defer func() { panic("inner") }(); panic(v) }},
	{"both", func(v any) { defer func() { panic(v) }(); panic(v) }},
	{"again", func(v any) { defer func() { panic(recover()) }(); panic(v) }},
	{"during a fault", func(v any) { defer func() { panic(v) }(); nilDereference() }},
	{"during Goexit", func(v any) { defer func() { panic(v) }(); runtime.Goexit() }},
	{"elsewhere", func(v any) { go func() { panic(v) }(); select {} }},
}

func value(kind, w int) any {
	if kind == 0 {
		return failure{ways[w].f}
	}
	return &named{ways[w].f}
}

func main() {
	if len(os.Args) > 1 {
		n, _ := strconv.Atoi(os.Args[1])
		chains[n%len(chains)].f(value(n/len(chains)%2, n/len(chains)/2))
		return
	}
	self, _ := os.Executable()
	for n := 0; n < len(ways)*2*len(chains); n++ {
		c := exec.Command(self, strconv.Itoa(n))
		var out, err strings.Builder
		c.Stdout, c.Stderr = &out, &err
		c.Run()
		text, _, _ := strings.Cut(err.String(), "\ngoroutine ")
		// Code, address and pc of a fault.
		if i := strings.Index(text, " code=0x"); i >= 0 {
			text = text[:i]
		}
		fmt.Printf("%s, %s, %s: status %d %q %q\n", ways[n/len(chains)/2].name, chains[n%len(chains)].name,
			[]string{"Error", "String"}[n/len(chains)%2], c.ProcessState.ExitCode(), out.String(), text)
	}
}
