// run
// stress

// What a finalizer returns is dropped, however much it is.
package main

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"time"
)

type thing struct {
	id  int
	pad [6]*int
}

type large struct {
	p [40]*int
	s string
}

var ran atomic.Int32

func count(t *thing) *thing {
	ran.Add(int32(t.id))
	return t
}

//go:noinline
func build() {
	runtime.SetFinalizer(&thing{id: 1}, func(t *thing) int { count(t); return 7 })
	runtime.SetFinalizer(&thing{id: 10}, count)
	runtime.SetFinalizer(&thing{id: 100}, func(t *thing) (string, error, any, float64) {
		count(t)
		return fmt.Sprint("x", t.id), fmt.Errorf("error %d", t.id), t, 1.5
	})
	runtime.SetFinalizer(&thing{id: 1000}, func(t *thing) (l large) {
		for i := range l.p {
			l.p[i] = &count(&thing{}).id
		}
		l.s = fmt.Sprint(l.p[0], t.id)
		count(t)
		return l
	})
	runtime.SetFinalizer(&thing{id: 10000}, func(t any) (a, b, c, d, e, f, g, h, i, j, k, l any) {
		count(t.(*thing))
		return t, t, t, t, t, t, t, t, t, t, t, t
	})
}

func main() {
	for round := int32(1); round <= 20; round++ {
		build()
		for i := 0; i < 500 && ran.Load() < 11111*round; i++ {
			runtime.GC()
			time.Sleep(100 * time.Microsecond)
		}
	}
	fmt.Println(ran.Load())
}
