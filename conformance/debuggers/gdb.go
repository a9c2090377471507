// run '-gcflags=all=-N -l'
// needs: gdb
// gomaxprocs: 2
// timeout: 60
//go:build amd64

// gdb with the script of the GOROOT: strings, slices, channels, interfaces and maps of any size, goroutines and their frames, $len and
// $cap, and breakpoints where a program dies.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"time"
)

type point struct{ x, y int }

//go:noinline
func look(small map[string]int, big, huge map[int]int, s []string, text string, ch chan int, v any) {
	fmt.Println(len(small), len(big), len(huge), s, text, len(ch), v)
}

//go:noinline
func waits(ch chan bool) { ch <- true }

//go:noinline
func watched() {
	// Maps that do not grow and lose nothing: Go's own script shows others wrongly.
	big, huge := make(map[int]int, 100), make(map[int]int, 2000)
	for i := 0; i < 100; i++ {
		big[i] = i
	}
	for i := 0; i < 2000; i++ {
		huge[i] = -i
	}
	ch := make(chan int, 4)
	ch <- 5
	ch <- 6
	block := make(chan bool)
	go waits(block)
	time.Sleep(50 * time.Millisecond)
	look(map[string]int{"a": 1, "b": 2}, big, huge, []string{"x", "y"}, "a text", ch, point{3, 4})
	var p *point
	p.x = 1
}

var script = []string{
	"break main.look", "run",
	"print text", "print s", "print $len(s)", "print $cap(s)", "print small", "print $len(small)", "print $len(big)", "print big", "print huge",
	"print $len(ch)",
	"info goroutines", "goroutine 1 bt", "goroutine 1 print text", "goroutine all bt",
	"next", "finish", "delete", "break runtime.fatalpanic", "continue", "bt", "kill",
}

var (
	address = regexp.MustCompile(`0x[0-9a-f]+`)
	hit     = regexp.MustCompile(`Breakpoint \d+, (?:0x[0-9a-f]+ in )?(\S+)`)
	frame   = regexp.MustCompile(`(?m)^#\d+ +(?:0x[0-9a-f]+ in )?(main\.\S+|runtime\.gopanic|runtime\.sigpanic)`)
	entry   = regexp.MustCompile(`\[(\d+)\] = (-?\d+)`)
)

func main() {
	if len(os.Args) > 1 {
		watched()
		return
	}
	self, _ := os.Executable()
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		fmt.Println(err)
	}
	args := []string{"-nx", "-q", "-batch", "-ex", "set confirm off", "-ex", "set print elements 0", "-ex", "set startup-with-shell off",
		"-ex", "handle SIGURG SIGSEGV nostop noprint pass",
		"-ex", "source " + strings.TrimSpace(string(root)) + "/src/runtime/runtime-gdb.py"}
	for _, command := range script {
		args = append(args, "-ex", `echo ---- `+command+`\n`, "-ex", command)
	}
	out, err := exec.Command("gdb", append(args, "--args", self, "child")...).CombinedOutput()
	if err != nil {
		fmt.Println("gdb:", err)
	}
	for _, answer := range strings.Split(string(out), "---- ")[1:] {
		command, answer, _ := strings.Cut(answer, "\n")
		fmt.Println("----", command)
		switch {
		case command == "print big" || command == "print huge":
			entries := entry.FindAllStringSubmatch(answer, -1)
			sum := map[int]int{}
			for _, m := range entries {
				for i, text := range m[1:] {
					n, _ := strconv.Atoi(text)
					sum[i] += n
				}
			}
			fmt.Println(len(entries), sum)
		case strings.HasPrefix(command, "print") || strings.HasPrefix(command, "goroutine 1 print"):
			fmt.Print(address.ReplaceAllString(answer, "ADDR"))
		case command == "info goroutines":
			fmt.Println(strings.Contains(answer, "* 1 running"), strings.Contains(answer, "waiting"))
		case command == "kill" || command == "delete":
		default:
			for _, m := range hit.FindAllStringSubmatch(answer, -1) {
				fmt.Println("stopped in", m[1])
			}
			var found []string
			for _, m := range frame.FindAllStringSubmatch(answer, -1) {
				found = append(found, m[1])
			}
			if command == "goroutine all bt" {
				sort.Strings(found)
			}
			fmt.Println(found)
		}
	}
}
