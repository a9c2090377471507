// run
// stress

// An unsafe.Pointer keeps its object, of whatever type and wherever it points into it; a uintptr does not.
package main

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"time"
	"unsafe"
)

type thing struct {
	id   int
	body [5]*int
	name string
}

var freed atomic.Int32
var sink any

//go:noinline
func fresh(id int) *thing {
	t := &thing{id: id, name: fmt.Sprint("thing", id)}
	for i := range t.body {
		n := id + i
		t.body[i] = &n
	}
	runtime.SetFinalizer(t, func(*thing) { freed.Add(1) })
	return t
}

//go:noinline
func address(id int) uintptr { return uintptr(unsafe.Pointer(fresh(id))) }

//go:noinline
func inside(id int) unsafe.Pointer { return unsafe.Add(unsafe.Pointer(fresh(id)), 8*(id%6)+id%8) }

func churn() {
	runtime.GC()
	for i := 0; i < 1000; i++ {
		n := -i
		sink = &n
		sink = &thing{id: -1}
	}
	time.Sleep(time.Millisecond)
}

func main() {
	const n = 100
	var pointers []unsafe.Pointer
	var numbers []uintptr
	for i := 0; i < n; i++ {
		pointers = append(pointers, inside(i))
		numbers = append(numbers, address(1000+i))
	}
	for i := 0; i < 500 && freed.Load() < n; i++ {
		churn()
	}
	churn()
	fmt.Println("freed:", freed.Load(), len(numbers))
	wrong := 0
	for i, p := range pointers {
		t := (*thing)(unsafe.Add(p, -(8*(i%6) + i%8)))
		if t.id != i || t.name != fmt.Sprint("thing", i) || *t.body[4] != i+4 {
			wrong++
		}
	}
	fmt.Println("wrong:", wrong)
	// Views of one memory as other types, kept by the view alone.
	var views []any
	for i := 0; i < n; i++ {
		t := fresh(i)
		switch i % 3 {
		case 0:
			views = append(views, unsafe.Slice(&t.body[0], 5)[i%5:])
		case 1:
			views = append(views, unsafe.StringData(t.name))
		case 2:
			views = append(views, (*[unsafe.Sizeof(thing{})]byte)(unsafe.Pointer(t)))
		}
	}
	churn()
	churn()
	for i, x := range views {
		ok := false
		switch x := x.(type) {
		case []*int:
			ok = *x[0] == i+i%5
		case *byte:
			ok = unsafe.String(x, 5) == "thing"
		case *[unsafe.Sizeof(thing{})]byte:
			ok = (*thing)(unsafe.Pointer(x)).name == fmt.Sprint("thing", i)
		}
		if !ok {
			wrong++
		}
	}
	fmt.Println("wrong:", wrong)
}
