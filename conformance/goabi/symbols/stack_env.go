// run
// env: GOTRACEBACK=system

// GOTRACEBACK and debug.SetTraceback are about crashes: what runtime.Stack writes does not depend on them.
package main

import (
	"fmt"
	"regexp"
	"runtime"
	"runtime/debug"
	"time"
)

// clean keeps what is the same in every run.
func clean(s string) string {
	s = regexp.MustCompile(`\(0x[^)]*\)|\(\{0x[^)]*\)`).ReplaceAllString(s, "(ARGS)")
	s = regexp.MustCompile(`goroutine ([2-9]|\d\d+)`).ReplaceAllString(s, "goroutine N")
	s = regexp.MustCompile(`(?m)^\t.*/`).ReplaceAllString(s, "\t")
	return regexp.MustCompile(` \+0x[0-9a-f]+`).ReplaceAllString(s, " +OFF")
}

//go:noinline
func wait(c chan int) { <-c }

func show() {
	buf := make([]byte, 10000)
	fmt.Print(clean(string(buf[:runtime.Stack(buf, false)])))
	fmt.Println("--- all")
	fmt.Print(clean(string(buf[:runtime.Stack(buf, true)])))
	fmt.Println("--- short")
	fmt.Println(runtime.Stack(buf[:5], true), string(buf[:5]))
}

func main() {
	go wait(make(chan int))
	time.Sleep(5 * time.Millisecond)
	show()
	debug.SetTraceback("crash")
	show()
}
