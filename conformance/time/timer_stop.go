// run

// Stop tells whether it came in time; a stopped timer sends nothing.
package main

import (
	"fmt"
	"time"
)

func main() {
	t := time.NewTimer(time.Hour)
	fmt.Println(t.Stop(), t.Stop())

	t = time.NewTimer(time.Millisecond)
	<-t.C
	fmt.Println(t.Stop())

	t = time.NewTimer(10 * time.Millisecond)
	fmt.Println(t.Stop())
	select {
	case <-t.C:
		fmt.Println("sent though stopped")
	case <-time.After(30 * time.Millisecond):
		fmt.Println("nothing was sent")
	}

	// A timer that fired and was not read still holds its value.
	t = time.NewTimer(0)
	time.Sleep(5 * time.Millisecond)
	for len(t.C) == 0 {
		time.Sleep(time.Millisecond)
	}
	fmt.Println(t.Stop(), len(t.C), cap(t.C))
	<-t.C
	defer func() { fmt.Println(recover()) }()
	new(time.Timer).Stop()
}
