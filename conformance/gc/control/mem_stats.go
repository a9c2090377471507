// run
// stress
// timeout: 30

// How the numbers in MemStats hang together, at every moment of a program that allocates and collects.
package main

import (
	"fmt"
	"runtime"
	"sync"
)

var bad = map[string]int{}

func check(what string, ok bool) {
	if !ok {
		bad[what]++
	}
}

var last runtime.MemStats

func look() {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	check("alloc is heap alloc", m.Alloc == m.HeapAlloc)
	check("heap is in use or idle", m.HeapSys == m.HeapInuse+m.HeapIdle)
	check("released is idle", m.HeapIdle >= m.HeapReleased)
	check("objects", m.HeapObjects == m.Mallocs-m.Frees)
	check("alloc fits", m.HeapInuse >= m.HeapAlloc)
	check("sys is a sum", m.Sys == m.HeapSys+m.StackSys+m.MSpanSys+m.MCacheSys+m.BuckHashSys+m.GCSys+m.OtherSys)
	check("stack", m.StackSys >= m.StackInuse && m.StackInuse > 0)
	check("spans", m.MSpanSys >= m.MSpanInuse && m.MSpanInuse > 0)
	check("caches", m.MCacheSys >= m.MCacheInuse && m.MCacheInuse > 0)
	check("next", m.NextGC > 0)
	check("flags", m.EnableGC && !m.DebugGC)
	check("total", m.TotalAlloc >= m.HeapAlloc && m.TotalAlloc >= last.TotalAlloc)
	check("mallocs", m.Mallocs >= last.Mallocs && m.Frees >= last.Frees && m.Mallocs >= m.Frees)
	check("collections", m.NumGC >= last.NumGC && m.NumForcedGC <= m.NumGC && m.PauseTotalNs >= last.PauseTotalNs)
	check("lookups", m.Lookups == 0)
	mallocs, frees := uint64(0), uint64(0)
	for i, c := range m.BySize {
		mallocs, frees = mallocs+c.Mallocs, frees+c.Frees
		check("by size", c.Mallocs >= c.Frees && (i == 0 || c.Size > m.BySize[i-1].Size))
	}
	check("by size in total", mallocs <= m.Mallocs && frees <= m.Frees)
	last = m
}

type thing struct {
	next *thing
	body []byte
}

func main() {
	var wg sync.WaitGroup
	for g := 0; g < 4; g++ {
		wg.Add(1)
		go func(g int) {
			defer wg.Done()
			for r := 0; r < 20; r++ {
				var list *thing
				for i := 0; i < 200; i++ {
					list = &thing{list, make([]byte, i*(g*50+1))}
				}
				runtime.Gosched()
				if r%5 == g {
					runtime.GC()
				}
				for n := 0; list != nil; n++ {
					if list.body = list.body[:0]; n%100 == 0 {
						runtime.Gosched()
					}
					list = list.next
				}
			}
		}(g)
	}
	for i := 0; i < 60; i++ {
		look()
		runtime.Gosched()
	}
	wg.Wait()
	runtime.GC()
	look()
	fmt.Println("bad:", bad, last.NumGC > 0)
}
