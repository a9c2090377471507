// Package talk has the benchmarks of the talk on the runtime: what slices cost in bytes on both sides of a size class
// and of a page, and what it costs to return a struct by reference or by value.
//
//	go test -bench . -benchmem
package talk

import "testing"

// The results go to variables of the package, or the compiler would keep them on the stack.
var (
	slice     []int
	reference *large
	value     large
)

type large struct{ words [8]int }

const mi = 1024 * 1024

func BenchmarkMake1024(b *testing.B) {
	for i := 0; i < b.N; i++ {
		slice = make([]int, 1024)
	}
}

func BenchmarkMake1025(b *testing.B) {
	for i := 0; i < b.N; i++ {
		slice = make([]int, 1025)
	}
}

func BenchmarkMakeMi(b *testing.B) {
	for i := 0; i < b.N; i++ {
		slice = make([]int, mi)
	}
}

func BenchmarkMakeMi1(b *testing.B) {
	for i := 0; i < b.N; i++ {
		slice = make([]int, mi+1)
	}
}

//go:noinline
func byReference(i int) *large { return &large{[8]int{i, 7: i}} }

//go:noinline
func byValue(i int) large { return large{[8]int{i, 7: i}} }

func BenchmarkByReference(b *testing.B) {
	for i := 0; i < b.N; i++ {
		reference = byReference(i)
	}
}

func BenchmarkByValue(b *testing.B) {
	for i := 0; i < b.N; i++ {
		value = byValue(i)
	}
}
