// run report.go

// A source tree parsed again and again with go/parser; the syntax trees of the last files stay.
package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"time"
)

const (
	files  = 300
	length = 300
	keep   = 200
)

// source writes a file of about length lines: types, constants, functions with the statements that there are.
func source(n int) string {
	r := random(n*7919 + 1)
	var b strings.Builder
	lines := 0
	put := func(format string, args ...any) {
		text := fmt.Sprintf(format, args...)
		lines += strings.Count(text, "\n")
		b.WriteString(text)
	}
	put("// Package p%d is made up.\npackage p%d\n\nimport (\n\t\"errors\"\n\t\"fmt\"\n)\n\n", n, n)
	for i := 0; lines < length; i++ {
		switch r.below(5) {
		case 0:
			put("// T%d holds values.\n", i)
			put("type T%d struct {\n\tname string\n\tnext *T%d `json:\"next,omitempty\"`\n", i, i)
			for f := 0; f < 2+r.below(6); f++ {
				put("\tf%d map[string][]func(int, ...string) (chan<- T%d, error)\n", f, i)
			}
			put("}\n\n")
		case 1:
			put("const (\n")
			for c := 0; c < 2+r.below(8); c++ {
				put("\tC%d_%d = iota<<%d | 0x%x\n", i, c, r.below(30), r.below(1<<20))
			}
			put(")\n\n")
		case 2:
			put("func f%d(a, b int, s ...string) (int, error) {\n\tsum := 0\n", i)
			put("\tfor i := range s {\n\t\tif len(s[i]) > %d && a*b-%d < i || s[i] == \"x%d\" {\n", r.below(99), r.below(99), i)
			put("\t\t\tsum += int(s[i][0]) * (a + b<<%d)\n\t\t\tcontinue\n\t\t}\n\t\tsum--\n\t}\n", r.below(9))
			put("\treturn sum, fmt.Errorf(\"no %%d in %%v: %%w\", a, s, errors.New(\"%d\"))\n}\n\n", i)
		case 3:
			put("func (t *T%d) m%d(x any) (err error) {\n", i, i)
			put("\tdefer func() { err, _ = recover().(error) }()\n\tswitch x := x.(type) {\n")
			for c := 0; c < 1+r.below(6); c++ {
				put("\tcase *T%d, []T%d:\n\t\tgo func(n int) { t.next.f%d[t.name[1:n:n+1]] = nil }(%d)\n", c, c, c, r.below(1000))
			}
			put("\tcase nil:\n\t\tselect {\n\t\tcase v, ok := <-t.c:\n\t\t\t_ = v && ok\n\t\tdefault:\n\t\t}\n\t}\n\treturn nil\n}\n\n")
		default:
			put("var table%d = map[string][]struct{ a, b int }{\n", i)
			for c := 0; c < 2+r.below(8); c++ {
				put("\t\"key%d\": {{%d, %d}, {a: -%d, b: ^%d &^ 3}},\n", c, r.below(99), r.below(99), r.below(99), r.below(99))
			}
			put("}\n\n")
		}
	}
	return b.String()
}

type parsed struct {
	set  *token.FileSet
	file *ast.File
}

func main() {
	passes := scaled(12)
	sources := make([]string, files)
	for i := range sources {
		sources[i] = source(i)
	}
	w := watch(time.Millisecond)
	start := time.Now()
	kept := make([]parsed, keep)
	sum, nodes := checksum, uint64(0)
	for i := 0; i < passes*files; i++ {
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, "p.go", sources[i%files], parser.ParseComments)
		if err != nil {
			fail("file %d: %v", i%files, err)
		}
		// What leaves is looked at once more: it must be as it was.
		if old := kept[i%keep]; old.file != nil {
			nodes += count(old)
			sum = mix(sum, uint64(old.set.Position(old.file.FileEnd).Line))
		}
		kept[i%keep] = parsed{set, file}
	}
	for _, last := range kept {
		if last.file != nil {
			nodes += count(last)
		}
	}
	perOp("parser", time.Since(start), passes*files)
	check("nodes", nodes)
	check("lines", sum)
	w.report()
}

func count(p parsed) (nodes uint64) {
	ast.Inspect(p.file, func(n ast.Node) bool {
		if n != nil {
			nodes++
		}
		return true
	})
	return nodes
}
