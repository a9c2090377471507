// run

// debug.WriteHeapDump writes a file in Go's format, in which objects, types, goroutines, frames and
// finalizers are found.
package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"unsafe"
)

type known struct {
	text [48]byte
	next *known
	rest [3]int
}

var root *known
var in *bufio.Reader

func number() uint64 {
	n, err := binary.ReadUvarint(in)
	if err != nil {
		panic(err)
	}
	return n
}

func skip(n int) {
	for i := 0; i < n; i++ {
		number()
	}
}

func text() []byte {
	b := make([]byte, number())
	if _, err := io.ReadFull(in, b); err != nil {
		panic(err)
	}
	return b
}

func fields() (offsets []uint64) {
	for number() != 0 {
		offsets = append(offsets, number())
	}
	return offsets
}

func main() {
	root = &known{next: &known{}}
	copy(root.text[:], "the object that is looked for")
	runtime.SetFinalizer(root, func(*known) {})
	f, err := os.CreateTemp("", "dump")
	if err != nil {
		panic(err)
	}
	defer os.Remove(f.Name())
	debug.WriteHeapDump(f.Fd())
	data, err := os.ReadFile(f.Name())
	if err != nil {
		panic(err)
	}
	const header = "go1.7 heap dump\n"
	fmt.Println("header:", bytes.HasPrefix(data, []byte(header)))
	in = bufio.NewReader(bytes.NewReader(data[len(header):]))
	address := uint64(uintptr(unsafe.Pointer(root)))
	counts := map[uint64]int{}
	fromBss, mainFrame := false, false
	for tag := number(); tag != 0; tag = number() {
		counts[tag]++
		switch tag {
		case 1: // object
			at, b := number(), text()
			if offsets := fields(); at == address {
				fmt.Println("object:", len(b), string(b[:29]), offsets)
				fmt.Println("points to:", binary.LittleEndian.Uint64(b[48:]) == uint64(uintptr(unsafe.Pointer(root.next))))
			}
		case 2: // other root
			text()
			number()
		case 3: // type
			skip(2)
			text()
			number()
		case 4: // goroutine
			skip(8)
			text()
			skip(4)
		case 5: // frame
			skip(3)
			text()
			skip(3)
			mainFrame = string(text()) == "main.main" || mainFrame
			fields()
		case 6: // parameters
			fmt.Println("parameters:", number(), number(), number() < number(), string(text()) == runtime.GOARCH, strings.Contains(string(text()), "go1.21"), number() > 0)
		case 7: // finalizer
			if number() == address {
				fmt.Println("finalizer: found")
			}
			skip(4)
		case 8: // itab
			skip(2)
		case 9: // thread
			skip(3)
		case 10: // statistics
			fmt.Println("alloc:", number() > 0)
			skip(23 + 256 + 1)
		case 11: // queued finalizer
			skip(5)
		case 12, 13: // data, bss
			base, b := number(), text()
			at := uint64(uintptr(unsafe.Pointer(&root))) - base
			for _, offset := range fields() {
				if offset == at && binary.LittleEndian.Uint64(b[at:]) == address {
					fromBss = true
				}
			}
		case 14: // deferred call
			skip(7)
		case 15: // panic
			skip(6)
		case 16: // profile record
			skip(2)
			for n := number(); n > 0; n-- {
				text()
				text()
				number()
			}
			skip(2)
		case 17: // sample
			skip(2)
		default:
			fmt.Println("unknown tag", tag)
			return
		}
	}
	rest, _ := io.ReadAll(in)
	fmt.Println("after the end:", len(rest), "root found:", fromBss, "frame found:", mainFrame)
	fmt.Println("once:", counts[6], counts[10], counts[12], counts[13], "several:", counts[1] > 5, counts[4] > 0, counts[5] > 0, counts[9] > 0)
	runtime.KeepAlive(root)
}
