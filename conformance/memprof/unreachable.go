// run
// env: GODEBUG=memprofilerate=1

// In a program in which nothing can call MemProfile the linker turns sampling off.
package main

import (
	"fmt"
	"runtime"
)

func main() { fmt.Println(runtime.MemProfileRate) }
