// run

//go:build amd64

// A program that gains rights by being executed has GOTRACEBACK=none in its environment, whatever that said, and so have its children; it
// says nothing of its goroutines when it dies. Without these rights (not root; a file system without them) it is as
// it was. Not under qemu-user, which gives none.
package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

// Whether the kernel says that this process gained rights.
func secure() bool {
	const AT_SECURE = 23
	auxv, _ := os.ReadFile("/proc/self/auxv")
	for ; len(auxv) >= 16; auxv = auxv[16:] {
		if binary.LittleEndian.Uint64(auxv) == AT_SECURE {
			return binary.LittleEndian.Uint64(auxv[8:]) != 0
		}
	}
	return false
}

func tracebacks(env []string) (all []string) {
	for _, v := range env {
		if strings.HasPrefix(v, "GOTRACEBACK=") {
			all = append(all, v)
		}
	}
	return
}

func main() {
	if len(os.Args) > 1 {
		fmt.Println(secure(), tracebacks(os.Environ()))
		panic("dies")
	}
	// A place in which the kernel gives the rights of the file's owner, for another user to look into.
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	os.Chmod(dir, 0o755)
	name := dir + "/child"
	from, err := os.Open("/proc/self/exe")
	if err != nil {
		fmt.Println(err)
		return
	}
	to, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		fmt.Println(err)
		return
	}
	io.Copy(to, from)
	to.Close()
	os.Chmod(name, 0o755|os.ModeSetuid)
	for _, env := range [][]string{{}, {"GOTRACEBACK=all"}, {"A=1", "GOTRACEBACK=system", "GOTRACEBACK_=x"}} {
		c := exec.Command(name, "child")
		if os.Getuid() == 0 {
			c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		}
		var out, errs strings.Builder
		c.Stdout, c.Stderr = &out, &errs
		c.Env = env
		err := c.Run()
		said, shown := out.String(), strings.Contains(errs.String(), "goroutine 1 [running]")
		if strings.HasPrefix(said, "true") {
			fmt.Println(said == "true [GOTRACEBACK=none]\n", !shown, err)
		} else {
			want := fmt.Sprintln(false, tracebacks(env))
			fmt.Println(said == want, shown, err)
		}
	}
}
