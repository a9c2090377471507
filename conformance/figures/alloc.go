// run

// What an allocation costs in bytes, as `go test -bench` reports it: large sizes are
// rounded up to whole pages, small ones to a size class.
package main

import (
	"flag"
	"fmt"
	"testing"
)

var sink []int

func main() {
	testing.Init()
	flag.Set("test.benchtime", "200ms")
	for _, n := range []int{1024, 1025, 1024 * 1024, 1024*1024 + 1} {
		r := testing.Benchmark(func(b *testing.B) {
			for i := 0; i < b.N; i++ {
				sink = make([]int, n)
			}
		})
		fmt.Println(n, r.AllocedBytesPerOp(), r.AllocsPerOp(), r.NsPerOp())
	}
}
