package main

import (
	"fmt"
	"runtime"
	"strings"
)

func goid() uint64

func main() {
	same := func() bool {
		b := make([]byte, 64)
		b = b[:runtime.Stack(b, false)]
		return strings.Fields(string(b))[1] == fmt.Sprint(goid())
	}
	fmt.Println(goid(), same())
	c := make(chan bool)
	for i := 0; i < 100; i++ {
		go func() {
			first := same()
			runtime.Gosched()
			c <- first && same()
		}()
	}
	n := 0
	for i := 0; i < 100; i++ {
		if <-c {
			n++
		}
	}
	fmt.Println(n)
}
