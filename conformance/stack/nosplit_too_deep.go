// run
// refused: nosplit stack over 792 byte limit

// A function without a stack check takes more than what prologues guarantee.
package main

var m = map[string]int{}

//go:nosplit
//go:noinline
func f(k int) int {
	var b [98]int
	b[k&7] = k
	m["a key of more than sixteen bytes"] = b[k&7]
	return b[1]
}

func main() { println(f(1)) }
