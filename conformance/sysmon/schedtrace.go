// run
// timeout: 20

// GODEBUG=schedtrace=N prints a line about the scheduler every N milliseconds, from the start. (Starts itself, so not under an emulator.)

//go:build amd64

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"time"
)

func main() {
	if len(os.Args) > 1 {
		time.Sleep(220 * time.Millisecond)
		return
	}
	child := exec.Command(os.Args[0], "child")
	child.Env = append(os.Environ(), "GODEBUG=schedtrace=20")
	var stderr bytes.Buffer
	child.Stderr = &stderr
	if err := child.Run(); err != nil {
		fmt.Println(err)
	}
	form := regexp.MustCompile(`^SCHED (\d+)ms: gomaxprocs=(\d+) idleprocs=\d+ threads=\d+ spinningthreads=\d+ needspinning=\d+ idlethreads=\d+ runqueue=\d+ \[([\d ]+)\]$`)
	last := -1
	lines := 0
	for _, line := range strings.Split(strings.TrimSpace(stderr.String()), "\n") {
		parts := form.FindStringSubmatch(line)
		if parts == nil {
			fmt.Printf("%q\n", line)
			continue
		}
		ms, _ := strconv.Atoi(parts[1])
		if lines == 0 && ms != 0 {
			fmt.Println("the first is at", ms)
		}
		if ms < last+19 && last >= 0 {
			fmt.Println("at", last, "and at", ms)
		}
		last = ms
		lines++
		procs, _ := strconv.Atoi(parts[2])
		if procs != runtime.GOMAXPROCS(0) {
			fmt.Println(procs, "processors")
		}
		if len(strings.Fields(parts[3])) != procs {
			fmt.Println(parts[3], "for", procs, "processors")
		}
	}
	// How long the child takes on a busy machine is not said; between two lines there is at least their distance.
	fmt.Println("lines:", lines >= 3)
}
