// run

// Process groups and sessions of commands; a signal to the group.

package main

import (
	"fmt"
	"os/exec"
	"syscall"
)

func main() {
	cmd := exec.Command("sh", "-c", "sleep 100 & wait")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	fmt.Println(cmd.Start())
	pgid, err := syscall.Getpgid(cmd.Process.Pid)
	fmt.Println(pgid == cmd.Process.Pid, err)
	fmt.Println(syscall.Kill(-pgid, syscall.SIGKILL), cmd.Wait())

	cmd = exec.Command("sleep", "100")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	fmt.Println(cmd.Start())
	sid, _, errno := syscall.RawSyscall(syscall.SYS_GETSID, uintptr(cmd.Process.Pid), 0, 0)
	fmt.Println(int(sid) == cmd.Process.Pid, errno)
	fmt.Println(cmd.Process.Kill(), cmd.Wait())

	cmd = exec.Command("true")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setctty: true, Foreground: true}
	fmt.Println(cmd.Run())
	cmd.SysProcAttr = &syscall.SysProcAttr{Setctty: true, Setsid: true, Ctty: 7}
	fmt.Println(exec.Command("true").Run() == nil)
}
