// run

// Writes to pipes without a reader: on descriptors 1 and 2 they end the program by SIGPIPE, whatever the parent did with the signal; elsewhere they are
// EPIPE, so that a command which ends without reading its input does no harm. The runtime's own writes to a broken standard error are lost. (Starts itself, so not under an emulator.)

//go:build amd64

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

func child(what string) {
	write := func(f *os.File) {
		for i := 0; i < 3; i++ {
			if _, err := f.WriteString("text\n"); err != nil {
				os.Exit(9)
			}
		}
	}
	switch what {
	case "1":
		write(os.Stdout)
	case "2":
		write(os.Stderr)
	case "other name":
		write(os.NewFile(1, "another"))
	case "system call":
		if _, err := syscall.Write(1, []byte("text")); err == syscall.EPIPE {
			os.Exit(7)
		}
	case "print":
		println("text")
		os.Exit(8)
	case "panic":
		panic("text")
	}
}

func run(what string, prefix ...string) {
	r, w, err := os.Pipe()
	if err != nil {
		panic(err)
	}
	r.Close()
	self, _ := os.Executable()
	args := append(prefix, self, what)
	c := exec.Command(args[0], args[1:]...)
	c.Stdout, c.Stderr = w, w
	c.Run()
	w.Close()
	fmt.Println(what, len(prefix), c.ProcessState)
}

func main() {
	if len(os.Args) > 1 {
		child(os.Args[1])
		return
	}
	for _, what := range []string{"1", "2", "other name", "system call", "print", "panic"} {
		run(what)
		run(what, "sh", "-c", `trap "" PIPE; exec "$0" "$@"`)
	}
	cmd := exec.Command("true")
	cmd.Stdin = strings.NewReader(strings.Repeat("x", 1<<20))
	fmt.Println(cmd.Run())
	r, w, _ := os.Pipe()
	r.Close()
	_, err := w.WriteString("x")
	fmt.Println(err, errors.Is(err, syscall.EPIPE))
	// A child has the default action, not ours.
	out, err := exec.Command("sh", "-c", `(kill -PIPE $$; echo alive)`).Output()
	fmt.Printf("%q %v\n", out, err)
}
