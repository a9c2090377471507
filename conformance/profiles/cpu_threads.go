// run
// gomaxprocs: 4
// timeout: 60

// Threads that begin while a profile is taken are in it.
package main

import (
	"bytes"
	"fmt"
	"internal/profile"
	"os"
	"runtime"
	"runtime/pprof"
	"strings"
	"sync"
	"time"
)

var sinks [3][16]int

//go:noinline
func locked(n int, d time.Duration) {
	runtime.LockOSThread()
	for end := time.Now().Add(d); time.Now().Before(end); {
		for i := 0; i < 1e5; i++ {
			sinks[n][0] += i
		}
		runtime.Gosched()
	}
}

func main() {
	for d := 300 * time.Millisecond; ; d *= 2 {
		var b bytes.Buffer
		pprof.StartCPUProfile(&b)
		var wg sync.WaitGroup
		for i := range sinks {
			i := i
			wg.Add(1)
			// It ends with its goroutine, which stays locked: the next round makes new ones.
			go func() {
				defer wg.Done()
				locked(i, d)
			}()
		}
		wg.Wait()
		pprof.StopCPUProfile()
		n := 0
		for _, s := range parse(b.Bytes()).Sample {
			if strings.Contains(strings.Join(names(s), ";"), "main.locked") {
				n += int(s.Value[0])
			}
		}
		if n >= 15 || d > 5*time.Second {
			fmt.Println(n >= 15)
			return
		}
	}
}

func parse(b []byte) *profile.Profile {
	p, err := profile.Parse(bytes.NewReader(b))
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	if err := p.CheckValid(); err != nil {
		fmt.Println(err)
	}
	return p
}

// names gives the functions of a sample, innermost first.
func names(s *profile.Sample) (names []string) {
	for _, l := range s.Location {
		for _, line := range l.Line {
			names = append(names, line.Function.Name)
		}
	}
	return
}
