// run
// stress

// Reflected calls in the middle of a deep recursion; their frames move too.
package main

import (
	"fmt"
	"reflect"
)

func step(n int, p *int, s string, f float64) (int, string) {
	*p++
	if n == 0 {
		return int(f), s
	}
	local := 0
	out := reflect.ValueOf(step).Call([]reflect.Value{
		reflect.ValueOf(n - 1), reflect.ValueOf(&local), reflect.ValueOf(s), reflect.ValueOf(f + 0.5),
	})
	if local != 1 {
		panic("the local was left behind")
	}
	return int(out[0].Int()) + 1, out[1].String()
}

func main() {
	done := make(chan bool)
	go func() {
		n := 0
		a, b := step(200, &n, "carried", 0)
		fmt.Println(a, b, n)
		close(done)
	}()
	<-done
}
