// run

// What the runtime says of itself.
package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
)

func main() {
	fmt.Println(runtime.GOOS, runtime.Compiler)
	fmt.Println(runtime.GOARCH == os.Getenv("GOARCH"))
	fmt.Println(strings.HasPrefix(runtime.Version(), "go1.21"))
	fmt.Println(runtime.NumCPU() >= 1)
	fmt.Println(fmt.Sprint(runtime.GOMAXPROCS(0)) == os.Getenv("GOMAXPROCS"))
	fmt.Println(runtime.NumCgoCall(), runtime.NumGoroutine())
	fmt.Println(os.Getpagesize() >= 4096)
}
