// run
// gomaxprocs: 1,2,4

// A goroutine computes until the monitor asks the network for it, and then waits for the one that the network has kept: what the
// monitor has found, and not handed on yet, keeps the program from being a deadlock.
package main

import (
	"fmt"
	"io"
	"os"
	"time"
)

var sum int

func compute(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		for i := 0; i < 1000; i++ {
			sum += i
		}
	}
}

func main() {
	r, w, err := os.Pipe()
	if err != nil {
		panic(err)
	}
	came := make(chan byte)
	go func() {
		b := make([]byte, 1)
		for {
			if _, err := io.ReadFull(r, b); err != nil {
				panic(err)
			}
			came <- b[0]
		}
	}()
	for i := 0; i < 60; i++ {
		w.Write([]byte{byte(i)})
		// About as long as it takes until the monitor looks.
		compute(10*time.Millisecond + time.Duration(i%30-5)*20*time.Microsecond)
		if b := <-came; b != byte(i) {
			panic(fmt.Sprint(b, i))
		}
	}
	fmt.Println("60 times")
}
