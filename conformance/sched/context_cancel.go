// run

// Cancelling a context reaches all its children, with the cause.
package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

type ctxKey struct{}

func main() {
	root, cancel := context.WithCancelCause(context.WithValue(context.Background(), ctxKey{}, "v"))
	left, cancelLeft := context.WithCancel(root)
	right, cancelRight := context.WithCancel(root)
	defer cancelRight()
	var wg sync.WaitGroup
	ended := make(chan string, 10)
	for _, c := range []context.Context{left, right} {
		for i := 0; i < 3; i++ {
			wg.Add(1)
			go func(c context.Context) {
				defer wg.Done()
				<-c.Done()
				ended <- c.Err().Error()
			}(c)
		}
	}
	cancelLeft()
	<-left.Done()
	fmt.Println(left.Err(), right.Err(), root.Err())
	for i := 0; i < 3; i++ {
		fmt.Println(<-ended)
	}
	cancel(errors.New("enough"))
	wg.Wait()
	fmt.Println(len(ended), context.Cause(right), right.Err())
	fmt.Println(right.Value(ctxKey{}), left.Value("none"))
	ran := make(chan bool)
	stop := context.AfterFunc(root, func() { close(ran) })
	<-ran
	fmt.Println(stop())
}
