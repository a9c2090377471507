// run taken.go
// gomaxprocs: 1,2,4

// Each way of waiting has its kind of event, with the calls that lead there.
package main

import (
	"fmt"
	trace "internal/trace"
	"sync"
	"time"
)

//go:noinline
func receive(c chan int) { <-c }

//go:noinline
func send(c chan int) { c <- 1 }

//go:noinline
func choose(a, b chan int) {
	select {
	case <-a:
	case <-b:
	}
}

//go:noinline
func lock(mu *sync.Mutex) { mu.Lock() }

//go:noinline
func condition(c *sync.Cond) { c.Wait() }

//go:noinline
func group(wg *sync.WaitGroup) { wg.Wait() }

//go:noinline
func sleep() { time.Sleep(20 * time.Millisecond) }

//go:noinline
func stop() { select {} }

func main() {
	wanted := map[string]bool{}
	events := taken(func() {
		after := func(f func()) {
			go func() {
				sleep()
				f()
			}()
		}
		c := make(chan int)
		after(func() { c <- 1 })
		receive(c)
		after(func() { <-c })
		send(c)
		after(func() { c <- 1 })
		choose(c, nil)
		var mu sync.Mutex
		mu.Lock()
		after(mu.Unlock)
		lock(&mu)
		cond := sync.NewCond(&mu)
		after(func() {
			mu.Lock()
			cond.Signal()
			mu.Unlock()
		})
		condition(cond)
		mu.Unlock()
		var wg sync.WaitGroup
		wg.Add(1)
		after(wg.Done)
		group(&wg)
		go stop()
		sleep()
	})
	for _, ev := range events {
		for _, f := range ev.Stk {
			switch f.Fn {
			case "main.receive", "main.send", "main.choose", "main.lock", "main.condition", "main.group", "main.sleep", "main.stop":
				if trace.EventDescriptions[ev.Type].Name != "GoCreate" && ev.Type != trace.EvGoStart && ev.Type != trace.EvGoSysCall && ev.Type != trace.EvGoPreempt {
					wanted[f.Fn+" "+trace.EventDescriptions[ev.Type].Name+" "+ev.Stk[0].Fn] = true
				}
			}
		}
	}
	for _, s := range []string{
		"main.receive GoBlockRecv runtime.chanrecv1",
		"main.send GoBlockSend runtime.chansend1",
		"main.choose GoBlockSelect runtime.selectgo",
		"main.lock GoBlockSync sync.(*Mutex).Lock",
		"main.condition GoBlockCond sync.(*Cond).Wait",
		"main.group GoBlockSync sync.(*WaitGroup).Wait",
		"main.sleep GoSleep time.Sleep",
		"main.stop GoStop runtime.block",
	} {
		fmt.Println(s, wanted[s])
	}
}
