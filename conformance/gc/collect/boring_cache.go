// run
// gomaxprocs: 1,4

// A cache of package crypto/internal/boring that is registered is empty after a collection; others are not.
package main

import (
	"crypto/internal/boring/bcache"
	"fmt"
	"runtime"
)

var registered, other bcache.Cache[int, int]

func init() {
	registered.Register()
}

func main() {
	key, value := new(int), new(int)
	for round := 0; round < 3; round++ {
		registered.Put(key, value)
		other.Put(key, value)
		runtime.GC()
		fmt.Println(registered.Get(key) == nil, other.Get(key) == value)
	}
	// One that is not a variable of the program's is kept, and emptied, too.
	made := new(bcache.Cache[int, int])
	made.Register()
	made.Put(key, value)
	runtime.GC()
	fmt.Println(made.Get(key) == nil)
	runtime.KeepAlive(made)
}
