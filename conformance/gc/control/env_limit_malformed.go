// run
// exit: 2
// env: GOMEMLIMIT=lots

// A GOMEMLIMIT that cannot be understood is fatal before anything runs.
package main

import "fmt"

func main() {
	fmt.Println("not reached")
}
