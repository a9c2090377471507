// run

// Goexit and panics in each other's deferred calls.
package main

import (
	"fmt"
	"runtime"
)

func run(name string, f func()) {
	done := make(chan string)
	go func() {
		ended := "by Goexit"
		defer func() { done <- ended }()
		f()
		ended = "normally"
	}()
	fmt.Println(name, "ended", <-done)
}

func main() {
	run("plain", func() { runtime.Goexit() })
	run("no recover of it", func() {
		defer func() { fmt.Println("recover gives", recover()) }()
		runtime.Goexit()
	})
	run("in a deferred call", func() {
		defer func() { runtime.Goexit() }()
	})
	run("panic during it, recovered", func() {
		defer fmt.Println("an outer deferred call")
		defer func() {
			defer func() { fmt.Println("recovered", recover()) }()
			panic("while exiting")
		}()
		runtime.Goexit()
	})
	run("panic during it, recovered further out", func() {
		defer func() { fmt.Println("recovered", recover()) }()
		defer func() { panic("while exiting") }()
		runtime.Goexit()
	})
	run("it replaces a panic", func() {
		defer func() { fmt.Println("nothing to recover:", recover()) }()
		defer func() { runtime.Goexit() }()
		panic("aborted")
	})
	run("twice", func() {
		defer func() { runtime.Goexit() }()
		runtime.Goexit()
	})
	run("after a recover", func() {
		func() {
			defer func() { recover() }()
			panic("x")
		}()
		runtime.Goexit()
	})
	run("nested function", func() {
		for i := 0; i < 3; i++ {
			defer func(i int) { fmt.Print("d", i, " ") }(i)
		}
		func() { runtime.Goexit() }()
		fmt.Println("not reached")
	})
}
