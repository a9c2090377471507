// run

// reflect.Select: blocking until another goroutine comes, sends and receives, panics.
package main

import (
	"fmt"
	"reflect"
)

func try(name string, cases []reflect.SelectCase) {
	defer func() {
		if r := recover(); r != nil {
			fmt.Println(name+":", r)
		}
	}()
	i, v, ok := reflect.Select(cases)
	fmt.Println(name+":", i, v, ok)
}

func main() {
	in, out, words := make(chan int), make(chan float64), make(chan string, 1)
	recv := func(c interface{}) reflect.SelectCase {
		return reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(c)}
	}
	send := func(c, v interface{}) reflect.SelectCase {
		return reflect.SelectCase{Dir: reflect.SelectSend, Chan: reflect.ValueOf(c), Send: reflect.ValueOf(v)}
	}
	go func() { in <- 5 }()
	try("receive", []reflect.SelectCase{recv(words), recv(in)})
	got := make(chan float64)
	go func() { got <- <-out }()
	try("send", []reflect.SelectCase{recv(words), send(out, 2.5), recv(in)})
	fmt.Println(<-got)
	words <- "w"
	try("buffered", []reflect.SelectCase{send(words, "x"), recv(words), send(out, 1.0)})
	def := reflect.SelectCase{Dir: reflect.SelectDefault}
	try("default", []reflect.SelectCase{recv(in), def, send(out, 1.0)})
	close(in)
	try("closed", []reflect.SelectCase{recv(words), recv(in)})
	try("nil channels are never ready", []reflect.SelectCase{recv((chan int)(nil)), {Dir: reflect.SelectRecv}, def})
	close(out)
	try("send on closed", []reflect.SelectCase{send(out, 1.0)})
	try("two defaults", []reflect.SelectCase{def, def})
	try("no direction", []reflect.SelectCase{{Chan: reflect.ValueOf(in)}})
	try("wrong direction", []reflect.SelectCase{recv((chan<- int)(nil)), def})
	try("value in a receive", []reflect.SelectCase{{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(in), Send: reflect.ValueOf(1)}})
	try("wrong type", []reflect.SelectCase{send(words, 1)})
}
