// run
// stress

// Concatenations of two to seven parts, empty parts included, of many sizes.
package main

import (
	"fmt"
	"strings"
	"unsafe"
)

//go:noinline
func five(a, b, c, d, e string) string { return a + b + c + d + e }

//go:noinline
func seven(a, b, c, d, e, f, g string) string { return a + b + c + d + e + f + g }

func main() {
	x := strings.Repeat("x", 10)
	fmt.Println(five("a", "bc", "", x, "!"), seven("1", "2", "3", "4", "5", "6", "7"))
	fmt.Printf("%q %q\n", five("", "", "", "", ""), seven("", "", "", "z", "", "", ""))
	// A single part that is not empty is used as it is.
	same := five("", x, "", "", "")
	fmt.Println(unsafe.StringData(same) == unsafe.StringData(x))

	wrong := 0
	for _, n := range []int{0, 1, 15, 16, 17, 31, 32, 33, 100, 1000, 5000} {
		a, b := strings.Repeat("a", n), strings.Repeat("b", n+1)
		s := a + b
		t := "<" + a + ">" + b + "</>"
		if len(s) != 2*n+1 || strings.Count(s, "a") != n || s[n] != 'b' || s[:n] != a {
			wrong++
		}
		if len(t) != 2*n+6 || t[n+1] != '>' || t[len(t)-3:] != "</>" {
			wrong++
		}
	}
	fmt.Println("wrong:", wrong)
	acc := ""
	for i := 0; i < 300; i++ {
		acc += string(rune('a' + i%26))
		acc = acc + ""
	}
	fmt.Println(len(acc), acc[:5], acc[295:])
	s := "shared"
	t := s
	s += " and changed"
	fmt.Println(s, t)
}
