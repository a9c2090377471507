// run
// gomaxprocs: 2

// Package internal/cpu knows the processor's name on amd64, which `go test -bench` prints.
package main

import (
	"fmt"
	"internal/cpu"
	"os"
	"runtime"
	"strings"
)

func main() {
	name := cpu.Name()
	if runtime.GOARCH != "amd64" {
		fmt.Println(name == "")
		return
	}
	info, _ := os.ReadFile("/proc/cpuinfo")
	_, kernel, _ := strings.Cut(string(info), "model name\t: ")
	kernel, _, _ = strings.Cut(kernel, "\n")
	fmt.Println(strings.TrimSpace(name) == strings.TrimSpace(kernel))
}
