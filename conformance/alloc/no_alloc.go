// run
// env: GOGC=off

// Common operations that must not allocate.
package main

import (
	"fmt"
	"runtime"
	"strings"
)

var (
	key   = []byte("a key of some length that is not tiny at all")
	m     = map[string]int{string(key): 7, "other": 8}
	total int
	ch    = make(chan int, 4)
	text  = strings.Repeat("word ", 20)
)

func free(name string, f func()) {
	f() // once to warm up
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for i := 0; i < 50; i++ {
		f()
	}
	runtime.ReadMemStats(&after)
	fmt.Println(name, after.Mallocs-before.Mallocs)
}

func main() {
	free("map lookup by bytes", func() { total += m[string(key)] })
	free("comparison of bytes as strings", func() {
		if string(key) == "no" {
			total++
		}
	})
	free("range over bytes of a string", func() {
		for _, b := range []byte(text) {
			total += int(b)
		}
	})
	free("buffered channel", func() { ch <- 1; total += <-ch })
	free("substring", func() { total += len(text[3:9]) })
	free("local array", func() { var a [64]int; total += a[total&63] })
	free("map update", func() { m["other"]++ })
	free("append within capacity", func() { s := key[:0:len(key)]; s = append(s, "a key"...); total += len(s) })
	free("closure on the stack", func() { n := 1; func() { n++ }(); total += n })
	free("switch on type", func() {
		switch v := interface{}(m).(type) {
		case map[string]int:
			total += len(v)
		}
	})
}
