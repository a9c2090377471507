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
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	fmt.Println(exec.CommandContext(ctx, "sleep", "100").Run())
	ctx, cancel = context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, "sleep", "100")
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	fmt.Println(cmd.Start())
	cancel()
	fmt.Println(cmd.Wait())
	fmt.Println(errors.Is(cmd.Process.Kill(), os.ErrProcessDone))
}
