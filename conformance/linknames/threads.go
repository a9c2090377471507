// run

// Pinning to a processor or thread, the head of m, yielding and sleeping threads, system calls by hand.
package main

import (
	"fmt"
	"runtime"
	"syscall"
	"time"
	"unsafe"
)

//go:linkname procPin runtime.procPin
func procPin() int

//go:linkname procUnpin runtime.procUnpin
func procUnpin()

//go:linkname acquirem runtime.acquirem
func acquirem() unsafe.Pointer

//go:linkname releasem runtime.releasem
func releasem(m unsafe.Pointer)

//go:linkname getm runtime.getm
func getm() uintptr

//go:linkname gopark runtime.gopark
func gopark(unlockf func(uintptr, unsafe.Pointer) bool, lock unsafe.Pointer, reason uint8, traceEv byte, traceskip int)

//go:linkname procyield runtime.procyield
func procyield(cycles uint32)

//go:linkname osyield runtime.osyield
func osyield()

//go:linkname osyield_no_g runtime.osyield_no_g
func osyield_no_g()

//go:linkname usleep runtime.usleep
func usleep(us uint32)

//go:linkname usleep_no_g runtime.usleep_no_g
func usleep_no_g(us uint32)

//go:linkname entersyscall runtime.entersyscall
func entersyscall()

//go:linkname entersyscallblock runtime.entersyscallblock
func entersyscallblock()

//go:linkname exitsyscall runtime.exitsyscall
func exitsyscall()

func me() (g uintptr) {
	gopark(func(gp uintptr, _ unsafe.Pointer) bool { g = gp; return false }, nil, 9, 24, 0)
	return
}

//go:nosplit
func pipe(block bool, r int, b *byte) uintptr {
	if block {
		entersyscallblock()
	} else {
		entersyscall()
	}
	n, _, _ := syscall.RawSyscall(syscall.SYS_READ, uintptr(r), uintptr(unsafe.Pointer(b)), 1)
	exitsyscall()
	return n
}

func main() {
	p := procPin()
	q := procPin()
	procUnpin()
	procUnpin()
	fmt.Println(p == q, p >= 0, p < runtime.GOMAXPROCS(0))

	m := acquirem()
	n := acquirem()
	same := m == n && uintptr(m) == getm()
	releasem(n)
	releasem(m)
	fmt.Println(same)

	// The goroutine of an m is 192 bytes into it.
	runtime.LockOSThread()
	curg := *(*uintptr)(unsafe.Add(*(*unsafe.Pointer)(unsafe.Pointer(&[1]uintptr{getm()})), 192))
	runtime.UnlockOSThread()
	fmt.Println(curg == me())

	procyield(30)
	osyield()
	osyield_no_g()
	start := time.Now()
	usleep(1500)
	usleep_no_g(1500)
	fmt.Println(time.Since(start) >= 3*time.Millisecond)

	// Another goroutine runs while this one is in a system call, also with one processor.
	var fds [2]int
	if err := syscall.Pipe(fds[:]); err != nil {
		panic(err)
	}
	for _, block := range []bool{true, false} {
		for i := 0; i < 20; i++ {
			i := i
			go func() { syscall.Write(fds[1], []byte{byte(i)}) }()
			var b [1]byte
			if n := pipe(block, fds[0], &b[0]); n != 1 || b[0] != byte(i) {
				fmt.Println("read", n, b[0], i)
			}
			if i%5 == 0 {
				runtime.GC()
			}
		}
	}
	fmt.Println("done")
}
