// run

// Packages unicode, utf8 and utf16.
package main

import (
	"fmt"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

func main() {
	for _, r := range "aZ9é世😀 \t!€ß\u0301ǅ٣" {
		fmt.Printf("%U", r)
		for name, f := range []func(rune) bool{unicode.IsLetter, unicode.IsUpper, unicode.IsLower, unicode.IsDigit, unicode.IsSpace, unicode.IsPunct, unicode.IsSymbol, unicode.IsMark, unicode.IsPrint, unicode.IsTitle} {
			if f(r) {
				fmt.Print(" ", name)
			}
		}
		fmt.Printf(" %c%c%c;", unicode.ToUpper(r), unicode.ToLower(r), unicode.ToTitle(r))
	}
	fmt.Println()
	fmt.Println(unicode.Is(unicode.Han, '世'), unicode.In('α', unicode.Latin, unicode.Greek), unicode.SimpleFold('k'), unicode.SimpleFold('\u212a'))
	bad := "a\xc0\x80é\xff"
	fmt.Println(utf8.ValidString(bad), utf8.RuneCountInString(bad), utf8.ValidString("é世"), utf8.FullRune([]byte{0xe4, 0xb8}), utf8.RuneLen('😀'), utf8.RuneLen(-1))
	for len(bad) > 0 {
		r, n := utf8.DecodeRuneInString(bad)
		l, m := utf8.DecodeLastRuneInString(bad)
		fmt.Print(r, n, l, m, " ")
		bad = bad[n:]
	}
	fmt.Println()
	buf := utf8.AppendRune(nil, 'é')
	buf = utf8.AppendRune(buf, 0xd800)
	fmt.Println(buf, utf8.EncodeRune(buf, '世'), buf, utf8.RuneStart(buf[1]))
	u := utf16.Encode([]rune("a😀\U0010ffff"))
	fmt.Printf("%x %q %q\n", u, string(utf16.Decode(u)), string(utf16.Decode([]uint16{0xd800, 'x', 0xdc00})))
	valid, sum := 0, 0
	for r := rune(0); r < 0x11000; r++ {
		if utf8.ValidRune(r) {
			valid++
			sum += utf8.RuneLen(r)
		}
	}
	fmt.Println(valid, sum)
}
