// run
// stress

// A part of a string or a byte slice keeps the whole, from wherever it points into it.
package main

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
)

var sink any

func churn(size int) {
	runtime.GC()
	for i := 0; i < 500_000/size; i++ {
		b := make([]byte, size)
		for j := range b {
			b[j] = '#'
		}
		sink = b
	}
}

func text(size, seed int) string {
	var b strings.Builder
	for b.Len() < size {
		fmt.Fprint(&b, seed, ",")
	}
	return b.String()[:size]
}

//go:noinline
func parts(s string) []string {
	n := len(s)
	return []string{s[1:], s[n/2 : n/2+3], s[n-1:], s[n/3 : n/2], strings.TrimRight(s[2:n-2], ",")}
}

func main() {
	wrong := 0
	for _, size := range []int{20, 100, 500, 1000, 8000, 33_000, 200_000} {
		var kept [][]string
		for i := 0; i < 5; i++ {
			kept = append(kept, parts(text(size, i*1000+size)))
		}
		churn(size)
		churn(size)
		for i, got := range kept {
			for j, want := range parts(text(size, i*1000+size)) {
				if got[j] != want {
					wrong++
				}
			}
		}
	}
	fmt.Println("strings wrong:", wrong)

	fields := strings.Fields(strings.Repeat("alpha beta gamma ", 2000))
	split := bytes.Split([]byte(text(5000, 7)), []byte(","))
	line, rest, _ := strings.Cut(text(100, 3)+"\n"+text(100, 4), "\n")
	m := map[string]string{}
	for _, f := range fields[3:9] {
		m[f[1:]] = f[:3]
	}
	fields = fields[len(fields)-3:]
	churn(40_000)
	churn(5000)
	churn(100)
	for _, b := range split {
		if s := string(b); s != "7" && s != "" {
			wrong++
		}
	}
	fmt.Println("fields:", fields, m["lpha"], m["eta"], m["amma"], line == text(100, 3), rest == text(100, 4), "wrong:", wrong)
}
