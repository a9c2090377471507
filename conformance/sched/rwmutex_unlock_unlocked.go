// run
// exit: 2

// Releasing a reader's lock that is not held.
package main

import "sync"

func main() {
	var mu sync.RWMutex
	mu.RLock()
	mu.RUnlock()
	mu.RUnlock()
}
