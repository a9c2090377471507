// run -gcflags=-d=checkptr

// Code built with -d=checkptr ends the program at a conversion or calculation of an
// unsafe pointer that leaves its object, and at no other. The program starts itself,
// which an emulated one cannot.

//go:build amd64

package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"unsafe"
)

var (
	array [4]uint64
	sink  any
)

var deeds = map[string]func(){
	"inside": func() {
		p := new([4]uint64)
		sink = p
		q := (*uint64)(unsafe.Pointer(uintptr(unsafe.Pointer(p)) + 24))
		*q = 7
		fmt.Fprintln(os.Stderr, p[3], *(*[2]uint64)(unsafe.Pointer(&array[1])), unsafe.Slice(&array[2], 2))
	},
	"misaligned": func() {
		p := make([]byte, 32)
		sink = p
		sink = (**int)(unsafe.Pointer(&p[1]))
	},
	"straddles": func() {
		p := new([2]uint64)
		sink = p
		sink = (*[1 << 20]uint64)(unsafe.Pointer(p))
	},
	"small": func() {
		p := new([4]uint64)
		sink = p
		sink = unsafe.Pointer(uintptr(unsafe.Pointer(p)) - uintptr(unsafe.Pointer(p)) + 1)
	},
	"elsewhere": func() {
		p, q := new([4]uint64), new([512]uint64)
		sink = p
		sink = q
		away := uintptr(unsafe.Pointer(q)) - uintptr(unsafe.Pointer(p))
		sink = unsafe.Pointer(uintptr(unsafe.Pointer(p)) + away)
	},
	"slice": func() {
		p := new(uint64)
		sink = p
		sink = unsafe.Slice(p, 1<<20)
	},
}

func main() {
	if len(os.Args) > 1 {
		deeds[os.Args[1]]()
		return
	}
	for _, name := range []string{"inside", "misaligned", "straddles", "small", "elsewhere", "slice"} {
		out, err := exec.Command("/proc/self/exe", name).CombinedOutput()
		line, _, _ := strings.Cut(string(out), "\n")
		fmt.Println(name, err != nil, line)
	}
}
