// Data that assembly frames point to.

#include "textflag.h"

// The stack map of a frame without pointers of its own: two bitmaps of no bits.
DATA runtime·no_pointers_stackmap+0x00(SB)/4, $2
DATA runtime·no_pointers_stackmap+0x04(SB)/4, $0
GLOBL runtime·no_pointers_stackmap(SB), RODATA, $8

TEXT ·mapinitnoop<ABIInternal>(SB), NOSPLIT, $0-0
	RET
