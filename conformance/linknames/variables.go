// run

// Variables of package runtime that other packages read.
package main

import (
	"fmt"
	"os"
	"runtime"
	"unsafe"
)

//go:linkname physPageSize runtime.physPageSize
var physPageSize uintptr

//go:linkname ncpu runtime.ncpu
var ncpu int32

//go:linkname iscgo runtime.iscgo
var iscgo bool

//go:linkname overflowError runtime.overflowError
var overflowError error

//go:linkname divideError runtime.divideError
var divideError error

//go:linkname buildVersion runtime.buildVersion
var buildVersion string

//go:linkname zerobase runtime.zerobase
var zerobase uintptr

//go:linkname x86HasPOPCNT runtime.x86HasPOPCNT
var x86HasPOPCNT bool

//go:linkname arm64HasATOMICS runtime.arm64HasATOMICS
var arm64HasATOMICS bool

//go:linkname writeBarrier runtime.writeBarrier
var writeBarrier struct {
	enabled bool
	_       [3]byte
	needed  bool
	cgo     bool
	_       uint64
}

//go:linkname lastmoduledatap runtime.lastmoduledatap
var lastmoduledatap unsafe.Pointer

// Assigned before main runs, when others have read it.
var (
	early    = physPageSize
	earlyCPU = ncpu
)

func main() {
	fmt.Println(physPageSize == uintptr(os.Getpagesize()), early == physPageSize, earlyCPU == ncpu)
	fmt.Println(int(ncpu) == runtime.NumCPU(), iscgo)
	fmt.Println(overflowError, divideError)
	func() {
		defer func() { fmt.Println(recover() == divideError) }()
		fmt.Println(1 / len(os.Args[1:]))
	}()
	fmt.Println(buildVersion == runtime.Version())
	empty := new(struct{})
	if sink = empty; unsafe.Pointer(empty) != unsafe.Pointer(&zerobase) {
		fmt.Println("an empty object is elsewhere")
	}
	fmt.Println(runtime.GOARCH != "amd64" || x86HasPOPCNT, runtime.GOARCH != "amd64" || !arm64HasATOMICS)
	fmt.Println(writeBarrier.enabled, writeBarrier.cgo, lastmoduledatap != nil)
}

var sink any
