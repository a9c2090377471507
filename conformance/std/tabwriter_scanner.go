// run

// text/tabwriter, text/scanner and go/parser: programs that look at text.
package main

import (
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"strings"
	"text/scanner"
	"text/tabwriter"
)

const source = `package p
import "fmt"
// Add adds.
func Add(a,b int) int { if a>b { return a-b }
return a+b }
type T[K comparable] struct { m map[K][]int; next *T[K] }
func (t *T[K]) Len() int { return len(t.m) }
func main() { fmt.Println(Add(1,2)); go func(){ select{} }() }
`

func main() {
	w := tabwriter.NewWriter(os.Stdout, 0, 8, 2, ' ', tabwriter.AlignRight|tabwriter.Debug)
	fmt.Fprintln(w, "name\tcount\tprice\t")
	fmt.Fprintln(w, "apple\t12\t1.50\t")
	fmt.Fprintln(w, "watermelon\t3\t10.25\t")
	w.Flush()

	var s scanner.Scanner
	s.Init(strings.NewReader(`x := 3.14 + "str" // comment
	if a[0] != 'c' { y++ }`))
	for tok := s.Scan(); tok != scanner.EOF; tok = s.Scan() {
		fmt.Print(s.Position.Line, ":", s.TokenText(), " ")
	}
	fmt.Println()

	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "p.go", source, parser.ParseComments)
	fmt.Println(err, f.Name, len(f.Decls), len(f.Comments))
	counts := map[string]int{}
	ast.Inspect(f, func(n ast.Node) bool {
		if n != nil {
			counts[strings.TrimPrefix(fmt.Sprintf("%T", n), "*ast.")]++
		}
		return true
	})
	fmt.Println(counts)
	out, err := format.Source([]byte(source))
	fmt.Println(string(out), err)
	_, err = parser.ParseFile(fset, "bad.go", "package p\nfunc {", 0)
	fmt.Println(err)
}
