// run
// exit: 2

// A socket is open, but nothing waits for it: that is a deadlock.
package main

import (
	"fmt"
	"net"
)

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	fmt.Println("open:", l != nil, err)
	<-make(chan int)
}
