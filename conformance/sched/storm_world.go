// run
// stress

// Several goroutines stop the world, each for its own reason, while others run.
package main

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
)

func main() {
	var wg sync.WaitGroup
	c := make(chan int, 1)
	stop := make(chan bool)
	for g := 0; g < 4; g++ {
		go func() {
			for {
				select {
				case v := <-c:
					c <- v + 1
				case <-stop:
					return
				}
			}
		}()
	}
	c <- 0
	for g := 0; g < 4; g++ {
		wg.Add(3)
		go func() {
			defer wg.Done()
			var m runtime.MemStats
			for i := 0; i < 20; i++ {
				before := m.Mallocs
				runtime.ReadMemStats(&m)
				if m.Mallocs < before {
					panic("allocations were taken back")
				}
			}
		}()
		go func() {
			defer wg.Done()
			buf := make([]byte, 1<<15)
			for i := 0; i < 20; i++ {
				n := runtime.Stack(buf, true)
				if !strings.HasPrefix(string(buf[:n]), "goroutine ") {
					panic(string(buf[:n]))
				}
			}
		}()
		go func(g int) {
			defer wg.Done()
			for i := 0; i < 20; i++ {
				runtime.GOMAXPROCS(1 + (g+i)%4)
			}
		}(g)
	}
	wg.Wait()
	v := <-c
	close(stop)
	fmt.Println(v > 0)
}
