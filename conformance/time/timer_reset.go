// run

// Reset moves a timer in either direction and brings an expired one back.
package main

import (
	"fmt"
	"time"
)

func main() {
	t := time.NewTimer(time.Hour)
	fmt.Println("active:", t.Reset(time.Millisecond))
	<-t.C
	fmt.Println("fired early")
	fmt.Println("active:", t.Reset(time.Millisecond))
	<-t.C
	fmt.Println("fired again")

	t.Reset(time.Millisecond)
	t.Reset(time.Hour) // most likely in time; if not, a value waits
	select {
	case <-t.C:
	default:
	}
	fmt.Println("active:", t.Stop())

	start := time.Now()
	t.Reset(20 * time.Millisecond)
	at := <-t.C
	fmt.Println(at.Sub(start) >= 20*time.Millisecond)

	for i := 0; i < 200; i++ {
		t.Reset(time.Duration(i%3) * time.Microsecond)
		<-t.C
	}
	fmt.Println("done", t.Stop())
}
