// run command -n 5 -name gopher -v rest of it

// Package flag works on the arguments that the runtime hands over, here behind a
// command word.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	n := flag.Int("n", 1, "a number")
	name := flag.String("name", "", "a name")
	verbose := flag.Bool("v", false, "talk more")
	wait := flag.Duration("wait", 0, "unused here")
	flag.CommandLine.Parse(os.Args[2:])
	fmt.Println(os.Args[1])
	fmt.Println(*n, *name, *verbose, *wait)
	fmt.Println(flag.NArg(), flag.Args())
}
