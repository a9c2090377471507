// run
// timeout: 30

// A limit below what lives slows a program down; it does not stop it, nor damage anything.
package main

import (
	"fmt"
	"runtime/debug"
)

type piece struct {
	id   int
	next *piece
	pad  [30]int
}

func main() {
	debug.SetMemoryLimit(1 << 20)
	var live *piece
	for i := 0; i < 1500; i++ {
		live = &piece{id: i, next: live}
	}
	var ring [100]*piece
	for i := 0; i < 1500; i++ {
		ring[i%100] = &piece{id: i}
	}
	n, bad := 0, 0
	for p := live; p != nil; p = p.next {
		n++
		if p.id != 1500-n {
			bad++
		}
	}
	fmt.Println("live:", n, "bad:", bad, ring[7].id)
}
