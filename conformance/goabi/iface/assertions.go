// run

// Type assertions that hold, with and without the second result.
package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

type shape interface{ Area() float64 }

type namer interface{ Name() string }

type both interface {
	shape
	namer
}

type square struct{ side float64 }

func (s square) Area() float64 { return s.side * s.side }
func (s square) Name() string  { return "square" }

type dot struct{}

func (*dot) Area() float64 { return 0 }

func main() {
	var x interface{} = square{3}
	s := x.(shape)
	b := s.(both)
	fmt.Println(s.Area(), b.Name(), x.(square).side, b.(square) == x)
	_, ok := s.(namer)
	_, ok2 := s.(*square)
	_, ok3 := s.(fmt.Stringer)
	fmt.Println(ok, ok2, ok3)

	x = &dot{}
	s, ok = x.(shape)
	n, ok2 := x.(namer)
	fmt.Println(s != nil, ok, n == nil, ok2)
	x = dot{}
	_, ok = x.(shape) // the method is the pointer's
	fmt.Println(ok)

	var null interface{}
	i, ok := null.(int)
	fmt.Println(i, ok)
	str, ok := null.(string)
	fmt.Printf("%q %v\n", str, ok)
	var e error
	_, ok = e.(interface{ Timeout() bool })
	fmt.Println(ok)

	var r io.Reader = strings.NewReader("abc")
	_, isSeeker := r.(io.Seeker)
	_, isWriter := r.(io.Writer)
	w, isWriterTo := r.(io.WriterTo)
	fmt.Println(isSeeker, isWriter, isWriterTo, w == r.(io.WriterTo))
	f, ok := interface{}(errors.New).(func(string) error)
	fmt.Println(f("made by a function from an interface"), ok)
}
