// run

// Equality and order of strings of all lengths, with the difference at every place.
package main

import (
	"fmt"
	"strings"
)

//go:noinline
func cmp(a, b string) int {
	n := 0
	if a < b {
		n -= 1
	}
	if a > b {
		n += 1
	}
	if (a == b) != (n == 0) || (a <= b) != (n <= 0) || (a >= b) != (n >= 0) || (a != b) != (n != 0) {
		return 99
	}
	return n
}

func main() {
	wrong := 0
	for n := 0; n < 70; n++ {
		a := strings.Repeat("m", n)
		if cmp(a, string([]byte(a))) != 0 || cmp(a, a+"x") != -1 || cmp(a+"\x00", a) != 1 {
			wrong++
		}
		for i := 0; i < n; i++ {
			b := []byte(a)
			b[i] = 'z'
			if cmp(a, string(b)) != -1 || cmp(string(b), a) != 1 {
				wrong++
			}
			b[i] = 0xff // bytes compare as unsigned
			if cmp(a, string(b)) != -1 {
				wrong++
			}
			b[i] = 1
			if cmp(a, string(b)) != 1 {
				wrong++
			}
		}
	}
	fmt.Println("wrong:", wrong)
	fmt.Println(cmp("", ""), cmp("", "a"), cmp("a", "B"), cmp("é", "z"), cmp("10", "9"))
	fmt.Println(strings.Compare("abc", "abd"), "abc"[1:] == "xbc"[1:], "a" < "ab")
}
