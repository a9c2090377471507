// What package internal/cpu is given on amd64: no word of the kernel's, since it asks the processor itself.

package runtime

import _ "unsafe"

func setHWCap(uint) {}

// cpuExtended is how many extended functions of the processor internal/cpu asks for.
//
//go:linkname cpuExtended internal/cpu.maxExtendedFunctionInformation
var cpuExtended uint32
