// run
// gomaxprocs: 4

// Pipes, a child process's among them, each read by a goroutine of its own.
package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

func check(err error) {
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
}

func main() {
	r, w, err := os.Pipe()
	check(err)
	go func() {
		for i := 0; i < 3; i++ {
			fmt.Fprintln(w, "line", i)
		}
		w.Close()
	}()
	data, err := io.ReadAll(r)
	check(err)
	fmt.Printf("%q\n", data)
	check(r.Close())

	cmd := exec.Command("cat")
	cmd.Stdin = strings.NewReader(strings.Repeat("through a child\n", 1000))
	out, err := cmd.Output()
	check(err)
	fmt.Println(len(out))

	err = exec.Command("sh", "-c", "exit 3").Run()
	fmt.Println(err)
}
