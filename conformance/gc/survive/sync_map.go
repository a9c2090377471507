// run
// stress

// sync.Map, atomic.Value and atomic.Pointer hold what was stored last, under collections from other
// goroutines, and let go of what was there before.
package main

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

type item struct {
	id   int
	text string
	prev *item
}

var freed atomic.Int32

//go:noinline
func fresh(id int) *item {
	it := &item{id: id, text: fmt.Sprint("item", id)}
	runtime.SetFinalizer(it, func(*item) { freed.Add(1) })
	return it
}

func (it *item) good() bool { return it.text == fmt.Sprint("item", it.id) }

func main() {
	const writers, rounds, keys = 4, 300, 20
	var m sync.Map
	var value atomic.Value
	var pointer atomic.Pointer[item]
	var bad atomic.Int32
	value.Store(fresh(0))
	pointer.Store(fresh(0))
	stop := make(chan bool)
	var collector, wg sync.WaitGroup
	collector.Add(1)
	go func() {
		defer collector.Done()
		for {
			select {
			case <-stop:
				return
			default:
				runtime.GC()
				runtime.Gosched()
			}
		}
	}()
	for w := 0; w < writers; w++ {
		wg.Add(1)
		go func(w int) {
			defer wg.Done()
			for i := 0; i < rounds; i++ {
				id := w*rounds + i
				m.Store(id%keys, fresh(id))
				if old, ok := m.Swap(fmt.Sprint(id%keys), fresh(id)); ok && !old.(*item).good() {
					bad.Add(1)
				}
				if i%10 == 9 {
					m.Delete(id % keys)
				}
				if !value.Swap(fresh(id)).(*item).good() || !pointer.Swap(fresh(id)).good() {
					bad.Add(1)
				}
				for old := pointer.Load(); ; old = pointer.Load() {
					if pointer.CompareAndSwap(old, &item{id, fmt.Sprint("item", id), nil}) {
						break
					}
				}
				if x, ok := m.Load((id + 7) % keys); ok && !x.(*item).good() || !pointer.Load().good() {
					bad.Add(1)
				}
				if i%50 == 0 {
					runtime.Gosched()
				}
			}
		}(w)
	}
	wg.Wait()
	close(stop)
	collector.Wait()
	left := 0
	m.Range(func(k, v any) bool {
		if !v.(*item).good() {
			bad.Add(1)
		}
		left++
		return true
	})
	m.Range(func(k, v any) bool { m.Delete(k); return true })
	value.Store((*item)(nil))
	pointer.Store(nil)
	all := int32(4*writers*rounds + 2)
	for i := 0; i < 500 && freed.Load() < all; i++ {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	// A map may hold a few dead entries until it is rebuilt.
	fmt.Println("bad:", bad.Load(), "left:", left > 0 && left <= 2*keys, "freed:", freed.Load() >= all-2*keys && freed.Load() <= all)
}
