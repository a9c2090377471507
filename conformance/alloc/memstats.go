// run
// env: GOGC=off

// How the numbers in MemStats hang together.
package main

import (
	"fmt"
	"runtime"
)

var keep [][]byte

func main() {
	var a, b runtime.MemStats
	runtime.ReadMemStats(&a)
	for i := 0; i < 1000; i++ {
		keep = append(keep, make([]byte, 2000))
	}
	runtime.ReadMemStats(&b)
	fmt.Println("total grows:", b.TotalAlloc-a.TotalAlloc >= 2048*1000)
	fmt.Println("mallocs grow:", b.Mallocs-a.Mallocs >= 1000)
	fmt.Println("heap fits what lives:", b.HeapAlloc >= 2048*1000)
	fmt.Println("alloc is heap alloc:", b.Alloc == b.HeapAlloc)
	fmt.Println("in use holds alloc:", b.HeapInuse >= b.HeapAlloc)
	fmt.Println("sys holds heap:", b.HeapSys >= b.HeapInuse && b.Sys >= b.HeapSys)
	fmt.Println("idle and in use are all:", b.HeapIdle+b.HeapInuse == b.HeapSys)
	fmt.Println("sys is the sum:", b.Sys == b.HeapSys+b.StackSys+b.MSpanSys+b.MCacheSys+b.BuckHashSys+b.GCSys+b.OtherSys)
	fmt.Println("objects:", b.HeapObjects == b.Mallocs-b.Frees)
	fmt.Println("stacks:", b.StackInuse > 0)
	fmt.Println("spans:", b.MSpanInuse > 0 && b.MSpanSys >= b.MSpanInuse)
	fmt.Println("caches:", b.MCacheInuse > 0 && b.MCacheSys >= b.MCacheInuse)
	fmt.Println("enabled:", b.EnableGC, b.DebugGC)
	fmt.Println("next collection:", b.NextGC > 1<<62)
}
