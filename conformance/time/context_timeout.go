// run

// Contexts with deadlines: expiry, early cancellation, and the nearer deadline winning.
package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

func main() {
	bg := context.Background()
	ctx, cancel := context.WithTimeout(bg, 10*time.Millisecond)
	_, has := ctx.Deadline()
	fmt.Println(has)
	<-ctx.Done()
	fmt.Println(ctx.Err(), errors.Is(ctx.Err(), context.DeadlineExceeded))
	cancel()
	fmt.Println(ctx.Err())

	ctx, cancel = context.WithTimeout(bg, time.Hour)
	fmt.Println(ctx.Err())
	cancel()
	<-ctx.Done()
	fmt.Println(ctx.Err())

	parent, cancelParent := context.WithTimeout(bg, 5*time.Millisecond)
	child, cancelChild := context.WithTimeout(parent, time.Hour)
	a, _ := parent.Deadline()
	b, _ := child.Deadline()
	fmt.Println(a.Equal(b))
	<-child.Done()
	fmt.Println(child.Err())
	cancelChild()
	cancelParent()

	past, cancelPast := context.WithDeadline(bg, time.Now().Add(-time.Second))
	defer cancelPast()
	fmt.Println(past.Err())

	cause := errors.New("too slow")
	ctx, cancel = context.WithTimeoutCause(bg, time.Millisecond, cause)
	defer cancel()
	<-ctx.Done()
	fmt.Println(ctx.Err(), context.Cause(ctx))
	var timeout interface{ Timeout() bool }
	fmt.Println(errors.As(ctx.Err(), &timeout) && timeout.Timeout())
}
