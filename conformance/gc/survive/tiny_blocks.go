// run
// stress

// Objects without pointers below 16 bytes share blocks: each of them keeps its block, and a block without
// any is freed.
package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

var ints []*int32
var bytes []*byte
var words []*[3]uint16
var strs []string

func stats() (m runtime.MemStats) {
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m
}

func main() {
	debug.SetGCPercent(50)
	const n = 50_000
	ints, bytes = make([]*int32, n), make([]*byte, n)
	words, strs = make([]*[3]uint16, n), make([]string, n)
	stats()
	base := stats()
	for i := 0; i < n; i++ {
		ints[i], bytes[i], words[i] = new(int32), new(byte), new([3]uint16)
		*ints[i], *bytes[i], words[i][2] = int32(i), byte(i), uint16(i)
		strs[i] = string(append([]byte("s"), byte('a'+i%26)))
	}
	full := stats()
	fmt.Println("they share:", full.HeapAlloc-base.HeapAlloc < n*4*16*2/3)
	fmt.Println("counted one by one:", full.Mallocs-base.Mallocs >= 4*n)
	// One of a hundred stays.
	for i := 0; i < n; i++ {
		if i%100 != 7 {
			ints[i], words[i] = nil, nil
		}
		if i%100 != 57 {
			bytes[i], strs[i] = nil, ""
		}
	}
	few := stats()
	fmt.Println("freed:", few.HeapAlloc-base.HeapAlloc < (full.HeapAlloc-base.HeapAlloc)/10)
	for i := 0; i < n; i++ {
		ints[0] = new(int32)
		*ints[0] = -1
	}
	wrong := 0
	for i := 7; i < n; i += 100 {
		if *ints[i] != int32(i) || words[i][2] != uint16(i) || *bytes[i+50] != byte(i+50) || strs[i+50] != "s"+string(rune('a'+(i+50)%26)) {
			wrong++
		}
	}
	fmt.Println("wrong:", wrong)
	ints, bytes, words, strs = nil, nil, nil, nil
	end := stats()
	fmt.Println("all freed:", int64(end.HeapObjects)-int64(base.HeapObjects) < 1000)
}
