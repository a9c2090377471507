// run

// Caller gives file and line, through frames that are inlined too.
package main

import (
	"fmt"
	"path/filepath"
	"runtime"
)

func where(skip int) string {
	pc, file, line, ok := runtime.Caller(skip)
	if !ok {
		return "nowhere"
	}
	return fmt.Sprint(filepath.Base(file), ":", line, " ", runtime.FuncForPC(pc).Name())
}

//go:noinline
func outer() string { return where(1) }

func tiny() string { return where(1) }

func tinyCaller() string { return where(2) + " / " + middle() }

func middle() string { return where(2) }

type t struct{}

func (t) value() string    { return where(1) }
func (*t) pointer() string { return where(1) }

func main() {
	fmt.Println(where(0))
	fmt.Println(where(1))
	fmt.Println(outer())
	fmt.Println(tiny())
	fmt.Println(tinyCaller())
	fmt.Println(t{}.value())
	fmt.Println((&t{}).pointer())
	func() {
		fmt.Println(where(1))
		func() { fmt.Println(where(1), "from", where(2)) }()
	}()
	defer func() {
		fmt.Println(where(1))
		_, _, line, _ := runtime.Caller(1)
		fmt.Println("deferred by line", line)
	}()
	for skip := 2; ; skip++ {
		if _, _, _, ok := runtime.Caller(skip); !ok {
			fmt.Println("the stack ends")
			break
		}
	}
	fmt.Println(where(100))
}
