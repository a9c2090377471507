// run

// System calls that are interrupted by the request to yield are made again.
package main

import (
	"fmt"
	"os"
	"runtime"
	"sync/atomic"
	"time"
)

var stop atomic.Bool

func main() {
	for i := 0; i < runtime.GOMAXPROCS(0); i++ {
		go func() {
			var m runtime.MemStats
			for !stop.Load() {
				runtime.ReadMemStats(&m)
			}
		}()
	}
	r, w, err := os.Pipe()
	if err != nil {
		panic(err)
	}
	go func() {
		for i := 0; i < 200; i++ {
			if _, err := w.Write([]byte{byte(i)}); err != nil {
				panic(err)
			}
			if i%50 == 0 {
				time.Sleep(time.Millisecond)
			}
		}
		w.Close()
	}()
	n, sum := 0, 0
	var buf [1]byte
	for {
		k, err := r.Read(buf[:])
		if k == 0 {
			fmt.Println(err)
			break
		}
		n++
		sum += int(buf[0])
	}
	fmt.Println(n, sum)
	for i := 0; i < 50; i++ {
		if _, err := os.ReadFile("/proc/self/stat"); err != nil {
			panic(err)
		}
	}
	stop.Store(true)
}
