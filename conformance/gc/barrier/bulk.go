// run
// stress

// Bulk operations on pointers: clearing slices, copying large arrays and zeroing them, while what they hold
// is carried away on the stack.
package main

import (
	"fmt"
	"runtime"
	"sync"
)

type leaf struct{ id, check int }

const n = 5000

type block [n]*leaf

var sink *leaf

func (b *block) wrong(offset int) (wrong int) {
	for i, l := range b {
		if l == nil || l.id != (i+offset)%n || l.check != l.id*3 {
			wrong++
		}
	}
	return wrong
}

func main() {
	a, b := new(block), new(block)
	for i := range a {
		a[i] = &leaf{i, i * 3}
	}
	stop := make(chan bool)
	var helper sync.WaitGroup
	helper.Add(1)
	go func() {
		defer helper.Done()
		for {
			select {
			case <-stop:
				return
			default:
				runtime.GC()
				for i := 0; i < 5000; i++ {
					sink = &leaf{-1, -1}
				}
				runtime.Gosched()
			}
		}
	}()
	bad, offset := 0, 0
	var few [64]*leaf
	for round := 0; round < 500; round++ {
		*b = *a // the whole array
		*a = block{}
		runtime.Gosched()
		copy(few[:], b[:64])
		clear(b[:64])
		runtime.Gosched() // the first 64 are on the stack alone
		copy(a[:], b[64:])
		clear(b[:])
		copy(a[n-64:], few[:])
		few = [64]*leaf{}
		offset = (offset + 64) % n
		for i := range b { // a loop that the compiler makes a bulk clear
			b[i] = nil
		}
		if round%10 == 0 {
			bad += a.wrong(offset)
		}
		c := append([]*leaf(nil), a[:]...)
		*a = block{}
		runtime.Gosched()
		*a = block(c)
	}
	bad += a.wrong(offset)
	close(stop)
	helper.Wait()
	fmt.Println("bad:", bad, "offset:", offset)
}
