// run
// env: GOGC=off

// Large objects: their own pages, zeroed, far apart, exactly counted.
package main

import (
	"fmt"
	"runtime"
	"unsafe"
)

var keep [][]byte

func main() {
	var before, after runtime.MemStats
	for _, n := range []int{32768, 32769, 40960, 40961, 1 << 20, 1<<20 + 1, 10<<20 + 5} {
		runtime.ReadMemStats(&before)
		b := make([]byte, n)
		runtime.ReadMemStats(&after)
		ends := b[0] == 0 && b[n/2] == 0 && b[n-1] == 0
		b[0], b[n/2], b[n-1] = 1, 2, 3
		onPage := uintptr(unsafe.Pointer(&b[0]))%8192 == 0
		keep = append(keep, b)
		fmt.Println(n, after.TotalAlloc-before.TotalAlloc, ends, onPage)
	}
	for _, b := range keep {
		if b[0] != 1 || b[len(b)/2] != 2 || b[len(b)-1] != 3 {
			fmt.Println("overwritten:", len(b))
		}
	}
}
