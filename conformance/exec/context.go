// run

// CommandContext kills at the deadline; Cancel and WaitDelay.

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"
)

func main() {
	for d := 50 * time.Millisecond; ; d *= 2 {
		ctx, cancel := context.WithTimeout(context.Background(), d)
		err := exec.CommandContext(ctx, "sleep", "100").Run()
		cancel()
		if err != context.DeadlineExceeded { // it was past before there was a process
			fmt.Println(err)
			break
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, "sleep", "100")
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	fmt.Println(cmd.Start())
	cancel()
	fmt.Println(cmd.Wait())
	fmt.Println(errors.Is(cmd.Process.Kill(), os.ErrProcessDone))
}
