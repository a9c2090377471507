// run
// exit: 2

// A finalizer that blocks for ever is a goroutine of the program's, and is in the report of a deadlock as such.
package main

import "runtime"

type object struct{ a, b *int }

func main() {
	started := make(chan bool)
	runtime.SetFinalizer(&object{}, func(*object) {
		started <- true
		select {}
	})
	for {
		runtime.GC()
		select {
		case <-started:
		default:
			runtime.Gosched()
			continue
		}
		break
	}
	var never chan int
	<-never
}
