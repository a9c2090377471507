// run

// SIGSEGV and its like that a process sends are no faults: the report says which signal came, and has the registers. With
// GOTRACEBACK=crash the program ends by SIGABRT. (Starts itself, so not under an emulator.)

//go:build amd64

package main

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"syscall"
)

func main() {
	if len(os.Args) > 1 {
		// To this thread: which one gets what is sent to the process is the kernel's choice.
		runtime.LockOSThread()
		var n int
		fmt.Sscan(os.Args[1], &n)
		syscall.RawSyscall(syscall.SYS_TGKILL, uintptr(syscall.Getpid()), uintptr(syscall.Gettid()), uintptr(n))
		select {}
	}
	for _, sig := range []syscall.Signal{syscall.SIGSEGV, syscall.SIGBUS, syscall.SIGFPE} {
		for _, level := range []string{"", "none", "crash"} {
			c := exec.Command("/proc/self/exe", fmt.Sprint(int(sig)))
			c.Env = append(os.Environ(), "GOTRACEBACK="+level)
			out, err := c.CombinedOutput()
			// The runtime's own goroutines, and what other threads do, are each runtime's own.
			text := string(out)
			if i := strings.Index(text, "runtime.main("); i > 0 {
				j := strings.Index(text[i:], "\n\nrax")
				k := strings.Index(text[i:], "\ngs ")
				text = text[:i] + text[i+max(j, 0)+1:i+max(k, 0)+1] + "gs\n"
			}
			text = regexp.MustCompile(`instruction bytes:.*`).ReplaceAllString(text, "instruction bytes")
			text = regexp.MustCompile(`(?m)^\t.*/`).ReplaceAllString(text, "\t")
			text = regexp.MustCompile(` \+?0x[0-9a-f]+`).ReplaceAllString(text, " 0x")
			text = regexp.MustCompile(`0x[0-9a-f]+\??`).ReplaceAllString(text, "0x")
			text = regexp.MustCompile(` fp=.*`).ReplaceAllString(text, "")
			text = regexp.MustCompile(`asm_linux_amd64.s:\d+`).ReplaceAllString(text, "")
			fmt.Printf("%v %q\n%s%v\n", sig, level, text, err)
		}
	}
}
