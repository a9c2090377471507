// run
// gomaxprocs: 1,2

// Stacks of events begin with what the program called, whatever lies below: system calls, the poller, Gosched, collections.
package main

import (
	"bytes"
	"fmt"
	"internal/trace"
	"os"
	"runtime"
	rtrace "runtime/trace"
	"sort"
	"time"
)

//go:noinline
func give() { runtime.Gosched() }

//go:noinline
func collect() { runtime.GC() }

//go:noinline
func read(f *os.File) { f.Read(make([]byte, 1)) }

func main() {
	r, w, err := os.Pipe()
	if err != nil {
		fmt.Println(err)
		return
	}
	var b bytes.Buffer
	if err := rtrace.Start(&b); err != nil {
		fmt.Println(err)
		return
	}
	done := make(chan bool)
	go func() {
		read(r)
		done <- true
	}()
	for stacks := make([]byte, 1<<16); ; time.Sleep(time.Millisecond) {
		if bytes.Contains(stacks[:runtime.Stack(stacks, true)], []byte("[IO wait]")) {
			break
		}
	}
	w.Write([]byte{1})
	<-done
	give()
	collect()
	rtrace.Stop()
	parsed, err := trace.Parse(&b, "")
	if err != nil {
		fmt.Println(err)
		return
	}
	wanted := map[string]bool{
		"main.give GoSched":    true,
		"main.collect GCStart": true,
		"main.read GoBlockNet": true,
		"main.read GoSysCall":  true,
	}
	seen := map[string]bool{}
	for _, e := range parsed.Events {
		for i, f := range e.Stk {
			line := f.Fn + " " + trace.EventDescriptions[e.Type].Name
			if !wanted[line] {
				continue
			}
			for _, inner := range e.Stk[:i] {
				line += " < " + inner.Fn
			}
			seen[line] = true
		}
	}
	var lines []string
	for line := range seen {
		lines = append(lines, line)
	}
	sort.Strings(lines)
	for _, line := range lines {
		fmt.Println(line)
	}
}
