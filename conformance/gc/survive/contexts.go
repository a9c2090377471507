// run
// stress

// Trees of contexts: children that were cancelled are let go by their parents; those that were not, and
// the values they carry, stay.
package main

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"
)

type payload struct {
	id   int
	text string
}

type keyType struct{ n int }

var freed atomic.Int32
var sink any

func churn() {
	runtime.GC()
	for i := 0; i < 1000; i++ {
		sink = &payload{-1, "rubbish"}
		sink = context.WithValue(context.Background(), keyType{-1}, "rubbish")
	}
	time.Sleep(time.Millisecond)
}

//go:noinline
func grow(parent context.Context, id int) (context.Context, context.CancelFunc) {
	p := &payload{id, fmt.Sprint("payload", id)}
	runtime.SetFinalizer(p, func(*payload) { freed.Add(1) })
	return context.WithCancel(context.WithValue(parent, keyType{id}, p))
}

func main() {
	root, cancelRoot := context.WithCancel(context.Background())
	const n = 60
	var cancels []context.CancelFunc
	leaf := root
	for i := 0; i < n; i++ {
		_, cancel := grow(root, 1000+i) // known to its parent only
		cancels = append(cancels, cancel)
		leaf, _ = grow(leaf, i)
		context.AfterFunc(leaf, func() {})
	}
	churn()
	churn()
	wrong := 0
	for i := 0; i < n; i++ {
		if p, _ := leaf.Value(keyType{i}).(*payload); p == nil || p.text != fmt.Sprint("payload", i) {
			wrong++
		}
	}
	fmt.Println("wrong:", wrong, "freed:", freed.Load())
	for _, cancel := range cancels[:n/2] {
		cancel()
	}
	clear(cancels[:n/2])
	for i := 0; i < 500 && freed.Load() < n/2; i++ {
		churn()
	}
	churn()
	fmt.Println("cancelled:", freed.Load())
	done := make(chan error)
	for i := 0; i < 5; i++ {
		ctx, cancel := context.WithCancelCause(leaf)
		defer cancel(nil)
		go func(i int) {
			<-ctx.Done()
			p := ctx.Value(keyType{i}).(*payload)
			done <- fmt.Errorf("%s: %w", p.text, context.Cause(ctx))
		}(i)
	}
	churn()
	leaf = nil
	churn()
	cancelRoot()
	seen := map[string]bool{}
	for i := 0; i < 5; i++ {
		seen[(<-done).Error()] = true
	}
	fmt.Println(len(seen), seen["payload3: context canceled"])
	root, cancelRoot, cancels = nil, nil, nil
	for i := 0; i < 500 && freed.Load() < n; i++ {
		churn()
	}
	fmt.Println("more freed:", freed.Load() >= n)
}
