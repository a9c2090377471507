// run

// Once: one caller does it, the others wait for the end of it; a panic counts as done.
package main

import (
	"fmt"
	"runtime"
	"sync"
)

func main() {
	var once sync.Once
	var wg sync.WaitGroup
	calls, early := 0, make(chan bool, 20)
	finished := false
	for i := 0; i < 20; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			once.Do(func() {
				for i := 0; i < 20; i++ {
					runtime.Gosched()
				}
				calls++
				finished = true
			})
			early <- !finished
		}()
	}
	wg.Wait()
	close(early)
	tooEarly := 0
	for e := range early {
		if e {
			tooEarly++
		}
	}
	fmt.Println(calls, tooEarly)

	var bad sync.Once
	func() {
		defer func() { fmt.Println("first:", recover()) }()
		bad.Do(func() { panic("no luck") })
	}()
	bad.Do(func() { fmt.Println("not run again") })

	value := sync.OnceValue(func() int { calls++; return calls * 100 })
	fmt.Println(value(), value(), calls)
	broken := sync.OnceFunc(func() { panic("always") })
	for i := 0; i < 2; i++ {
		func() {
			defer func() { fmt.Println("each time:", recover()) }()
			broken()
		}()
	}
}
