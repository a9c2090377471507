// run
// stress

// Channels by reflection: blocking and trying, closing, errors.
package main

import (
	"fmt"
	"reflect"
)

type msg struct {
	n    int
	text string
	pad  [20]int
}

func try(name string, f func()) {
	defer func() {
		if r := recover(); r != nil {
			fmt.Println(name+":", r)
		}
	}()
	f()
}

func main() {
	c := make(chan msg)
	v := reflect.ValueOf(c)
	done := make(chan int)
	go func() {
		sum := 0
		for m := range c {
			sum += m.n + len(m.text) + m.pad[19]
		}
		done <- sum
	}()
	for i := 0; i < 50; i++ {
		v.Send(reflect.ValueOf(msg{i, "ab", [20]int{19: 1}}))
	}
	v.Close()
	fmt.Println(<-done)
	m, ok := v.Recv()
	fmt.Println(m.Field(0), ok)

	b := reflect.MakeChan(reflect.TypeOf((chan string)(nil)), 2)
	fmt.Println(b.TrySend(reflect.ValueOf("1")), b.TrySend(reflect.ValueOf("2")), b.TrySend(reflect.ValueOf("3")), b.Len(), b.Cap())
	x, ok := b.TryRecv()
	fmt.Println(x, ok)
	b.TryRecv()
	x, ok = b.TryRecv()
	fmt.Println(x.IsValid(), ok)
	b.Close()
	x, ok = b.TryRecv()
	fmt.Println(x.IsValid(), ok, x.Len())
	try("send on closed", func() { b.Send(reflect.ValueOf("x")) })
	try("close again", func() { b.Close() })
	var recvOnly <-chan int = make(chan int)
	try("send on receive-only", func() { reflect.ValueOf(recvOnly).Send(reflect.ValueOf(1)) })
	var sendOnly chan<- int = make(chan int)
	try("receive on send-only", func() { reflect.ValueOf(sendOnly).Recv() })
	try("close of receive-only", func() { reflect.ValueOf(recvOnly).Close() })
	try("no channel", func() { reflect.ValueOf(1).Recv() })
	try("wrong type", func() { v.Send(reflect.ValueOf(1)) })
	fmt.Println(reflect.TypeOf(recvOnly).ChanDir(), reflect.TypeOf(sendOnly).ChanDir(), v.Type().ChanDir())
}
