// run
// timeout: 20

// With scheddetail=1 each processor, thread and goroutine has a line, too. (Starts itself, so not under an emulator.)

//go:build amd64

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"time"
)

var forms = []*regexp.Regexp{
	regexp.MustCompile(`^SCHED \d+ms: gomaxprocs=\d+ idleprocs=\d+ threads=\d+ spinningthreads=\d+ needspinning=\d+ idlethreads=\d+ runqueue=\d+ gcwaiting=(true|false) nmidlelocked=\d+ stopwait=\d+ sysmonwait=(true|false)$`),
	regexp.MustCompile(`^  P\d+: status=\d schedtick=\d+ syscalltick=\d+ m=(\d+|nil) runqsize=\d+ gfreecnt=\d+ timerslen=\d+$`),
	regexp.MustCompile(`^  M\d+: p=(\d+|nil) curg=(\d+|nil) mallocing=\d+ throwing=\d+ preemptoff= locks=\d+ dying=\d+ spinning=(true|false) blocked=(true|false) lockedg=(\d+|nil)$`),
	regexp.MustCompile(`^  G\d+: status=\d+\([^)]*(\([^)]*\))?\) m=(\d+|nil) lockedm=(\d+|nil)$`),
}

func main() {
	if len(os.Args) > 1 {
		runtime.LockOSThread()
		go func() { select {} }()
		time.Sleep(400 * time.Millisecond)
		return
	}
	child := exec.Command(os.Args[0], "child")
	child.Env = append(os.Environ(), "GODEBUG=schedtrace=50,scheddetail=1")
	var stderr bytes.Buffer
	child.Stderr = &stderr
	if err := child.Run(); err != nil {
		fmt.Println(err)
	}
	counts := make([]int, len(forms))
	// The program ends while the last may be half printed.
	text := stderr.String()
	text = text[:strings.LastIndex(text, "SCHED ")]
	for _, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		known := false
		for i, form := range forms {
			if form.MatchString(line) {
				counts[i]++
				known = true
			}
		}
		if !known {
			fmt.Printf("%q\n", line)
		}
	}
	fmt.Println("traces:", counts[0] >= 2)
	fmt.Println("processors:", counts[1] == counts[0]*runtime.GOMAXPROCS(0))
	fmt.Println("threads:", counts[2] >= counts[0])
	fmt.Println("goroutines:", counts[3] >= counts[0])
	// The main goroutine, which is locked to the first thread, sleeps.
	fmt.Println("main sleeps:", strings.Contains(text, "  G1: status=4(sleep) m=nil lockedm=0\n"))
	fmt.Println("and is wired:", regexp.MustCompile(`(?m)^  M0: p=nil curg=nil .* lockedg=1$`).MatchString(text))
	fmt.Println("one waits for good:", strings.Contains(text, ": status=4(select (no cases)) m=nil lockedm=nil\n"))
}
