// run
// stress

// Assignments by reflect, unsafe and generic code, which reach the heap in other ways than a plain store.
package main

import (
	"fmt"
	"reflect"
	"runtime"
	"sync"
)

type leaf struct{ id, check int }

type holder struct {
	A, B *leaf
	Any  any
	List []*leaf
	Arr  [3]*leaf
	M    map[string]*leaf
}

var sink *leaf

func fresh(id int) *leaf { return &leaf{id, -id} }

func exchange[T any](a, b *T) { *a, *b = *b, *a }

func move[K comparable, V any](m map[K]V, from, to K) {
	v := m[from]
	delete(m, from)
	m[to] = v
}

func work(g int) (bad int) {
	hs := []*holder{{}, {}}
	for k, h := range hs {
		id := g*100 + k*10
		*h = holder{fresh(id), fresh(id + 1), fresh(id + 2), []*leaf{fresh(id + 3)}, [3]*leaf{2: fresh(id + 4)}, map[string]*leaf{"x": fresh(id + 5)}}
	}
	swap := reflect.Swapper(hs)
	for i := 0; i < 800; i++ {
		v, w := reflect.ValueOf(hs[0]).Elem(), reflect.ValueOf(hs[1]).Elem()
		f := i % v.NumField()
		tmp := reflect.New(v.Field(f).Type()).Elem()
		tmp.Set(v.Field(f))
		v.Field(f).SetZero()
		runtime.Gosched()
		v.Field(f).Set(w.Field(f))
		w.Field(f).SetZero()
		runtime.Gosched()
		w.Field(f).Set(tmp)
		swap(0, 1)
		exchange(&hs[0].A, &hs[0].B)
		exchange(hs[0], hs[1])
		move(hs[0].M, "x", "y")
		runtime.Gosched()
		move(hs[0].M, "y", "x")
		reflect.Copy(reflect.ValueOf(hs[0].Arr[:]), reflect.ValueOf([]*leaf{fresh(1)}))
		v.Field(3).Set(reflect.Append(v.Field(3).Slice(0, 1), reflect.ValueOf(fresh(2))))
	}
	seen := map[int]bool{}
	for _, h := range hs {
		for _, l := range []*leaf{h.A, h.B, h.Any.(*leaf), h.List[0], h.Arr[2], h.M["x"]} {
			if l.check != -l.id || l.id/100 != g {
				bad++
			}
			seen[l.id] = true
		}
	}
	if len(seen) != 12 {
		bad++
	}
	return bad
}

func main() {
	var wg, helper sync.WaitGroup
	bad := make([]int, 4)
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
					sink = &leaf{-1, -1}
				}
				runtime.Gosched()
			}
		}
	}()
	for g := range bad {
		wg.Add(1)
		go func(g int) {
			defer wg.Done()
			bad[g] = work(g)
		}(g)
	}
	wg.Wait()
	close(stop)
	helper.Wait()
	fmt.Println("bad:", bad)
}
