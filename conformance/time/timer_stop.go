// run

// Stop reports whether it came in time; a stopped timer sends nothing.
package main

import (
	"fmt"
	"time"
)

// stopped returns a timer that was stopped before it fired; on a busy machine that
// may take several attempts.
func stopped(d time.Duration) *time.Timer {
	for {
		t := time.NewTimer(d)
		if t.Stop() {
			return t
		}
		<-t.C
	}
}

func main() {
	t := time.NewTimer(time.Hour)
	fmt.Println(t.Stop(), t.Stop())

	t = time.NewTimer(time.Millisecond)
	<-t.C
	fmt.Println(t.Stop())

	t = stopped(10 * time.Millisecond)
	select {
	case <-t.C:
		fmt.Println("sent though stopped")
	case <-time.After(40 * time.Millisecond):
		fmt.Println("nothing was sent")
	}

	// A timer that fired and was not read still holds its value.
	t = time.NewTimer(0)
	for len(t.C) == 0 {
		time.Sleep(time.Millisecond)
	}
	fmt.Println(t.Stop(), len(t.C), cap(t.C))
	<-t.C
	defer func() { fmt.Println(recover()) }()
	new(time.Timer).Stop()
}
