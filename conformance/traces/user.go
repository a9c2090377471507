// run taken.go
// gomaxprocs: 1,2,4

// Tasks, regions and logs of a program are in its trace, in order, with their names.
package main

import (
	"context"
	"fmt"
	trace "internal/trace"
	rtrace "runtime/trace"
)

func main() {
	events := taken(func() {
		ctx, task := rtrace.NewTask(context.Background(), "task")
		sub, inner := rtrace.NewTask(ctx, "inner")
		rtrace.WithRegion(sub, "outer region", func() {
			defer rtrace.StartRegion(sub, "inner region").End()
			rtrace.Log(sub, "category", "message")
			rtrace.Logf(ctx, "", "%d and %q", 42, "x")
		})
		inner.End()
		task.End()
	})
	for _, ev := range events {
		switch ev.Type {
		case trace.EvUserTaskCreate:
			fmt.Println("task", ev.Args[0], "of", ev.Args[1], ev.SArgs, ev.Link != nil)
		case trace.EvUserTaskEnd:
			fmt.Println("end of task", ev.Args[0])
		case trace.EvUserRegion:
			fmt.Println("region", ev.Args[0], ev.Args[1], ev.SArgs)
		case trace.EvUserLog:
			fmt.Printf("log %d %q\n", ev.Args[0], ev.SArgs)
		}
	}
}
