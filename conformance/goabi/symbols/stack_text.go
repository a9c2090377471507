// run

// What runtime.Stack and debug.Stack write: the header, the functions, the lines.
package main

import (
	"fmt"
	"regexp"
	"runtime"
	"runtime/debug"
	"strings"
)

// clean keeps what is the same in every run.
func clean(s string) string {
	s = regexp.MustCompile(`\(0x[^)]*\)|\(\{0x[^)]*\)`).ReplaceAllString(s, "(ARGS)")
	s = regexp.MustCompile(`goroutine ([2-9]|\d\d+) `).ReplaceAllString(s, "goroutine N ")
	s = regexp.MustCompile(`(?m)^\t.*/`).ReplaceAllString(s, "\t")
	return regexp.MustCompile(` \+0x[0-9a-f]+`).ReplaceAllString(s, " +OFF")
}

//go:noinline
func level(n int, f func()) {
	if n == 0 {
		f()
		return
	}
	level(n-1, f)
}

func main() {
	buf := make([]byte, 10000)
	level(2, func() {
		fmt.Print(clean(string(buf[:runtime.Stack(buf, false)])))
	})
	fmt.Println("---")
	text := string(debug.Stack())
	fmt.Println(strings.Count(text, "\n") >= 5, strings.HasPrefix(text, "goroutine 1 [running]:\nruntime/debug.Stack()\n"), strings.HasSuffix(text, "\n"))
	small := make([]byte, 11)
	fmt.Println(runtime.Stack(small, false), string(small))
	fmt.Println(runtime.Stack(nil, false))
	done := make(chan bool)
	go func() {
		n := runtime.Stack(buf, false)
		fmt.Print(clean(string(buf[:n])))
		close(done)
	}()
	<-done
}
