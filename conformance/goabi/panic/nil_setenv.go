// run

// What panic(nil) is may be changed while the program runs, by os.Setenv of GODEBUG; the compiled-in setting counts again when that
// is gone. Nothing here imports internal/godebug, and so nothing is counted.
package main

import (
	"fmt"
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
