// run

// What debuggers and profilers read of a goroutine's descriptor has Go 1.21's names and offsets in the program's DWARF.
package main

import (
	"debug/dwarf"
	"debug/elf"
	"fmt"
	"os"
)

func find(d *dwarf.Data, name string) *dwarf.StructType {
	r := d.Reader()
	for {
		e, err := r.Next()
		if e == nil || err != nil {
			return nil
		}
		if e.Tag == dwarf.TagStructType && e.Val(dwarf.AttrName) == name {
			t, err := d.Type(e.Offset)
			if err != nil {
				return nil
			}
			return t.(*dwarf.StructType)
		}
		if e.Tag == dwarf.TagSubprogram {
			r.SkipChildren()
		}
	}
}

func main() {
	f, err := elf.Open(os.Args[0])
	if err != nil {
		fmt.Println(err)
		return
	}
	d, err := f.DWARF()
	if err != nil {
		fmt.Println(err)
		return
	}
	g := find(d, "runtime.g")
	for _, want := range []string{"stack", "stackguard0", "stackguard1", "_panic", "_defer", "m", "sched", "atomicstatus", "goid",
		"schedlink", "waitsince", "waitreason", "preempt", "preemptStop"} {
		for _, field := range g.Field {
			if field.Name == want {
				fmt.Println("g", want, field.ByteOffset, field.Type.Size())
			}
		}
	}
	for _, want := range []string{"param", "lockedm", "parentGoid", "gopc", "startpc", "syscallsp", "syscallpc"} {
		for _, field := range g.Field {
			if field.Name == want {
				fmt.Println("g", want, field.Type.Size())
			}
		}
	}
	for _, field := range find(d, "runtime.gobuf").Field {
		fmt.Println("gobuf", field.Name, field.ByteOffset)
	}
}
