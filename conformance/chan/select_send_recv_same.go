// run
// stress

// The same channel to send and to receive in one select: goroutines trade with each
// other, none with itself.
package main

import "fmt"

func main() {
	c := make(chan int)
	done := make(chan [2]int)
	const n, rounds = 6, 200
	for id := 1; id <= n; id++ {
		go func(id int) {
			sent, received := 0, 0
			for i := 0; i < rounds; i++ {
				select {
				case c <- id:
					sent++
				case v := <-c:
					if v == id {
						panic("traded with itself")
					}
					received++
				}
			}
			done <- [2]int{sent, received}
		}(id)
	}
	// Those who are left alone at the end are helped out.
	ended, sent, received := 0, 0, 0
	for ended < n {
		select {
		case r := <-done:
			ended++
			sent += r[0]
			received += r[1]
		case <-c:
			received++
		}
	}
	fmt.Println(sent == received, sent+received >= n*rounds)
}
