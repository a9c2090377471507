// run
// stress
// timeout: 30

// runtime.GC in calls deferred by functions that are panicking: the value, the frames above and what the
// deferred functions captured are all still there.
package main

import (
	"errors"
	"fmt"
	"runtime"
)

type value struct {
	text string
	next *value
}

type rubbish struct{ a, b, c *int }

var sink any

func churn() {
	runtime.GC()
	for i := 0; i < 3000; i++ {
		x := -i
		sink = &rubbish{&x, &x, &x}
		sink = &value{"rubbish", nil}
	}
}

//go:noinline
func thrower(n int) {
	local := &value{fmt.Sprint("local", n), nil}
	defer func() {
		churn()
		if local.text != fmt.Sprint("local", n) {
			fmt.Println("damaged:", local.text)
		}
	}()
	if n == 0 {
		panic(&value{"thrown", &value{"behind", nil}})
	}
	thrower(n - 1)
}

func nested() (err error) {
	defer func() {
		churn()
		r := recover()
		err = errors.Join(err, fmt.Errorf("outer: %v", r))
	}()
	defer func() {
		r := recover().(*value)
		churn()
		err = fmt.Errorf("inner: %s %s", r.text, r.next.text)
		defer churn()
		panic(fmt.Sprint("again ", len(r.text)))
	}()
	thrower(20)
	return nil
}

func main() {
	for i := 0; i < 3; i++ {
		func() {
			defer func() {
				churn()
				v := recover().(*value)
				churn()
				fmt.Println(v.text, v.next.text)
			}()
			thrower(10 * i)
		}()
	}
	fmt.Println(nested())
	func() {
		defer func() { fmt.Println(recover()) }()
		defer churn()
		var m map[string]*value
		m["x"] = &value{}
	}()
}
