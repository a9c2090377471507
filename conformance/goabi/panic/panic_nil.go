// run

// panic(nil) is turned into a PanicNilError, so that recover never gives nil for a panic.
package main

import (
	"fmt"
	"runtime"
)

func try(f func()) (r interface{}) {
	defer func() { r = recover() }()
	f()
	return "no panic"
}

func main() {
	r := try(func() { panic(nil) })
	err, ok := r.(*runtime.PanicNilError)
	fmt.Println(r, ok, r == nil)
	var e runtime.Error = err
	fmt.Println(e.Error())
	r = try(func() { panic(error(nil)) })
	_, ok = r.(*runtime.PanicNilError)
	fmt.Println(ok)
	r = try(func() { panic((*int)(nil)) })
	fmt.Printf("%T %v\n", r, r)
	fmt.Println(try(func() {}))
}
