// run

// GODEBUG's settings for the processor's features count, and package internal/cpu knows that they do.
package main

import (
	"fmt"
	"internal/cpu"
	"os"
	"os/exec"
)

func main() {
	if os.Getenv("AGAIN") == "" {
		cmd := exec.Command("/proc/self/exe")
		cmd.Env = append(os.Environ(), "AGAIN=1", "GODEBUG=cpu.all=off")
		out, err := cmd.CombinedOutput()
		fmt.Print(string(out))
		fmt.Println(err)
		fmt.Println(cpu.DebugOptions)
		return
	}
	fmt.Println(cpu.DebugOptions, cpu.X86.HasSSE3, cpu.X86.HasAVX2, cpu.ARM64.HasAES, cpu.ARM64.HasATOMICS)
}
