// run
// stress

// Until it has run, a finalizer keeps what its closure captured, and what its object leads to.
package main

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"time"
)

type data struct {
	text string
	more *data
}

type object struct {
	inner *data
	id    int
}

const n = 300

var keep [n]*object
var good, bad atomic.Int32
var sink any

func churn() {
	runtime.GC()
	for i := 0; i < 1000; i++ {
		sink = &data{"rubbish", nil}
		sink = &object{nil, -1}
		sink = [2]string{"rubbish", "more"}
	}
}

//go:noinline
func build() {
	for i := range keep {
		captured := &data{fmt.Sprint("captured", i), &data{fmt.Sprint("behind", i), nil}}
		keep[i] = &object{&data{fmt.Sprint("inner", i), nil}, i}
		runtime.SetFinalizer(keep[i], func(o *object) {
			id := fmt.Sprint(o.id)
			if captured.text == "captured"+id && captured.more.text == "behind"+id && o.inner.text == "inner"+id {
				good.Add(1)
			} else {
				bad.Add(1)
			}
		})
	}
}

func main() {
	build()
	for i := 0; i < 5; i++ {
		churn()
	}
	for i := range keep {
		keep[i] = nil
		if i%50 == 0 {
			churn()
		}
	}
	for i := 0; i < 500 && good.Load()+bad.Load() < n; i++ {
		churn()
		time.Sleep(time.Millisecond)
	}
	fmt.Println("good:", good.Load(), "bad:", bad.Load())
}
