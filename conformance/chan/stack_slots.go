// run
// stress

// Elements are handed straight into the stack slots of goroutines that have just moved to larger stacks
// and that move again right after, while others do the same.
package main

import "fmt"

type big [24]int

//go:noinline
func deep(n int, c, d chan big) int {
	var here big
	if n == 0 {
		here = <-c
		return here[0] + here[23]
	}
	if n%16 == 0 {
		p := &here
		*p = <-c
		r := deep(n-1, c, d)
		// Still what came, though the stack has moved in between.
		if p[0] != here[0] || p[23] != here[23] || p != &here {
			panic("the slot was left behind")
		}
		select {
		case d <- here:
		case *p = <-c:
			d <- here
		}
		return r + p[0] + here[23]
	}
	here[n%24] = n
	r := deep(n-1, c, d)
	if here[n%24] != n {
		panic("a frame was damaged")
	}
	return r
}

func main() {
	const goroutines, depth = 30, 64
	results := make(chan int)
	for g := 0; g < goroutines; g++ {
		c, d := make(chan big), make(chan big, g%2)
		stop := make(chan bool)
		go func(g int) {
			for {
				var v big
				v[0], v[23] = g, g
				select {
				case c <- v:
				case got := <-d:
					if got[0] != g || got[23] != g {
						panic(fmt.Sprint("got ", got, " of ", g))
					}
				case <-stop:
					return
				}
			}
		}(g)
		go func() {
			r := deep(depth, c, d)
			close(stop)
			results <- r
		}()
	}
	sum := 0
	for g := 0; g < goroutines; g++ {
		sum += <-results
	}
	fmt.Println(sum == 2*(depth/16+1)*goroutines*(goroutines-1)/2, sum)
}
