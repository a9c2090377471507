// run
// exit: 2

// Unlocking what is not locked is fatal: recover does not help.
package main

import (
	"fmt"
	"sync"
)

func main() {
	defer func() { fmt.Println("not reached", recover()) }()
	var mu sync.Mutex
	mu.Lock()
	mu.Unlock()
	mu.Unlock()
}
