// run
// stress

// Maps grow and everything stays findable at every step; hints change nothing.
package main

import "fmt"

func main() {
	m := map[uint32]uint32{}
	hash := func(i uint32) uint32 { return i*2654435761 + 12345 }
	wrong := 0
	for i := uint32(0); i < 20000; i++ {
		m[hash(i)] = i
		// A few from the past, near and far.
		for _, j := range []uint32{0, i / 2, i - i/7, i} {
			if v, ok := m[hash(j)]; !ok || v != j {
				wrong++
			}
		}
		if _, ok := m[hash(i+1)]; ok {
			wrong++
		}
	}
	fmt.Println(len(m), wrong)
	for i := uint32(0); i < 20000; i++ {
		if i%100 != 0 {
			delete(m, hash(i))
		}
	}
	fmt.Println(len(m))
	for i := uint32(0); i < 20000; i += 100 {
		if m[hash(i)] != i {
			wrong++
		}
	}
	for _, hint := range []int{0, 1, 8, 9, 100, 5000, -1 + 1} {
		h := make(map[int]int, hint)
		for i := 0; i < 1000; i++ {
			h[i] = i
		}
		if len(h) != 1000 || h[999] != 999 {
			wrong++
		}
	}
	fmt.Println("wrong:", wrong)
}
