// run
// env: FRUIT=apple EMPTY= 'SPACED=a b  c' EQ=x=y=z

// The environment arrives whole: empty values, blanks and further equals signs.
package main

import (
	"fmt"
	"os"
	"syscall"
)

func main() {
	for _, name := range []string{"FRUIT", "EMPTY", "SPACED", "EQ", "MISSING"} {
		v, ok := os.LookupEnv(name)
		fmt.Printf("%s %q %v\n", name, v, ok)
	}
	fmt.Printf("%q\n", os.Getenv("MISSING"))
	fmt.Println(os.ExpandEnv("$FRUIT and ${FRUIT}s, not $MISSING."))
	v, ok := syscall.Getenv("FRUIT")
	fmt.Println(v, ok)
}
