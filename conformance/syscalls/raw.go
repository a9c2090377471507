// run

// The raw forms make the call and nothing else: results, errors, six arguments.
package main

import (
	"fmt"
	"os"
	"syscall"
	"unsafe"
)

func main() {
	pid, _, errno := syscall.RawSyscall(syscall.SYS_GETPID, 0, 0, 0)
	fmt.Println(int(pid) == os.Getpid(), errno)
	pid, _, errno = syscall.RawSyscall6(syscall.SYS_GETPID, 1, 2, 3, 4, 5, 6)
	fmt.Println(int(pid) == os.Getpid(), errno)
	r, r2, errno := syscall.RawSyscall(syscall.SYS_CLOSE, ^uintptr(0), 0, 0)
	fmt.Println(int(r), r2, errno == syscall.EBADF, errno)
	r, _, errno = syscall.Syscall(syscall.SYS_CLOSE, ^uintptr(0), 0, 0)
	fmt.Println(int(r), errno)

	// mmap takes six.
	at, _, errno := syscall.Syscall6(syscall.SYS_MMAP, 0, 8192, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE, ^uintptr(0), 0)
	fmt.Println(at != 0, errno)
	_, _, errno = syscall.RawSyscall6(syscall.SYS_MMAP, 0, 0, 0, syscall.MAP_ANON|syscall.MAP_PRIVATE, ^uintptr(0), 0)
	fmt.Println(errno)
	_, _, errno = syscall.Syscall(syscall.SYS_MUNMAP, at, 8192, 0)
	fmt.Println(errno)

	var fds [2]int32
	_, _, errno = syscall.RawSyscall(syscall.SYS_PIPE2, uintptr(unsafe.Pointer(&fds)), 0, 0)
	fmt.Println(errno, fds[0] != fds[1])
	msg := []byte("through a pipe")
	n, _, errno := syscall.RawSyscall(syscall.SYS_WRITE, uintptr(fds[1]), uintptr(unsafe.Pointer(&msg[0])), uintptr(len(msg)))
	fmt.Println(n, errno)
	buf := make([]byte, 32)
	n, _, errno = syscall.Syscall(syscall.SYS_READ, uintptr(fds[0]), uintptr(unsafe.Pointer(&buf[0])), uintptr(len(buf)))
	fmt.Println(n, errno, string(buf[:n]))
}
