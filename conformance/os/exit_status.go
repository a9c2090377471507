// run
// exit: 44

// Only the low eight bits of an exit status arrive; log.Fatal and panics have their own.
package main

import "os"

func main() {
	os.Exit(300)
}
