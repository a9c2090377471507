// run
// stress
// timeout: 30

// debug.ReadGCStats reports of collections what MemStats does, the latest first, and quantiles of the pauses.
package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sort"
	"time"
)

func main() {
	debug.SetGCPercent(-1)
	start := time.Now()
	runtime.GC()
	var m runtime.MemStats
	for i := 0; i < 20; i++ {
		runtime.GC()
	}
	s := debug.GCStats{PauseQuantiles: make([]time.Duration, 5)}
	debug.ReadGCStats(&s)
	runtime.ReadMemStats(&m)
	fmt.Println("number:", s.NumGC == int64(m.NumGC), s.NumGC >= 21)
	fmt.Println("total:", s.PauseTotal == time.Duration(m.PauseTotalNs))
	fmt.Println("last:", s.LastGC.Equal(time.Unix(0, int64(m.LastGC))), s.LastGC.After(start))
	fmt.Println("lengths:", len(s.Pause) == int(min(m.NumGC, 256)), len(s.PauseEnd) == len(s.Pause))
	fmt.Println("latest first:", s.Pause[0] == time.Duration(m.PauseNs[(m.NumGC+255)%256]), s.PauseEnd[0].Equal(s.LastGC))
	ordered := sort.SliceIsSorted(s.PauseEnd, func(i, j int) bool { return s.PauseEnd[i].After(s.PauseEnd[j]) })
	fmt.Println("ends in order:", ordered)
	sum := time.Duration(0)
	sorted := append([]time.Duration(nil), s.Pause...)
	for _, p := range sorted {
		sum += p
	}
	sort.Slice(sorted, func(i, j int) bool { return sorted[i] < sorted[j] })
	fmt.Println("pauses add up:", sum == s.PauseTotal || m.NumGC > 256, sorted[0] > 0)
	q := s.PauseQuantiles
	fmt.Println("quantiles:", q[0] == sorted[0], q[4] == sorted[len(sorted)-1], sort.SliceIsSorted(q, func(i, j int) bool { return q[i] < q[j] }))
	// The slices are used again.
	p := &s.Pause[0]
	debug.ReadGCStats(&s)
	fmt.Println("used again:", p == &s.Pause[0])
}
