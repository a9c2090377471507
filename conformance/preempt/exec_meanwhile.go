// run

// Processes are started and waited for while loops without calls run on every processor.
package main

import (
	"fmt"
	"os/exec"
	"runtime"
	"sync/atomic"
)

var stop atomic.Bool

func main() {
	for i := 0; i < runtime.GOMAXPROCS(0); i++ {
		go func() {
			for !stop.Load() {
			}
		}()
	}
	for i := 0; i < 5; i++ {
		out, err := exec.Command("/bin/echo", "child", fmt.Sprint(i)).CombinedOutput()
		fmt.Printf("%s%v\n", out, err)
	}
	stop.Store(true)
}
