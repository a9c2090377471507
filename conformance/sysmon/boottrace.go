// run

// GODEBUG=boottrace=1 prints every step from the entry point to main.main, each once, in order. (Official Go has no such setting, and
// prints nothing. Starts itself, so not under an emulator.)

//go:build amd64

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

var want = []string{
	"args and auxv",
	"tls",
	"os: cpu count",
	"os: page size",
	"os: huge page size",
	"schedinit: world stopped",
	"schedinit: stack pool",
	"schedinit: allocator",
	"schedinit: cpu flags",
	"schedinit: hash keys",
	"schedinit: random seed",
	"schedinit: main thread",
	"schedinit: modules",
	"schedinit: go args",
	"schedinit: go env",
	"schedinit: secure mode",
	"schedinit: debug env",
	"schedinit: gc",
	"schedinit: processors",
	"schedinit: world started",
	"initial goroutine",
	"mstart",
	"main: sysmon",
	"main: runtime inits",
	"main: gc enabled",
	"main: package inits",
	"main: main.main",
}

// knows says whether this program's runtime has the setting: the file has a text of the runtime's, which is not in one piece here.
func knows() bool {
	file, err := os.ReadFile(os.Args[0])
	if err != nil {
		panic(err)
	}
	return bytes.Contains(file, []byte(strings.Join([]string{"goxide", " the program was not linked by Go 1.21"}, ":")))
}

func main() {
	if len(os.Args) > 1 {
		return
	}
	for _, also := range []string{"", ",schedtrace=100000"} {
		child := exec.Command(os.Args[0], "child")
		child.Env = append(os.Environ(), "GODEBUG=boottrace=1"+also)
		var stderr bytes.Buffer
		child.Stderr = &stderr
		if err := child.Run(); err != nil {
			fmt.Println(err)
		}
		var steps []string
		for _, line := range strings.Split(stderr.String(), "\n") {
			name, ok := strings.CutPrefix(line, "boottrace: ")
			if !ok {
				continue
			}
			if words := strings.Fields(name); words[len(words)-1] == "ns" {
				name = strings.Join(words[:len(words)-2], " ")
			}
			// The monitor's step says whether it was taken at once.
			name, _, _ = strings.Cut(name, " (when ")
			steps = append(steps, name)
		}
		if !knows() {
			steps = want
		}
		at := 0
		for _, name := range want {
			found := -1
			for i, s := range steps {
				if s == name {
					if found >= 0 {
						fmt.Println(name, "is there twice")
					}
					found = i
				}
			}
			switch {
			case found < 0:
				fmt.Println(name, "is missing")
			case found < at:
				fmt.Println(name, "comes too early")
			default:
				at = found
			}
		}
		fmt.Println(len(want), "steps")
	}
}
