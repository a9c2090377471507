// run
// env: GODEBUG=memprofilerate=4096

// At a larger rate the samples, scaled up, come near to what was allocated.
package main

import (
	"fmt"
	"math"
	"runtime"
	"strings"
)

var warm []byte
var small [20000]*[32]byte
var medium [20000]*[512]byte

//go:noinline
func allocSmall() {
	for i := range small {
		small[i] = new([32]byte)
	}
}

//go:noinline
func allocMedium() {
	for i := range medium {
		medium[i] = new([512]byte)
	}
}

func main() {
	const rate = 4096
	for i := 0; i < 30000; i++ {
		// The first sample may be drawn before the rate is known.
		warm = make([]byte, 1000)
	}
	for k := 0; k < 5; k++ {
		allocSmall()
		allocMedium()
	}
	runtime.GC()
	for name, size := range map[string]float64{"allocSmall": 32, "allocMedium": 512} {
		r := site(name, int64(size))
		scale := 1 / (1 - math.Exp(-size/rate))
		objects := float64(r.AllocObjects) * scale
		if math.Abs(objects/100000-1) > 0.15 {
			fmt.Println(name, "seems to have allocated", objects)
		}
		if float64(r.AllocBytes) != float64(r.AllocObjects)*size {
			fmt.Println(name, "bytes", r.AllocBytes)
		}
		freed := float64(r.FreeObjects) * scale
		if math.Abs(freed/80000-1) > 0.15 {
			fmt.Println(name, "seems to have freed", freed)
		}
		if r.AllocObjects == 100000 {
			fmt.Println(name, "nothing but samples")
		}
	}
	runtime.KeepAlive(&small)
	runtime.KeepAlive(&medium)
	fmt.Println("done")
}

// site sums up the records of objects of that size whose innermost function of package main is the one named.
func site(name string, size int64) (r runtime.MemProfileRecord) {
	var p []runtime.MemProfileRecord
	n, ok := runtime.MemProfile(nil, true)
	for !ok {
		p = make([]runtime.MemProfileRecord, n+100)
		n, ok = runtime.MemProfile(p, true)
	}
	for _, rec := range p[:n] {
		frames := runtime.CallersFrames(rec.Stack())
		for {
			f, more := frames.Next()
			if strings.HasPrefix(f.Function, "main.") {
				if f.Function == "main."+name && rec.AllocBytes == size*rec.AllocObjects {
					r.AllocObjects += rec.AllocObjects
					r.AllocBytes += rec.AllocBytes
					r.FreeObjects += rec.FreeObjects
					r.FreeBytes += rec.FreeBytes
				}
				break
			}
			if !more {
				break
			}
		}
	}
	return
}
