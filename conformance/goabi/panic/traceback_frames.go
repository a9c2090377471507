// run
// exit: 2

// Tracebacks name methods, closures, generic functions, deferred calls and wrappers.
package main

type t struct{ n int }

//go:noinline
func (v t) value(f func(int)) { f(v.n) }

//go:noinline
func (v *t) pointer(f func(int)) { v.value(f) }

type caller interface{ pointer(func(int)) }

//go:noinline
func generic[T any](v T, c caller, f func(int)) { c.pointer(f) }

//go:noinline
func inlined(n int) { small(n) }

func small(n int) {
	if n > 0 {
		panic("from an inlined function")
	}
}

func main() {
	func() {
		defer func() {
			generic("type", &t{5}, func(n int) {
				inlined(n)
			})
		}()
	}()
}
