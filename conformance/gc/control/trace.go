// run
// env: GODEBUG=gctrace=1

// GODEBUG=gctrace=1 writes one line on standard error for each collection.
package main

import (
	"fmt"
	"os"
	"regexp"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
)

var sink []byte

func main() {
	debug.SetGCPercent(-1)
	runtime.GC()
	f, err := os.CreateTemp("", "trace")
	if err != nil {
		panic(err)
	}
	defer os.Remove(f.Name())
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if err := syscall.Dup3(int(f.Fd()), 2, 0); err != nil {
		panic(err)
	}
	for i := 0; i < 5; i++ {
		sink = make([]byte, 3<<20)
		runtime.GC()
	}
	runtime.ReadMemStats(&after)
	data, err := os.ReadFile(f.Name())
	if err != nil {
		panic(err)
	}
	float, mb := `\d+(\.\d+)?(e-\d+)?`, `\d+`
	line := regexp.MustCompile(strings.NewReplacer("F", float, "N", mb).Replace(
		`^gc N @Fs N%: F\+F\+F ms clock, F\+F/F/F\+F ms cpu, N->N->N MB, N MB goal, N MB stacks, N MB globals, N P \(forced\)$`))
	n := 0
	for _, l := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		if !strings.HasPrefix(l, "gc ") {
			continue
		}
		n++
		if !line.MatchString(l) {
			fmt.Println("not as expected:", l)
		}
		if want := fmt.Sprintf("gc %d @", int(before.NumGC)+n); !strings.HasPrefix(l, want) {
			fmt.Println("not", want, l)
		}
		if n > 1 && !strings.Contains(l, "6->6->3 MB") || !strings.HasSuffix(l, fmt.Sprintf(" %d P (forced)", runtime.GOMAXPROCS(0))) {
			fmt.Println("wrong numbers:", l)
		}
	}
	fmt.Println("lines:", n, "collections:", after.NumGC-before.NumGC)
}
