// run
// stress

// The number of processors changes all the time, while goroutines compute, sleep, communicate, start
// others, and are locked to their threads.
package main

import (
	"fmt"
	"runtime"
	"sync"
	"time"
)

func main() {
	stop, stopped := make(chan bool), make(chan bool)
	go func() {
		defer close(stopped)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				runtime.GOMAXPROCS(1 + i*7%6)
				runtime.Gosched()
			}
		}
	}()
	var wg sync.WaitGroup
	c := make(chan int)
	total := make(chan int)
	go func() {
		sum := 0
		for v := range c {
			sum += v
		}
		total <- sum
	}()
	for g := 0; g < 30; g++ {
		wg.Add(1)
		go func(g int) {
			defer wg.Done()
			if g%5 == 0 {
				runtime.LockOSThread()
				if g%10 == 0 {
					defer runtime.UnlockOSThread()
				}
			}
			for i := 0; i < 20; i++ {
				switch (g + i) % 4 {
				case 0:
					time.Sleep(time.Duration(i) * time.Microsecond)
				case 1:
					done := make(chan bool)
					go close(done)
					<-done
				case 2:
					runtime.Gosched()
				}
				c <- 1
			}
		}(g)
	}
	wg.Wait()
	close(c)
	fmt.Println(<-total)
	close(stop)
	<-stopped
}
