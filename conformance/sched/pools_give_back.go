// run
// env: GOGC=100
// timeout: 30

// Everything that the runtime keeps for later has a bound or goes back: stacks of goroutines that ended and of such as were deep,
// records of waiting and of deferring, heaps of timers, threads. What a program used for a moment at its worst is not what it holds
// forever, and doing it again takes no more than doing it once.
package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"syscall"
	"time"
)

const mib = 1 << 20

// goroutines have a stack and a wait record each, all at once.
func goroutines() {
	var wg sync.WaitGroup
	ch := make(chan int)
	for i := 0; i < 40000; i++ {
		wg.Add(1)
		go func() { <-ch; wg.Done() }()
	}
	close(ch)
	wg.Wait()
}

//go:noinline
func deep(n int) int {
	var pad [256]byte
	pad[n&255] = 1
	if n == 0 {
		return int(pad[0])
	}
	return deep(n-1) + int(pad[1])
}

func deepStacks() {
	var wg sync.WaitGroup
	ch := make(chan int)
	for i := 0; i < 200; i++ {
		wg.Add(1)
		go func() { deep(400); <-ch; wg.Done() }()
	}
	close(ch)
	wg.Wait()
}

func timers() {
	all := make([]*time.Timer, 100000)
	for i := range all {
		all[i] = time.AfterFunc(time.Hour+time.Duration(i), func() {})
	}
	for _, t := range all {
		t.Stop()
	}
}

// selects wait on many channels at once.
func selects() {
	var chans [64]chan int
	for i := range chans {
		chans[i] = make(chan int)
	}
	done := make(chan bool)
	var wg sync.WaitGroup
	for i := 0; i < 2000; i++ {
		wg.Add(1)
		go func() {
			select {
			case <-chans[0]:
			case <-chans[1]:
			case <-chans[2]:
			case <-chans[3]:
			case <-chans[4]:
			case <-chans[5]:
			case <-chans[6]:
			case <-chans[7]:
			case <-done:
			}
			wg.Done()
		}()
	}
	close(done)
	wg.Wait()
}

// movers begin to wait on one processor and go on on another.
func movers() {
	ch := make(chan int)
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		for i := 0; i < 30000; i++ {
			ch <- i
		}
		wg.Done()
	}()
	for i := 0; i < 30000; i++ {
		wg.Add(1)
		go func() { <-ch; wg.Done() }()
		if i%64 == 0 {
			runtime.Gosched()
		}
	}
	wg.Wait()
}

func deferred() {
	for i := 0; i < 100000; i++ {
		defer func() {}()
	}
}

func threads() {
	var wg sync.WaitGroup
	for i := 0; i < 30; i++ {
		wg.Add(2)
		go func() {
			ts := syscall.Timespec{Nsec: 3e6}
			syscall.Nanosleep(&ts, nil)
			wg.Done()
		}()
		go func() {
			runtime.LockOSThread()
			wg.Done()
		}()
	}
	wg.Wait()
}

func round() runtime.MemStats {
	goroutines()
	deepStacks()
	timers()
	selects()
	movers()
	deferred()
	threads()
	for i := 0; i < 3; i++ {
		debug.FreeOSMemory()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m
}

func main() {
	first := round()
	fmt.Println("stacks", first.StackInuse < 16*mib, "next collection", first.NextGC < 64*mib, "objects", first.HeapInuse < 32*mib)
	before := first
	for i := 0; i < 4; i++ {
		before = round()
	}
	m := round()
	// Which goroutines run at once differs from round to round, and so does what the worst of them took.
	fmt.Println("stacks", m.StackInuse < 16*mib, "next collection", m.NextGC < 64*mib, "grown", int64(m.Sys)-int64(before.Sys) > 48*mib,
		int64(m.OtherSys)-int64(first.OtherSys) > 4*mib)
}
