//go:build arm64

// run

// What the kernel says of the processor reaches package internal/cpu: AES, SHA, CRC32 and atomics are in use where they are there.
package main

import (
	"encoding/binary"
	"fmt"
	"os"
	_ "unsafe"
)

//go:linkname hwcap internal/cpu.HWCap
var hwcap uint

//go:linkname hasAtomics runtime.arm64HasATOMICS
var hasAtomics bool

const (
	atHWCap  = 16
	atomics  = 1 << 8
	wordSize = 8
)

func main() {
	auxv, err := os.ReadFile("/proc/self/auxv")
	if err != nil {
		fmt.Println(err)
		return
	}
	for i := 0; i+2*wordSize <= len(auxv); i += 2 * wordSize {
		if binary.LittleEndian.Uint64(auxv[i:]) == atHWCap {
			kernel := uint(binary.LittleEndian.Uint64(auxv[i+wordSize:]))
			fmt.Println("the kernel's word:", hwcap == kernel)
			fmt.Println("atomics:", hasAtomics == (kernel&atomics != 0))
			return
		}
	}
	fmt.Println("the kernel says nothing")
}
