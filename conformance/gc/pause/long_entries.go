// run
// gomaxprocs: 2,4
// timeout: 120

// The world can be stopped in the middle of every operation on much memory, not only behind it.
package main

import (
	"fmt"
	"maps"
	"reflect"
	"runtime"
	"strings"
	"sync/atomic"
	"time"
)

type pointers [8 << 20]*int

var (
	text     string
	runes    []rune
	number   int
	mapped   map[int]int
	pointed  map[int]*int
	channel  chan int
	pchannel chan *int
	value    reflect.Value
)

var operations = []struct {
	name    string
	prepare func() func()
}{
	{"concatenation", func() func() {
		a, b := strings.Repeat("x", 32<<20), strings.Repeat("y", 32<<20)
		return func() { text = a + b }
	}},
	{"[]rune(string)", func() func() {
		a := strings.Repeat("xé", 4<<20)
		return func() { runes = []rune(a) }
	}},
	{"string([]rune)", func() func() {
		a := []rune(strings.Repeat("xé", 4<<20))
		return func() { text = string(a) }
	}},
	{"number of runes", func() func() {
		a := strings.Repeat("é", 16<<20)
		return func() { number = len([]rune(a)) }
	}},
	{"channel of numbers", func() func() {
		return func() { channel = make(chan int, 8<<20) }
	}},
	{"channel of pointers", func() func() {
		return func() { pchannel = make(chan *int, 8<<20) }
	}},
	{"making a map", func() func() {
		return func() { mapped = make(map[int]int, 2<<20) }
	}},
	{"making a map of pointers", func() func() {
		return func() { pointed = make(map[int]*int, 2<<20) }
	}},
	{"clearing a map", func() func() {
		m := make(map[int]int, 4<<20)
		return func() {
			m[1] = 1
			clear(m)
		}
	}},
	{"clearing a map of pointers", func() func() {
		m := make(map[int]*int, 4<<20)
		return func() {
			m[1] = &number
			clear(m)
		}
	}},
	{"copying a map", func() func() {
		m := make(map[int]int, 1<<20)
		for i := 0; i < 1<<20; i++ {
			m[i] = i
		}
		return func() { mapped = maps.Clone(m) }
	}},
	{"iterating over an empty map", func() func() {
		m := make(map[int]struct{}, 16<<20)
		m[1] = struct{}{}
		return func() {
			for range m {
				number++
			}
		}
	}},
	{"assignment", func() func() {
		p, q := new(pointers), new(pointers)
		p[1], q[1] = &number, &number
		clear(p[:])
		clear(q[:])
		return func() { *p = *q }
	}},
	{"reflect.Append", func() func() {
		s := reflect.ValueOf(make([]int, 8<<20))
		one := reflect.ValueOf(1)
		return func() { value = reflect.Append(s, one) }
	}},
}

const (
	enough = 4 // stops in one run of an operation, none of which takes half of it
	times  = 3 // such runs
	tries  = 100
)

// Official Go does many of these operations in one go. What it prints is what is printed if all is well.
func isOfficial() bool {
	f := runtime.FuncForPC(reflect.ValueOf(runtime.GC).Pointer())
	file, _ := f.FileLine(f.Entry())
	return strings.HasSuffix(file, "/mgc.go")
}

var (
	stops   atomic.Int64
	longest atomic.Int64
)

func stop() {
	var stats runtime.MemStats
	for {
		begin := time.Now()
		runtime.ReadMemStats(&stats)
		took := int64(time.Since(begin))
		for old := longest.Load(); took > old && !longest.CompareAndSwap(old, took); old = longest.Load() {
		}
		stops.Add(1)
	}
}

// A stop that is asked for while an operation runs in one piece takes until that is over. How many stops follow before the
// operation returns is chance, as is what other programs do to this one: so it may be tried again.
func interruptible(operation func()) bool {
	for good, try := 0, 0; try < tries; try++ {
		longest.Store(0)
		before, begin := stops.Load(), time.Now()
		operation()
		took, after := time.Since(begin), stops.Load()
		for stops.Load() < after+2 {
			runtime.Gosched()
		}
		if after-before >= enough && longest.Load() < int64(took)/2 {
			good++
		}
		if good == times {
			return true
		}
	}
	return false
}

func main() {
	go stop()
	for _, o := range operations {
		if !isOfficial() && !interruptible(o.prepare()) {
			fmt.Print("in one piece: ")
		}
		fmt.Println(o.name)
		text, runes, mapped, pointed, channel, pchannel = "", nil, nil, nil, nil, nil
		value = reflect.Value{}
	}
}
