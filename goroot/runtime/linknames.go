// What no package of std calls, but others pull by //go:linkname: functions over structures that such packages have copied,
// so that these have Go's fields in Go's order. goroot/boundary.txt has a block of all that is served in this way.

package runtime

import "unsafe"

// add is p+x.
//
//go:nosplit
func add(p unsafe.Pointer, x uintptr) unsafe.Pointer { return unsafe.Pointer(uintptr(p) + x) }

// noescape is p, of which escape analysis no longer knows where it comes from.
//
//go:nosplit
//go:nocheckptr
func noescape(p unsafe.Pointer) unsafe.Pointer {
	x := uintptr(p)
	return unsafe.Pointer(x ^ 0)
}

// A funcInfo is a function's record in the linker's tables, and the module that these belong to.
type funcInfo struct {
	*_func
	datap *moduledata
}

// A _func is such a record; Rust reads it.
type _func struct {
	entryOff uint32
	nameOff  int32
}

// findfunc gives the function that pc lies in; the record is nil if there is none.
func findfunc(pc uintptr) funcInfo

func (f funcInfo) valid() bool { return f._func != nil }

func (f funcInfo) _Func() *Func { return (*Func)(unsafe.Pointer(f._func)) }

func (f funcInfo) entry() uintptr { return funcEntry(f._Func()) }

func (f funcInfo) srcFunc() (s srcFunc) {
	if f.valid() {
		inlineSource(f, nil, -1, &s)
	}
	return
}

func funcname(f funcInfo) string { return f.srcFunc().name() }

// funcline1 gives file and line of an address in f; "?" and 0 if it has none. strict makes that a fatal error in Go, and
// nothing here.
func funcline1(f funcInfo, targetpc uintptr, strict bool) (file string, line int32)

func funcline(f funcInfo, targetpc uintptr) (file string, line int32) {
	return funcline1(f, targetpc, true)
}

// funcNameForPrint is the name as it is shown: type arguments are "...".
func funcNameForPrint(name string) string

// An inlineUnwinder goes through the calls that were inlined at an address, from the innermost to the function that has the
// code.
type inlineUnwinder struct {
	f       funcInfo
	cache   unsafe.Pointer
	inlTree unsafe.Pointer
}

// An inlineFrame is where an inlineUnwinder is: an address in the call, 0 at the end, and the call's index, -1 for the function
// itself.
type inlineFrame struct {
	pc    uintptr
	index int32
}

// A srcFunc is a function of the source, inlined or not.
type srcFunc struct {
	datap     *moduledata
	nameOff   int32
	startLine int32
	funcID    uint8
}

func newInlineUnwinder(f funcInfo, pc uintptr, cache unsafe.Pointer) (u inlineUnwinder, uf inlineFrame) {
	u.f = f
	u.inlTree = inlineTree(f)
	if u.inlTree != nil {
		u.cache = cache
	}
	return u, u.resolveInternal(pc)
}

func (u *inlineUnwinder) resolveInternal(pc uintptr) inlineFrame {
	return inlineFrame{pc, inlineIndex(u.f, pc)}
}

func (u *inlineUnwinder) next(uf inlineFrame) inlineFrame {
	pc := inlineParent(u.f, u.inlTree, uf.index)
	if pc == 0 {
		return inlineFrame{0, uf.index}
	}
	return u.resolveInternal(pc)
}

func (u *inlineUnwinder) isInlined(uf inlineFrame) bool { return uf.index >= 0 }

func (u *inlineUnwinder) srcFunc(uf inlineFrame) (s srcFunc) {
	inlineSource(u.f, u.inlTree, uf.index, &s)
	return
}

func (u *inlineUnwinder) fileLine(uf inlineFrame) (file string, line int) {
	file, line32 := funcline1(u.f, uf.pc, false)
	return file, int(line32)
}

func (uf inlineFrame) valid() bool { return uf.pc != 0 }

func (s srcFunc) name() string {
	if s.datap == nil {
		return ""
	}
	return nameAtOffset(s.datap, s.nameOff)
}

// inlineTree is where f's tree of inlined calls lies; nil if it has none.
func inlineTree(f funcInfo) unsafe.Pointer

// inlineIndex is the index of the innermost call at pc, -1 where none was inlined.
func inlineIndex(f funcInfo, pc uintptr) int32

// inlineParent is an address in the caller of a call, where it stands there; 0 for the function itself.
func inlineParent(f funcInfo, tree unsafe.Pointer, index int32) uintptr

// inlineSource fills s in for a call; for the function itself if index is negative.
//
//go:noescape
func inlineSource(f funcInfo, tree unsafe.Pointer, index int32, s *srcFunc)

func nameAtOffset(datap *moduledata, off int32) string
