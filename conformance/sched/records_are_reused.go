// run
// timeout: 30

// The runtime's records for what goroutines do are reused: doing something a hundred thousand times takes no more memory than doing it
// some thousand times, however it ends.
package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"sync"
	"time"
)

func inGoroutine(f func()) {
	done := make(chan bool)
	go func() {
		defer close(done)
		f()
	}()
	<-done
}

var deeds = []struct {
	name string
	f    func()
}{
	{"goexit", func() { inGoroutine(runtime.Goexit) }},
	{"goexit in a deferred call", func() { inGoroutine(func() { defer runtime.Goexit() }) }},
	{"goexit after a panic", func() { inGoroutine(func() { defer runtime.Goexit(); panic(1) }) }},
	{"goexit after a recovered panic in it", func() {
		inGoroutine(func() {
			defer func() {
				defer func() { recover() }()
				panic(1)
			}()
			runtime.Goexit()
		})
	}},
	{"recover", func() {
		defer func() { recover() }()
		panic(1)
	}},
	{"recover a panic that replaced another", func() {
		defer func() { recover() }()
		defer func() { panic(2) }()
		panic(1)
	}},
	{"recover in a deferred call of a panic's", func() {
		defer func() { recover() }()
		defer func() {
			defer func() { recover() }()
			panic(2)
		}()
		panic(1)
	}},
	{"recover below a goexit", func() {
		inGoroutine(func() {
			defer func() { recover() }()
			defer func() { panic(2) }()
			runtime.Goexit()
		})
	}},
	{"a fault", func() {
		defer func() { recover() }()
		var p *int
		*p = 1
	}},
	{"defer in a loop", func() {
		for i := 0; i < 3; i++ {
			defer func() {}()
		}
	}},
	{"finalizers", func() {
		p := new([4]*int)
		runtime.SetFinalizer(p, func(*[4]*int) {})
		runtime.SetFinalizer(p, nil)
	}},
	{"timers", func() {
		t := time.NewTimer(time.Hour)
		t.Reset(time.Minute)
		t.Stop()
	}},
	{"conditions", func() {
		var mu sync.Mutex
		c := sync.NewCond(&mu)
		ready := false
		go func() { mu.Lock(); ready = true; mu.Unlock(); c.Signal() }()
		mu.Lock()
		for !ready {
			c.Wait()
		}
		mu.Unlock()
	}},
	{"select", func() {
		a, b, c := make(chan int), make(chan int), make(chan int)
		go func() { b <- 1 }()
		select {
		case <-a:
		case <-b:
		case <-c:
		}
	}},
	{"labels", func() { pprof.Do(context.Background(), pprof.Labels("k", "v"), func(context.Context) {}) }},
}

func metadata() int64 {
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.OtherSys + m.GCSys + m.MSpanSys + m.StackSys)
}

func main() {
	for _, d := range deeds {
		for i := 0; i < 2000; i++ {
			d.f()
		}
		before := metadata()
		for i := 0; i < 30000; i++ {
			d.f()
		}
		grown := metadata() - before
		fmt.Println(d.name, grown < 1<<20)
		if grown >= 1<<20 {
			println(d.name, grown)
		}
	}
}
