// run
// stress
// timeout: 30

// Collections go on while goroutines are blocked in system calls, whose buffers live on.
package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
)

type packet struct {
	buf  []byte
	text string
}

var sink any

func churn() {
	runtime.GC()
	for i := 0; i < 1000; i++ {
		sink = &packet{text: "rubbish"}
		sink = make([]byte, 4096)
	}
}

func main() {
	const n = 8
	var started, wg sync.WaitGroup
	var writers [n]*os.File
	var results [n]string
	for i := 0; i < n; i++ {
		r, w, err := os.Pipe()
		if err != nil {
			panic(err)
		}
		writers[i] = w
		started.Add(1)
		wg.Add(1)
		go func(i int, r *os.File) {
			defer wg.Done()
			defer r.Close()
			p := &packet{make([]byte, 4096), fmt.Sprint("reader", i)}
			started.Done()
			for {
				k, err := r.Read(p.buf)
				if err != nil {
					results[i] += p.text + " " + err.Error()
					return
				}
				results[i] += string(p.buf[:k])
			}
		}(i, r)
	}
	started.Wait()
	for i := 0; i < 5; i++ {
		churn()
	}
	for i, w := range writers {
		fmt.Fprint(w, strings.Repeat(fmt.Sprint(i), 1000), "\n")
		churn()
	}
	for _, w := range writers {
		w.Close()
		churn()
	}
	wg.Wait()
	for i, s := range results {
		fmt.Println(s == strings.Repeat(fmt.Sprint(i), 1000)+"\n"+fmt.Sprint("reader", i)+" EOF")
	}
}
