// run

// []rune(s), string(runes), len by range and short conversions, for strings of all short lengths in which bytes of every kind stand at every
// place: plain text, runes of two to four bytes, bytes that are no rune, cut ones; into a buffer of the frame and on the heap.
package main

import (
	"fmt"
	"unicode/utf8"
)

var (
	runes []rune
	bytes []byte
	text  string
)

// slow is []rune(s), rune by rune.
func slow(s string) (r []rune) {
	for len(s) > 0 {
		c, n := utf8.DecodeRuneInString(s)
		r = append(r, c)
		s = s[n:]
	}
	return r
}

func same(a, b []rune) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func check(s string) bool {
	want := slow(s)
	runes = []rune(s)
	ok := same(runes, want) && len(runes) == utf8.RuneCountInString(s)
	for i := len(runes); i < cap(runes); i++ {
		ok = ok && runes[:cap(runes)][i] == 0
	}
	inFrame := []rune(s)
	ok = ok && same(inFrame, want)
	n := 0
	for _, r := range s {
		ok = ok && r == want[n]
		n++
	}
	ok = ok && n == len(want) && n == len([]rune(s))
	text = string(want)
	ok = ok && text == string(inFrame) && (text == s) == utf8.ValidString(s)
	bytes = []byte(s)
	short := []byte(s)
	ok = ok && string(bytes) == s && string(short) == s && len(short) == len(s)
	for i := len(short); i < cap(short); i++ {
		ok = ok && short[:cap(short)][i] == 0
	}
	for i := len(bytes); i < cap(bytes); i++ {
		ok = ok && bytes[:cap(bytes)][i] == 0
	}
	text = string(bytes)
	return ok && text == s
}

func main() {
	plain := "the quick brown fox jumps over the lazy dog, and another one."
	odd := []string{"", "ö", "€", "𝄞", "\x80", "\xc3", "\xe2\x82", "\xf0\x9d\x84", "\xed\xa0\x80", "\xc0\x80", "\xf4\x90\x80\x80", "\xff", "öö€", "ö\xc3"}
	tried, bad := 0, 0
	for n := 0; n <= len(plain); n++ {
		for at := 0; at <= n; at++ {
			for _, o := range odd {
				for _, s := range []string{plain[:at] + o + plain[at:n], plain[:at] + o + plain[at:n] + o} {
					tried++
					if !check(s) {
						bad++
						fmt.Printf("%q\n", s)
					}
				}
			}
		}
	}
	fmt.Println(tried, bad)
	for _, n := range []int{127, 1 << 10, 8191, 8192, 8193, 1 << 15, 1<<15 + 1, 1 << 17} {
		long := ""
		for len(long) < n {
			long += plain + "ö€"
		}
		fmt.Println(n, check(long[:n]))
	}
	for _, v := range []int{-1, 0, 'a', 0x7f, 0x80, 0x7ff, 0x800, 0xd800, 0xfffd, 0xffff, 0x10000, 0x10ffff, 0x110000} {
		text = string(rune(v))
		in := string(rune(v))
		fmt.Printf("%x %q %v\n", v, text, in == text)
	}
}
