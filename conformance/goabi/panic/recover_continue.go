// run

// After a recover the function that deferred it returns to its caller as usual.
package main

import "fmt"

func deep(n int) {
	defer func() { fmt.Print("leave ", n, "; ") }()
	if n == 0 {
		panic("bottom")
	}
	deep(n - 1)
	fmt.Println("not reached")
}

func stop(n int) (r string) {
	defer func() {
		if e := recover(); e != nil {
			r = fmt.Sprint("caught ", e)
		}
	}()
	deep(n)
	return "not reached"
}

func results() (a int, b string, c []int, d float64) {
	a, b, c, d = 1, "set", []int{1}, 2.5
	defer func() {
		recover()
		a *= 10
	}()
	var m map[string]int
	m["x"] = 1
	return 9, "never", nil, 0
}

func unnamed() (int, string) {
	defer func() { recover() }()
	panic("x")
}

func main() {
	for i := 0; i < 4; i++ {
		r := stop(i)
		fmt.Println(r)
	}
	fmt.Println(results())
	fmt.Println(unnamed())
	total := 0
	for i := 0; i < 1000; i++ {
		func() {
			defer func() {
				if recover() != nil {
					total++
				}
			}()
			if i%3 == 0 {
				panic(i)
			}
		}()
	}
	fmt.Println(total)
}
