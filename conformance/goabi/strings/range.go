// run

// Ranging over a string: byte positions, runes, and U+FFFD for each bad byte.
package main

import "fmt"

func show(s string) {
	for i, r := range s {
		fmt.Printf("%d:%U ", i, r)
	}
	fmt.Println()
}

func main() {
	show("")
	show("abc")
	show("aé世😀z")
	show("\xff\xfe")
	show("a\xe4\xb8")            // cut short
	show("\xe4\xb8\xe4\xb8\x96") // cut short, then whole
	show("\xed\xa0\x80")         // a surrogate
	show("\xc0\x80")             // overlong
	show("\xf0\x80\x80\x80x")    // overlong
	show("\xf4\x90\x80\x80")     // too large
	show("\xf4\x8f\xbf\xbf")     // the largest
	show("\ufffd\xef\xbf")
	show("\x00\u0080\u07ff\u0800\uffff\U00010000")
	n := 0
	for range "aé世😀" {
		n++
	}
	last := -1
	for i := range "aé世😀" {
		last = i
	}
	fmt.Println(n, last)
	s := "changing"
	for i, r := range s {
		s = "x"
		if i > 5 {
			fmt.Println(string(r), s)
		}
	}
}
