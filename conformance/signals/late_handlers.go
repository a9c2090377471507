// run

// Whatever a program does first, it finds the signals as any Go program has them, and so does a program that it executes: none blocked, and those
// ignored that a program ignores.

//go:build amd64

package main

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"unsafe"
)

// show is a command that shows the signals that it begins with: not by a shell, which changes them. Its path comes from the parent process, since to look
// it up makes system calls.
func show() []string {
	return []string{os.Args[2], "-E", "Sig(Blk|Ign)", "/proc/self/status"}
}

// in has the lines of a status file about signals in one line.
func in(status string) string {
	var found []string
	for _, line := range strings.Split(status, "\n") {
		if strings.HasPrefix(line, "SigBlk") || strings.HasPrefix(line, "SigIgn") {
			found = append(found, strings.ReplaceAll(line, "\t", " "))
		}
	}
	return strings.Join(found, ", ")
}

func here(sig syscall.Signal) {
	syscall.RawSyscall(syscall.SYS_TGKILL, uintptr(syscall.Getpid()), uintptr(syscall.Gettid()), uintptr(sig))
}

// action is what the kernel says of a signal: the action's first word, a handler.
func action(sig syscall.Signal) (a [4]uintptr) {
	syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(sig), 0, uintptr(unsafe.Pointer(&a)), 8, 0, 0)
	return
}

func argv(words ...string) []*byte {
	p, _ := syscall.SlicePtrFromStrings(words)
	return p
}

var ways = []struct {
	name string
	do   func()
}{
	{"exec.Command", func() {
		out, err := exec.Command(show()[0], show()[1:]...).Output()
		fmt.Println(in(string(out)), err)
	}},
	{"ForkExec", func() {
		pid, err := syscall.ForkExec(show()[0], show(), &syscall.ProcAttr{Files: []uintptr{0, 1, 2}})
		syscall.Wait4(pid, nil, 0, nil)
		fmt.Println(err)
	}},
	{"Exec", func() {
		fmt.Println(syscall.Exec(show()[0], show(), nil))
	}},
	{"raw execve", func() {
		path, args, env := []byte(show()[0]+"\x00"), argv(show()...), argv()
		_, _, err := syscall.RawSyscall(syscall.SYS_EXECVE, uintptr(unsafe.Pointer(&path[0])), uintptr(unsafe.Pointer(&args[0])), uintptr(unsafe.Pointer(&env[0])))
		fmt.Println(err)
	}},
	{"raw execveat", func() {
		path, args, env := []byte(show()[0]+"\x00"), argv(show()...), argv()
		const execveat = 322
		_, _, err := syscall.RawSyscall6(execveat, 0, uintptr(unsafe.Pointer(&path[0])), uintptr(unsafe.Pointer(&args[0])), uintptr(unsafe.Pointer(&env[0])), 0, 0)
		fmt.Println(err)
	}},
	{"raw fork", func() {
		pid, _, err := syscall.RawSyscall(syscall.SYS_FORK, 0, 0, 0)
		if pid == 0 && err == 0 {
			var mask uint64
			syscall.RawSyscall6(syscall.SYS_RT_SIGPROCMASK, 0, 0, uintptr(unsafe.Pointer(&mask)), 8, 0, 0)
			here(syscall.SIGUSR1)
			syscall.RawSyscall(syscall.SYS_EXIT_GROUP, uintptr(mask&0x7f), 0, 0)
		}
		var status syscall.WaitStatus
		syscall.Wait4(int(pid), &status, 0, nil)
		fmt.Println(status.ExitStatus(), status.Signaled())
	}},
	{"own status", func() {
		status, err := os.ReadFile("/proc/self/status")
		fmt.Println(in(string(status)), err)
	}},
	{"raw mask", func() {
		var mask uint64
		_, _, err := syscall.RawSyscall6(syscall.SYS_RT_SIGPROCMASK, 0, 0, uintptr(unsafe.Pointer(&mask)), 8, 0, 0)
		fmt.Println(mask, err)
	}},
	{"raw action", func() {
		fmt.Println(action(syscall.SIGUSR1)[0] != 0, action(syscall.SIGPIPE)[0] != 0, action(syscall.SIGPROF)[0] != 0)
	}},
	{"own handler", func() {
		// What the program does about a signal stays, whatever comes after.
		const ignore = 1
		a := [4]uintptr{ignore}
		syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(syscall.SIGUSR2), uintptr(unsafe.Pointer(&a)), 0, 8, 0, 0)
		done := make(chan bool)
		go func() { runtime.LockOSThread(); done <- true }()
		<-done
		fmt.Println(action(syscall.SIGUSR2)[0] == ignore)
	}},
	{"pending", func() {
		here(syscall.SIGUSR1)
		var set uint64
		syscall.RawSyscall(syscall.SYS_RT_SIGPENDING, uintptr(unsafe.Pointer(&set)), 8, 0)
		fmt.Println(set)
	}},
	{"pause", func() {
		// An alarm ends the wait.
		timer := [4]int64{0, 0, 0, 20000}
		syscall.RawSyscall(syscall.SYS_SETITIMER, 0, uintptr(unsafe.Pointer(&timer)), 0)
		fmt.Println(syscall.Pause())
	}},
	{"signal.Notify", func() {
		runtime.LockOSThread()
		c := make(chan os.Signal, 1)
		signal.Notify(c, syscall.SIGUSR1)
		here(syscall.SIGUSR1)
		fmt.Println(<-c)
		here(syscall.SIGUSR2)
		fmt.Println(syscall.Exec(show()[0], show(), nil))
	}},
	{"signal.Ignore", func() {
		signal.Ignore(syscall.SIGUSR1)
		fmt.Println(signal.Ignored(syscall.SIGUSR1), signal.Ignored(syscall.SIGUSR2))
		fmt.Println(syscall.Exec(show()[0], show(), nil))
	}},
	{"threads", func() {
		tid := make(chan int)
		go func() {
			runtime.LockOSThread()
			tid <- syscall.Gettid()
			select {}
		}()
		status, err := os.ReadFile(fmt.Sprintf("/proc/self/task/%d/status", <-tid))
		fmt.Println(in(string(status)), err)
	}},
	{"AllThreadsSyscall", func() {
		const ignore = 1
		a := [4]uintptr{ignore}
		_, _, err := syscall.AllThreadsSyscall6(syscall.SYS_RT_SIGACTION, uintptr(syscall.SIGUSR2), uintptr(unsafe.Pointer(&a)), 0, 8, 0, 0)
		fmt.Println(err, action(syscall.SIGUSR2)[0] == ignore)
	}},
	{"closed pipe", func() {
		// Written to by its third descriptor: nothing but an error.
		var p [2]int
		fmt.Println(syscall.Pipe2(p[:], 0), syscall.Close(p[0]))
		_, err := syscall.Write(p[1], []byte("x"))
		fmt.Println(err)
		fmt.Println(syscall.Exec(show()[0], show(), nil))
	}},
	{"standard output closed", func() {
		// The parent has closed its end: package os ends the process by the signal.
		fmt.Println("to nobody")
	}},
	{"signal to a program that prints", func() {
		fmt.Println("ready")
		var b [1]byte
		os.Stdin.Read(b[:])
		fmt.Println("alive")
	}},
}

func main() {
	if len(os.Args) > 1 {
		for _, way := range ways {
			if way.name == os.Args[1] {
				way.do()
			}
		}
		return
	}
	grep, err := exec.LookPath("grep")
	if err != nil {
		panic(err)
	}
	for _, way := range ways {
		cmd := exec.Command("/proc/self/exe", way.name, grep)
		switch way.name {
		case "standard output closed":
			r, w, _ := os.Pipe()
			r.Close()
			cmd.Stdout = w
			fmt.Println(way.name+":", cmd.Run())
		case "signal to a program that prints":
			in, _ := cmd.StdinPipe()
			out, _ := cmd.StdoutPipe()
			cmd.Start()
			fmt.Fscanln(out, new(string))
			for _, sig := range []syscall.Signal{syscall.SIGUSR1, syscall.SIGPIPE, syscall.SIGALRM, syscall.SIGPROF, syscall.Signal(40)} {
				cmd.Process.Signal(sig)
			}
			in.Write([]byte("x"))
			var said string
			fmt.Fscanln(out, &said)
			fmt.Println(way.name+":", said, cmd.Wait())
		default:
			out, err := cmd.CombinedOutput()
			said := strings.ReplaceAll(strings.TrimSpace(string(out)), "\t", " ")
			fmt.Println(way.name+":", strings.ReplaceAll(said, "\n", "; "), err)
		}
	}
}
