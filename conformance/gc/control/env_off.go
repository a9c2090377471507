// run
// env: GOGC=off

// Under GOGC=off nothing is collected, until the program asks for it or sets a percentage.
package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

var sink []byte

func numGC() uint32 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.NumGC
}

func allocate(megabytes int) {
	for i := 0; i < megabytes*64; i++ {
		sink = make([]byte, 16<<10)
	}
}

func main() {
	allocate(100)
	fmt.Println("collections:", numGC())
	runtime.GC()
	fmt.Println("asked for:", numGC())
	allocate(20)
	fmt.Println("more:", numGC())
	fmt.Println("was:", debug.SetGCPercent(100))
	n := numGC()
	allocate(60)
	fmt.Println("on:", numGC() > n)
	fmt.Println("was:", debug.SetGCPercent(-1))
	runtime.GC()
	n = numGC()
	allocate(40)
	fmt.Println("off again:", numGC()-n)
}
