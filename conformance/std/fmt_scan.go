// run

// Scanning: numbers, words, verbs, and what the errors say.
package main

import (
	"fmt"
	"strings"
)

func main() {
	var i, j int
	var f float64
	var s, t string
	var b bool
	var r rune
	n, err := fmt.Sscan("12 -7\n 3.5e2 word true", &i, &j, &f, &s, &b)
	fmt.Println(n, err, i, j, f, s, b)
	n, err = fmt.Sscanf("id=0x1f, name:joe 75%", "id=%v, name:%s %d%%", &i, &s, &j)
	fmt.Println(n, err, i, s, j)
	n, err = fmt.Sscanf("abcdef é", "%3s%s %c", &s, &t, &r)
	fmt.Println(n, err, s, t, string(r))
	n, err = fmt.Sscanf(`"quoted text" 101 777 ff`, "%q %b %o %x", &s, &i, &j, &r)
	fmt.Println(n, err, s, i, j, r)
	for _, in := range []string{"", "x", "99999999999999999999", "5 y", "7\n8"} {
		n, err = fmt.Sscanln(in, &i, &j)
		fmt.Println(n, err)
	}
	rd := strings.NewReader("1 2 3\n4 5\n")
	sum := 0
	for {
		var v int
		if _, err := fmt.Fscan(rd, &v); err != nil {
			fmt.Println(sum, err)
			break
		}
		sum += v
	}
	var p *int
	n, err = fmt.Sscan("1", i, p)
	fmt.Println(n, err)
}
