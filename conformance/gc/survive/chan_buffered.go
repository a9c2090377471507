// run
// stress
// timeout: 30

// Pointers in the buffers of channels, wherever in the ring they are, and only those that were not
// received yet.
package main

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"time"
)

type message struct {
	id   int
	text string
	back chan *message
}

type wide struct {
	a, b *message
	n    int
	s    string
}

var sink any
var freed atomic.Int32

func churn() {
	runtime.GC()
	for i := 0; i < 1000; i++ {
		sink = &message{-1, "rubbish", nil}
		sink = fmt.Sprint("rubbish", i)
	}
}

//go:noinline
func fresh(id int) *message {
	m := &message{id, fmt.Sprint("text", id), make(chan *message, 1)}
	runtime.SetFinalizer(m, func(*message) { freed.Add(1) })
	return m
}

func main() {
	c := make(chan *message, 7)
	w := make(chan wide, 5)
	wrong, sent, received := 0, 0, 0
	for round := 0; round < 30; round++ {
		for len(c) < cap(c)-round%3 {
			c <- fresh(sent)
			sent++
		}
		for len(w) < cap(w) {
			m := &message{id: sent, text: fmt.Sprint("text", sent)}
			w <- wide{m, m, sent, fmt.Sprint("wide", sent)}
		}
		churn()
		for i := 0; i < 1+round%4; i++ {
			if m := <-c; m.id != received || m.text != fmt.Sprint("text", received) {
				wrong++
			}
			received++
		}
		x := <-w
		if x.a != x.b || x.a.text != fmt.Sprint("text", x.n) || x.s != fmt.Sprint("wide", x.n) {
			wrong++
		}
	}
	for i := 0; i < 500 && freed.Load() < int32(received); i++ {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	fmt.Println("wrong:", wrong, "sent:", sent, "received:", received, "freed:", freed.Load())
	close(c)
	churn()
	for m := range c {
		if m.text != fmt.Sprint("text", received) {
			wrong++
		}
		received++
	}
	fmt.Println("wrong:", wrong, "rest:", received == sent)
}
