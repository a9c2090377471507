// run
// stress

// Between strings and byte slices: always a copy, whatever the size, also where the
// compiler takes a shorter way.
package main

import (
	"bytes"
	"fmt"
	"strings"
)

func main() {
	wrong := 0
	for _, n := range []int{0, 1, 8, 31, 32, 33, 64, 1000, 40000} {
		b := bytes.Repeat([]byte("q"), n)
		s := string(b)
		c := []byte(s)
		if len(s) != n || len(c) != n || c == nil {
			wrong++
		}
		if n > 0 {
			b[0] = 'B'
			c[n-1] = 'C'
			if s[0] != 'q' || s[n-1] != 'q' || b[n-1] != 'q' && n > 1 {
				wrong++
			}
		}
	}
	fmt.Println("wrong:", wrong)
	fmt.Println([]byte("héllo"), []byte(""), string([]byte(nil)) == "")
	fmt.Println([]byte(nil) == nil, []byte("") == nil)

	buf := []byte("key")
	m := map[string]int{"key": 1}
	v, ok := m[string(buf)]
	sw := 0
	switch string(buf) {
	case "no":
		sw = 1
	case "key":
		sw = 2
	}
	fmt.Println(v, ok, sw, string(buf) == "key", "<"+string(buf)+">")
	m[string(buf)+"2"] = 2
	buf[0] = 'K'
	fmt.Println(len(m), m["key2"])
	for i, c := range []byte("abc") {
		fmt.Print(i, c, " ")
	}
	type text string
	type octets []byte
	fmt.Println(text(octets("named")), octets(text("x"))[0], strings.Compare(string(buf), "Key"))
	fmt.Println(copy(buf, "string into bytes"), string(buf), string(append(buf, "tail"...)))
}
