// run '-gcflags=all=-N -l'
// needs: dlv
// gomaxprocs: 2
// timeout: 60
//go:build amd64

// Delve steps through a program, and shows variables of every kind, the arguments and frames of goroutines that wait, and what functions
// return.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"time"
)

type point struct{ x, y int }

type shape interface{ area() int }

func (p *point) area() int { return p.x * p.y }

//go:noinline
func add(a, b int) int {
	c := a + b
	return c
}

//go:noinline
func waits(id int, ch chan string) {
	ch <- fmt.Sprint("never", id)
}

//go:noinline
func watched() {
	small := map[string]int{"one": 1}
	none := map[string]int{}
	slice := []string{"x", "y"}
	array := [3]byte{1, 2, 3}
	pointer := &point{3, 4}
	var sh shape = pointer
	err := errors.New("an error")
	var empty any
	text := "some text"
	number, float := -7, 2.5
	full := make(chan int, 3)
	full <- 7
	full <- 8
	closed := make(chan point)
	close(closed)
	ch := make(chan string)
	go waits(1, ch)
	time.Sleep(50 * time.Millisecond)
	sum := add(20, 22)
	fmt.Println(small, none, slice, array, pointer, sh, err, empty, text, number, float, len(full), closed, ch, sum)
}

const script = `break main.add
continue
next
next
locals
stepout
next
print small
print none
print slice
print array
print pointer
print sh
print err
print empty
print text
print number
print float
print full.qcount
print full.dataqsiz
print full.buf
print full.recvx
print full.sendx
print full.closed
print full.elemsize
print full.elemtype.Size_
print closed.closed
print ch.sendq.first != nil
print ch.recvq.first != nil
print *ch.sendq.first.elem
print ch.sendq.first.g.goid > 1
print len(small)
set number = 12
print number
goroutines -with user main.waits
exit
`

var (
	colour  = regexp.MustCompile("\x1b\\[[0-9]*m")
	source  = regexp.MustCompile(`(?m)^(=>|  ) *\d+:\t`)
	address = regexp.MustCompile(`0x[0-9a-f]+`)
	places  = regexp.MustCompile(`(?m)^> (\[?\S+)(?:\(\))? .*?:(\d+)`)
)

func main() {
	if len(os.Args) > 1 {
		watched()
		return
	}
	self, _ := os.Executable()
	dlv := exec.Command("dlv", "exec", "--check-go-version=false", "--allow-non-terminal-interactive=true", self, "--", "child")
	dlv.Stdin = strings.NewReader(script)
	out, err := dlv.CombinedOutput()
	if err != nil {
		fmt.Println("dlv:", err)
	}
	commands := strings.Split(script, "\n")
	for i, answer := range strings.Split(string(out), "(dlv) ")[1:] {
		if i < len(commands) {
			fmt.Println("----", commands[i])
		}
		for _, line := range strings.Split(colour.ReplaceAllString(answer, ""), "\n") {
			line = strings.TrimRight(line, " ")
			switch m := places.FindStringSubmatch(line); {
			case m != nil:
				fmt.Println("at", m[1], "line", m[2])
			case line == "" || source.MatchString(line) || strings.Contains(line, "Breakpoint 1 set"):
			case strings.Contains(line, "Goroutine "):
				fmt.Println(strings.Contains(line, "main.waits"), strings.Contains(line, "[chan send"))
			default:
				fmt.Println(address.ReplaceAllString(line, "ADDR"))
			}
		}
	}
}
