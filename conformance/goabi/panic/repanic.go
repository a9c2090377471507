// run

// Recovering and raising again, with other values and through several frames.
package main

import (
	"errors"
	"fmt"
	"strings"
)

var trail []string

func layer(n int) {
	defer func() {
		r := recover()
		trail = append(trail, fmt.Sprint(n, ":", r))
		switch v := r.(type) {
		case nil:
			return
		case string:
			if n == 1 {
				return
			}
			panic(errors.New(v + "!"))
		case error:
			panic(v.Error() + "?")
		}
	}()
	if n == 5 {
		panic("start")
	}
	layer(n + 1)
}

func main() {
	layer(0)
	fmt.Println(strings.Join(trail, " "))
	for i := 0; i < 3; i++ {
		func() {
			defer func() {
				fmt.Println(i, recover())
			}()
			defer func() {
				if r := recover(); r != nil && i != 1 {
					panic(fmt.Sprintf("again(%v)", r))
				}
			}()
			panic(i)
		}()
	}
}
