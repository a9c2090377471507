// run

// Every function that packages runtime and runtime/debug export, as a value: what such a function uses is linked with it even where its calls
// are otherwise done by the compiler (KeepAlive), and methods of their types.
package main

import (
	"fmt"
	"reflect"
	"runtime"
	"runtime/debug"
)

var functions = []any{
	runtime.BlockProfile, runtime.Breakpoint, runtime.CPUProfile, runtime.Caller, runtime.Callers, runtime.CallersFrames, runtime.FuncForPC,
	runtime.GC, runtime.GOMAXPROCS, runtime.GOROOT, runtime.Goexit, runtime.GoroutineProfile, runtime.Gosched, runtime.KeepAlive,
	runtime.LockOSThread, runtime.MemProfile, runtime.MutexProfile, runtime.NumCPU, runtime.NumCgoCall, runtime.NumGoroutine,
	runtime.ReadMemStats, runtime.ReadTrace, runtime.SetBlockProfileRate, runtime.SetCPUProfileRate, runtime.SetCgoTraceback,
	runtime.SetFinalizer, runtime.SetMutexProfileFraction, runtime.Stack, runtime.StartTrace, runtime.StopTrace,
	runtime.ThreadCreateProfile, runtime.UnlockOSThread, runtime.Version,
	(*runtime.BlockProfileRecord).Stack, (*runtime.Frames).Next, (*runtime.Func).Entry, (*runtime.Func).FileLine, (*runtime.Func).Name,
	(*runtime.MemProfileRecord).InUseBytes, (*runtime.MemProfileRecord).InUseObjects, (*runtime.MemProfileRecord).Stack,
	(*runtime.PanicNilError).Error, (*runtime.PanicNilError).RuntimeError, (*runtime.Pinner).Pin, (*runtime.Pinner).Unpin,
	(*runtime.StackRecord).Stack, (*runtime.TypeAssertionError).Error, (*runtime.TypeAssertionError).RuntimeError,
	debug.FreeOSMemory, debug.ParseBuildInfo, debug.PrintStack, debug.ReadBuildInfo, debug.ReadGCStats, debug.SetGCPercent,
	debug.SetMaxStack, debug.SetMaxThreads, debug.SetMemoryLimit, debug.SetPanicOnFault, debug.SetTraceback, debug.Stack, debug.WriteHeapDump,
}

func main() {
	for _, f := range functions {
		v := reflect.ValueOf(f)
		fmt.Println(runtime.FuncForPC(v.Pointer()).Name(), v.Type())
	}
	reflect.ValueOf(functions[13]).Call([]reflect.Value{reflect.ValueOf(3)})
}
