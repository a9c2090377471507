// run

// Addresses are aligned as the type, or the size class, asks.
package main

import (
	"fmt"
	"unsafe"
)

type vec struct{ a, b, c, d float64 }

func check[T any](name string, align uintptr) {
	bad := 0
	var keep []*T
	for i := 0; i < 200; i++ {
		p := new(T)
		keep = append(keep, p)
		if uintptr(unsafe.Pointer(p))%align != 0 {
			bad++
		}
	}
	fmt.Println(name, align, bad, len(keep))
}

func main() {
	check[int16]("int16", 2)
	check[int32]("int32", 4)
	check[int64]("int64", 8)
	check[complex128]("complex128", 8)
	check[vec]("vec", 32)
	check[[64]byte]("64 bytes", 64)
	check[[128]byte]("128 bytes", 128)
	check[[256]byte]("256 bytes", 256)
	check[[1024]byte]("1 KiB", 1024)
	check[[4096]byte]("4 KiB", 4096)
	check[[8192]byte]("8 KiB", 8192)
	check[*int]("pointer", 8)
	check[string]("string", 16)
}
