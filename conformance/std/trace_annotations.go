// run

// Annotations for the execution trace, while none is running, do nothing but call what they are given.
package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/pprof"
	"runtime/trace"
)

func main() {
	ctx, task := trace.NewTask(context.Background(), "build")
	trace.WithRegion(ctx, "region", func() {
		fmt.Println("in the region")
		trace.Log(ctx, "category", "message")
		trace.Logf(ctx, "category", "%d", 7)
	})
	trace.StartRegion(ctx, "another").End()
	task.End()
	trace.Stop()
	pprof.StopCPUProfile()
	pprof.Do(ctx, pprof.Labels("k", "v"), func(ctx context.Context) {
		v, ok := pprof.Label(ctx, "k")
		fmt.Println(v, ok)
	})
	runtime.SetBlockProfileRate(0)
	runtime.SetMutexProfileFraction(0)
	runtime.SetCPUProfileRate(0)
	runtime.SetCgoTraceback(0, nil, nil, nil)
	func() {
		defer func() { fmt.Println(recover()) }()
		runtime.SetCgoTraceback(1, nil, nil, nil)
	}()
	fmt.Println(trace.IsEnabled())
}
