// run

// Functions, files and lines as loggers look them up: by funcInfo and inlineUnwinder, whose layouts they have copied.
package main

import (
	"fmt"
	"path/filepath"
	"runtime"
	"unsafe"
)

type funcInfo struct {
	_func *uintptr
	datap unsafe.Pointer
}

type inlineUnwinder struct {
	f       funcInfo
	cache   unsafe.Pointer
	inlTree unsafe.Pointer
}

type inlineFrame struct {
	pc    uintptr
	index int32
}

type srcFunc struct {
	datap     unsafe.Pointer
	nameOff   int32
	startLine int32
	funcID    uint8
}

//go:linkname findfunc runtime.findfunc
func findfunc(pc uintptr) funcInfo

//go:linkname entry runtime.funcInfo.entry
func entry(f funcInfo) uintptr

//go:linkname valid runtime.funcInfo.valid
func valid(f funcInfo) bool

//go:linkname toFunc runtime.funcInfo._Func
func toFunc(f funcInfo) *runtime.Func

//go:linkname source runtime.funcInfo.srcFunc
func source(f funcInfo) srcFunc

//go:linkname funcname runtime.funcname
func funcname(f funcInfo) string

//go:linkname funcline runtime.funcline
func funcline(f funcInfo, pc uintptr) (string, int32)

//go:linkname funcline1 runtime.funcline1
func funcline1(f funcInfo, pc uintptr, strict bool) (string, int32)

//go:linkname funcNameForPrint runtime.funcNameForPrint
func funcNameForPrint(name string) string

//go:linkname newInlineUnwinder runtime.newInlineUnwinder
func newInlineUnwinder(f funcInfo, pc uintptr, cache unsafe.Pointer) (inlineUnwinder, inlineFrame)

//go:linkname next runtime.(*inlineUnwinder).next
func next(u *inlineUnwinder, uf inlineFrame) inlineFrame

//go:linkname isInlined runtime.(*inlineUnwinder).isInlined
func isInlined(u *inlineUnwinder, uf inlineFrame) bool

//go:linkname resolveInternal runtime.(*inlineUnwinder).resolveInternal
func resolveInternal(u *inlineUnwinder, pc uintptr) inlineFrame

//go:linkname unwinderSource runtime.(*inlineUnwinder).srcFunc
func unwinderSource(u *inlineUnwinder, uf inlineFrame) srcFunc

//go:linkname fileLine runtime.(*inlineUnwinder).fileLine
func fileLine(u *inlineUnwinder, uf inlineFrame) (string, int)

//go:linkname frameValid runtime.inlineFrame.valid
func frameValid(uf inlineFrame) bool

//go:linkname sourceName runtime.srcFunc.name
func sourceName(s srcFunc) string

//go:linkname callers runtime.callers
func callers(skip int, pcs []uintptr) int

//go:linkname moduledataverify1 runtime.moduledataverify1
func moduledataverify1(md unsafe.Pointer)

//go:linkname firstmoduledata runtime.firstmoduledata
var firstmoduledata [1]uintptr

//go:noinline
func stack() []uintptr {
	var pcs [8]uintptr
	n := runtime.Callers(2, pcs[:])
	return pcs[:n]
}

func innermost() []uintptr { return stack() }

func middle() []uintptr { return innermost() }

//go:noinline
func outer() []uintptr {
	return middle()
}

type pair[K comparable, V any] struct {
	k K
	v V
}

//go:noinline
func (p pair[K, V]) where() uintptr {
	pc, _, _, _ := runtime.Caller(0)
	return pc
}

func base(file string) string { return filepath.Base(file) }

func main() {
	pc := outer()[0] - 1
	f := findfunc(pc)
	fmt.Println(valid(f), funcname(f), entry(f) == toFunc(f).Entry(), toFunc(f).Name(), f.datap == unsafe.Pointer(&firstmoduledata))
	file, line := funcline1(f, pc, false)
	fmt.Println(base(file), line)
	file, line = funcline(f, entry(f))
	fmt.Println(base(file), line)

	u, uf := newInlineUnwinder(f, pc, nil)
	fmt.Println(u.inlTree != nil, u.f == f, resolveInternal(&u, pc) == uf)
	for ; frameValid(uf); uf = next(&u, uf) {
		s := unwinderSource(&u, uf)
		file, line := fileLine(&u, uf)
		fmt.Println(sourceName(s), s.startLine, s.funcID, isInlined(&u, uf), base(file), line, s.datap == f.datap)
	}
	fmt.Println(uf.pc, uf.index)

	s := source(f)
	fmt.Println(sourceName(s), s.startLine, sourceName(srcFunc{}) == "")

	// A function without inlined calls.
	g := findfunc(**(**uintptr)(unsafe.Pointer(&[]func(string) string{base}[0])))
	_ = g
	pc = pair[string, int]{}.where()
	g = findfunc(pc)
	fmt.Println(funcname(g), funcNameForPrint(funcname(g)), funcNameForPrint("main.plain"))

	// Nothing there.
	none := findfunc(1)
	file, line = funcline1(none, 1, false)
	fmt.Println(valid(none), none.datap == nil, funcname(none) == "", file, line)

	var pcs [4]uintptr
	n := callers(0, pcs[:])
	fmt.Println(n > 0, runtime.FuncForPC(pcs[0]).Name())

	moduledataverify1(unsafe.Pointer(&firstmoduledata))
	fmt.Println("verified")
}
