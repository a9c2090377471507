// run

// A program that is not built with -cover has nothing to write.
package main

import (
	"bytes"
	"fmt"
	"os"
	"runtime/coverage"
)

func main() {
	var b bytes.Buffer
	fmt.Println(coverage.WriteMetaDir(os.TempDir()))
	fmt.Println(coverage.WriteCountersDir(os.TempDir()))
	fmt.Println(coverage.WriteMeta(&b))
	fmt.Println(coverage.WriteCounters(&b))
	fmt.Println(coverage.ClearCounters())
}
