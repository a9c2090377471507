// run

// A program in which every goroutine waits for the network, or for a pipe, is not dead: another process may still write.
package main

import (
	"fmt"
	"io"
	"os"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	r, w, err := os.Pipe()
	check(err)
	attr := &os.ProcAttr{Files: []*os.File{nil, w, nil}}
	_, err = os.StartProcess("/bin/sh", []string{"sh", "-c", "sleep 0.1; echo from outside"}, attr)
	check(err)
	check(w.Close())
	// There is nothing but this goroutine.
	all, err := io.ReadAll(r)
	fmt.Printf("%q %v\n", all, err)
}
