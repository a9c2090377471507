// run
// exit: 2

// Panics during panics, more than a system stack holds frames: each is printed.
package main

func nest(n int) {
	defer func() {
		if n > 0 {
			nest(n - 1)
		}
	}()
	panic(n)
}

func main() { nest(600) }
