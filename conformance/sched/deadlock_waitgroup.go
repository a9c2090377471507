// run
// exit: 2

// Waiting for a group that will never be finished.
package main

import "sync"

func main() {
	var wg sync.WaitGroup
	wg.Add(2)
	wg.Done()
	wg.Wait()
}
