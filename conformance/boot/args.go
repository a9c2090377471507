// run one "two words" -three= ""

// The program sees its arguments as they were given, empty ones too.
package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Println(len(os.Args), os.Args[0] != "")
	for i, a := range os.Args[1:] {
		fmt.Printf("%d %q\n", i+1, a)
	}
	// os.Args is an ordinary slice.
	os.Args = append(os.Args[:1], "changed")
	fmt.Println(len(os.Args), os.Args[1])
}
