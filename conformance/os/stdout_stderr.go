// run
// exit: 3

// Both outputs are written without a buffer; each keeps its own order.
package main

import (
	"fmt"
	"io"
	"log"
	"os"
	"syscall"
)

func main() {
	fmt.Fprintln(os.Stderr, "error output 1")
	fmt.Println("output 1")
	os.Stdout.WriteString("output 2\n")
	io.WriteString(os.Stderr, "error output 2\n")
	syscall.Write(1, []byte("output 3\n"))
	println("error output 3")
	log.SetFlags(0)
	log.Println("logged")
	log.New(os.Stdout, "prefix: ", log.Lmsgprefix).Print("logged to the output")
	defer fmt.Println("not printed")
	defer func() {
		fmt.Println("recovered", recover())
		os.Stdout.Close()
		_, err := fmt.Println("lost")
		fmt.Fprintln(os.Stderr, err)
		os.Exit(3)
	}()
	log.Panicf("panic number %d", 1)
}
