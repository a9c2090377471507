// run

// A command that ends without reading a megabyte of input does no harm.

package main

import (
	"fmt"
	"os/exec"
	"strings"
)

func main() {
	for i := 0; i < 5; i++ {
		cmd := exec.Command("true")
		cmd.Stdin = strings.NewReader(strings.Repeat("x", 1<<20))
		fmt.Println(cmd.Run())
	}
}
