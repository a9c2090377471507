// run
// stress

// Collections while packages are being initialized, with half of the variables not there yet.
package main

import (
	"fmt"
	"runtime"
	"strings"
)

var first = build("first", 1000)
var second = build("second", 500+len(first))
var index = map[string][]string{}
var third []string

func build(name string, n int) []string {
	var s []string
	for i := 0; i < n; i++ {
		s = append(s, strings.Repeat(name, 1+i%3))
		if i%200 == 0 {
			runtime.GC()
		}
	}
	return s
}

func init() {
	for i, s := range first {
		key := fmt.Sprint(s, i%7)
		index[key] = append(index[key], s)
	}
	runtime.GC()
	done := make(chan bool)
	go func() {
		third = build("third", 300)
		runtime.GC()
		done <- true
	}()
	<-done
}

func init() {
	runtime.GC()
	third = append(third, second[len(second)-1])
}

func letters(s []string) (n int) {
	for _, x := range s {
		n += len(x)
	}
	return n
}

func main() {
	runtime.GC()
	fmt.Println(len(first), letters(first), len(second), letters(second), len(third), letters(third))
	n := 0
	for key, list := range index {
		for _, s := range list {
			if !strings.HasPrefix(key, s) {
				fmt.Println("wrong:", key, s)
			}
			n++
		}
	}
	fmt.Println(len(index), n)
}
