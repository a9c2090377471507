// run

// Calls through nil: interfaces, and nil pointers inside interfaces.
package main

import (
	"fmt"
	"runtime"
)

type animal interface {
	Sound() string
	Legs() int
}

type cat struct{ legs int }

func (c *cat) Sound() string {
	if c == nil {
		return "silence"
	}
	return "meow"
}

func (c *cat) Legs() int { return c.legs }

type stone struct{}

func (stone) Sound() string { return "nothing" }
func (stone) Legs() int     { return 0 }

func try(name string, f func() interface{}) {
	defer func() {
		if r := recover(); r != nil {
			_, ok := r.(runtime.Error)
			fmt.Println(name+":", r, ok)
		}
	}()
	fmt.Println(name+":", f())
}

func main() {
	var a animal
	try("nil interface", func() interface{} { return a.Sound() })
	try("nil interface method value", func() interface{} { return a.Legs })
	var c *cat
	a = c
	try("is nil", func() interface{} { return a == nil })
	try("nil pointer, method copes", func() interface{} { return a.Sound() })
	try("nil pointer, method reads", func() interface{} { return a.Legs() })
	var s *stone
	a = s
	try("nil pointer, value method", func() interface{} { return a.Sound() })
	try("nil pointer, value method called directly", func() interface{} { return s.Legs() })
	a = stone{}
	try("empty struct", func() interface{} { return a.Sound() })
	var e error
	try("nil error", func() interface{} { return e.Error() })
	var f func() int
	try("nil function", func() interface{} { return f() })
}
