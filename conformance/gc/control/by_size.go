// run
// env: GOGC=off
// timeout: 30

// BySize counts what was allocated and freed of each size class.
package main

import (
	"fmt"
	"runtime"
)

var bytes [][]byte
var pointers [][]*int

func stats() (m runtime.MemStats) {
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m
}

func main() {
	stats()
	base := stats()
	fmt.Println("classes:", len(base.BySize), base.BySize[0].Size, base.BySize[1].Size, base.BySize[60].Size)
	bytes, pointers = make([][]byte, 0, 100_000), make([][]*int, 0, 100_000)
	wrong := 0
	for class := 3; class < len(base.BySize); class++ {
		size := int(base.BySize[class].Size)
		before := stats()
		const n = 500
		for i := 0; i < n; i++ {
			bytes = append(bytes, make([]byte, size))
			pointers = append(pointers, make([]*int, size/8))
		}
		after := stats()
		clear(bytes)
		clear(pointers)
		bytes, pointers = bytes[:0], pointers[:0]
		end := stats()
		mallocs := after.BySize[class].Mallocs - before.BySize[class].Mallocs
		frees := end.BySize[class].Frees - after.BySize[class].Frees
		if mallocs < 2*n || mallocs > 2*n+50 || frees < 2*n || frees > 2*n+50 {
			fmt.Println("class", class, "size", size, "mallocs", mallocs, "frees", frees)
			wrong++
		}
	}
	fmt.Println("wrong:", wrong)
}
