// run
// stress

// String keys of all lengths, sharing prefixes and suffixes.
package main

import (
	"fmt"
	"strings"
)

func main() {
	m := map[string]int{}
	base := strings.Repeat("0123456789abcdef", 20)
	for n := 0; n <= 300; n++ {
		m[base[:n]] = n
	}
	for n := 0; n <= 300; n++ {
		m["x"+base[:n]] = n + 1000
		m[base[:n]+"x"] = n + 2000
	}
	wrong := 0
	for n := 0; n <= 300; n++ {
		key := []byte(base[:n])
		if m[string(key)] != n {
			wrong++
		}
		if m["x"+string(key)] != n+1000 && n > 0 {
			wrong++
		}
		if m[string(append(key, 'x'))] != n+2000 {
			wrong++
		}
	}
	fmt.Println(len(m), wrong)

	// A key is its bytes, wherever they are.
	a := strings.Repeat("k", 50)
	b := string([]byte(a))
	m[a] = -1
	m[b]--
	fmt.Println(m[a], len(m))
	key := []byte("mutable")
	m[string(key)] = 7
	key[0] = 'M'
	fmt.Println(m["mutable"], m["Mutable"])

	// Few long keys: equality must not stop at the length or the ends.
	long := map[string]int{}
	for i := 0; i < 4; i++ {
		s := []byte(strings.Repeat("y", 200))
		s[100] = byte('a' + i)
		long[string(s)] = i
	}
	fmt.Println(len(long))
}
