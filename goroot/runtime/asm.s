// Data that assembly frames point to.

#include "textflag.h"

// The stack map of a frame without pointers of its own: two bitmaps of no bits.
DATA runtime·no_pointers_stackmap+0x00(SB)/4, $2
DATA runtime·no_pointers_stackmap+0x04(SB)/4, $0
GLOBL runtime·no_pointers_stackmap(SB), RODATA, $8

// How a traceback shows the argument of gopanic: as one value of two words.
DATA runtime·gopanic·arginfo1+0(SB)/1, $0xfe
DATA runtime·gopanic·arginfo1+1(SB)/1, $0
DATA runtime·gopanic·arginfo1+2(SB)/1, $8
DATA runtime·gopanic·arginfo1+3(SB)/1, $8
DATA runtime·gopanic·arginfo1+4(SB)/1, $8
DATA runtime·gopanic·arginfo1+5(SB)/1, $0xfd
DATA runtime·gopanic·arginfo1+6(SB)/1, $0xff
GLOBL runtime·gopanic·arginfo1(SB), RODATA, $7

// Which arguments are live in a frame whose index is 1: none, so that tracebacks mark them.
DATA runtime·stale·argliveinfo+0(SB)/1, $0
DATA runtime·stale·argliveinfo+1(SB)/1, $0
GLOBL runtime·stale·argliveinfo(SB), RODATA, $2

TEXT ·mapinitnoop<ABIInternal>(SB), NOSPLIT, $0-0
	RET
