// run

// GODEBUG=inittrace=1: a line for each package that does something to be initialised, with what it allocated. (Starts itself, so not
// under an emulator.)

//go:build amd64

package main

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
)

var large = make([]byte, 5000)
var small = new([3]int)
var table = map[string]int{}

func init() {
	for i := 0; i < 10; i++ {
		small = new([3]int)
	}
}

func main() {
	if len(os.Args) > 1 {
		fmt.Println("main")
		return
	}
	cmd := exec.Command("/proc/self/exe", "child")
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	out, err := cmd.CombinedOutput()
	line := regexp.MustCompile(`^init ([a-z/]+) @[0-9.]+ ms, [0-9.]+ ms clock, [0-9]+ bytes, [0-9]+ allocs$`)
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	for i, l := range lines {
		m := line.FindStringSubmatch(l)
		switch {
		case m == nil:
			fmt.Printf("%q last: %v\n", l, i == len(lines)-1)
		case m[1] == "main":
			fmt.Println("init main", l[strings.Index(l, "clock"):])
		case m[1] == "os", m[1] == "unicode", m[1] == "regexp/syntax", m[1] == "syscall":
			fmt.Println("init", m[1])
		}
	}
	fmt.Println(err)
}
