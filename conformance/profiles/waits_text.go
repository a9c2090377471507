// run

// runtime/pprof writes both profiles of waiting, as text.
package main

import (
	"bytes"
	"fmt"
	"regexp"
	"runtime"
	"runtime/pprof"
	"sync"
	"time"
)

//go:noinline
func hold(mu *sync.Mutex, waits chan bool) {
	<-waits
	time.Sleep(20 * time.Millisecond)
	mu.Unlock()
}

func main() {
	runtime.SetBlockProfileRate(1)
	runtime.SetMutexProfileFraction(1)
	var mu sync.Mutex
	mu.Lock()
	waits := make(chan bool)
	go hold(&mu, waits)
	waits <- true
	mu.Lock()
	for mutexes := 0; mutexes == 0; mutexes, _ = runtime.MutexProfile(nil) {
		time.Sleep(time.Millisecond)
	}
	for _, name := range []string{"block", "mutex"} {
		var text bytes.Buffer
		fmt.Println(pprof.Lookup(name).WriteTo(&text, 1))
		for _, p := range []string{
			`^--- (\w+):\ncycles/second=\d+\n(?:sampling period=1\n)?\d+ \d+ @( 0x[0-9a-f]+)+\n`,
			`#\t0x[0-9a-f]+\t(sync\.\(\*Mutex\)\.Lock)\+0x[0-9a-f]+\s+\S+/sync/mutex\.go:\d+\n#\t0x[0-9a-f]+\tmain\.main\+`,
			`#\t0x[0-9a-f]+\t(sync\.\(\*Mutex\)\.Unlock)\+0x[0-9a-f]+\s+\S+/sync/mutex\.go:\d+\n#\t0x[0-9a-f]+\tmain\.hold\+`,
		} {
			m := regexp.MustCompile(p).FindStringSubmatch(text.String())
			if m == nil {
				fmt.Println(name, "-")
			} else {
				fmt.Println(name, m[1])
			}
		}
	}
}
