// run
// exit: 2

// Locking a mutex twice is a deadlock, seen from the runtime as a semaphore.
package main

import (
	"fmt"
	"sync"
)

var mu sync.Mutex

func main() {
	mu.Lock()
	fmt.Println("locked once")
	mu.Lock()
}
