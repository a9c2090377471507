// run

// A hundred million structs of 64 bytes, or as many as the argument says, each returned by reference and dropped:
// how often the collector runs for that under the GOGC of the environment, and how long the world stands still.
package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"time"
)

type large struct{ words [8]int }

var sink *large

//go:noinline
func byReference(i int) *large { return &large{[8]int{i, 7: i}} }

func main() {
	n := 100_000_000
	if len(os.Args) > 1 {
		given, err := strconv.Atoi(os.Args[1])
		if err != nil || given <= 0 {
			fmt.Fprintf(os.Stderr, "the argument %q is no number above 0\n", os.Args[1])
			os.Exit(1)
		}
		n = given
	}
	sum := 0
	start := time.Now()
	for i := 0; i < n; i++ {
		sink = byReference(i)
		sum += sink.words[7]
	}
	took := time.Since(start)
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	fmt.Printf("time %.3f ns/op\n", float64(took.Nanoseconds())/float64(n))
	fmt.Printf("sum %d check\n", sum)
	fmt.Printf("collections %d count\n", stats.NumGC)
	fmt.Printf("pause_total %d ns\n", stats.PauseTotalNs)
}
