// run
// gomaxprocs: 1,2,4

// Entries whose result is large clear and copy it in pieces, between which their goroutine yields. Loops that do only that
// let collections begin.
package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
)

const size = 1 << 20

var (
	text   = strings.Repeat("x", size)
	bytes  = []byte(text)
	ints   = make([]int, size/8)
	ptrs   = make([]*int, size/8)
	more   = 2 * size
	half   = size / 2
	left   = text[:half] + "y"
	outB   []byte
	outS   string
	outI   []int
	outP   []*int
	outR   []rune
	outMap map[int]int
	outC   chan [1024]int
)

var loops = []struct {
	name string
	do   func()
}{
	{"[]byte(string)", func() { outB = []byte(text) }},
	{"string([]byte)", func() { outS = string(bytes) }},
	{"string concatenation", func() { outS = left + text }},
	{"[]rune(string)", func() { outR = []rune(text[:half]) }},
	{"string([]rune)", func() { outS = string(outR) }},
	{"make", func() { outB = make([]byte, more) }},
	{"make of pointers", func() { outP = make([]*int, more/8) }},
	{"make and copy", func() { outI = append([]int(nil), ints...) }},
	{"make and copy of pointers", func() { outP = append([]*int(nil), ptrs...) }},
	{"append that grows", func() { outB = append(bytes[:size:size], 1) }},
	{"append of pointers that grows", func() { outP = append(ptrs[:size/8:size/8], nil) }},
	{"new", func() { _ = *new([size]byte); outI = (*new([size / 8]int))[:] }},
	{"channel", func() { outC = make(chan [1024]int, size/8192) }},
	{"map", func() { outMap = make(map[int]int, 1<<15) }},
}

func main() {
	debug.SetGCPercent(100)
	for _, l := range loops {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		most := before.HeapAlloc
		const turns, few = 100, 20
		for i := 0; i < turns/few; i++ {
			for j := 0; j < few; j++ {
				l.do()
			}
			runtime.ReadMemStats(&after)
			if after.HeapAlloc > most {
				most = after.HeapAlloc
			}
		}
		n := after.NumGC - before.NumGC
		if n == 0 || most > 400<<20 {
			fmt.Println(l.name+":", n, "collections, at most", most>>20, "MB")
		}
	}
	fmt.Println("done")
}
