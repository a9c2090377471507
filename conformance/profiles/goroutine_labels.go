// run

// Goroutine profiles show labels, those of goroutines that wait too.
package main

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"runtime/pprof"
	"sort"
)

//go:noinline
func wait(c chan int) { <-c }

func main() {
	c, begun := make(chan int), make(chan bool)
	for _, name := range []string{"a", "b"} {
		go pprof.Do(context.Background(), pprof.Labels("job", name, "kind", "wait"), func(context.Context) {
			begun <- true
			wait(c)
		})
	}
	<-begun
	<-begun
	var text bytes.Buffer
	fmt.Println(pprof.Lookup("goroutine").WriteTo(&text, 1))
	// One of them may still be on its way to where it waits, and come first or last by that.
	labels := regexp.MustCompile(`(?m)^# labels: .*$`).FindAllString(text.String(), -1)
	sort.Strings(labels)
	for _, m := range labels {
		fmt.Println(m)
	}
	close(c)
}
