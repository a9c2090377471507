// What the programs of this directory share: the lines they print, each `name value unit`. `cargo xtask bench concurrency`
// knows the units:
//
//	ns/op, ops/s    a time or a throughput, compared between the runtimes
//	ns, bytes       a latency or a size, of which less is better
package main

import (
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"
)

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// bench prints the best of three rounds, in nanoseconds for each of n operations.
func bench(name string, n int, f func(n int)) {
	best := time.Duration(1 << 62)
	for round := 0; round < 3; round++ {
		start := time.Now()
		f(n)
		best = min(best, time.Since(start))
	}
	fmt.Printf("%s %.2f ns/op\n", name, float64(best.Nanoseconds())/float64(n))
}

// contended prints the median of 41 rounds, in nanoseconds for each of n operations. What goroutines that contend take depends on how many
// of them happen to run at once: a round in which one processor came late is several times faster than the next one, so neither the best
// nor a few rounds say anything.
func contended(name string, n int, f func(n int)) {
	var rounds [41]time.Duration
	for i := range rounds {
		start := time.Now()
		f(n)
		rounds[i] = time.Since(start)
	}
	slices.Sort(rounds[:])
	fmt.Printf("%s %.2f ns/op\n", name, float64(rounds[len(rounds)/2].Nanoseconds())/float64(n))
}

// together runs f in so many goroutines at once, and waits for all.
func together(goroutines int, f func(i int)) {
	var wg sync.WaitGroup
	wg.Add(goroutines)
	for i := 0; i < goroutines; i++ {
		i := i
		go func() {
			defer wg.Done()
			f(i)
		}()
	}
	wg.Wait()
}

// resident is the process's memory in bytes: a collection is made first, and what is free given back, so that it does not serve what is
// counted next.
func resident() int {
	debug.FreeOSMemory()
	text, err := os.ReadFile("/proc/self/status")
	must(err)
	for _, line := range strings.Split(string(text), "\n") {
		var kib int
		if n, _ := fmt.Sscanf(line, "VmRSS: %d kB", &kib); n == 1 {
			return kib << 10
		}
	}
	must(fmt.Errorf("/proc/self/status has no VmRSS"))
	return 0
}
