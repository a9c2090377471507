// run
// env: GOMAXPROCS=1

// Channels on one processor: the cost of the operation itself.
package main

import (
	"fmt"
	"time"
)

// bench prints the best of three rounds, in nanoseconds for each of n operations.
func bench(name string, n int, f func(n int)) {
	best := time.Duration(1 << 62)
	for round := 0; round < 3; round++ {
		start := time.Now()
		f(n)
		if d := time.Since(start); d < best {
			best = d
		}
	}
	fmt.Printf("%s %.2f\n", name, float64(best.Nanoseconds())/float64(n))
}

func main() {
	bench("chan_unbuffered_roundtrip", 1_000_000, func(n int) {
		a, b := make(chan int), make(chan int)
		go func() {
			for v := range a {
				b <- v
			}
		}()
		for i := 0; i < n; i++ {
			a <- i
			<-b
		}
		close(a)
	})
	bench("chan_buffered_send_recv", 10_000_000, func(n int) {
		c := make(chan int, 1)
		for i := 0; i < n; i++ {
			c <- i
			<-c
		}
	})
	bench("chan_buffered_producer", 5_000_000, func(n int) {
		c := make(chan int, 256)
		go func() {
			for i := 0; i < n; i++ {
				c <- i
			}
			close(c)
		}()
		for range c {
		}
	})
	bench("chan_select_two_ready", 5_000_000, func(n int) {
		a, b := make(chan int, 1), make(chan int, 1)
		for i := 0; i < n; i++ {
			a <- i
			select {
			case <-a:
			case <-b:
			}
		}
	})
	bench("chan_select_default", 20_000_000, func(n int) {
		c := make(chan int)
		for i := 0; i < n; i++ {
			select {
			case <-c:
			default:
			}
		}
	})
	bench("chan_select_send_default", 20_000_000, func(n int) {
		c := make(chan int, 1)
		c <- 1
		for i := 0; i < n; i++ {
			select {
			case c <- i:
			default:
			}
		}
	})
	bench("chan_select_two_default", 10_000_000, func(n int) {
		a, b := make(chan int), make(chan int)
		for i := 0; i < n; i++ {
			select {
			case <-a:
			case <-b:
			default:
			}
		}
	})
	bench("chan_closed_receive", 20_000_000, func(n int) {
		c := make(chan int)
		close(c)
		for i := 0; i < n; i++ {
			<-c
		}
	})
	bench("chan_closed_select_default", 20_000_000, func(n int) {
		c := make(chan int)
		close(c)
		for i := 0; i < n; i++ {
			select {
			case <-c:
			default:
			}
		}
	})
	bench("chan_closed_select_two", 10_000_000, func(n int) {
		a, b := make(chan int), make(chan int)
		close(a)
		for i := 0; i < n; i++ {
			select {
			case <-a:
			case <-b:
			default:
			}
		}
	})
	bench("chan_select_four_blocking", 500_000, func(n int) {
		var c [4]chan int
		for i := range c {
			c[i] = make(chan int)
		}
		go func() {
			for i := 0; i < n; i++ {
				c[i%4] <- i
			}
		}()
		for i := 0; i < n; i++ {
			select {
			case <-c[0]:
			case <-c[1]:
			case <-c[2]:
			case <-c[3]:
			}
		}
	})
	bench("chan_make", 2_000_000, func(n int) {
		for i := 0; i < n; i++ {
			sink = make(chan int)
		}
	})
	bench("chan_make_16", 2_000_000, func(n int) {
		for i := 0; i < n; i++ {
			sink = make(chan int, 16)
		}
	})
	bench("chan_make_pointers", 2_000_000, func(n int) {
		for i := 0; i < n; i++ {
			strings = make(chan string, 4)
		}
	})
}

var (
	sink    chan int
	strings chan string
)
