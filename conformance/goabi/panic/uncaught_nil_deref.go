// run
// exit: 2

// An uncaught nil dereference shows the signal too.
package main

import "fmt"

type config struct {
	name string
	next *config
}

func show(c *config) {
	for {
		fmt.Println(c.name)
		c = c.next
	}
}

func main() {
	show(&config{"one", &config{"two", nil}})
}
