// run
// stress
// timeout: 30

// Blocks that are made, grown, copied, cleared and converted in pieces, while collections come and go and other goroutines
// have their turns in between: nothing is lost, nothing of what a block held before shows, ranges that overlap come out right.
package main

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
)

const long = 300 << 10

type node struct {
	value int
	next  *node
}

var failures atomic.Int32

func fail(what string, at any) {
	if failures.Add(1) < 10 {
		fmt.Println("wrong:", what, at)
	}
}

func pointers(seed int) {
	n := long / 8 * 2
	s := make([]*node, n)
	for i := range s {
		if s[i] != nil {
			fail("a new slice is not nil", i)
			return
		}
		if i%64 == 0 {
			s[i] = &node{value: seed + i}
		}
	}
	check := func(s []*node, by int, what string) {
		for i := range s {
			j := i + by
			if j%64 == 0 {
				if s[i] == nil || s[i].value != seed+j {
					fail(what, i)
					return
				}
			} else if s[i] != nil {
				fail(what, i)
				return
			}
		}
	}
	check(s, 0, "made")
	grown := append(s, &node{})
	check(grown[:n], 0, "grown")
	for i := range grown[n+1 : cap(grown)] {
		if grown[: cap(grown)][n+1+i] != nil {
			fail("behind a grown slice", i)
			break
		}
	}
	dst := make([]*node, n)
	copy(dst, s)
	check(dst, 0, "copied")
	// Towards the beginning, and towards the end.
	copy(dst, dst[64:])
	check(dst[:n-64], 64, "moved down")
	copy(dst[64:], dst[:n-64])
	check(dst[64:], 64, "moved up")
	copied := make([]*node, len(s))
	copy(copied, s)
	check(copied, 0, "made and copied")
	clear(dst)
	for i := range dst {
		if dst[i] != nil {
			fail("cleared", i)
			break
		}
	}
	check(s, 0, "at the end")
}

func bytes(seed int) {
	n := long * 2
	b := make([]byte, n)
	for i := range b {
		if b[i] != 0 {
			fail("new bytes are not zero", i)
			return
		}
		b[i] = byte(i + i>>8 + seed)
	}
	check := func(b []byte, by int, what string) {
		for i := range b {
			j := i + by
			if b[i] != byte(j+j>>8+seed) {
				fail(what, i)
				return
			}
		}
	}
	s := string(b)
	check([]byte(s), 0, "converted twice")
	if s[:5] != string(b[:5]) || s[n-5:] != string(b[n-5:]) {
		fail("converted", 0)
	}
	grown := append(b, 1)
	check(grown[:n], 0, "grown bytes")
	for i, v := range grown[n+1 : cap(grown)] {
		if v != 0 {
			fail("behind grown bytes", i)
			break
		}
	}
	copy(b, b[100:])
	check(b[:n-100], 100, "bytes moved down")
	copy(b[100:], b[:n-100])
	check(b[100:], 100, "bytes moved up")
	clear(b)
	for i, v := range b {
		if v != 0 {
			fail("cleared bytes", i)
			break
		}
	}
}

// On the stack, which may be somewhere else when the work is over.
func onStack(seed int) {
	var a, b [long / 4]int
	for i := range a {
		a[i] = seed + i
	}
	copy(b[:], a[:])
	copy(b[1:], b[:])
	for i := 1; i < len(b); i++ {
		if b[i] != seed+i-1 {
			fail("on the stack", i)
			break
		}
	}
	clear(b[:])
	for i := range b {
		if b[i] != 0 {
			fail("cleared on the stack", i)
			break
		}
	}
}

func main() {
	var wg sync.WaitGroup
	var stop atomic.Bool
	collector := make(chan bool)
	go func() {
		for !stop.Load() {
			runtime.GC()
			runtime.Gosched()
		}
		close(collector)
	}()
	for g := 0; g < 3; g++ {
		g := g
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := 0; i < 4; i++ {
				pointers(g*1000 + i)
				bytes(g*1000 + i)
				onStack(g*1000 + i)
			}
		}()
	}
	wg.Wait()
	stop.Store(true)
	<-collector
	if failures.Load() == 0 {
		fmt.Println("ok")
	}
}
