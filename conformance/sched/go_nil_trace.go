// run

// The trace of a go statement without a function shows the program's frames alone. (Starts itself, so not under an emulator.)

//go:build amd64

package main

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
)

func start(f func()) { go f() }

func main() {
	if len(os.Args) > 1 {
		start(nil)
		return
	}
	out, err := exec.Command("/proc/self/exe", "child").CombinedOutput()
	out = regexp.MustCompile(`(?m)^\t.*/`).ReplaceAll(out, []byte("\t"))
	out = regexp.MustCompile(` \+0x[0-9a-f]+`).ReplaceAll(out, nil)
	out = regexp.MustCompile(`0x[0-9a-f]+`).ReplaceAll(out, []byte("0x"))
	fmt.Printf("%s%v\n", out, err)
}
