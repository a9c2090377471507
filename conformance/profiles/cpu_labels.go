// run
// gomaxprocs: 1,2,4
// timeout: 60

// Samples carry the labels of the goroutine that ran; a goroutine inherits those of the one that starts it.
package main

import (
	"bytes"
	"context"
	"fmt"
	"internal/profile"
	"os"
	"runtime"
	"runtime/pprof"
	"sort"
	"sync"
	"time"
)

var sink [4]int

//go:noinline
func hog(n int, d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		for i := 0; i < 1e5; i++ {
			sink[n] += i
		}
		runtime.Gosched()
	}
}

func main() {
	for d := 300 * time.Millisecond; ; d *= 2 {
		var b bytes.Buffer
		pprof.StartCPUProfile(&b)
		var wg sync.WaitGroup
		wg.Add(3)
		for i, name := range []string{"one", "two"} {
			i, name := i, name
			go pprof.Do(context.Background(), pprof.Labels("name", name), func(context.Context) {
				if i == 0 {
					go func() {
						hog(2, d)
						wg.Done()
					}()
				}
				hog(i, d)
				wg.Done()
			})
		}
		wg.Wait()
		pprof.StopCPUProfile()
		seen := map[string]bool{}
		for _, s := range parse(b.Bytes()).Sample {
			for k, v := range s.Label {
				seen[fmt.Sprint(k, v)] = true
			}
		}
		if len(seen) < 2 && d < 5*time.Second {
			continue
		}
		var all []string
		for s := range seen {
			all = append(all, s)
		}
		sort.Strings(all)
		fmt.Println(all)
		return
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
