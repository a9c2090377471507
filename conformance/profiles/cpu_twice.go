// run
// stderr
// timeout: 60

// One processor profile at a time; another may follow, also with another rate.
package main

import (
	"bytes"
	"fmt"
	"internal/profile"
	"os"
	"runtime"
	"runtime/pprof"
)

func main() {
	var b, c bytes.Buffer
	fmt.Println(pprof.StartCPUProfile(&b))
	fmt.Println(pprof.StartCPUProfile(&c))
	runtime.SetCPUProfileRate(200)
	pprof.StopCPUProfile()
	pprof.StopCPUProfile()
	fmt.Println(parse(b.Bytes()).Period, c.Len())
	for i := 0; i < 3; i++ {
		b.Reset()
		fmt.Println(pprof.StartCPUProfile(&b))
		pprof.StopCPUProfile()
		fmt.Println(parse(b.Bytes()).Period)
	}
	defer func() { fmt.Println(recover()) }()
	runtime.CPUProfile()
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
