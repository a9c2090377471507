// run
// stress

// testing.AllocsPerRun: how many objects simple things cost.
package main

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
)

type point struct{ x, y int }

var (
	sinkPoint  *point
	sinkSlice  []int
	sinkAny    any
	sinkString string
	sinkFunc   func() int
	sinkMap    map[int]int
	sinkBytes  []byte
	number     = 1000
	text       = "some text that is longer than what a temporary buffer holds"
)

func main() {
	sinkBytes, sinkPoint = []byte(text), &point{}
	cases := []struct {
		name string
		f    func()
	}{
		{"nothing", func() {}},
		{"a struct", func() { sinkPoint = &point{1, 2} }},
		{"a slice", func() { sinkSlice = make([]int, 10) }},
		{"a large slice", func() { sinkSlice = make([]int, 10_000) }},
		{"append from nil", func() {
			var s []int
			for i := 0; i < 9; i++ {
				s = append(s, i)
			}
			sinkSlice = s
		}},
		{"a small number in an interface", func() { sinkAny = number & 1 }},
		{"a number in an interface", func() { sinkAny = number }},
		{"a string in an interface", func() { sinkAny = text }},
		{"a pointer in an interface", func() { sinkAny = sinkPoint }},
		{"concatenation", func() { sinkString = text + strconv.Itoa(number&1) }},
		{"bytes to string", func() { sinkString = string(sinkBytes) }},
		{"string to bytes", func() { sinkBytes = []byte(text) }},
		{"a comparison of bytes", func() { _ = string(sinkBytes) == text }},
		{"a closure", func() { n := number; sinkFunc = func() int { return n } }},
		{"a captured variable", func() { n := number; sinkFunc = func() int { n++; return n } }},
		{"a small map", func() { sinkMap = map[int]int{} }},
		{"a stack array", func() { var a [100]int; a[number%100]++; number += a[0] - a[0] }},
		{"a builder", func() {
			var b strings.Builder
			b.Grow(100)
			b.WriteString(text)
			sinkString = b.String()
		}},
	}
	for _, c := range cases {
		fmt.Println(c.name+":", testing.AllocsPerRun(100, c.f))
	}
}
