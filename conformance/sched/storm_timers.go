// run
// stress

// Timers, tickers and AfterFunc, stopped and reset from many goroutines while they fire.
package main

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

func main() {
	var fired, kept atomic.Int64
	var wg sync.WaitGroup
	for g := 0; g < 16; g++ {
		wg.Add(3)
		go func(g int) {
			defer wg.Done()
			for i := 0; i < 40; i++ {
				var f atomic.Int64
				done := make(chan bool, 1)
				t := time.AfterFunc(time.Duration(i%5)*10*time.Microsecond, func() {
					f.Add(1)
					fired.Add(1)
					done <- true
				})
				if i%3 == 0 {
					time.Sleep(time.Duration(g) * time.Microsecond)
				}
				if t.Stop() {
					kept.Add(1)
				} else {
					<-done
					if f.Load() != 1 {
						panic("a timer that was not stopped fired not once")
					}
				}
			}
		}(g)
		go func(g int) {
			defer wg.Done()
			t := time.NewTicker(time.Duration(20+g) * time.Microsecond)
			for i := 0; i < 10; i++ {
				<-t.C
				if i == 5 {
					t.Reset(15 * time.Microsecond)
				}
			}
			t.Stop()
		}(g)
		go func(g int) {
			defer wg.Done()
			start := time.Now()
			for i := 0; i < 10; i++ {
				time.Sleep(time.Duration(i*g) * time.Microsecond)
			}
			if took := time.Since(start); took < time.Duration(45*g)*time.Microsecond {
				panic("slept too little")
			}
		}(g)
	}
	// One timer that all of them move about.
	t := time.AfterFunc(time.Hour, func() { fired.Add(1) })
	for g := 0; g < 8; g++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := 0; i < 50; i++ {
				t.Reset(time.Duration(i) * time.Microsecond)
				if i%10 == 9 {
					t.Stop()
				}
			}
		}()
	}
	wg.Wait()
	t.Stop()
	fmt.Println(fired.Load()+kept.Load() >= 16*40)
}
