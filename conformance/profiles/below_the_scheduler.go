// run
// gomaxprocs: 1,2

// What the scheduler does between two goroutines is no goroutine's: below its frames in a sample lies nothing, or, where a call of a
// goroutine's led to it, what stands for the change of stacks.
package main

import (
	"bytes"
	"fmt"
	"internal/profile"
	"runtime"
	"runtime/pprof"
	"strings"
	"syscall"
	"time"
)

// The processor time of this process: on a busy machine there are few samples in a second.
func used() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func ping(c, d chan bool) {
	for x := range c {
		runtime.Gosched()
		d <- x
	}
}

// Whether a frame is of the runtime's own code, which has another language's names, or none in a program without symbols.
func isOwn(name string) bool {
	return name == "" || strings.Contains(name, "::") || strings.HasPrefix(name, "gx_")
}

func main() {
	var out bytes.Buffer
	if err := pprof.StartCPUProfile(&out); err != nil {
		fmt.Println(err)
		return
	}
	c, d := make(chan bool), make(chan bool)
	for i := 0; i < 3; i++ {
		go ping(c, d)
	}
	for end := used() + time.Second; used() < end; {
		for i := 0; i < 3000; i++ {
			c <- true
			<-d
		}
	}
	pprof.StopCPUProfile()
	p, err := profile.Parse(&out)
	if err != nil {
		fmt.Println(err)
		return
	}
	within, wrong := int64(0), map[string]int64{}
	for _, s := range p.Sample {
		var names []string
		for _, l := range s.Location {
			for _, line := range l.Line {
				names = append(names, line.Function.Name)
			}
		}
		within += s.Value[0]
		n := 0
		for n < len(names) && isOwn(names[n]) {
			n++
		}
		// A short routine may run on its caller's stack. All else does on the thread's.
		if n < len(names) && n > 2 && names[n] != "runtime.systemstack" && names[n] != "runtime.newstack" {
			wrong[strings.Join(names, " ")] += s.Value[0]
		}
	}
	fmt.Println("some samples:", within > 20, "wrong:", wrong)
}
