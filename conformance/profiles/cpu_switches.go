// run
// gomaxprocs: 1,2
// timeout: 60

// Samples in the runtime have the functions that tools look for: the switch to the thread's stack, and the growth of a goroutine's.
package main

import (
	"bytes"
	"fmt"
	"internal/profile"
	"os"
	"runtime/debug"
	"runtime/pprof"
	"time"
)

//go:noinline
func grow(n int) {
	var buf [1 << 20]byte
	use(buf)
	if n > 0 {
		grow(n - 1)
	}
}

//go:noinline
func use([1 << 20]byte) {}

func growing(d time.Duration) {
	c := make(chan bool)
	for end := time.Now().Add(d); time.Now().Before(end); {
		go func() {
			grow(10)
			c <- true
		}()
		<-c
	}
}

func setting(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		debug.SetGCPercent(100)
	}
}

// Whether a sample of f has all of these functions.
func sampled(f func(time.Duration), functions ...string) bool {
	for d := 200 * time.Millisecond; d < 10*time.Second; d *= 2 {
		var b bytes.Buffer
		pprof.StartCPUProfile(&b)
		f(d)
		pprof.StopCPUProfile()
		for _, s := range parse(b.Bytes()).Sample {
			has := map[string]bool{}
			for _, l := range s.Location {
				for _, line := range l.Line {
					has[line.Function.Name] = true
				}
			}
			n := 0
			for _, name := range functions {
				if has[name] {
					n++
				}
			}
			if n == len(functions) {
				return true
			}
		}
	}
	return false
}

func main() {
	fmt.Println(sampled(growing, "runtime.newstack", "main.grow"))
	fmt.Println(sampled(setting, "runtime.systemstack", "main.setting"))
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
