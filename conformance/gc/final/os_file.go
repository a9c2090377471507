// run

// A file that was not closed and is not held is closed by the collector; one that is held is not.
package main

import (
	"fmt"
	"os"
	"runtime"
	"syscall"
	"time"
)

//go:noinline
func create(name string) (*os.File, int) {
	f, err := os.CreateTemp("", name)
	if err != nil {
		panic(err)
	}
	fmt.Fprintln(f, name)
	return f, int(f.Fd())
}

func isOpen(fd int) bool {
	var st syscall.Stat_t
	return syscall.Fstat(fd, &st) == nil
}

//go:noinline
func forget(name string) int {
	f, fd := create(name)
	os.Remove(f.Name())
	return fd
}

func main() {
	held, heldFd := create("held")
	defer os.Remove(held.Name())
	var lost []int
	for i := 0; i < 20; i++ {
		lost = append(lost, forget(fmt.Sprint("lost", i)))
	}
	open := len(lost)
	for i := 0; i < 500 && open > 0; i++ {
		runtime.GC()
		time.Sleep(time.Millisecond)
		open = 0
		for _, fd := range lost {
			if isOpen(fd) {
				open++
			}
		}
	}
	fmt.Println("open still:", open, "held:", isOpen(heldFd))
	_, err := held.WriteString("more\n")
	fmt.Println(err)
	data, err := os.ReadFile(held.Name())
	fmt.Printf("%q %v %v\n", data, err, held.Close())
}
