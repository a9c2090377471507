// run

// What may follow the word go: functions, closures, methods, method values, calls
// with many arguments, variadic and generic ones.
package main

import "fmt"

type acc struct {
	name string
	out  chan string
}

func (a acc) value(s string)            { a.out <- "value " + a.name + s }
func (a *acc) pointer(n ...int)         { a.out <- fmt.Sprint("pointer ", a.name, n) }
func generic[T any](c chan string, v T) { c <- fmt.Sprintf("generic %T", v) }

func many(c chan string, a int, b string, d float64, e [3]int, f []byte, g map[string]int, h func() int) {
	c <- fmt.Sprint("many ", a, b, d, e, string(f), g, h())
}

type doer interface{ value(string) }

func main() {
	c := make(chan string)
	a := &acc{"A", c}
	go a.value("!")
	fmt.Println(<-c)
	go a.pointer(1, 2, 3)
	fmt.Println(<-c)
	go a.pointer()
	fmt.Println(<-c)
	var d doer = *a
	go d.value("?")
	fmt.Println(<-c)
	f := a.value
	a.name = "changed"
	go f(" bound before")
	fmt.Println(<-c)
	go (*acc).pointer(a, 9)
	fmt.Println(<-c)
	go generic(c, 1.5)
	fmt.Println(<-c)
	n := 5
	go many(c, n, "b", 2.5, [3]int{1, 2, 3}, []byte("bytes"), map[string]int{"k": 1}, func() int { return n * 2 })
	fmt.Println(<-c)
	m := n
	n = 6
	go func(s string, m int) { c <- fmt.Sprint(s, m, n) }("closure", m)
	fmt.Println(<-c)
}
