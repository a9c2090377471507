// run

// Hints that a map cannot be made for: negative, or more groups than there can be bytes.
package main

import "fmt"

func main() {
	for _, n := range []int{-1, 0, 8, 9, 1000, 1 << 50, 1<<63 - 1} {
		if n < 0 {
			func() {
				defer func() { fmt.Println(n, recover()) }()
				fmt.Println(len(make(map[int]int, n)))
			}()
			continue
		}
		m := make(map[int]int, n)
		m[n] = 1
		s := make(map[string][16]int, n)
		s["a"] = [16]int{3: 4}
		fmt.Println(n, len(m), m[n], len(s), s["a"][3])
	}
}
