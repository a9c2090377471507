// Functions, frames and callers: the exported types over the linker's tables, which Rust reads.

package runtime

import "unsafe"

// A Func is a function of the running program.
type Func struct {
	opaque struct{} // no field: a Func is an address in the linker's tables
}

// A Frame is one level of a call stack, as Frames gives it.
type Frame struct {
	// PC is where the frame was; for all but the innermost, in the call instruction. Zero if unknown.
	PC uintptr

	// Func is the function, nil for inlined calls and code that is not Go's.
	Func *Func

	// Function is the function's name qualified by its package's path.
	Function string

	// File and Line say where PC is; empty and zero if unknown.
	File string
	Line int

	startLine int

	// Entry is where the function begins; zero if unknown.
	Entry uintptr

	symbolName string
}

// Frames turns what Callers filled in into Frame values.
type Frames struct {
	callers []uintptr
	pending []uintptr // what is left of a program counter that stands for several inlined calls
	store   [2]uintptr
	first   bool
	state   [4]uintptr
}

// CallersFrames takes the program counters that Callers gave. They must not be changed until the Frames is done with.
func CallersFrames(callers []uintptr) *Frames {
	return &Frames{callers: callers}
}

// Next gives the next call frame, from the innermost outwards, and whether another follows. Once it has answered false,
// further frames are zero.
func (ci *Frames) Next() (frame Frame, more bool) {
	more = framesNext(ci, &frame)
	return
}

//go:noescape
func framesNext(ci *Frames, frame *Frame) bool

// Caller reports where the goroutine's callers are: skip 0 is the caller of Caller. ok is false where it is not known.
func Caller(skip int) (pc uintptr, file string, line int, ok bool) {
	var rpc [1]uintptr
	if callers(skip+1, rpc[:]) < 1 {
		return
	}
	// Not by CallersFrames: without inlining, what it answers with is on the heap, and this package may not put variables there.
	var frame Frame
	framesNext(&Frames{callers: rpc[:]}, &frame)
	return frame.PC, frame.File, frame.Line, frame.PC != 0
}

// Callers fills pc with the return addresses of the goroutine's calls and answers how many; skip 0 is Callers itself, 1 its
// caller. Give them to CallersFrames: one address can stand for several inlined calls.
//
//go:noescape
func Callers(skip int, pc []uintptr) int

// callers is Callers seen from a function of this package.
//
//go:noescape
func callers(skip int, pc []uintptr) int

// FuncForPC finds the function that holds an address, or nil. Where calls were inlined there, it answers with the innermost
// function, at its own name and lines.
func FuncForPC(pc uintptr) *Func { return funcForPC(pc) }

func funcForPC(pc uintptr) *Func

//go:noescape
func funcName(f *Func) string

//go:noescape
func funcEntry(f *Func) uintptr

// funcFileLine answers file and line in three words.
//
//go:noescape
func funcFileLine(f *Func, pc uintptr, file *string) int

// Name is the function's name.
func (f *Func) Name() string {
	if f == nil {
		return ""
	}
	return funcName(f)
}

// Entry is the function's address.
func (f *Func) Entry() uintptr { return funcEntry(f) }

// FileLine gives the source position of an address in the function.
func (f *Func) FileLine(pc uintptr) (file string, line int) {
	line = funcFileLine(f, pc, &file)
	return
}

//go:linkname pprof_FrameStartLine runtime/pprof.runtime_FrameStartLine
func pprof_FrameStartLine(f *Frame) int { return f.startLine }

//go:linkname pprof_FrameSymbolName runtime/pprof.runtime_FrameSymbolName
func pprof_FrameSymbolName(f *Frame) string { return f.symbolName }

//go:linkname pprof_expandFinalInlineFrame runtime/pprof.runtime_expandFinalInlineFrame
func pprof_expandFinalInlineFrame(stk []uintptr) []uintptr {
	var more [64]uintptr
	n := expandFinal(stk, &more)
	if n == 0 {
		return stk
	}
	return append(stk[:len(stk)-1], more[:n]...)
}

//go:noescape
func expandFinal(stk []uintptr, more *[64]uintptr) int

// Stack writes the trace of the calling goroutine, and of all others if asked for, into buf and answers how many bytes.
//
//go:noinline
func Stack(buf []byte, all bool) int { return stack0(buf, all) }

//go:noescape
func stack0(buf []byte, all bool) int

// A StackRecord is the call stack of one goroutine.
type StackRecord struct {
	Stack0 [32]uintptr // the calls from the innermost outwards, ended by a 0
}

// Stack gives the calls up to the first 0.
func (r *StackRecord) Stack() []uintptr {
	for i, v := range r.Stack0 {
		if v == 0 {
			return r.Stack0[:i]
		}
	}
	return r.Stack0[:]
}

var _ unsafe.Pointer
