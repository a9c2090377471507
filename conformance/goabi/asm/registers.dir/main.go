package main

import (
	"bytes"
	"fmt"
)

// What the assembly loads before a call and finds after it: general registers, then floating-point ones of two words.
var in, out [general + 2*floating]uint64

func memmove(to, from *byte, n uintptr)

func fill() {
	for i := range in {
		in[i] = 0x0123456789abcdef * uint64(2*i+1)
	}
}

// changed names the registers that hold something else and are not among those that may.
func changed(may map[string]bool) (names []string) {
	for i := range in {
		name := ""
		if i < general {
			name = generalNames[i]
		} else {
			name = fmt.Sprint(floatingPrefix, (i-general)/2)
		}
		if name != "" && in[i] != out[i] && !may[name] {
			names = append(names, name)
		}
	}
	return names
}

func set(names ...string) map[string]bool {
	s := map[string]bool{}
	for _, n := range names {
		s[n] = true
	}
	return s
}

func main() {
	const size = 700 << 10
	from, to, want := make([]byte, size), make([]byte, size), make([]byte, size)
	for i := range from {
		from[i] = byte(i*7 + i>>8)
	}
	bad := map[string]bool{}
	check := func(to, from, want []byte) {
		fill()
		memmove(&to[0], &from[0], uintptr(len(want)))
		for _, name := range changed(memmoveChanges) {
			bad[name] = true
		}
		if !bytes.Equal(to[:len(want)], want) {
			fmt.Println("wrong copy of", len(want))
		}
	}
	sizes := []int{0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 256, 257, 300, 511, 513,
		1000, 2047, 2048, 2049, 4096, 10000, 70000, 600 << 10}
	for _, n := range sizes {
		for _, off := range []int{0, 1, 5, 16, 33} {
			check(to[off:], from[off:], from[off:off+n])
			// Overlapping, upwards and downwards.
			copy(want, from)
			copy(to, from)
			check(to[off:], to, want[:n])
			copy(to, from)
			check(to, to[off:], want[off:off+n])
		}
	}
	fmt.Println("memmove changes besides what it may:", bad)
	// Which there are depends on the architecture, so those that are right are not named.
	for _, f := range others {
		fill()
		f.call()
		if names := changed(f.may); len(names) > 0 {
			fmt.Println(f.name, "changes besides what it may:", names)
		}
	}
	fmt.Println("the others were tried:", len(others) > 4)
}
