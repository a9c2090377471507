// run
// timeout: 60

// PauseNs and PauseEnd are rings of 256 entries, of which the latest is at (NumGC+255)%256.
package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"time"
)

func main() {
	debug.SetGCPercent(-1)
	var m runtime.MemStats
	runtime.GC()
	start := uint64(time.Now().UnixNano())
	for i := 0; i < 5; i++ {
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	n := int(m.NumGC)
	zeros, sum := 0, uint64(0)
	for i := range m.PauseNs {
		if m.PauseNs[i] == 0 && m.PauseEnd[i] == 0 {
			zeros++
		}
		sum += m.PauseNs[i]
	}
	fmt.Println("empty:", zeros == 256-n, "sum:", sum == m.PauseTotalNs)
	for int(m.NumGC) < 262 {
		runtime.GC()
		runtime.ReadMemStats(&m)
	}
	bad := 0
	last := m.PauseEnd[(m.NumGC+255)%256]
	fmt.Println("the latest:", last == m.LastGC, last > start, last <= uint64(time.Now().UnixNano()))
	for k := uint32(1); k < 256; k++ {
		i := (m.NumGC + 255 - k) % 256
		if m.PauseNs[i] == 0 || m.PauseEnd[i] > last || m.PauseEnd[i] < start {
			bad++
		}
		last = m.PauseEnd[i]
	}
	fmt.Println("bad:", bad, m.GCCPUFraction >= 0 && m.GCCPUFraction <= 1)
}
