// run
// stress

// A finalizer's parameter may be an interface that the object implements, or another pointer type with
// the same elements.
package main

import (
	"fmt"
	"runtime"
	"sort"
	"time"
)

type thing struct {
	id  int
	p   *int
	pad [10]int
}

func (t *thing) String() string { return fmt.Sprint("thing", t.id, *t.p) }

type plain struct{ id, more int }

type named *plain

var events = make(chan string, 10)

//go:noinline
func build() {
	n := 5
	runtime.SetFinalizer(&thing{id: 1, p: &n}, func(t *thing) { events <- "pointer " + t.String() })
	runtime.SetFinalizer(&thing{id: 2, p: &n}, func(t any) { events <- fmt.Sprintf("any %T %v", t, t) })
	runtime.SetFinalizer(&thing{id: 3, p: &n}, func(t fmt.Stringer) { events <- fmt.Sprintf("stringer %T %v", t, t) })
	runtime.SetFinalizer(&plain{id: 4}, func(t named) { events <- fmt.Sprintf("named %T %v", t, t.id) })
	runtime.SetFinalizer(&thing{id: 5, p: &n}, (*thing).finalize)
	runtime.SetFinalizer(&thing{id: 6, p: &n}, (&receiver{"bound"}).finalize)
	runtime.SetFinalizer(named(&plain{id: 7}), func(t *plain) { events <- fmt.Sprint("from named ", t.id) })
}

func (t *thing) finalize() { events <- "method " + t.String() }

type receiver struct{ name string }

func (r *receiver) finalize(t *thing) { events <- r.name + " " + t.String() }

func main() {
	build()
	for i := 0; i < 1000 && len(events) < 7; i++ {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	var got []string
	for len(events) > 0 {
		got = append(got, <-events)
	}
	sort.Strings(got)
	for _, s := range got {
		fmt.Println(s)
	}
}
