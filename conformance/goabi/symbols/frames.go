// run

// Callers and CallersFrames: every function by name, inlined ones too.
package main

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
)

func trace() (list []string) {
	pcs := make([]uintptr, 20)
	n := runtime.Callers(2, pcs)
	frames := runtime.CallersFrames(pcs[:n])
	for {
		f, more := frames.Next()
		if strings.HasPrefix(f.Function, "main.") {
			list = append(list, fmt.Sprint(strings.TrimPrefix(f.Function, "main."), ":", f.Line))
			if filepath.Base(f.File) != "frames.go" || f.PC == 0 || f.Entry == 0 && f.Func != nil {
				list = append(list, "strange")
			}
		}
		if !more {
			return
		}
	}
}

func small() []string { return trace() }

func alsoSmall() []string {
	return small()
}

//go:noinline
func large(n int) []string {
	if n > 0 {
		return large(n - 1)
	}
	return alsoSmall()
}

type shape interface{ trace() []string }

type box[T any] struct{ v T }

//go:noinline
func (b box[T]) trace() []string { return alsoSmall() }

//go:noinline
func generic[T any](f func() T) T { return f() }

func main() {
	fmt.Println(trace())
	fmt.Println(alsoSmall())
	fmt.Println(large(2))
	var s shape = &box[int]{1}
	fmt.Println(s.trace())
	fmt.Println(generic(func() []string { return trace() }))
	done := make(chan []string)
	go func() { done <- large(1) }()
	fmt.Println(<-done)
	func() {
		defer func() {
			recover()
			fmt.Println(trace())
		}()
		var p *int
		*p = 1
	}()
	pcs := make([]uintptr, 1)
	fmt.Println(runtime.Callers(0, pcs), runtime.Callers(100, pcs), runtime.Callers(0, nil))
}
