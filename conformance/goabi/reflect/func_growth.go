// run
// stress

// Made functions and reflected calls one inside the other, deep enough to grow stacks.
package main

import (
	"fmt"
	"reflect"
)

type payload struct {
	depth int
	trail [8]int
	note  string
}

var f func(p payload, limit int) (payload, error)

func main() {
	v := reflect.ValueOf(&f).Elem()
	impl := func(in []reflect.Value) []reflect.Value {
		p, limit := in[0].Interface().(payload), int(in[1].Int())
		p.trail[p.depth%8]++
		p.depth++
		p.note = fmt.Sprint("at ", p.depth)
		var err error
		switch {
		case p.depth >= limit:
			err = fmt.Errorf("stopped at %d", p.depth)
		case p.depth%2 == 0:
			p, err = f(p, limit) // as Go code does
		default:
			out := v.Call([]reflect.Value{reflect.ValueOf(p), in[1]})
			p = out[0].Interface().(payload)
			err = out[1].Interface().(error)
		}
		return []reflect.Value{reflect.ValueOf(p), reflect.ValueOf(&err).Elem()}
	}
	v.Set(reflect.MakeFunc(v.Type(), impl))
	done := make(chan bool)
	for _, limit := range []int{1, 10, 300} {
		go func() {
			p, err := f(payload{}, limit)
			fmt.Println(p.depth, p.trail, p.note, err)
			done <- true
		}()
		<-done
	}
}
