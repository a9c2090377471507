// run

// What the process knows of itself: ids, host, executable, page size, memory.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

func main() {
	fmt.Println(os.Getpid() > 0, os.Getppid() >= 0, os.Getpid() == syscall.Getpid())
	fmt.Println(os.Getuid() >= 0, os.Geteuid() >= 0, os.Getgid() >= 0)
	exe, err := os.Executable()
	fmt.Println(filepath.IsAbs(exe), err)
	host, err := os.Hostname()
	fmt.Println(host != "", err)
	fmt.Println(os.Getpagesize()%4096, os.TempDir() == os.Getenv("TMPDIR"), os.PathSeparator)
	home, err := os.UserHomeDir()
	fmt.Println(home == os.Getenv("HOME"), err)
	var ru syscall.Rusage
	fmt.Println(syscall.Getrusage(syscall.RUSAGE_SELF, &ru), ru.Maxrss > 0)
	var tv syscall.Timeval
	fmt.Println(syscall.Gettimeofday(&tv), time.Since(time.Unix(tv.Unix())) < time.Minute)
	mem, err := syscall.Mmap(-1, 0, 8192, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	fmt.Println(len(mem), err, mem[8191])
	mem[8191] = 1
	fmt.Println(syscall.Munmap(mem))
	info, err := os.Stat("/proc/self")
	fmt.Println(err == nil && info.IsDir())
}
