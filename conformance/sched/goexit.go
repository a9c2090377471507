// run

// Goexit runs the deferred calls and ends only its own goroutine.
package main

import (
	"fmt"
	"runtime"
)

func inner(log *[]string) {
	defer func() { *log = append(*log, "inner") }()
	runtime.Goexit()
	*log = append(*log, "not reached")
}

func main() {
	done := make(chan []string)
	go func() {
		var log []string
		defer func() { done <- log }()
		defer func() {
			log = append(log, fmt.Sprint("recover gives ", recover()))
		}()
		func() {
			defer func() { log = append(log, "middle") }()
			inner(&log)
			log = append(log, "not reached either")
		}()
	}()
	for _, line := range <-done {
		fmt.Println(line)
	}
	fmt.Println("main goes on")
}
