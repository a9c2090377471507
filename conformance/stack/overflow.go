// run
// exit: 2
// env: GOTRACEBACK=none

// Endless recursion is a fatal error that no recover can stop. The argument is the same in all frames: how many of them fit
// depends on what lies below main, which is the runtime's.
package main

import (
	"fmt"
	"runtime/debug"
)

//go:noinline
func endless(n int) int {
	return endless(n) + 1
}

func main() {
	fmt.Println(debug.SetMaxStack(1 << 20))
	defer func() {
		fmt.Println("not reached", recover())
	}()
	endless(0)
}
