// run
// stress

// A large map that was emptied, one by one or when few were left, gives its memory back and goes on as a new one; iterations that were under way
// meet nothing twice and nothing that is gone. One that is cleared while it is full keeps its room.
package main

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"strings"
)

const many = 200_000

type entry struct {
	a [4]int
	p *int
}

func fill(m map[int]entry, from, n int) {
	for i := from; i < from+n; i++ {
		m[i] = entry{p: new(int)}
	}
}

func live() int {
	runtime.GC()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return int(s.HeapAlloc)
}

func check(what string, m map[int]entry, from, n int) {
	if len(m) != n {
		fmt.Println(what, "length", len(m), "instead of", n)
	}
	met := make(map[int]bool, n)
	for k, v := range m {
		if met[k] || k < from || k >= from+n || v.p == nil {
			fmt.Println(what, "met", k, met[k], v.p == nil)
			return
		}
		met[k] = true
	}
	if len(met) != n {
		fmt.Println(what, "met", len(met), "instead of", n)
	}
	if _, ok := m[from-1]; ok {
		fmt.Println(what, "holds", from-1)
	}
}

// Three ways of emptying a map.
var ways = []struct {
	name  string
	empty func(m map[int]entry)
}{
	{"by key", func(m map[int]entry) {
		for i := len(m) - 1; i >= 0; i-- {
			delete(m, i)
		}
	}},
	{"iterating", func(m map[int]entry) {
		n := len(m)
		for k, v := range m {
			if v.p == nil {
				fmt.Println("nothing at", k)
			}
			delete(m, k)
			n--
		}
		if n != 0 {
			fmt.Println(n, "were not met")
		}
	}},
	{"clear", func(m map[int]entry) {
		for i := len(m) - 1; i >= many/100; i-- {
			delete(m, i)
		}
		clear(m)
	}},
}

// Official Go keeps what a map once had.
func isGoxide() bool {
	name, err := os.Executable()
	if err != nil {
		panic(err)
	}
	file, err := os.ReadFile(name)
	if err != nil {
		panic(err)
	}
	return bytes.Contains(file, []byte(strings.Join([]string{"goxide", " the program was not linked by Go 1.21"}, ":")))
}

func main() {
	returns := isGoxide()
	before := live()
	for _, way := range ways {
		m := map[int]entry{}
		fill(m, 0, many)
		full := live() - before
		way.empty(m)
		check(way.name, m, 0, 0)
		kept := live() - before
		if kept > full/8 && returns {
			fmt.Println(way.name, "keeps", kept, "of", full)
		}
		fill(m, 5, 100)
		check(way.name, m, 5, 100)
		clear(m)
		fill(m, 0, many)
		check(way.name, m, 0, many)
		way.empty(m)
		fill(m, 1, many/2)
		check(way.name, m, 1, many/2)
	}

	again := map[int]int{}
	for i := 0; i < many; i++ {
		again[i] = i
	}
	clear(again)
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	made := s.TotalAlloc
	for i := 0; i < many; i++ {
		again[i] = i
	}
	runtime.ReadMemStats(&s)
	fmt.Println("cleared while full, keeps its room:", s.TotalAlloc-made < many)

	// Emptied and filled again in the midst of an iteration: of what is new, some or nothing is met, once.
	for _, way := range ways {
		m := map[int]entry{}
		fill(m, 0, many)
		met := map[int]int{}
		outer := 0
		for k := range m {
			met[k]++
			if outer++; outer == many/3 {
				for k := range m {
					if _, ok := m[k]; !ok {
						fmt.Println(way.name, "met what is gone")
					}
					if len(m) < many/2 {
						break
					}
					delete(m, k)
				}
				if way.name != "clear" {
					for i := 0; i < many; i++ {
						delete(m, i)
					}
				}
				clear(m)
				fill(m, many, many)
			}
		}
		for k, n := range met {
			if n != 1 {
				fmt.Println(way.name, "met", k, n, "times")
			}
		}
		check(way.name, m, many, many)
		fmt.Println(way.name, "iterated:", len(met) >= many/3 && len(met) <= many/3+many)
	}

	// Keys that do not equal themselves go by clear alone.
	nan := 0.0
	nan /= nan
	f := map[float64]int{}
	for i := 0; i < many; i++ {
		f[nan] = i
		f[float64(i)] = i
	}
	for i := 0; i < many; i++ {
		delete(f, float64(i))
	}
	fmt.Println(len(f))
	clear(f)
	f[nan] = 1
	fmt.Println(len(f), f[0])
	runtime.KeepAlive(f)
}
