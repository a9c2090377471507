// run

// A panic that the runtime itself raises, in the middle of serving compiled code,
// is recovered like any other, and its stack can be walked from the outside in.
package main

import (
	"fmt"
	"reflect"
	"runtime"
	"strings"
)

type stringer interface{ String() string }

type shouter interface{ Shout() }

type word string

func (w word) String() string { return string(w) }

var (
	none   map[string]int
	none64 map[uint64]int
	closed = make(chan int)
	minus  = -1
	anyOf  any
	asWord stringer = word("w")
)

func frames() string {
	pc := make([]uintptr, 32)
	it := runtime.CallersFrames(pc[:runtime.Callers(1, pc)])
	var names []string
	for {
		f, more := it.Next()
		if strings.HasPrefix(f.Function, "main.") {
			names = append(names, strings.TrimPrefix(f.Function, "main."))
		}
		if !more {
			return strings.Join(names, " < ")
		}
	}
}

func try(what string, f func()) {
	defer func() {
		r := recover()
		_, runtimes := r.(runtime.Error)
		fmt.Printf("%s: %v (runtime.Error: %v)\n", what, r, runtimes)
		fmt.Println("\t" + frames())
	}()
	f()
}

func deferred() {
	defer func() {
		try("inner", func() { _ = asWord.(shouter) })
	}()
	try("outer", func() { none["x"] = 1 })
}

func main() {
	close(closed)
	try("assertE2I", func() { _ = anyOf.(stringer) })
	try("assertI2I", func() { _ = asWord.(shouter) })
	try("makeslice", func() { _ = make([]byte, minus) })
	try("makechan", func() { _ = make(chan int, minus) })
	try("map", func() { none["x"] = 1 })
	try("map64", func() { none64[1] = 1 })
	try("send", func() { closed <- 1 })
	try("close", func() { close(closed) })
	try("reflect", func() {
		reflect.ValueOf(func(s int) int { return 1 << s }).Call([]reflect.Value{reflect.ValueOf(minus)})
	})
	deferred()
}
