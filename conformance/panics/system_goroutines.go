// run

// The goroutines that the runtime has for itself are shown from GOTRACEBACK=system on; the one that calls finalizers, while it calls
// one, always. (Starts itself, so not under an emulator.)

//go:build amd64

package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

//go:noinline
func allocate(done chan bool, stay bool) {
	x := new([4]int)
	runtime.SetFinalizer(x, func(*[4]int) {
		done <- true
		if stay {
			<-done
		}
	})
}

func child(stay bool) {
	done := make(chan bool)
	allocate(done, stay)
	for waiting := true; waiting; {
		runtime.GC()
		select {
		case <-done:
			waiting = false
		default:
			runtime.Gosched()
		}
	}
	for i := 0; i < 100; i++ {
		runtime.Gosched()
	}
	panic("the end")
}

func main() {
	if len(os.Args) > 1 {
		child(os.Args[1] == "stay")
	}
	for _, mode := range []string{"return", "stay"} {
		for _, level := range []string{"single", "all", "system"} {
			c := exec.Command("/proc/self/exe", mode)
			c.Env = append(os.Environ(), "GOTRACEBACK="+level)
			out, err := c.CombinedOutput()
			text := string(out)
			fmt.Println(mode, level, err)
			fmt.Println("  waits for finalizers:", strings.Contains(text, " [finalizer wait]:\n"))
			fmt.Println("  in one:", strings.Contains(text, " [chan receive]:\nmain.allocate.func1(0x"), strings.Contains(text, "main.allocate.func1(0x"))
			fmt.Println("  the runtime's frames:", strings.Contains(text, "\nruntime.runfinq()\n"), strings.Contains(text, "\nruntime.main()\n"))
		}
	}
}
