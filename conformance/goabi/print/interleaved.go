// run
// stderr

// One println is one piece: goroutines that print at once do not mix within a line.
package main

import "sync"

func main() {
	var wg sync.WaitGroup
	for g := 0; g < 6; g++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := 0; i < 10; i++ {
				println("a line", "of", 5, "parts", true)
			}
		}()
	}
	wg.Wait()
}
