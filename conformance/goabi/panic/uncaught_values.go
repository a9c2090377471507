// run
// exit: 2

// A panic that is not recovered: strings are printed plainly.
package main

import "fmt"

func main() {
	fmt.Println("before")
	defer fmt.Println("deferred calls still run")
	panic("a plain string\nwith two lines")
}
