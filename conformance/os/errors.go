// run

// Errors of system calls: their texts, and what errors.Is and errors.As make of them.
package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

func main() {
	_, err := os.Open("/nonexistent/file")
	fmt.Println(err)
	var pe *fs.PathError
	fmt.Println(errors.As(err, &pe), pe.Op, pe.Path, pe.Err == syscall.ENOENT)
	fmt.Println(errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrExist), os.IsNotExist(err))
	fmt.Println(os.WriteFile("/", nil, 0o644))
	_, err = os.ReadDir("/dev/null")
	fmt.Println(err)
	fmt.Println(os.Mkdir("/dev/null/x", 0o755))
	fmt.Println(os.Rename("/nonexistent/a", "/nonexistent/b"))
	_, err = os.ReadFile("")
	fmt.Println(err)
	_, err = os.Open("nul\x00byte")
	fmt.Printf("%q\n", err)
	for _, e := range []syscall.Errno{syscall.EACCES, syscall.EAGAIN, syscall.EINTR, syscall.EINVAL, 0, 9999} {
		fmt.Println(int(e), e, e.Temporary(), e.Timeout(), errors.Is(e, fs.ErrPermission))
	}
	var f *os.File
	fmt.Println(f.Close(), syscall.Close(-1))
	_, _, errno := syscall.Syscall(syscall.SYS_CLOSE, ^uintptr(0), 0, 0)
	fmt.Println(errno == syscall.EBADF, errno)
	_, _, errno = syscall.RawSyscall(syscall.SYS_GETPID, 0, 0, 0)
	fmt.Println(errno == 0)
}
