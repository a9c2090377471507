// run taken.go
// gomaxprocs: 1,2,4

// One trace at a time; another may follow. What a program marks without one is lost.
package main

import (
	"bytes"
	"context"
	"fmt"
	trace "internal/trace"
	rtrace "runtime/trace"
)

func main() {
	fmt.Println(rtrace.IsEnabled())
	ctx, task := rtrace.NewTask(context.Background(), "before")
	rtrace.Log(ctx, "a", "b")
	task.End()
	rtrace.Stop()
	for i := 0; i < 3; i++ {
		events := taken(func() {
			fmt.Println(rtrace.IsEnabled(), rtrace.Start(new(bytes.Buffer)))
			rtrace.Log(context.Background(), "round", fmt.Sprint(i))
		})
		for _, ev := range events {
			if ev.Type == trace.EvUserLog || ev.Type == trace.EvUserTaskCreate {
				fmt.Println(ev.SArgs)
			}
		}
	}
	fmt.Println(rtrace.IsEnabled())
}
