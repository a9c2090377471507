// run

// Searching in strings and byte slices of many lengths and alignments.
package main

import (
	"bytes"
	"fmt"
	"strings"
)

func main() {
	wrong := 0
	hay := []byte(strings.Repeat("abcdefgh", 40))
	for start := 0; start < 20; start++ {
		for n := 0; n < 130; n++ {
			h := hay[start : start+n : start+n]
			if bytes.IndexByte(h, 'Z') != -1 || strings.IndexByte(string(h), 'Z') != -1 {
				wrong++
			}
			if n > 0 {
				keep := h[n-1]
				h[n-1] = 'Z'
				if bytes.IndexByte(h, 'Z') != n-1 || bytes.Count(h, []byte("Z")) != 1 || bytes.LastIndexByte(h, 'Z') != n-1 {
					wrong++
				}
				h[n-1] = keep
			}
		}
	}
	fmt.Println("wrong:", wrong)
	text := strings.Repeat("needle in a haystack; ", 10) + "the end"
	for _, sub := range []string{"", "n", "the", "haystack; the", "needle in a haystack; needle", "absent", text, text + "x", strings.Repeat("needle in a haystack; ", 3)} {
		fmt.Print(strings.Index(text, sub), " ", strings.LastIndex(text, sub), " ", strings.Count(text, sub), "; ")
	}
	fmt.Println()
	fmt.Println(bytes.Equal(hay[:100], hay[8:108]), bytes.Equal(hay[:100], hay[1:101]), bytes.Compare(hay[:9], hay[:10]))
	fmt.Println(strings.IndexRune("aé世", '世'), strings.IndexAny("golang", "ly"), strings.ContainsRune("x\xff", 0xfffd))
	fmt.Println(strings.EqualFold("Straße", "STRAßE"), strings.Fields("  a  b\tc\n "), strings.SplitN("a,b,c,d", ",", 3))
}
