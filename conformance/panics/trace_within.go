// run

// A value that cannot be compared or hashed lies deep inside of others: the trace shows the compiler's functions for these, down to
// where it lies. (Starts itself, so not under an emulator.)

//go:build amd64

package main

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
)

type inner struct {
	s string
	a any
}

type outer struct {
	x int
	y inner
	z [2]inner
}

type method interface{ M() }

type implementer struct{ a any }

func (implementer) M() {}

var (
	slice  any = []int{1}
	f      any = func() {}
	table      = map[int]int{}
	nested     = outer{1, inner{"", inner{"", [2]any{1, f}}}, [2]inner{}}
)

var cases = []func(){
	func() { fmt.Println(slice == slice) },
	func() { a := any([2]any{1, f}); b := any([2]any{1, f}); fmt.Println(a == b) },
	func() { a, b := [2]any{1, f}, [2]any{1, f}; fmt.Println(a == b) },
	func() { a := any(inner{"x", slice}); b := any(inner{"x", slice}); fmt.Println(a == b) },
	func() { a, b := any(nested), any(nested); fmt.Println(a == b) },
	func() { a, b := nested, nested; fmt.Println(a == b) },
	func() { a, b := method(implementer{slice}), method(implementer{slice}); fmt.Println(a == b) },
	func() { a, b := any(&nested), any(nested); fmt.Println(a == b, any([1]method{implementer{f}}) == any([1]method{implementer{f}})) },
	func() { m := map[any]int{}; m[slice] = 1 },
	func() { m := map[any]int{1: 1}; fmt.Println(m[any(nested)]) },
	func() { m := map[inner]int{}; m[inner{"", slice}] = 1 },
	func() { m := map[inner]int{}; fmt.Println(m[inner{"", slice}]) },
	func() { m := map[inner]int{{"", 1}: 1}; delete(m, inner{"", f}) },
	func() { m := map[outer]int{}; m[nested] = 1 },
	func() { m := map[outer]int{}; m[outer{1, inner{"", 1}, [2]inner{{"", 1}, {"", f}}}] = 1 },
	func() { m := map[[2]any]int{}; m[[2]any{1, f}] = 1 },
	func() { m := map[method]int{}; m[implementer{f}] = 1 },
	// One that is found while the panic of another runs, and one after a recovery.
	func() {
		defer func() {
			m := map[inner]int{}
			m[inner{"", slice}] = 1
		}()
		a := any(inner{"x", f})
		fmt.Println(a == any(inner{"x", f}))
	},
	func() {
		for i := 0; i < 300; i++ {
			func() {
				defer func() { fmt.Fprint(os.Stderr, "", recover() == nil) }()
				a, b := any(nested), any(nested)
				fmt.Println(a == b)
			}()
		}
		a, b := any(inner{"", slice}), any(inner{"", slice})
		fmt.Println(a == b)
	},
}

func main() {
	if len(os.Args) > 1 {
		var n int
		fmt.Sscan(os.Args[1], &n)
		cases[n]()
		return
	}
	for i := range cases {
		out, err := exec.Command("/proc/self/exe", fmt.Sprint(i)).CombinedOutput()
		out = regexp.MustCompile(`(?m)^\t.*/`).ReplaceAll(out, []byte("\t"))
		out = regexp.MustCompile(`asm_.*|panic.go.*`).ReplaceAll(out, nil)
		out = regexp.MustCompile(` \+0x[0-9a-f]+`).ReplaceAll(out, nil)
		out = regexp.MustCompile(`0x[0-9a-f]+\??`).ReplaceAll(out, []byte("0x"))
		fmt.Printf("%d %s%v\n", i, out, err)
	}
}
