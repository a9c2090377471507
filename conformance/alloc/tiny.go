// run
// stress

// Small objects without pointers may share a block; they never share bytes.
package main

import (
	"fmt"
	"unsafe"
)

func main() {
	const n = 5000
	var bytes [n]*byte
	var halves [n]*uint16
	var words [n]*uint32
	var names [n]string
	for i := 0; i < n; i++ {
		bytes[i] = new(byte)
		halves[i] = new(uint16)
		words[i] = new(uint32)
		*bytes[i], *halves[i], *words[i] = byte(i), uint16(i*3), uint32(i*7)
		names[i] = string([]byte{'a' + byte(i%26), 'A' + byte(i%13)})
	}
	wrong, unaligned := 0, 0
	seen := map[uintptr]bool{}
	for i := 0; i < n; i++ {
		if *bytes[i] != byte(i) || *halves[i] != uint16(i*3) || *words[i] != uint32(i*7) {
			wrong++
		}
		if names[i][0] != 'a'+byte(i%26) || names[i][1] != 'A'+byte(i%13) {
			wrong++
		}
		h, w := uintptr(unsafe.Pointer(halves[i])), uintptr(unsafe.Pointer(words[i]))
		if h%2 != 0 || w%4 != 0 {
			unaligned++
		}
		seen[uintptr(unsafe.Pointer(bytes[i]))] = true
		seen[h], seen[w] = true, true
	}
	fmt.Println(wrong, unaligned, len(seen))
}
