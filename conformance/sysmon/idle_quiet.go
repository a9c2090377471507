// run
// gomaxprocs: 1,2
// env: GODEBUG=asyncpreemptstorm=0

// A program that waits leaves the system alone: its threads sleep without being woken, whatever they had to do before.
// Requests to yield that come all the time, for tests, would be no quiet.
package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// switches counts how often the process's threads have gone to sleep.
func switches() int {
	n := 0
	dir, _ := os.ReadDir("/proc/self/task")
	for _, d := range dir {
		status, _ := os.ReadFile("/proc/self/task/" + d.Name() + "/status")
		for _, line := range strings.Split(string(status), "\n") {
			if v, ok := strings.CutPrefix(line, "voluntary_ctxt_switches:"); ok {
				k, _ := strconv.Atoi(strings.TrimSpace(v))
				n += k
			}
		}
	}
	return n
}

func main() {
	// Some work for the monitor: goroutines, timers, a system call that lasts.
	var fds [2]int
	if err := syscall.Pipe2(fds[:], 0); err != nil {
		fmt.Println(err)
	}
	go func() {
		var b [1]byte
		syscall.Read(fds[0], b[:])
	}()
	var wg sync.WaitGroup
	for i := 0; i < 50; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			time.Sleep(time.Millisecond)
		}()
	}
	wg.Wait()
	time.Sleep(100 * time.Millisecond)
	before := switches()
	time.Sleep(700 * time.Millisecond)
	after := switches()
	if n := after - before; n > 60 {
		fmt.Println(n, "times in 0.7 seconds")
	} else {
		fmt.Println("quiet")
	}
}
