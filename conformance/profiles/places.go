// run
// symbols
// gomaxprocs: 1,2

// Each location of a processor profile has a function with a name, a file and a line, also in the runtime, in assembly and in the
// kernel's clock: package runtime/pprof says then that names were looked up, and tools do not look them up again.
package main

import (
	"bytes"
	"fmt"
	"internal/profile"
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

func main() {
	var out bytes.Buffer
	if err := pprof.StartCPUProfile(&out); err != nil {
		fmt.Println(err)
		return
	}
	c := make(chan int)
	go func() {
		for {
			c <- 1
		}
	}()
	s, n := strings.Repeat("a", 100), 0
	for end := used() + 800*time.Millisecond; used() < end; {
		for i := 0; i < 2000; i++ {
			<-c
			if strings.Compare(s, s[1:]) > 0 {
				n++
			}
			time.Now()
		}
		time.Sleep(100 * time.Microsecond)
	}
	pprof.StopCPUProfile()
	p, err := profile.Parse(&out)
	if err != nil {
		fmt.Println(err)
		return
	}
	unnamed := map[string]bool{}
	for _, l := range p.Location {
		if len(l.Line) == 0 {
			unnamed[fmt.Sprintf("%#x of %q", l.Address, l.Mapping.File)] = true
		}
		for _, line := range l.Line {
			if f := line.Function; f.Name == "" || f.Filename == "" || line.Line <= 0 {
				unnamed[fmt.Sprintf("%#x %s %s:%d", l.Address, f.Name, f.Filename, line.Line)] = true
			}
		}
	}
	fmt.Println(len(p.Sample) > 10, "unnamed:", unnamed)
	fmt.Println(p.Mapping[0].HasFunctions, p.Mapping[0].HasFilenames, p.Mapping[0].HasLineNumbers)
}
