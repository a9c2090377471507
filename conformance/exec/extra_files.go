// run

// Descriptors of a command: standard ones, ones in other order, ones beyond.

package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
)

func main() {
	var readers []*os.File
	cmd := exec.Command("sh", "-c", "echo three >&3; echo four >&4; echo five >&5; echo out; echo err >&2; cat")
	in, w, _ := os.Pipe()
	w.WriteString("input")
	w.Close()
	cmd.Stdin = in
	pipe := func() *os.File {
		r, w, _ := os.Pipe()
		readers = append(readers, r)
		return w
	}
	cmd.Stderr, cmd.Stdout = pipe(), pipe()
	cmd.ExtraFiles = []*os.File{pipe(), pipe(), pipe()}
	fmt.Println(cmd.Run())
	for _, f := range append(cmd.ExtraFiles, cmd.Stdout.(*os.File), cmd.Stderr.(*os.File)) {
		f.Close()
	}
	for _, r := range readers {
		b, err := io.ReadAll(r)
		fmt.Printf("%q %v\n", b, err)
	}
}
