// run

// Run-time errors as values: comparable, matched with errors.As, of the interface
// runtime.Error.
package main

import (
	"errors"
	"fmt"
	"runtime"
)

func catch(f func()) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("caught: %w", r.(error))
		}
	}()
	f()
	return nil
}

func main() {
	var p *int
	var m map[string]int
	var x interface{} = "s"
	z := 0
	var list []error
	for _, f := range []func(){
		func() { *p = 1 },
		func() { m["a"] = 1 },
		func() { _ = x.(int) },
		func() { _ = 1 / z },
		func() { _ = []int{}[z] },
		func() { _ = make([]int, z-1) },
		func() { panic(errors.New("mine")) },
		func() { close(make(chan int)) },
	} {
		list = append(list, catch(f))
	}
	for _, err := range list {
		var re runtime.Error
		var ta *runtime.TypeAssertionError
		fmt.Println(err, errors.As(err, &re), errors.As(err, &ta))
	}
	again := catch(func() { _ = 1 / z })
	fmt.Println(errors.Unwrap(list[3]) == errors.Unwrap(again))
	addr, ok := errors.Unwrap(list[0]).(interface{ Addr() uintptr })
	fmt.Println(addr != nil, ok)
}
