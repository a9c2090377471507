// run '-gcflags=all=-N -l'
// needs: dlv
// gomaxprocs: 2
// timeout: 60
//go:build amd64

// Delve stops, by breakpoints that it sets itself, where a program is about to die: with which goroutine, and from where.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
)

type point struct{ x, y int }

//go:noinline
func panics() { panic("user panic") }

//go:noinline
func again() {
	defer func() { panic(recover().(string) + " again") }()
	panic("first")
}

//go:noinline
func faults(p *point) { p.x = 1 }

//go:noinline
func recovers() {
	defer func() { fmt.Println("recovered", recover()) }()
	panic("not seen")
}

//go:noinline
func unlocks(mu *sync.Mutex) { mu.Unlock() }

//go:noinline
func blocks() { select {} }

//go:noinline
func elsewhere() {
	done := make(chan bool)
	go func() {
		panics()
		done <- true
	}()
	<-done
}

var ways = []struct {
	name string
	call func()
}{
	{"panic", panics},
	{"again", again},
	{"fault", func() { faults(nil) }},
	{"recover", recovers},
	{"unlock", func() { unlocks(new(sync.Mutex)) }},
	{"deadlock", blocks},
	{"goroutine", elsewhere},
	{"map", func() { var m map[string]int; m["x"] = 1 }},
	{"nil func", func() { fatalGo() }},
}

//go:noinline
func fatalGo() {
	var f func()
	go f()
	select {}
}

var (
	stopped = regexp.MustCompile(`> \[(.*?)\] (\S+)`)
	frame   = regexp.MustCompile(`(?m)^ *\d+ +0x[0-9a-f]+ in (main\.\S+)`)
	ended   = regexp.MustCompile(`exited with status (\d+)`)
	user    = regexp.MustCompile(`(?m)^(\*?) *Goroutine \d+ - User: .* (main\.\S+) `)
	reason  = regexp.MustCompile(`runtime.curg._panic.arg: (interface \S+)\(`)
)

func main() {
	if len(os.Args) > 1 {
		for _, way := range ways {
			if way.name == os.Args[1] {
				way.call()
			}
		}
		return
	}
	// One session: to start Delve takes a second, to start the program again a tenth of one.
	var script strings.Builder
	for _, way := range ways {
		fmt.Fprintf(&script, "restart %q\ncontinue\nbt\ngoroutines\n", way.name)
	}
	script.WriteString("exit\n")
	self, _ := os.Executable()
	dlv := exec.Command("dlv", "exec", "--check-go-version=false", "--allow-non-terminal-interactive=true", self, "--", "nothing")
	dlv.Stdin = strings.NewReader(script.String())
	out, err := dlv.CombinedOutput()
	parts := strings.Split(string(out), "Process restarted with PID")
	if err != nil || len(parts) != 1+len(ways) {
		fmt.Printf("dlv: %v, %d parts\n%s\n", err, len(parts), out)
		return
	}
	for i, way := range ways {
		text := parts[i+1]
		fmt.Println("----", way.name)
		if m := stopped.FindStringSubmatch(text); m != nil {
			fmt.Println("stopped by", m[1], "in", m[2])
		}
		if m := ended.FindStringSubmatch(text); m != nil {
			fmt.Println("ended with", m[1])
		}
		if way.name == "deadlock" || way.name == "nil func" {
			continue // found out on the system stack
		}
		for _, m := range frame.FindAllStringSubmatch(text, -1) {
			fmt.Println("frame", m[1])
		}
		for _, m := range user.FindAllStringSubmatch(text, -1) {
			fmt.Println("goroutine"+m[1], m[2])
		}
		if m := reason.FindStringSubmatch(text); m != nil {
			fmt.Println("panic", m[1])
		}
	}
}
