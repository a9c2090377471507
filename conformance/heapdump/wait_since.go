// run

// Since when a goroutine waits is known once collections have found it waiting, until it runs again.
package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"time"
)

var wake = make(chan bool)

func waits() {
	for {
		<-wake
	}
}

// since reads a heap dump up to the goroutine that waits for a channel, and answers since when.
func since() (found bool, when int64) {
	f, err := os.CreateTemp("", "dump")
	if err != nil {
		panic(err)
	}
	defer os.Remove(f.Name())
	defer f.Close()
	debug.WriteHeapDump(f.Fd())
	f.Seek(0, io.SeekStart)
	r := bufio.NewReader(f)
	r.ReadString('\n')
	number := func() uint64 {
		v, err := binary.ReadUvarint(r)
		if err != nil {
			panic(err)
		}
		return v
	}
	numbers := func(n int) {
		for i := 0; i < n; i++ {
			number()
		}
	}
	text := func() string {
		b := make([]byte, number())
		io.ReadFull(r, b)
		return string(b)
	}
	fields := func() {
		for number() != 0 {
			number()
		}
	}
	for {
		switch tag := number(); tag {
		case 0:
			return
		case 1: // object
			number()
			text()
			fields()
		case 2: // a root
			text()
			number()
		case 3: // type
			numbers(2)
			text()
			number()
		case 4: // goroutine
			numbers(7)
			at := int64(number())
			if text() == "chan receive" {
				found, when = true, at
			}
			numbers(4)
		case 5: // frame
			numbers(3)
			text()
			numbers(3)
			text()
			fields()
		case 6: // parameters
			numbers(4)
			text()
			text()
			number()
		case 7: // finalizer
			numbers(5)
		case 8: // itab
			numbers(2)
		case 9: // thread
			numbers(3)
		case 10: // MemStats
			numbers(24 + 256 + 1)
		case 11: // queued finalizer
			numbers(5)
		case 12, 13: // data, bss
			number()
			text()
			fields()
		case 14: // defer
			numbers(7)
		case 15: // panic
			numbers(6)
		case 16: // profile record
			numbers(2)
			for n := number(); n > 0; n-- {
				text()
				text()
				number()
			}
			numbers(2)
		case 17: // sample
			numbers(2)
		default:
			panic(fmt.Sprint("tag ", tag))
		}
	}
}

func main() {
	debug.SetGCPercent(-1)
	go waits()
	time.Sleep(5 * time.Millisecond)
	found, at := since()
	fmt.Println("before a collection:", found, at != 0)
	// It may be the first of two that the second gives as the time.
	runtime.GC()
	runtime.GC()
	found, first := since()
	fmt.Println("after two:", found, first != 0)
	runtime.GC()
	_, at = since()
	fmt.Println("after the next, the same:", at == first)
	wake <- true
	time.Sleep(5 * time.Millisecond)
	found, at = since()
	fmt.Println("waiting anew:", found, at != 0)
	runtime.GC()
	_, at = since()
	fmt.Println("later than before:", at > first)
}
