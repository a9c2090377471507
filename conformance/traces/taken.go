// What the programs of this directory share.
package main

import (
	"bytes"
	"fmt"
	trace "internal/trace"
	"os"
	rtrace "runtime/trace"
)

// taken runs f while a trace is taken, and gives its events.
func taken(f func()) []*trace.Event {
	var b bytes.Buffer
	if err := rtrace.Start(&b); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	f()
	rtrace.Stop()
	p, err := trace.Parse(&b, "")
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	return p.Events
}
