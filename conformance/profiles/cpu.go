// run
// gomaxprocs: 1,2,4
// timeout: 60

// The processor profile shows where time is spent, with the calls that lead there, inlined ones too.
package main

import (
	"bytes"
	"fmt"
	"internal/profile"
	"os"
	"runtime/pprof"
	"strings"
	"time"
)

var sink int

func inlined(n int) int { return n*n%7 + n }

//go:noinline
func hog(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		for i := 0; i < 1e6; i++ {
			sink += inlined(i)
		}
	}
}

//go:noinline
func caller(d time.Duration) { hog(d) }

func main() {
	for d := 200 * time.Millisecond; ; d *= 2 {
		var b bytes.Buffer
		if err := pprof.StartCPUProfile(&b); err != nil {
			fmt.Println(err)
			return
		}
		caller(d)
		pprof.StopCPUProfile()
		p := parse(b.Bytes())
		total, hogs := 0, 0
		for _, s := range p.Sample {
			total += int(s.Value[0])
			if strings.Contains(strings.Join(names(s), ";"), "main.hog;main.caller;main.main") {
				hogs += int(s.Value[0])
			}
		}
		// What starting a profile takes is a part of short ones, a large one where code is emulated.
		if (hogs < 10 || hogs*10 < total*8) && d < 5*time.Second {
			continue
		}
		fmt.Println(hogs >= 10, hogs*10 >= total*8)
		fmt.Println(p.SampleType[0].Type, p.SampleType[0].Unit, p.SampleType[1].Type, p.SampleType[1].Unit)
		fmt.Println(p.PeriodType.Type, p.PeriodType.Unit, p.Period, p.DurationNanos > 0, len(p.Mapping) > 0)
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

// names gives the functions of a sample, innermost first.
func names(s *profile.Sample) (names []string) {
	for _, l := range s.Location {
		for _, line := range l.Line {
			names = append(names, line.Function.Name)
		}
	}
	return
}
