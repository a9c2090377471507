// run
// gomaxprocs: 1,2,4

// What the collector keeps does not grow with the number of stacks that lead to something: each leaves few objects to scan.
package main

import (
	"fmt"
	"runtime"
	"time"
)

type large struct {
	next *large
	room [200]int
}

//go:noinline
func wait(l *large, c chan int) {
	<-c
	runtime.KeepAlive(l)
}

func main() {
	const n = 5000
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	c := make(chan int)
	for i := 0; i < n; i++ {
		go wait(&large{next: new(large)}, c)
	}
	time.Sleep(10 * time.Millisecond)
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&after)
	each := (int64(after.GCSys) - int64(before.GCSys)) / n
	if each > 800 {
		fmt.Println("the collector's own memory has grown by", each, "bytes a goroutine")
		return
	}
	fmt.Println("ok")
}
