// run

// Between strings, runes and rune slices, valid and not.
package main

import "fmt"

func main() {
	fmt.Println([]rune("aé世😀"), string([]rune{97, 233, 0x4e16, 0x1f600}))
	for _, r := range []rune{0, 'a', 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xd800, 0xdfff, 0xe000, 0xfffd, 0xffff, 0x10000, 0x10ffff, 0x110000, -1} {
		fmt.Printf("%x:% x ", r, string(r))
	}
	fmt.Println()
	var i64 int64 = 1<<33 + 'a'
	var u8 uint8 = 0xe9
	fmt.Printf("%q %q %q\n", string(rune(i64)), string(rune(u8)), string(rune(-5)))

	bad := "a\xffb\xc0\xafc\xed\xa0\x80d\xf4\x90\x80\x80e\xe4\xb8f\x80"
	rs := []rune(bad)
	fmt.Printf("%x %d\n", rs, len(rs))
	fmt.Printf("% x\n", string(rs))
	fmt.Printf("% x\n", string([]rune{-1, 0xd800, 0x110000, 'z'}))
	fmt.Println([]rune("") == nil, len([]rune("")), string([]rune(nil)) == "")
	long := make([]rune, 100)
	for i := range long {
		long[i] = rune(i * 300)
	}
	s := string(long)
	back := []rune(s)
	same := len(back) == len(long)
	for i := range back {
		same = same && back[i] == long[i]
	}
	fmt.Println(len(s), same, cap(back) >= 100)
}
