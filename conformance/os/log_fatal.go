// run
// exit: 1

// log.Fatal prints and ends the program with status 1; deferred calls are not run.
package main

import (
	"fmt"
	"log"
)

func main() {
	defer fmt.Println("not printed")
	log.SetFlags(log.Lshortfile)
	log.SetPrefix("program: ")
	log.Print("a line with its place")
	func() {
		log.Fatal("cannot ", "go on ", 5)
	}()
}
