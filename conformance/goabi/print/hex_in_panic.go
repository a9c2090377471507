// run
// exit: 2

// How an uncaught panic prints values of other basic kinds: in a chain of panics.
package main

type (
	name  string
	flags uint16
	ratio complex64
)

func main() {
	defer func() { panic(true) }()
	defer func() { panic('r') }()
	defer func() { panic(ratio(1 + 2i)) }()
	defer func() { panic(flags(0xffff)) }()
	defer func() { panic(name("quoted \"name\"\n")) }()
	defer func() { panic(uint8(7)) }()
	defer func() { panic(1.25) }()
	defer func() { panic([]int{1}) }()
	panic(uintptr(16))
}
