// run

// Data laid out by the linker: initialised, read-only, zeroed, and with pointers
// between the parts.
package main

import "fmt"

type node struct {
	name string
	next *node
	kids []*node
	any  interface{}
}

var (
	leaf  = node{name: "leaf", any: 3.5}
	inner = node{name: "inner", next: &leaf, kids: []*node{&leaf, nil}}
	outer = node{name: "outer", next: &inner, any: &leaf}
)

var zeroes [1 << 16]uint64

var ones = [...]byte{0: 1, 9: 1, 4095: 1}

var words = map[string]int{"one": 1, "two": 2, "three": 3}

var calls = [...]func() string{
	func() string { return "closure in data" },
	outer.String,
}

func (n node) String() string { return "node " + n.name }

func main() {
	sum := uint64(0)
	for _, z := range zeroes {
		sum += z
	}
	count := 0
	for _, o := range ones {
		count += int(o)
	}
	fmt.Println(sum, count, len(ones))
	fmt.Println(outer.next.next.name, inner.kids[0].kids == nil, inner.kids[0] == &leaf, inner.kids[1])
	fmt.Println(outer.any.(*node).name, leaf.any)
	fmt.Println(len(words), words["two"], words["four"])
	for _, f := range calls {
		fmt.Println(f())
	}
}
