// run
// exit: 2

// A finalizer that blocks counts as a goroutine of the program's when the main goroutine has ended: all are asleep, not: there are none.
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
	runtime.Goexit()
}
