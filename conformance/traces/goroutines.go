// run taken.go
// gomaxprocs: 1,2,4

// A trace has the beginning and end of each goroutine.
package main

import (
	"fmt"
	trace "internal/trace"
	"sync"
)

//go:noinline
func worker(wg *sync.WaitGroup) { wg.Done() }

func main() {
	events := taken(func() {
		var wg sync.WaitGroup
		for i := 0; i < 10; i++ {
			wg.Add(1)
			go worker(&wg)
		}
		wg.Wait()
	})
	ours := map[uint64]bool{}
	created, started, ended := 0, 0, 0
	for _, ev := range events {
		switch ev.Type {
		case trace.EvGoCreate:
			{
				for _, f := range ev.Stk {
					if f.Fn == "main.main.func1" {
						ours[ev.Args[0]] = true
						created++
						break
					}
				}
			}
		case trace.EvGoStart:
			if ours[ev.G] {
				started++
			}
		case trace.EvGoEnd:
			if ours[ev.G] {
				ended++
			}
		}
	}
	fmt.Println(created, started >= ended, ended >= 1)
}
