// run
// exit: 1

// Nothing flushes a buffered writer on os.Exit; what was flushed has arrived.
package main

import (
	"bufio"
	"os"
)

func main() {
	w := bufio.NewWriter(os.Stdout)
	w.WriteString("flushed\n")
	w.Flush()
	w.WriteString("lost\n")
	os.Exit(1)
}
