// run
// stress
// gomaxprocs: 1,2,4
// timeout: 60

// Labels of samples that were not read yet stay what they are while collections run.
package main

import (
	"bytes"
	"context"
	"fmt"
	"internal/profile"
	"os"
	"runtime"
	"runtime/pprof"
	"strconv"
	"strings"
	"time"
)

var keep [][]byte

func main() {
	var b bytes.Buffer
	pprof.StartCPUProfile(&b)
	end := time.Now().Add(200 * time.Millisecond)
	for i := 0; time.Now().Before(end); i++ {
		value := strings.Repeat(strconv.Itoa(i)+",", 5)
		done := make(chan bool)
		go func() {
			pprof.Do(context.Background(), pprof.Labels("key", value), func(context.Context) {
				for k := 0; k < 100; k++ {
					keep = append(keep[:0], make([]byte, 3000))
				}
			})
			close(done)
		}()
		<-done
		if i%50 == 0 {
			runtime.GC()
		}
	}
	pprof.StopCPUProfile()
	bad, n := 0, 0
	for _, s := range parse(b.Bytes()).Sample {
		for _, v := range s.Label["key"] {
			n++
			first, _, _ := strings.Cut(v, ",")
			if v != strings.Repeat(first+",", 5) {
				bad++
			}
		}
	}
	fmt.Println(bad, n >= 0)
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
