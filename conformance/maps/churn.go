// run
// stress

// Endless insertion and deletion in a map that stays small.
package main

import "fmt"

func main() {
	m := map[int]string{}
	wrong := 0
	for i := 0; i < 30000; i++ {
		m[i] = "v"
		if i >= 16 {
			if m[i-16] != "v" {
				wrong++
			}
			delete(m, i-16)
		}
		if i%5000 == 0 {
			n := 0
			for k := range m {
				if k > i || k <= i-16 {
					wrong++
				}
				n++
			}
			if n != len(m) {
				wrong++
			}
		}
	}
	fmt.Println(len(m), wrong)

	s := map[string]int{}
	for i := 0; i < 10000; i++ {
		k := fmt.Sprint("key", i%97)
		if i%3 == 0 {
			delete(s, k)
		} else {
			s[k] = i
		}
	}
	fmt.Println(len(s), s["key5"], s["key96"])
}
