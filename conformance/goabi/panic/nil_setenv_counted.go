// run

// As nil_setenv, with package internal/godebug in the program (math/rand imports it): uses of the setting are counted.
package main

import (
	"fmt"
	_ "math/rand"
	"os"
	"runtime/metrics"
)

func try() {
	defer func() {
		r := recover()
		fmt.Printf("%T %v\n", r, r)
	}()
	panic(nil)
}

func main() {
	try()
	os.Setenv("GODEBUG", "panicnil=1")
	try()
	try()
	s := []metrics.Sample{{Name: "/godebug/non-default-behavior/panicnil:events"}}
	metrics.Read(s)
	fmt.Println("events", s[0].Value.Uint64())
	os.Unsetenv("GODEBUG")
	try()
	func() {
		defer func() { fmt.Println(recover()) }()
		os.Setenv("GODEBUG", "panicnil=1")
		defer func() { os.Setenv("GODEBUG", "") }()
		panic(nil)
	}()
}
