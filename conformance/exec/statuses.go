// run

// Statuses, signals and core dumps of commands, as package os shows them.

package main

import (
	"fmt"
	"os/exec"
	"syscall"
)

func main() {
	for _, script := range []string{"exit 0", "exit 3", "exit 255", "kill -TERM $$", "kill -KILL $$", "kill -USR1 $$", "ulimit -c 0; kill -ABRT $$"} {
		cmd := exec.Command("sh", "-c", script)
		err := cmd.Run()
		ws := cmd.ProcessState.Sys().(syscall.WaitStatus)
		fmt.Println(script, "|", err, cmd.ProcessState, ws.Exited(), ws.ExitStatus(), ws.Signaled(), ws.Signal(), cmd.ProcessState.Success())
	}
	fmt.Println(exec.Command("/nonexistent/program").Run())
	fmt.Println(exec.Command("no-such-program-anywhere").Run())
	fmt.Println(exec.Command("/etc/passwd").Run())
}
