// run
// stress

// Selects of many cases, by the language and by reflect, that wait with what they would send, when another
// case wins; and receivers that get what was sent while they were scanned.
package main

import (
	"fmt"
	"reflect"
	"runtime"
	"sync"
)

type box struct {
	id   int
	text string
}

var sink any

func churn() {
	runtime.GC()
	for i := 0; i < 1000; i++ {
		sink = &box{-1, "rubbish"}
		sink = make([]reflect.SelectCase, 3)
	}
}

func fresh(id int) *box { return &box{id, fmt.Sprint("box", id)} }

func (b *box) good(id int) bool { return b.id == id && b.text == fmt.Sprint("box", id) }

func main() {
	const n = 30
	var chans [20]chan *box
	for i := range chans {
		chans[i] = make(chan *box)
	}
	quit, answers := make(chan *box), make(chan bool, 100)
	var started, wg sync.WaitGroup
	for g := 0; g < n; g++ {
		started.Add(1)
		wg.Add(1)
		go func(g int) { // offers one box on every channel, by reflect
			defer wg.Done()
			var cases []reflect.SelectCase
			for i, c := range chans {
				cases = append(cases, reflect.SelectCase{Dir: reflect.SelectSend, Chan: reflect.ValueOf(c), Send: reflect.ValueOf(fresh(100*g + i))})
			}
			cases = append(cases, reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(quit)})
			started.Done()
			chosen, value, ok := reflect.Select(cases)
			if chosen == len(chans) {
				answers <- ok && value.Interface().(*box).good(7)
			}
			for i, c := range cases[:len(chans)] {
				if !c.Send.Interface().(*box).good(100*g + i) {
					answers <- false
				}
			}
		}(g)
	}
	started.Wait()
	for i := 0; i < 3; i++ {
		churn()
	}
	bad := 0
	for i := 0; i < n/2; i++ {
		c := chans[(i*7)%len(chans)]
		var b *box
		select {
		case b = <-c:
		case b = <-chans[(i+1)%len(chans)]:
		case b = <-chans[(i+2)%len(chans)]:
		}
		churn()
		if !b.good(b.id) {
			bad++
		}
	}
	for i := n / 2; i < n; i++ {
		quit <- fresh(7)
	}
	wg.Wait()
	for len(answers) > 0 {
		if !<-answers {
			bad++
		}
	}
	fmt.Println("bad:", bad)
}
