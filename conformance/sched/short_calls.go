// run
// gomaxprocs: 1,2
// timeout: 20

// A goroutine that makes one short system call after the other, each at an end before it is noticed, shares its processor with others.
package main

import (
	"fmt"
	"os"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"
)

func main() {
	loops := []struct {
		name string
		call func() func()
	}{
		{"reads", func() func() {
			f, err := os.Open("/dev/urandom")
			if err != nil {
				panic(err)
			}
			buf := make([]byte, 32<<10)
			return func() { f.Read(buf) }
		}},
		{"writes", func() func() {
			f, err := os.CreateTemp("", "short_calls")
			if err != nil {
				panic(err)
			}
			os.Remove(f.Name())
			buf := make([]byte, 256<<10)
			return func() { f.WriteAt(buf, 0) }
		}},
		{"sleeps", func() func() {
			ts := syscall.NsecToTimespec(30_000)
			return func() { syscall.Nanosleep(&ts, nil) }
		}},
	}
	for _, l := range loops {
		var stop, ended atomic.Bool
		for i := 0; i < runtime.GOMAXPROCS(0); i++ {
			call := l.call()
			go func() {
				for !stop.Load() {
					call()
				}
				ended.Store(true)
			}()
		}
		for i := 0; i < 10; i++ {
			runtime.Gosched()
			time.Sleep(time.Millisecond)
		}
		stop.Store(true)
		for !ended.Load() {
			time.Sleep(time.Millisecond)
		}
		fmt.Println(l.name)
	}
}
