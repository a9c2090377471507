// run
// stress

// Putting a value into an interface copies it; methods work on that copy.
package main

import "fmt"

type counter struct {
	n   int
	big [20]int
}

func (c counter) Inc() int { c.n++; return c.n }

type ptrCounter struct{ n int }

func (c *ptrCounter) Inc() int { c.n++; return c.n }

type incer interface{ Inc() int }

func main() {
	c := counter{n: 5}
	var i incer = c
	c.n = 100
	fmt.Println(i.Inc(), i.Inc(), c.n, i.(counter).n)
	p := &ptrCounter{5}
	i = p
	p.n = 10
	fmt.Println(i.Inc(), i.Inc(), p.n)

	arr := [3]int{1, 2, 3}
	var x interface{} = arr
	arr[0] = 9
	got := x.([3]int)
	got[1] = 8
	fmt.Println(arr, x, got)

	list := []interface{}{}
	for k := 0; k < 3; k++ {
		list = append(list, k, c, &c)
		c.n++
	}
	for _, v := range list {
		switch v := v.(type) {
		case int:
			fmt.Print(v, " ")
		case counter:
			fmt.Print("copy ", v.n, " ")
		case *counter:
			fmt.Print("pointer ", v.n, " ")
		}
	}
	fmt.Println()
	var y interface{} = x
	x = 7
	fmt.Println(y, x)
	var inner interface{} = interface{}(c)
	_, ok := inner.(counter)
	fmt.Println(ok)
}
