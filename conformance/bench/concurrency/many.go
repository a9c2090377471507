// run report.go

// Very many goroutines: what each of them holds while it is parked, and how fast a million start and end.
package main

import (
	"fmt"
	"sync"
)

func main() {
	const parked = 100_000
	before := resident()
	stop := make(chan struct{})
	var started, ended sync.WaitGroup
	started.Add(parked)
	ended.Add(parked)
	for i := 0; i < parked; i++ {
		go func() {
			started.Done()
			<-stop
			ended.Done()
		}()
	}
	started.Wait()
	fmt.Printf("parked_goroutine %d bytes\n", (resident()-before)/parked)
	close(stop)
	ended.Wait()
	bench("million_at_once", 1_000_000, func(n int) {
		var all, go_ sync.WaitGroup
		all.Add(n)
		go_.Add(1)
		for i := 0; i < n; i++ {
			go func() {
				go_.Wait()
				all.Done()
			}()
		}
		go_.Done()
		all.Wait()
	})
}
