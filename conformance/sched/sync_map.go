// run

// sync.Map under concurrent use, and each of its methods.
package main

import (
	"fmt"
	"sort"
	"sync"
)

func main() {
	var m sync.Map
	var wg sync.WaitGroup
	for g := 0; g < 8; g++ {
		wg.Add(1)
		go func(g int) {
			defer wg.Done()
			for i := 0; i < 100; i++ {
				k := (g*37 + i) % 150
				m.LoadOrStore(k, k*k)
				if v, ok := m.Load(k); !ok || v != k*k {
					panic("lost")
				}
			}
		}(g)
	}
	wg.Wait()
	var keys []int
	m.Range(func(k, v any) bool {
		keys = append(keys, k.(int))
		return true
	})
	sort.Ints(keys)
	fmt.Println(len(keys), keys[0], keys[len(keys)-1])

	fmt.Println(m.LoadAndDelete(3))
	fmt.Println(m.LoadAndDelete(3))
	fmt.Println(m.Swap(4, "four"))
	fmt.Println(m.CompareAndSwap(4, "four", 44), m.CompareAndSwap(4, "four", 45))
	fmt.Println(m.CompareAndDelete(4, 1), m.CompareAndDelete(4, 44))
	fmt.Println(m.LoadOrStore(4, "new"))
	m.Delete(4)
	fmt.Println(m.Load(4))
	visited := 0
	m.Range(func(k, v any) bool { visited++; return visited < 5 })
	fmt.Println(visited)
}
