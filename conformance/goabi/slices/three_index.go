// run

// Slices of slices, arrays and pointers to arrays: lengths, capacities, aliasing.
package main

import "fmt"

func show(name string, s []int) { fmt.Println(name, s, len(s), cap(s)) }

func main() {
	arr := [8]int{0, 1, 2, 3, 4, 5, 6, 7}
	s := arr[2:5]
	show("2:5", s)
	show("2:5:6", arr[2:5:6])
	show("of it 1:", s[1:])
	show("of it :6", s[:6])
	show("of it 1:2:3", s[1:2:3])
	show("of it 3:", s[3:])
	show("of it 6:6", s[6:6])
	p := &arr
	show("pointer :0", p[:0])
	show("pointer 4::", p[4:])
	s[0] = 20
	p[7] = 70
	fmt.Println(arr, s[:6])
	var null []int
	show("nil", null[:])
	show("nil 0:0:0", null[0:0:0])
	fmt.Println(null[:] == nil, s[0:0] == nil)
	limited := arr[:2:2]
	limited = append(limited, 99)
	fmt.Println(arr[2], limited)
	i, j, k := 1, 3, 4
	show("variables", arr[i:j:k])
	str := "hello"
	fmt.Println(str[1:3], str[:i], str[j:], str[5:] == "", len(str[2:2]))
	q := new([4]string)
	q[1:][0] = "through a slice"
	fmt.Println(q[1])
	zero := make([]int, 0, 5)
	show("zero :5", zero[:5])
	show("moving on", zero[:3][2:][:1:2])
}
