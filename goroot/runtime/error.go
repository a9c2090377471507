// The error values of the runtime: types, their methods, and what panics with them. The texts are put together in Rust
// where they are more than two strings.

package runtime

import "unsafe"

// Error identifies an error of the runtime, such as an index out of range, among other values of panic.
type Error interface {
	error

	// RuntimeError does nothing; a type that has it is an error of the runtime.
	RuntimeError()
}

// TypeAssertionError explains a failed type assertion.
type TypeAssertionError struct {
	_interface    *_type
	concrete      *_type
	asserted      *_type
	missingMethod string
}

// RuntimeError marks the type.
func (*TypeAssertionError) RuntimeError() {}

// Error is the text of the failed assertion.
func (e *TypeAssertionError) Error() string {
	inter := "interface"
	if e._interface != nil {
		inter = textOfType(e._interface)
	}
	want := textOfType(e.asserted)
	if e.concrete == nil {
		return "interface conversion: " + inter + " is nil, not " + want
	}
	have := textOfType(e.concrete)
	switch {
	case e.missingMethod != "":
		return "interface conversion: " + have + " is not " + want + ": missing method " + e.missingMethod
	case have != want:
		return "interface conversion: " + inter + " is " + have + ", not " + want
	case pkgPathOfType(e.concrete) != pkgPathOfType(e.asserted):
		return "interface conversion: " + inter + " is " + have + ", not " + want + " (types from different packages)"
	}
	return "interface conversion: " + inter + " is " + have + ", not " + want + " (types from different scopes)"
}

//go:noescape
func textOfType(t *_type) string

//go:noescape
func pkgPathOfType(t *_type) string

// An errorString is an error whose text begins with "runtime error: ".
type errorString string

func (e errorString) RuntimeError() {}
func (e errorString) Error() string { return "runtime error: " + string(e) }

// An errorAddressString is an errorString about an address.
type errorAddressString struct {
	msg  string
	addr uintptr
}

func (e errorAddressString) RuntimeError() {}
func (e errorAddressString) Error() string { return "runtime error: " + e.msg }

// Addr is the address whose access failed.
func (e errorAddressString) Addr() uintptr { return e.addr }

// A plainError is an error whose text stands alone.
type plainError string

func (e plainError) RuntimeError() {}
func (e plainError) Error() string { return string(e) }

// A boundsError is a failed index, slice or conversion check.
type boundsError struct {
	x      int64
	y      int
	signed bool
	code   uint8
}

func (e boundsError) RuntimeError() {}

func (e boundsError) Error() string { return boundsText(e.code, e.x, e.signed, e.y) }

func boundsText(code uint8, x int64, signed bool, y int) string

// The codes of boundsError.
const (
	boundsIndex = iota
	boundsSliceAlen
	boundsSliceAcap
	boundsSliceB
	boundsSlice3Alen
	boundsSlice3Acap
	boundsSlice3B
	boundsSlice3C
	boundsConvert
)

// A PanicNilError is what recover finds where panic was called with nil.
type PanicNilError struct {
	_ [0]func()
}

func (*PanicNilError) Error() string {
	return "panic called with nil argument"
}

// RuntimeError marks the type.
func (*PanicNilError) RuntimeError() {}

type stringer interface {
	String() string
}

var (
	divideError   = error(errorString("integer divide by zero"))
	overflowError = error(errorString("integer overflow"))
	shiftError    = error(errorString("negative shift amount"))
	memoryError   = error(errorString("invalid memory address or nil pointer dereference"))
)

func panicdivide()   { panic(divideError) }
func panicoverflow() { panic(overflowError) }
func panicshift()    { panic(shiftError) }
func panicmem()      { panic(memoryError) }

func panicmemAddr(addr uintptr) {
	panic(errorAddressString{msg: "invalid memory address or nil pointer dereference", addr: addr})
}

func panicmakeslicelen()         { panic(errorString("makeslice: len out of range")) }
func panicmakeslicecap()         { panic(errorString("makeslice: cap out of range")) }
func panicgrowslicelen()         { panic(errorString("growslice: len out of range")) }
func panicunsafeslicelen()       { panic(errorString("unsafe.Slice: len out of range")) }
func panicunsafeslicenilptr()    { panic(errorString("unsafe.Slice: ptr is nil and len is not zero")) }
func panicunsafestringlen()      { panic(errorString("unsafe.String: len out of range")) }
func panicunsafestringnilptr()   { panic(errorString("unsafe.String: ptr is nil and len is not zero")) }
func goPanicIndex(x, y int)      { panic(boundsError{int64(x), y, true, boundsIndex}) }
func goPanicSliceAlen(x, y int)  { panic(boundsError{int64(x), y, true, boundsSliceAlen}) }
func goPanicSliceAcap(x, y int)  { panic(boundsError{int64(x), y, true, boundsSliceAcap}) }
func goPanicSliceB(x, y int)     { panic(boundsError{int64(x), y, true, boundsSliceB}) }
func goPanicSlice3Alen(x, y int) { panic(boundsError{int64(x), y, true, boundsSlice3Alen}) }
func goPanicSlice3Acap(x, y int) { panic(boundsError{int64(x), y, true, boundsSlice3Acap}) }
func goPanicSlice3B(x, y int)    { panic(boundsError{int64(x), y, true, boundsSlice3B}) }
func goPanicSlice3C(x, y int)    { panic(boundsError{int64(x), y, true, boundsSlice3C}) }

func goPanicIndexU(x uint, y int)      { panic(boundsError{int64(x), y, false, boundsIndex}) }
func goPanicSliceAlenU(x uint, y int)  { panic(boundsError{int64(x), y, false, boundsSliceAlen}) }
func goPanicSliceAcapU(x uint, y int)  { panic(boundsError{int64(x), y, false, boundsSliceAcap}) }
func goPanicSliceBU(x uint, y int)     { panic(boundsError{int64(x), y, false, boundsSliceB}) }
func goPanicSlice3AlenU(x uint, y int) { panic(boundsError{int64(x), y, false, boundsSlice3Alen}) }
func goPanicSlice3AcapU(x uint, y int) { panic(boundsError{int64(x), y, false, boundsSlice3Acap}) }
func goPanicSlice3BU(x uint, y int)    { panic(boundsError{int64(x), y, false, boundsSlice3B}) }
func goPanicSlice3CU(x uint, y int)    { panic(boundsError{int64(x), y, false, boundsSlice3C}) }

// goPanicSliceConvert: the operands come as length wanted, length had.
func goPanicSliceConvert(x, y int) { panic(boundsError{int64(x), y, true, boundsConvert}) }

func panicdottypeE(have, want, iface *_type) {
	panic(&TypeAssertionError{iface, have, want, ""})
}

func panicdottypeI(have *itab, want, iface *_type) {
	var t *_type
	if have != nil {
		t = have._type
	}
	panicdottypeE(t, want, iface)
}

func panicnildottype(want *_type) {
	panic(&TypeAssertionError{nil, nil, want, ""})
}

// panicwrap: a method that a compiler-made wrapper would call has a nil receiver.
func panicwrap() {
	panic(plainError(panicwrapText()))
}

// What Rust raises: the runtime resumes the goroutine in one of these, called from the entry that failed. They take no
// arguments, since an entry's frame has no room for a callee to spill them to; they fetch what they need.
func raiseRuntimeError() { panic(errorString(raisedText())) }
func raisePlainError()   { panic(plainError(raisedText())) }
func raiseAssertion() {
	e := new(TypeAssertionError)
	raisedAssertion(e)
	panic(e)
}

// raiseWithin: what cannot be compared or hashed lies inside of a value. The function that the compiler made for that value's type
// is called, which comes upon it again, so that a traceback shows where.
func raiseWithin() {
	var w withinValue
	raisedWithin(&w)
	w.f(w.p, w.q)
	panic(errorString(w.text))
}

// A withinValue is a call of a type's equality, or of its hash with q as the seed, and the text of the error that is inside.
type withinValue struct {
	f    func(p, q unsafe.Pointer) bool
	p, q unsafe.Pointer
	text string
}

//go:noescape
func raisedWithin(w *withinValue)

func raisedText() string

//go:noescape
func raisedAssertion(e *TypeAssertionError)

func panicwrapText() string

// sigpanic: a fault in compiled code became a call of this function.
func sigpanic() {
	switch kind, addr := sigpanicKind(); kind {
	case sigpanicNil:
		panicmem()
	case sigpanicAddr:
		panicmemAddr(addr)
	case sigpanicDivide:
		panicdivide()
	case sigpanicOverflow:
		panicoverflow()
	case sigpanicFloat:
		panic(error(errorString("floating point error")))
	}
	throw("goxide: sigpanic without a fault")
}

// What sigpanicKind answers.
const (
	sigpanicNil = 1 + iota
	sigpanicAddr
	sigpanicDivide
	sigpanicOverflow
	sigpanicFloat
)

func sigpanicKind() (kind int, addr uintptr)

// printPanicValue makes the text of a panic value that knows its own: called on the goroutine, before it dies.
func printPanicValue() {
	defer func() {
		text := "panic while printing panic value"
		switch r := recover().(type) {
		case nil:
		case string:
			throw(text + ": " + r)
		default:
			throw(text + ": type " + textOfType(efaceOf(&r)._type))
		}
	}()
	switch v := panicValue().(type) {
	case error:
		setPanicText(v.Error())
	case stringer:
		setPanicText(v.String())
	}
}

func panicValue() any

func setPanicText(text string)

// fatalpanic ends the program, whose panic was not recovered. Debuggers stop here.
func fatalpanic()

func efaceOf(p *any) *eface { return (*eface)(unsafe.Pointer(p)) }

// throw ends the program: the runtime failed. Debuggers stop here, so Rust calls it too before it ends the program on the system stack,
// with a length of -1: then it returns at once.
func throw(text string)

// fatal ends the program, which is at fault itself. As throw.
func fatal(text string)

//go:linkname sync_throw sync.throw
func sync_throw(text string) { throw(text) }

//go:linkname sync_fatal sync.fatal
func sync_fatal(text string) { fatal(text) }

// Goexit ends the goroutine that calls it, after its deferred calls have run; no other goroutine is affected. Called on
// the main goroutine it ends that one without main returning; the program goes on, and dies once no goroutine is left.
func Goexit()

func badreflectcall() {
	panic(plainError("arg size to reflect.call more than 1GB"))
}
