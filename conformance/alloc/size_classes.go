// run
// env: GOGC=off

// The size classes, as MemStats lists them and as append shows them.
package main

import (
	"fmt"
	"runtime"
)

func main() {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	for i, class := range stats.BySize {
		if i > 0 {
			fmt.Print(" ")
		}
		fmt.Print(class.Size)
	}
	fmt.Println()

	// Growing from nothing to n bytes gives the capacity of n's class; one byte more is
	// the next class.
	classes := 0
	for n := 1; n <= 40000; classes++ {
		capacity := cap(append([]byte(nil), make([]byte, n)...))
		fmt.Print(capacity, " ")
		n = capacity + 1
	}
	fmt.Println()
	fmt.Println(classes, "capacities")
}
