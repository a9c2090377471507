// run
// timeout: 20

// What a fresh process draws at random differs from process to process also where the kernel puts all of them at the same addresses:
// each source, on a thread that the program did not begin on. (Starts itself, so not under an emulator.)

//go:build amd64

package main

import (
	"fmt"
	"hash/maphash"
	"math/rand"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
)

const processes = 8

func init() { runtime.LockOSThread() }

func mapOrder() string {
	m := map[int]bool{}
	for i := 0; i < 1000; i++ {
		m[i] = true
	}
	var keys []int
	for k := range m {
		keys = append(keys, k)
		if len(keys) == 4 {
			break
		}
	}
	return fmt.Sprint(keys)
}

func selections() string {
	a, b := make(chan int), make(chan int)
	close(a)
	close(b)
	s := ""
	for i := 0; i < 48; i++ {
		select {
		case <-a:
			s += "a"
		case <-b:
			s += "b"
		}
	}
	return s
}

func tempName() string {
	f, err := os.CreateTemp("", "random")
	if err != nil {
		return err.Error()
	}
	f.Close()
	os.Remove(f.Name())
	return f.Name()
}

// child prints a line for each source, in the order of names.
func child() {
	d := make(chan bool)
	go func() {
		fmt.Println(rand.Int63())
		fmt.Println(rand.Uint32())
		fmt.Println(mapOrder())
		fmt.Println(selections())
		fmt.Println(maphash.String(maphash.MakeSeed(), "seed"))
		fmt.Println(tempName())
		d <- true
	}()
	<-d
}

var names = []string{"rand.Int63", "rand.Uint32", "iteration", "select", "maphash", "CreateTemp"}

func main() {
	if len(os.Args) > 1 {
		child()
		return
	}
	const noRandomAddresses = 0x0040000
	if _, _, e := syscall.RawSyscall(syscall.SYS_PERSONALITY, noRandomAddresses, 0, 0); e != 0 {
		fmt.Fprintln(os.Stderr, "personality:", e)
	}
	seen := make([]map[string]bool, len(names))
	for i := 0; i < processes; i++ {
		out, err := exec.Command("/proc/self/exe", "child").Output()
		if err != nil {
			fmt.Println(err)
		}
		for j, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
			if seen[j] == nil {
				seen[j] = map[string]bool{}
			}
			seen[j][line] = true
		}
	}
	for j, name := range names {
		fmt.Println(name, len(seen[j]) == processes)
	}
}
