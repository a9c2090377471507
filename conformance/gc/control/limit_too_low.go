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
	for i := 0; i < 4000; i++ { // 1 MB
		live = &piece{id: i, next: live}
	}
	var ring [100]*piece
	for i := 0; i < 4000; i++ {
		ring[i%100] = &piece{id: i}
	}
	n, bad := 0, 0
	for p := live; p != nil; p = p.next {
		n++
		if p.id != 4000-n {
			bad++
		}
	}
	fmt.Println("live:", n, "bad:", bad, ring[7].id)
}
