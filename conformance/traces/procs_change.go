// run
// gomaxprocs: 1,2

// The number of processors changes during a trace, and between traces: each of them is in order, and has the events of processors that
// are not in use at its end.
package main

import (
	"bytes"
	"fmt"
	"internal/trace"
	"runtime"
	rtrace "runtime/trace"
	"sync"
)

// Many goroutines that wait for each other.
func work() {
	var wg sync.WaitGroup
	for i := 0; i < 16; i++ {
		a, b := make(chan int), make(chan int)
		wg.Add(2)
		go func() {
			for j := 0; j < 100; j++ {
				a <- j
				<-b
				runtime.Gosched()
			}
			wg.Done()
		}()
		go func() {
			for j := 0; j < 100; j++ {
				<-a
				b <- j
			}
			wg.Done()
		}()
	}
	wg.Wait()
}

func taken(counts ...int) {
	var b bytes.Buffer
	if err := rtrace.Start(&b); err != nil {
		fmt.Println(err)
		return
	}
	others := runtime.NumGoroutine()
	for _, n := range counts {
		runtime.GOMAXPROCS(n)
		work()
	}
	// The last of them have said that they are done, and are about to end.
	for runtime.NumGoroutine() > others {
		runtime.Gosched()
	}
	rtrace.Stop()
	parsed, err := trace.Parse(&b, "")
	if err != nil {
		fmt.Println(counts, err)
		return
	}
	ended := 0
	for _, e := range parsed.Events {
		if e.Type == trace.EvGoEnd {
			ended++
		}
	}
	fmt.Println(counts, ended >= 32*len(counts))
}

func main() {
	for i := 0; i < 3; i++ {
		taken(8)
		runtime.GOMAXPROCS(1)
		taken(1, 6, 2, 8, 1, 3)
		runtime.GOMAXPROCS(2)
		taken(7, 1)
	}
}
