// run

// Functions of package runtime that are given nil, or a value that the runtime has not made, panic as a nil pointer does, and the
// program goes on.
package main

import (
	"fmt"
	"runtime"
)

func try(name string, f func() any) {
	defer func() {
		if r := recover(); r != nil {
			_, ok := r.(runtime.Error)
			fmt.Println(name, "panics:", r, ok)
		}
	}()
	fmt.Println(name, "is", f())
}

func main() {
	try("zero TypeAssertionError", func() any { return (&runtime.TypeAssertionError{}).Error() })
	try("printed TypeAssertionError", func() any { return fmt.Sprint(&runtime.TypeAssertionError{}) })
	try("nil TypeAssertionError", func() any { return (*runtime.TypeAssertionError)(nil).Error() })
	try("nil Func's Name", func() any { return (*runtime.Func)(nil).Name() })
	try("nil Func's Entry", func() any { return (*runtime.Func)(nil).Entry() })
	try("nil Func's FileLine", func() any {
		file, line := (*runtime.Func)(nil).FileLine(1)
		return fmt.Sprint(file, line)
	})
	try("zero Func's Name", func() any { return new(runtime.Func).Name() })
	try("zero Func's Entry", func() any { return new(runtime.Func).Entry() })
	try("nil Frames", func() any {
		_, more := (*runtime.Frames)(nil).Next()
		return more
	})
	try("no MemStats", func() any {
		runtime.ReadMemStats(nil)
		return "read"
	})
}
