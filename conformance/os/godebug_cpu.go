// run
// env: GODEBUG=cpu.all=off

// GODEBUG's settings for the processor's features count, and package internal/cpu knows that they do.
package main

import (
	"fmt"
	"internal/cpu"
)

func main() {
	fmt.Println(cpu.DebugOptions)
	fmt.Println(cpu.X86.HasSSE3, cpu.X86.HasAVX2, cpu.ARM64.HasAES, cpu.ARM64.HasATOMICS)
}
