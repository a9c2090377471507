// run
// env: GODEBUG=gccheckmark=1
// gomaxprocs: 4
// timeout: 60

// Large slices whose elements do not fill their last page, in memory that held others before: what lies behind the last element
// is nothing that the collector follows.
package main

import (
	"fmt"
	"runtime"
	"sync"
)

type record struct {
	name string
	next *int
	pad  [4]int
}

func main() {
	stop := make(chan bool)
	var collector sync.WaitGroup
	collector.Add(1)
	go func() {
		defer collector.Done()
		for {
			select {
			case <-stop:
				return
			default:
				runtime.GC()
			}
		}
	}()
	var wg sync.WaitGroup
	for g := 0; g < 3; g++ {
		wg.Add(1)
		go func(g int) {
			defer wg.Done()
			for round := 0; round < 12; round++ {
				names := make([]string, 20000+g)
				for i := range names {
					names[i] = fmt.Sprint(i)
				}
				records := make([]record, 20003+round)
				for i := range names {
					records[i] = record{name: names[i], next: new(int)}
				}
				for i := range names {
					if records[i].name != names[i] || records[i].next == nil {
						fmt.Println("lost", i)
					}
				}
			}
		}(g)
	}
	wg.Wait()
	close(stop)
	collector.Wait()
	fmt.Println("ok")
}
