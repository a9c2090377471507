// run

// Goroutines, processors, waits for mutexes, settings of GODEBUG that were used.
// env: GODEBUG=randautoseed=0
package main

import (
	"fmt"
	"math/rand"
	"runtime"
	"runtime/metrics"
	"sync"
	"time"
)

func read(name string) metrics.Value {
	s := []metrics.Sample{{Name: name}}
	metrics.Read(s)
	return s[0].Value
}

func main() {
	fmt.Println(read("/sched/gomaxprocs:threads").Uint64() == uint64(runtime.GOMAXPROCS(0)))
	runtime.GOMAXPROCS(3)
	fmt.Println(read("/sched/gomaxprocs:threads").Uint64(), read("/sched/goroutines:goroutines").Uint64())
	fmt.Println(read("/cgo/go-to-c-calls:calls").Uint64())

	stop := make(chan bool)
	var wg sync.WaitGroup
	for i := 0; i < 10; i++ {
		wg.Add(1)
		go func() { <-stop; wg.Done() }()
	}
	fmt.Println(read("/sched/goroutines:goroutines").Uint64())
	close(stop)
	wg.Wait()

	before := read("/sync/mutex/wait/total:seconds").Float64()
	var mu sync.Mutex
	mu.Lock()
	for i := 0; i < 100; i++ {
		wg.Add(1)
		go func() {
			mu.Lock()
			mu.Unlock()
			wg.Done()
		}()
	}
	time.Sleep(20 * time.Millisecond)
	mu.Unlock()
	wg.Wait()
	waited := read("/sync/mutex/wait/total:seconds").Float64() - before
	fmt.Println("waited:", waited > 0.1, waited < 100)

	const setting = "/godebug/non-default-behavior/randautoseed:events"
	fmt.Println(read(setting).Uint64())
	rand.Int()
	fmt.Println(read(setting).Uint64(), read("/godebug/non-default-behavior/panicnil:events").Uint64())
}
