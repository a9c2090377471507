// run
// gomaxprocs: 1
// timeout: 20

// A goroutine that stops the world over and over shares its processor: the monitor finds most of its looks turned away by a stop.
package main

import (
	"fmt"
	"os"
	"runtime"
	"sync/atomic"
)

func main() {
	var stop atomic.Bool
	ended := make(chan bool)
	go func() {
		var m runtime.MemStats
		for !stop.Load() {
			runtime.ReadMemStats(&m)
		}
		ended <- true
	}()
	r, w, err := os.Pipe()
	if err != nil {
		panic(err)
	}
	go func() {
		for i := 0; i < 300; i++ {
			if _, err := w.Write([]byte{byte(i)}); err != nil {
				panic(err)
			}
		}
		w.Close()
	}()
	n := 0
	var buf [1]byte
	for {
		k, err := r.Read(buf[:])
		if k == 0 {
			fmt.Println(n, err)
			break
		}
		n++
	}
	stop.Store(true)
	fmt.Println(<-ended)
}
