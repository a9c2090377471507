// run
// stress

// Results that defers change while stacks grow and panics unwind, level by level.
package main

import (
	"errors"
	"fmt"
)

var errBottom = errors.New("bottom")

//go:noinline
func level(n int) (depth int, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = r.(error)
		}
		depth++
		if n%1000 == 0 {
			err = fmt.Errorf("level %d: %w", n, err)
		}
	}()
	if n == 0 {
		panic(errBottom)
	}
	return level(n - 1)
}

func main() {
	depth, err := level(3000)
	fmt.Println(depth)
	fmt.Println(err)
	fmt.Println(errors.Is(err, errBottom))
}
