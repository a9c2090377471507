// What package internal/cpu is given on arm64.

package runtime

import "internal/cpu"

// setHWCap hands package internal/cpu the kernel's word about the processor, from which alone it takes AES, PMULL, SHA, CRC32
// and atomics to be there.
func setHWCap(hwcap uint) { cpu.HWCap = hwcap }

// cpuExtended is for amd64 alone.
var cpuExtended uint32
