// run

// Who started a goroutine that panics: a timer did, also one that was started by another's function. (Starts itself, so not under an
// emulator.)

//go:build amd64

package main

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"time"
)

var cases = []func(){
	func() { time.AfterFunc(time.Millisecond, func() { panic("timer") }) },
	func() {
		t := time.AfterFunc(time.Hour, func() { panic("reset") })
		t.Reset(time.Millisecond)
	},
	func() {
		time.AfterFunc(time.Millisecond, func() { time.AfterFunc(time.Millisecond, func() { panic("second") }) })
	},
	func() { time.AfterFunc(time.Millisecond, func() { go func() { panic("go") }() }) },
	// The names that programs see.
	func() {
		done := make(chan string)
		time.AfterFunc(time.Millisecond, func() {
			b := make([]byte, 4096)
			done <- string(b[:runtime.Stack(b, false)])
		})
		fmt.Fprint(os.Stderr, <-done)
		os.Exit(0)
	},
}

func main() {
	if len(os.Args) > 1 {
		var n int
		fmt.Sscan(os.Args[1], &n)
		cases[n]()
		select {}
	}
	for i := range cases {
		out, err := exec.Command("/proc/self/exe", fmt.Sprint(i)).CombinedOutput()
		out = regexp.MustCompile(`(?m)^\t.*/`).ReplaceAll(out, []byte("\t"))
		out = regexp.MustCompile(`goroutine [0-9]+`).ReplaceAll(out, []byte("goroutine N"))
		out = regexp.MustCompile(` \+0x[0-9a-f]+`).ReplaceAll(out, nil)
		out = regexp.MustCompile(`0x[0-9a-f]+\??`).ReplaceAll(out, []byte("0x"))
		fmt.Printf("%d %s%v\n", i, out, err)
	}
}
