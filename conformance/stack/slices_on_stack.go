// run
// stress

// Slices and strings whose bytes are on the stack follow it when it moves.
package main

import "fmt"

//go:noinline
func grow(n int) int {
	var pad [256]byte
	if n == 0 {
		return int(pad[0])
	}
	return grow(n-1) + int(pad[n%256])
}

//go:noinline
func fill(s []int, v int) {
	for i := range s {
		s[i] = v + i
	}
}

func main() {
	done := make(chan bool)
	go func() {
		var backing [32]int
		all := backing[:]
		middle := backing[8:16:20]
		text := string([]byte{'s', 't', 'a', 'c', 'k'})
		fill(all, 100)
		grow(1000)
		fill(middle, 500)
		grow(4000)
		fmt.Println(backing[7], backing[8], backing[15], backing[16])
		fmt.Println(&all[8] == &middle[0], len(middle), cap(middle), text)
		middle = append(middle, -1)
		fmt.Println(backing[16], all[16], &middle[0] == &backing[8])
		close(done)
	}()
	<-done
}
