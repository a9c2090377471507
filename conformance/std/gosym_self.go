// run

// A program's table of functions can be read from its file, as tools do it: with the section of the old symbol table, empty.
package main

import (
	"debug/elf"
	"debug/gosym"
	"fmt"
	"path/filepath"
)

//go:noinline
func here() {}

func main() {
	f, err := elf.Open("/proc/self/exe")
	if err != nil {
		fmt.Println(err)
		return
	}
	symbols, table, text := f.Section(".gosymtab"), f.Section(".gopclntab"), f.Section(".text")
	fmt.Println(symbols != nil, table != nil, text != nil)
	if symbols == nil || table == nil || text == nil {
		return
	}
	fmt.Println(symbols.Size)
	data, err := table.Data()
	if err != nil {
		fmt.Println(err)
		return
	}
	tab, err := gosym.NewTable(nil, gosym.NewLineTable(data, text.Addr))
	if err != nil {
		fmt.Println(err)
		return
	}
	here()
	fn := tab.LookupFunc("main.here")
	file, line, _ := tab.PCToLine(fn.Entry)
	fmt.Println(fn.Name, filepath.Base(file), line)
}
