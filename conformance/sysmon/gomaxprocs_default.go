// run

// Without GOMAXPROCS there are as many processors as the machine has, unless control groups say less (which GODEBUG keeps out here); a
// number in the environment counts, one that is none does not. (Starts itself, so not under an emulator.)

//go:build amd64

package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

func main() {
	if len(os.Args) > 1 {
		n := runtime.GOMAXPROCS(0)
		if n == runtime.NumCPU() && os.Args[1] == "all" {
			fmt.Println("all")
		} else {
			fmt.Println(n, runtime.GOMAXPROCS(0), runtime.GOMAXPROCS(n))
		}
		return
	}
	var env []string
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "GOMAXPROCS=") && !strings.HasPrefix(e, "GODEBUG=") {
			env = append(env, e)
		}
	}
	for _, c := range [][2]string{{"all", ""}, {"all", "GOMAXPROCS=0"}, {"all", "GOMAXPROCS=-1"}, {"all", "GOMAXPROCS=many"}, {"some", "GOMAXPROCS=3"}, {"some", "GOMAXPROCS=17"}} {
		child := exec.Command(os.Args[0], c[0])
		child.Env = append(env[:len(env):len(env)], "GODEBUG=containermaxprocs=0", c[1])
		out, err := child.CombinedOutput()
		fmt.Printf("%s: %s %v\n", c[1], strings.TrimSpace(string(out)), err)
	}
}
