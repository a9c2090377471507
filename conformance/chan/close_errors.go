// run

// What may not be done with nil and closed channels, and the texts of the panics.
package main

import (
	"fmt"
	"runtime"
)

func try(name string, f func()) {
	defer func() {
		r := recover()
		_, isRuntime := r.(runtime.Error)
		fmt.Println(name+":", r, isRuntime)
	}()
	f()
}

func main() {
	var null chan int
	closed := make(chan int, 2)
	close(closed)
	try("close of nil", func() { close(null) })
	try("close of closed", func() { close(closed) })
	try("send to closed", func() { closed <- 1 })
	try("select send to closed", func() {
		select {
		case closed <- 1:
		default:
			fmt.Println("the default is not taken")
		}
	})
	try("select with others", func() {
		other := make(chan int)
		select {
		case closed <- 2:
		case <-other:
		}
	})
	try("len of nil", func() { fmt.Println(len(null), cap(null)) })
	try("still readable", func() { v, ok := <-closed; fmt.Println(v, ok) })
}
