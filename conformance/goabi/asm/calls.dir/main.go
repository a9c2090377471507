package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"syscall"
	"unsafe"
)

func move(to, from *byte, n uintptr)
func sleep(ts *syscall.Timespec) (r int64)
func spawn(fn *func())
func write(fd uintptr, p *byte, n int32) int32
func gostring(p *byte) string
func nanotime() int64
func usleep(us uint32)
func canMove() bool

// moves copies through assembly with a deep stack, so that the frame moves with its arguments.
func moves(depth int, b *[64]byte) byte {
	var local [64]byte
	if depth > 0 {
		local[depth%64] = moves(depth-1, b)
	}
	move(&local[0], &b[0], 64)
	return local[depth%64]
}

func faults(to, from *byte) (err error) {
	defer func() {
		e := recover().(runtime.Error)
		runtime.GC()
		err = e
	}()
	move(to, from, 1000)
	return nil
}

func main() {
	var b [64]byte
	for i := range b {
		b[i] = byte(i)
	}
	done := make(chan byte)
	go func() { done <- moves(2000, &b) }()
	fmt.Println("moved:", <-done)
	fmt.Println("from nil:", faults(&b[0], nil))
	fmt.Println("to nil:", faults(nil, &b[0]))

	debug.SetPanicOnFault(true)
	page, err := syscall.Mmap(-1, 0, 8192, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANON)
	if err != nil {
		panic(err)
	}
	syscall.Mprotect(page[4096:], syscall.PROT_NONE)
	fmt.Println("into a protected page:", faults(&page[3500], &make([]byte, 1000)[0]) != nil)

	// A system call made by assembly lets others run, and collections too.
	var ran atomic.Int64
	go func() {
		for ran.Add(1) < 5 {
			runtime.GC()
		}
	}()
	for ran.Load() < 5 {
		if r := sleep(&syscall.Timespec{Nsec: 30e6}); r != 0 {
			panic(r)
		}
	}
	fmt.Println("collections ran during system calls")

	ok := make(chan string)
	f := func() { ok <- "a goroutine of assembly's" }
	spawn(&f)
	fmt.Println(<-ok)

	text := "written by assembly\n"
	os.Stdout.Sync()
	fmt.Println(write(1, *(**byte)(unsafe.Pointer(&text)), int32(len(text))))
	fmt.Printf("%q %q\n", gostring(&[]byte("C's\x00rest")[0]), gostring(nil))
	start := nanotime()
	usleep(3000)
	fmt.Println("slept:", nanotime()-start >= 3e6, nanotime()-start < 3e9)
	fmt.Println("objects move:", canMove())
}
