// run

// The heap and allocs profiles as text: what a function made and what is left of it, with the function's
// name below.
package main

import (
	"bytes"
	"fmt"
	"regexp"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strings"
)

type record struct {
	self *record
	pad  [15]int
}

var keep [500]*record

//go:noinline
func produce(n int) {
	for i := 0; i < n; i++ {
		keep[i] = &record{}
		keep[i].self = keep[i]
	}
}

func profile(name string, debug int) string {
	var b bytes.Buffer
	if err := pprof.Lookup(name).WriteTo(&b, debug); err != nil {
		fmt.Println(err)
	}
	return b.String()
}

func main() {
	runtime.MemProfileRate = 1
	debug.SetGCPercent(-1)
	produce(500)
	clear(keep[:300])
	runtime.GC()
	runtime.GC()
	header := regexp.MustCompile(`^heap profile: \d+: \d+ \[\d+: \d+\] @ heap/2\n`)
	entry := regexp.MustCompile(`(?m)^(\d+: \d+ \[\d+: \d+\]) @( 0x[0-9a-f]+)+\n#\t0x[0-9a-f]+\t+main\.produce\+0x[0-9a-f]+\t+.*pprof_heap\.go:\d+$`)
	for _, name := range []string{"heap", "allocs"} {
		text := profile(name, 1)
		fmt.Println(name, header.MatchString(text), strings.Contains(text, "\n# HeapAlloc = "), strings.Contains(text, "\n# NumGC = "))
		for _, m := range entry.FindAllStringSubmatch(text, -1) {
			fmt.Println(m[1])
		}
	}
	packed := profile("heap", 0)
	fmt.Println("packed:", strings.HasPrefix(packed, "\x1f\x8b"))
	var b bytes.Buffer
	fmt.Println(pprof.WriteHeapProfile(&b), b.Len() > 100)
}
