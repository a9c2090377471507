// Where the system calls of a program's packages enter the kernel, in place of the toolchain's file of that name: it also has the runtime
// see the first calls of a program (crates/rt/src/signals/install.rs says what for).

#include "textflag.h"

// Syscall6(number, six arguments) (result, second result, error)
TEXT ·Syscall6(SB), NOSPLIT, $0-80
	MOVBU	gx_calls_seen(SB), R0
	CBNZ	R0, seen
enter:
	LDP	num+0(FP), (R8, R0)
	LDP	a2+16(FP), (R1, R2)
	LDP	a4+32(FP), (R3, R4)
	MOVD	a6+48(FP), R5
	SVC
	CMN	$4095, R0	// above, as unsigned: an error's number, negated
	BCS	failed
	STP	(R0, R1), r1+56(FP)
	MOVD	ZR, errno+72(FP)
	RET
failed:
	NEG	R0, R0
	MOVD	R0, errno+72(FP)
	MOVD	$-1, R0
	STP	(R0, ZR), r1+56(FP)
	RET
seen:
	LDP	num+0(FP), (R0, R1)
	MOVD	a2+16(FP), R2
	CALL	runtime·beforeSystemCall(SB)
	B	enter
