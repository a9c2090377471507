// run
// stress

// Objects that travel through channels, from stack to stack and by way of buffers, are known to nothing else
// while they do; collections run all the time.
package main

import (
	"fmt"
	"runtime"
	"sync"
)

type parcel struct {
	id, hops int
	check    string
	inner    *parcel
}

type crate struct {
	p    *parcel
	tags [3]string
}

var sink *parcel

func fresh(id int) *parcel {
	return &parcel{id: id, check: fmt.Sprint("p", id), inner: &parcel{id: -id}}
}

func (p *parcel) good() bool { return p.check == fmt.Sprint("p", p.id) && p.inner.id == -p.id }

func main() {
	const n, stages = 1500, 6
	var wg, helper sync.WaitGroup
	stop := make(chan bool)
	helper.Add(1)
	go func() {
		defer helper.Done()
		for {
			select {
			case <-stop:
				return
			default:
				runtime.GC()
				for i := 0; i < 3000; i++ {
					sink = &parcel{id: -1}
				}
				runtime.Gosched()
			}
		}
	}()
	first := make(chan *parcel)
	in := first
	for s := 0; s < stages; s++ {
		out := make(chan *parcel, s%3*5) // some with buffers
		wg.Add(1)
		go func(s int, in, out chan *parcel) {
			defer wg.Done()
			defer close(out)
			crates := make(chan crate, 2)
			go func() {
				for p := range in {
					c := crate{p, [3]string{p.check, "", fmt.Sprint(s)}}
					p = nil
					crates <- c
				}
				close(crates)
			}()
			for c := range crates {
				if !c.p.good() || c.tags[0] != c.p.check || c.tags[2] != fmt.Sprint(s) {
					c.p.hops -= 1000
				}
				c.p.hops++
				if s%2 == 0 {
					select {
					case out <- c.p:
					case <-stop:
					}
				} else {
					out <- c.p
				}
			}
		}(s, in, out)
		in = out
	}
	go func() {
		for i := 0; i < n; i++ {
			first <- fresh(i)
		}
		close(first)
	}()
	got, bad := 0, 0
	for p := range in {
		if p.id != got || p.hops != stages || !p.good() {
			bad++
		}
		got++
	}
	wg.Wait()
	close(stop)
	helper.Wait()
	fmt.Println("arrived:", got, "bad:", bad)
}
