// run

// The profile of threads has a record for each; too little room only says how many there are.
package main

import (
	"bytes"
	"fmt"
	"runtime"
	"runtime/pprof"
	"strings"
)

func main() {
	n, ok := runtime.ThreadCreateProfile(nil)
	fmt.Println(n > 0, ok)
	p := make([]runtime.StackRecord, n+100)
	n, ok = runtime.ThreadCreateProfile(p)
	fmt.Println(n > 0, ok)
	var text bytes.Buffer
	fmt.Println(pprof.Lookup("threadcreate").WriteTo(&text, 1))
	fmt.Println(strings.HasPrefix(text.String(), "threadcreate profile: total "))
	for _, p := range pprof.Profiles() {
		fmt.Println(p.Name())
	}
}
