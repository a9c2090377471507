// run
// gomaxprocs: 2
// stress
// timeout: 30

// The collection's end waits for a goroutine that has run since the program began without a call that yields, on what
// was left of the time slice in which it was started: it is found although no time slice began in between.
package main

import (
	"fmt"
	"runtime"
)

func main() {
	runtime.GOMAXPROCS(2)
	for i := 0; i < 20; i++ {
		b := make([]byte, 8<<20)
		for i := range b {
			b[i] = 1
		}
		runtime.GC()
		runtime.KeepAlive(b)
	}
	fmt.Println("collected")
}
